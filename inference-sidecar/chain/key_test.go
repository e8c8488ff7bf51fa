package chain

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestKey(t *testing.T) {
	path := filepath.Join(t.TempDir(), "secret", "device.key")
	key := NewKey()
	require.NoError(t, WriteKey(path, key))
	got, err := ReadKey(path)
	require.NoError(t, err)
	require.Equal(t, key.Address(), got.Address())
	raw, err := ParseAddress(got.String())
	require.NoError(t, err)
	require.Equal(t, key.Address(), raw)

	require.ErrorIs(t, WriteKey(path, NewKey()), ErrKey, "a key is never replaced")
	again, err := ReadKey(path)
	require.NoError(t, err)
	require.Equal(t, key.Address(), again.Address())
}

func TestReadKeyRefuses(t *testing.T) {
	good := strings.Repeat("0f", 32) + "\n"
	for _, tc := range []struct {
		name, text string
		mode       os.FileMode
	}{
		{"failure: others may read", good, 0o644},
		{"failure: the group may write", good, 0o620},
		{"failure: short", good[2:], 0o600},
		{"failure: no hex", strings.Replace(good, "0f", "0g", 1), 0o600},
		{"failure: empty", "", 0o600},
	} {
		t.Run(tc.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "device.key")
			require.NoError(t, os.WriteFile(path, []byte(tc.text), 0o600))
			require.NoError(t, os.Chmod(path, tc.mode))
			_, err := ReadKey(path)
			require.ErrorIs(t, err, ErrKey)
			require.NotContains(t, err.Error(), "0f0f", "the key in an error")
		})
	}
	_, err := ReadKey(filepath.Join(t.TempDir(), "none"))
	require.ErrorIs(t, err, os.ErrNotExist)
}
