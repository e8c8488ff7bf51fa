package relay

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// state is what a relayer keeps between runs. Only client ids matter; the rest saves work.
type state struct {
	Chains map[string]*chainState `json:"chains"` // by chain id
}

type chainState struct {
	// ClientID is the client on this chain that follows the other.
	ClientID string `json:"client_id,omitempty"`
	// CreateTx is a signed transaction that creates the client, kept before it is sent: whoever finds it
	// here sends it again instead of creating a second client.
	CreateTx []byte `json:"create_tx,omitempty"`
	// Cursor is a height at or below which no block holds the bytes of anything still pending. A hint.
	Cursor int64 `json:"cursor,omitempty"`
}

// of returns the state of a chain, which it makes if there is none.
func (s *state) of(chainID string) *chainState {
	if s.Chains == nil {
		s.Chains = map[string]*chainState{}
	}
	if s.Chains[chainID] == nil {
		s.Chains[chainID] = &chainState{}
	}
	return s.Chains[chainID]
}

// stateFile reads and writes the state. A write replaces the whole file or nothing.
type stateFile struct{ path string }

// load reads the state; a file that is not there is an empty state.
func (f stateFile) load() (*state, error) {
	s := &state{}
	data, err := os.ReadFile(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(data, s); err != nil {
		return nil, hint(fmt.Errorf("state %s: %w", f.path, err),
			"move it away, name the clients by client_id in the configuration, and run connect")
	}
	return s, nil
}

// change loads the state, changes it and writes it back.
func (f stateFile) change(change func(*state)) error {
	s, err := f.load()
	if err != nil {
		return err
	}
	change(s)
	data, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	return replaceFile(f.path, append(data, '\n'))
}

// replaceFile writes beside the file, syncs, and renames, so that a kill leaves the old file or the new one.
func replaceFile(path string, data []byte) (err error) {
	tmp, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(tmp.Name()))
		}
	}()
	_, err = tmp.Write(data)
	if err == nil {
		err = tmp.Sync()
	}
	if err = errors.Join(err, tmp.Close()); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), path)
}
