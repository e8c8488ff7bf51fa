package circuit_test

import (
	"bytes"
	"crypto/sha256"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/zkml/circuit"
)

func TestOpen(t *testing.T) {
	g := everything(1)
	c, err := circuit.Compile(g)
	require.NoError(t, err)
	var buf bytes.Buffer
	_, err = c.WriteTo(&buf)
	require.NoError(t, err)
	file := buf.Bytes()
	require.Equal(t, c.Digest, sha256.Sum256(file))

	t.Run("success: as compiled", func(t *testing.T) {
		opened, err := circuit.Open(g, bytes.NewReader(file), c.Digest)
		require.NoError(t, err)
		agree(t, g, opened, inputs(&g.Values[0], 2))
		var again bytes.Buffer
		_, err = opened.WriteTo(&again)
		require.NoError(t, err)
		require.Equal(t, file, again.Bytes())
	})
	t.Run("failure: another digest", func(t *testing.T) {
		_, err := circuit.Open(g, bytes.NewReader(file), [32]byte{1})
		require.ErrorIs(t, err, circuit.ErrInput)
	})
	t.Run("failure: truncated", func(t *testing.T) {
		short := file[:len(file)/2]
		_, err := circuit.Open(g, bytes.NewReader(short), sha256.Sum256(short))
		require.ErrorIs(t, err, circuit.ErrInput)
	})
	t.Run("failure: another graph", func(t *testing.T) {
		_, err := circuit.Open(model(t, "demo"), bytes.NewReader(file), c.Digest)
		require.ErrorIs(t, err, circuit.ErrInput)
	})
}
