package relay

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestStateFile(t *testing.T) {
	dir := t.TempDir()
	f := stateFile{filepath.Join(dir, "state.json")}
	t.Run("success: no file is an empty state", func(t *testing.T) {
		s, err := f.load()
		require.NoError(t, err)
		require.Equal(t, &chainState{}, s.of("a-1"))
	})
	t.Run("success: changes add up, and leave one file", func(t *testing.T) {
		require.NoError(t, f.change(func(s *state) { s.of("a-1").ClientID = "07-tendermint-3" }))
		require.NoError(t, f.change(func(s *state) { s.of("a-1").Cursor = 7 }))
		require.NoError(t, f.change(func(s *state) { s.of("b-1").CreateTx = []byte{1, 2} }))
		s, err := f.load()
		require.NoError(t, err)
		require.Equal(t, &chainState{ClientID: "07-tendermint-3", Cursor: 7}, s.of("a-1"))
		require.Equal(t, &chainState{CreateTx: []byte{1, 2}}, s.of("b-1"))
		entries, err := os.ReadDir(dir)
		require.NoError(t, err)
		require.Len(t, entries, 1)
	})
	t.Run("failure: a damaged file is named, and kept", func(t *testing.T) {
		require.NoError(t, os.WriteFile(f.path, []byte("{"), 0o600))
		err := f.change(func(*state) { t.Fatal("changed") })
		require.ErrorContains(t, err, f.path)
		require.Contains(t, hintOf(err), "client_id")
		data, err := os.ReadFile(f.path)
		require.NoError(t, err)
		require.Equal(t, "{", string(data))
	})
	t.Run("failure: no folder", func(t *testing.T) {
		f := stateFile{filepath.Join(dir, "none", "state.json")}
		require.ErrorIs(t, f.change(func(*state) {}), os.ErrNotExist)
	})
}
