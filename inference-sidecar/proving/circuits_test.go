package proving

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/inference-sidecar/proving/provingtest"
)

// another is the same model with keys of its own.
func another(t *testing.T) *provingtest.Model {
	t.Helper()
	r := requestOf(jobOf(t, 0))
	m, err := provingtest.FromCanonical(t.TempDir(), r.canonical)
	require.NoError(t, err)
	return m
}

func requestFor(t *testing.T, m *provingtest.Model, seed int) *request {
	t.Helper()
	j := jobOf(t, seed)
	j.Artifacts = m.Artifacts
	canonical, key, err := j.files()
	require.NoError(t, err)
	return &request{job: j, canonical: m.Files[canonical.Digest], key: m.Files[key.Digest]}
}

func TestCircuitsKept(t *testing.T) {
	one, two := requestFor(t, provingtest.Vibration(t), 0), requestFor(t, another(t), 0)
	t.Run("success: both fit", func(t *testing.T) {
		c := newCircuits(1 << 30)
		for _, r := range []*request{one, two, one} {
			_, err := c.prove(r)
			require.NoError(t, err)
		}
		require.Equal(t, 2, c.kept.Len())
		first, err := c.open(one)
		require.NoError(t, err)
		again, err := c.open(one)
		require.NoError(t, err)
		require.Same(t, first, again)
		require.Positive(t, c.size)
	})
	t.Run("success: one at a time", func(t *testing.T) {
		file, err := openArtifact(one.key, one.job.Artifacts[1].Size, one.job.Artifacts[1].Digest)
		require.NoError(t, err)
		est, err := estimateOf(file)
		require.NoError(t, err)
		require.NoError(t, file.Close())
		c := newCircuits(est.total())
		for _, r := range []*request{one, two, one} {
			_, err := c.prove(r)
			require.NoError(t, err)
			require.Equal(t, 1, c.kept.Len())
		}
	})
	t.Run("failure: none", func(t *testing.T) {
		_, err := newCircuits(1 << 20).prove(one)
		require.ErrorIs(t, err, ErrMemory)
	})
}

func TestAnswerOfPanic(t *testing.T) {
	c := newCircuits(1 << 30)
	c.kept = nil // a defect
	a := c.answer(encodeRequest(requestOf(jobOf(t, 0))))
	require.ErrorIs(t, a.Err, ErrProver)
	require.Equal(t, jobOf(t, 0).ID, a.ID)
	require.ErrorIs(t, c.answer([]byte("noise")).Err, ErrJob)
}
