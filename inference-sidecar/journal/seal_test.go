package journal

import (
	"bytes"
	"encoding/hex"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.etcd.io/bbolt"
)

func testKey(b byte) []byte { return bytes.Repeat([]byte{b}, KeyBytes) }

func TestEncrypted(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal")
	j, err := Open(path, Options{Key: testKey(1)})
	require.NoError(t, err)
	e := requested(1)
	e.Input = bytes.Repeat([]byte("a private input "), 100)
	require.NoError(t, j.Append(t.Context(), e))
	require.NoError(t, j.Close())
	file, err := os.ReadFile(path)
	require.NoError(t, err)
	for _, secret := range []string{"a private input", "output 1", "acme/m"} {
		require.NotContains(t, string(file), secret)
	}

	t.Run("failure: another key", func(t *testing.T) {
		_, err := Open(path, Options{Key: testKey(2)})
		require.ErrorIs(t, err, ErrKey)
	})
	t.Run("failure: no key", func(t *testing.T) {
		_, err := Open(path, Options{})
		require.ErrorIs(t, err, ErrEncrypted)
	})
	after, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, file, after, "a wrong key changes nothing")
	t.Run("success: the key", func(t *testing.T) {
		j := openAt(t, path, Options{Key: testKey(1)})
		require.Equal(t, e.Input, next(t, j).Input)
	})
}

func TestPlainWithKey(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal")
	j, err := Open(path, Options{})
	require.NoError(t, err)
	require.NoError(t, j.Close())
	_, err = Open(path, Options{Key: testKey(1)})
	require.ErrorIs(t, err, ErrPlain)
	openAt(t, path, Options{})
}

// Values that change places do not open: the key of each is bound to it.
func TestSwappedValues(t *testing.T) {
	for name, key := range map[string][]byte{"plain": nil, "encrypted": testKey(1)} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "journal")
			j, err := Open(path, Options{Key: key, AuditWindow: 1 << 40})
			require.NoError(t, err)
			for n := 1; n <= 2; n++ {
				require.NoError(t, j.Append(t.Context(), entry(n)))
			}
			require.NoError(t, j.Close())
			swap(t, path)
			j = openAt(t, path, Options{Key: key, AuditWindow: 1 << 40})
			require.NoError(t, j.Append(t.Context(), entry(3)))
			require.Equal(t, entry(3).ID, next(t, j).ID, "the damaged ones are passed over")
			for n := 1; n <= 2; n++ {
				j.mu.Lock()
				state := j.index.find(entry(n).ID).state
				j.mu.Unlock()
				require.Equal(t, Failed, state)
			}
			require.EqualValues(t, 2, j.Stats().Corrupt)
		})
	}
}

// swap exchanges the values of the two entries in the file.
func swap(t *testing.T, path string) {
	t.Helper()
	db, err := bbolt.Open(path, 0o600, nil)
	require.NoError(t, err)
	require.NoError(t, db.Update(func(tx *bbolt.Tx) error {
		b := tx.Bucket(entriesBucket)
		var keys, values [][]byte
		require.NoError(t, b.ForEach(func(k, v []byte) error {
			keys, values = append(keys, bytes.Clone(k)), append(values, bytes.Clone(v))
			return nil
		}))
		require.NoError(t, b.Put(keys[0], values[1]))
		return b.Put(keys[1], values[0])
	}))
	require.NoError(t, db.Close())
}

func TestReadKey(t *testing.T) {
	dir := t.TempDir()
	file := func(name string, data []byte, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, data, mode))
		return path
	}
	for name, path := range map[string]string{
		"success: raw":         file("raw", testKey(1), 0o600),
		"success: hex":         file("hex", []byte(hex.EncodeToString(testKey(1))), 0o400),
		"success: hex, a line": file("line", []byte(hex.EncodeToString(testKey(1))+"\n"), 0o600),
	} {
		t.Run(name, func(t *testing.T) {
			key, err := ReadKey(path)
			require.NoError(t, err)
			require.Equal(t, testKey(1), key)
		})
	}
	for name, path := range map[string]string{
		"failure: readable by others": file("open", testKey(1), 0o644),
		"failure: short":              file("short", testKey(1)[1:], 0o600),
		"failure: not hex":            file("text", bytes.Repeat([]byte{'z'}, 64), 0o600),
		"failure: long":               file("long", make([]byte, 1000), 0o600),
		"failure: empty":              file("empty", nil, 0o600),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ReadKey(path)
			require.ErrorIs(t, err, ErrKey)
		})
	}
	_, err := ReadKey(filepath.Join(dir, "absent"))
	require.ErrorIs(t, err, os.ErrNotExist)
}
