package lightclient

import (
	"slices"
	"sync"

	"github.com/cometbft/cometbft/types"
)

// sets remembers the validator sets that were fetched last, by their hash: most headers have the set of the one before, and
// every endpoint has the same. A set that has the hash is the set, whoever sent it. Sets must not be changed.
type sets struct {
	mu     sync.Mutex
	hashes []string // latest last
	sets   []*types.ValidatorSet
}

const maxSets = 4

func (s *sets) get(hash []byte) *types.ValidatorSet {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i := slices.Index(s.hashes, string(hash)); i >= 0 {
		return s.sets[i]
	}
	return nil
}

func (s *sets) put(set *types.ValidatorSet) {
	s.mu.Lock()
	defer s.mu.Unlock()
	hash := string(set.Hash())
	if slices.Contains(s.hashes, hash) {
		return
	}
	if len(s.hashes) == maxSets {
		s.hashes, s.sets = slices.Delete(s.hashes, 0, 1), slices.Delete(s.sets, 0, 1)
	}
	s.hashes, s.sets = append(s.hashes, hash), append(s.sets, set)
}
