package proving

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/inference-sidecar/proving/provingtest"
	"github.com/assay-chain/assay/zkml/model"
)

func TestMemoryNeed(t *testing.T) {
	m := provingtest.Vibration(t)
	found := false
	for _, a := range m.Artifacts {
		if a.Name != model.ProvingFile {
			continue
		}
		found = true
		need, err := MemoryNeed(m.Files[a.Digest])
		require.NoError(t, err)
		require.Greater(t, need, a.Size)
		require.Less(t, need, int64(1<<30))
	}
	require.True(t, found)
	noise := filepath.Join(t.TempDir(), "noise")
	require.NoError(t, os.WriteFile(noise, make([]byte, 1<<10), 0o600))
	_, err := MemoryNeed(noise)
	require.ErrorIs(t, err, ErrArtifact)
	_, err = MemoryNeed(noise + "-none")
	require.ErrorIs(t, err, os.ErrNotExist)
}
