//go:build e2e

package e2e

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	reflection "google.golang.org/grpc/reflection/grpc_reflection_v1alpha"
)

// TestEndpoints asks a running node what operators and programs ask it first.
func TestEndpoints(t *testing.T) {
	t.Parallel()
	n := newNetwork(t, "assay-e2e-endpoints-1", 1)
	n.start()
	w := newWorld(n, 1)
	w.must(n.nodes[0], w.devices[0], txOptions{granter: w.operator.addr}, w.proof(w.devices[0], 1))
	nd := n.nodes[0]

	t.Run("success: gRPC reflection lists our services", func(t *testing.T) {
		services := strings.Join(nd.services(t), "\n")
		for _, module := range []string{"registry", "fleet", "proof"} {
			require.Contains(t, services, "assay."+module+".v1.Query")
		}
		require.Contains(t, services, "ibc.core.client.v1.Query")
	})
	t.Run("success: REST answers what the OpenAPI document describes", func(t *testing.T) {
		var doc struct {
			Paths map[string]any `json:"paths"`
		}
		require.NoError(t, json.Unmarshal([]byte(nd.get(t, "/openapi.json")), &doc))
		require.Contains(t, doc.Paths, "/assay/proof/v1/attestations/{id}")
		require.Contains(t, nd.get(t, "/assay/proof/v1/attestations/1"), `"version":"acme/traffic@1.0.0"`)
		require.Contains(t, nd.get(t, "/assay/registry/v1/publishers/acme"), w.operator.String())
	})
	t.Run("success: metrics count the accepted proof", func(t *testing.T) {
		require.Regexp(t, `(?m)^assay_proof_accepted(\{[^}]*\})? [1-9]`, nd.get(t, "/metrics?format=prometheus"))
	})
	t.Run("success: the state is exported as a genesis", func(t *testing.T) {
		nd.stop(15)
		out, err := exec.Command(nd.bin, "export", "--home", nd.Home).Output()
		require.NoError(t, err, "%s", stderrOf(err))
		require.Contains(t, string(out), "acme/traffic@1.0.0")
		require.True(t, json.Valid(out))
	})
}

// get is the body of a REST answer.
func (nd *node) get(t testing.TB, path string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+nd.API+path, nil)
	require.NoError(t, err)
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, res.StatusCode, "%s", body)
	return string(body)
}

// services are the names that gRPC reflection lists.
func (nd *node) services(t testing.TB) []string {
	t.Helper()
	conn, err := grpc.NewClient(nd.GRPC, grpc.WithTransportCredentials(insecure.NewCredentials()))
	require.NoError(t, err)
	defer conn.Close()
	stream, err := reflection.NewServerReflectionClient(conn).ServerReflectionInfo(context.Background())
	require.NoError(t, err)
	require.NoError(t, stream.Send(&reflection.ServerReflectionRequest{
		MessageRequest: &reflection.ServerReflectionRequest_ListServices{},
	}))
	res, err := stream.Recv()
	require.NoError(t, err)
	var names []string
	for _, s := range res.GetListServicesResponse().GetService() {
		names = append(names, s.Name)
	}
	return names
}
