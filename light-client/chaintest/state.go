package chaintest

import (
	"fmt"
	"sync"
	"time"

	"cosmossdk.io/log/v2"
	dbm "github.com/cosmos/cosmos-db"
	"github.com/cosmos/cosmos-sdk/store/v2/rootmulti"
	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	stakingtypes "github.com/cosmos/cosmos-sdk/x/staking/types"

	cmtcrypto "github.com/cometbft/cometbft/proto/tendermint/crypto"
)

// Stores that a chain has. Each has an entry from the beginning, for an empty tree proves nothing.
var Stores = []string{"bank", "fleet", "proof", "registry", "rollout", "staking"}

// state is the SDK's own multistore, with its versions by height: most blocks change nothing.
type state struct {
	mu       sync.Mutex
	multi    *rootmulti.Store
	keys     map[string]*storetypes.KVStoreKey
	changed  bool
	versions []stateVersion
}

type stateVersion struct {
	from    int64 // the first height after which it holds
	version int64
	hash    []byte
}

func newState(unbonding time.Duration) *state {
	s := &state{multi: rootmulti.NewStore(dbm.NewMemDB(), log.NewNopLogger()), keys: make(map[string]*storetypes.KVStoreKey)}
	s.multi.SetIAVLSyncPruning(true) // otherwise each store has a goroutine that stays
	for _, name := range Stores {
		s.keys[name] = storetypes.NewKVStoreKey(name)
		s.multi.MountStoreWithDB(s.keys[name], storetypes.StoreTypeIAVL, nil)
	}
	if err := s.multi.LoadLatestVersion(); err != nil {
		panic(err) // a store in memory
	}
	for _, name := range Stores {
		s.set(name, []byte{0}, []byte{1})
	}
	params := stakingtypes.DefaultParams()
	params.UnbondingTime = unbonding
	raw, err := params.Marshal()
	if err != nil {
		panic(err)
	}
	s.set("staking", stakingtypes.ParamsKey, raw)
	s.commit(0)
	return s
}

func (s *state) store(name string) storetypes.KVStore {
	key, ok := s.keys[name]
	if !ok {
		panic(fmt.Sprintf("chaintest: no store %q", name))
	}
	return s.multi.GetKVStore(key)
}

func (s *state) set(store string, key, value []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.store(store).Set(key, value)
	s.changed = true
}

func (s *state) remove(store string, key []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.store(store).Delete(key)
	s.changed = true
}

func (s *state) commit(height int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.changed {
		return
	}
	id := s.multi.Commit()
	s.versions = append(s.versions, stateVersion{from: height, version: id.Version, hash: id.Hash})
	s.changed = false
}

// at returns the version that holds after a height.
func (s *state) at(height int64) stateVersion {
	out := s.versions[0]
	for _, v := range s.versions {
		if v.from <= height {
			out = v
		}
	}
	return out
}

func (s *state) hash(height int64) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.at(height).hash
}

func (s *state) query(store string, key []byte, height int64) ([]byte, *cmtcrypto.ProofOps, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	res, err := s.multi.Query(&storetypes.RequestQuery{Path: "/" + store + "/key", Data: key, Height: s.at(height).version, Prove: true})
	if err != nil {
		return nil, nil, err
	}
	return res.Value, res.ProofOps, nil
}

// Query returns what a store holds under a key after the block of a height, with its proof.
func (c *Chain) Query(store string, key []byte, height int64) ([]byte, *cmtcrypto.ProofOps, error) {
	return c.state.query(store, key, height)
}
