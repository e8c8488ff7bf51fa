package journal

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestInspect(t *testing.T) {
	path, key := filepath.Join(t.TempDir(), "journal"), bytes.Repeat([]byte{7}, KeyBytes)
	_, err := Inspect(path, nil)
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.NoFileExists(t, path)

	j, err := Open(path, Options{Key: key})
	require.NoError(t, err)
	require.NoError(t, j.Append(t.Context(), entry(1)))
	require.NoError(t, j.Append(t.Context(), requested(2)))
	_, err = Inspect(path, key)
	require.ErrorIs(t, err, ErrLocked)
	require.NoError(t, j.Close())

	n, err := Inspect(path, key)
	require.NoError(t, err)
	require.Equal(t, 2, n)
	_, err = Inspect(path, nil)
	require.ErrorIs(t, err, ErrEncrypted)
	_, err = Inspect(path, bytes.Repeat([]byte{8}, KeyBytes))
	require.ErrorIs(t, err, ErrKey)

	whole, err := os.ReadFile(path)
	require.NoError(t, err)
	for name, damage := range map[string][]byte{"cut": whole[:len(whole)/2], "noise": bytes.Repeat([]byte("noise"), 10_000)} {
		require.NoError(t, os.WriteFile(path, damage, 0o600), name)
		_, err = Inspect(path, key)
		require.ErrorIs(t, err, ErrCorrupt, name)
		left, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, damage, left, name)
	}
}
