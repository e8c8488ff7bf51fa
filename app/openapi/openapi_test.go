package openapi_test

import (
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/app/openapi"
)

func TestDocument(t *testing.T) {
	rec := httptest.NewRecorder()
	openapi.Handler().ServeHTTP(rec, httptest.NewRequest("GET", openapi.Path, nil))
	require.Equal(t, "application/json", rec.Header().Get("Content-Type"))

	var doc struct {
		Swagger string
		Info    struct{ Title string }
		Paths   map[string]map[string]struct {
			OperationID string
			Tags        []string
		}
	}
	require.NoError(t, json.Unmarshal(rec.Body.Bytes(), &doc))
	require.Equal(t, "2.0", doc.Swagger)
	require.Equal(t, "Assay", doc.Info.Title)
	ids := make(map[string]string)
	for path, ops := range doc.Paths {
		for method, op := range ops {
			require.True(t, strings.HasPrefix(path, "/assay/"+op.Tags[0]+"/v1/"), path)
			require.Empty(t, ids[op.OperationID], "%s %s: id %q is taken", method, path, op.OperationID)
			ids[op.OperationID] = path
		}
	}
	for _, id := range []string{"registry_Params", "fleet_Params", "proof_Params", "proof_VerifyProof"} {
		require.NotEmpty(t, ids[id], id)
	}
}
