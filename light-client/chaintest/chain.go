package chaintest

import (
	"crypto/sha256"
	"fmt"
	"sync"
	"time"

	"github.com/cometbft/cometbft/crypto/ed25519"
	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	cmtversion "github.com/cometbft/cometbft/proto/tendermint/version"
	"github.com/cometbft/cometbft/types"
	"github.com/cometbft/cometbft/version"
)

// Options say what a chain is like. The zero value has four validators that stay, and one-second blocks.
type Options struct {
	ChainID    string    // "chaintest-1"
	Validators int       // 4
	Start      time.Time // of the first block; 2026-01-01
	// Interval is between blocks.
	Interval time.Duration
	// Replace and Power are the numbers of blocks after which the next validator gives way to a new one, and after which
	// the next changes its power; 0 for never.
	Replace, Power int64
	// Unbonding is the chain's unbonding period; three weeks.
	Unbonding time.Duration
	// Seed tells chains apart that are alike otherwise.
	Seed string
}

// Chain is a chain. It is safe for concurrent use.
type Chain struct {
	o     Options
	state *state
	fork  *Fork

	mu     sync.Mutex
	height int64
	keys   map[string]ed25519.PrivKey
	sets   map[string]*types.ValidatorSet
	blocks map[int64]*types.LightBlock
}

// Caches are emptied when they have this many entries.
const cacheEntries = 512

// New returns a chain with its first three blocks: enough to read the state of its beginning by proof.
func New(o Options) *Chain {
	o = o.withDefaults()
	return &Chain{o: o, state: newState(o.Unbonding), height: 3}
}

func (o Options) withDefaults() Options {
	if o.ChainID == "" {
		o.ChainID = "chaintest-1"
	}
	if o.Validators == 0 {
		o.Validators = 4
	}
	if o.Start.IsZero() {
		o.Start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	if o.Interval == 0 {
		o.Interval = time.Second
	}
	if o.Unbonding == 0 {
		o.Unbonding = 21 * 24 * time.Hour
	}
	return o
}

// ID is the chain id.
func (c *Chain) ID() string { return c.o.ChainID }

// Height is of the latest block.
func (c *Chain) Height() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.height
}

// Time is of a block.
func (c *Chain) Time(height int64) time.Time {
	at := c.o.Start.Add(time.Duration(height-1) * c.o.Interval)
	if c.forked(height) {
		at = at.Add(c.fork.Shift)
	}
	return at
}

// Set puts a value into a store in the next block.
func (c *Chain) Set(store string, key, value []byte) { c.state.set(store, key, value) }

// Delete removes a key from a store in the next block.
func (c *Chain) Delete(store string, key []byte) { c.state.remove(store, key) }

// Advance makes blocks. What was set is in the first of them; the header of the second commits to it.
func (c *Chain) Advance(blocks int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.state.commit(c.height + 1)
	c.height += blocks
}

// Fork is how a chain departs from another.
type Fork struct {
	// From is the first block that differs.
	From int64
	// AppHash is of its headers, 32 bytes; empty leaves the state as it is, and the transactions differ.
	AppHash []byte
	// Slots are the validators that are left, by their places among the first; nil for all. Who is not left is not in the set.
	Slots []int
	// Signers are those that sign, by their places in the same way; nil for all.
	Signers []int
	// Strangers gives the places keys that no validator has.
	Strangers bool
	// Round is of the commits.
	Round int32
	// Shift moves the times of blocks.
	Shift time.Duration
}

// Fork returns a chain that is the same up to a block, and shares the state.
func (c *Chain) Fork(f Fork) *Chain {
	return &Chain{o: c.o, state: c.state, fork: &f, height: c.Height()}
}

func (c *Chain) forked(height int64) bool { return c.fork != nil && height >= c.fork.From }

// LightBlock returns the header, commit and validators of a height that the chain has.
func (c *Chain) LightBlock(height int64) (*types.LightBlock, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if height < 1 || height > c.height {
		return nil, fmt.Errorf("height %d must be less than or equal to the current blockchain height %d", height, c.height)
	}
	if b, ok := c.blocks[height]; ok {
		return b, nil
	}
	header := c.header(height)
	b := &types.LightBlock{
		SignedHeader: &types.SignedHeader{Header: header, Commit: c.commit(header)},
		ValidatorSet: c.validators(height),
	}
	if c.blocks == nil || len(c.blocks) >= cacheEntries/8 {
		c.blocks = make(map[int64]*types.LightBlock)
	}
	c.blocks[height] = b
	return b, nil
}

func (c *Chain) header(height int64) *types.Header {
	h := &types.Header{
		Version: cmtversion.Consensus{Block: version.BlockProtocol}, ChainID: c.o.ChainID, Height: height, Time: c.Time(height),
		ValidatorsHash: c.validators(height).Hash(), NextValidatorsHash: c.next(height).Hash(),
		ConsensusHash: digest("consensus"), LastResultsHash: digest("results"), DataHash: digest("data"), EvidenceHash: digest("evidence"),
		LastCommitHash: digest("commit"), AppHash: c.state.hash(height - 1),
		ProposerAddress: c.validators(height).Validators[0].Address,
	}
	if height > 1 {
		h.LastBlockID = c.blockID(digest(fmt.Sprint("block", height-1)))
	}
	if c.forked(height) {
		h.DataHash = digest("other data")
		if len(c.fork.AppHash) > 0 {
			h.AppHash = c.fork.AppHash
		}
	}
	return h
}

func (c *Chain) blockID(hash []byte) types.BlockID {
	return types.BlockID{Hash: hash, PartSetHeader: types.PartSetHeader{Total: 1, Hash: hash}}
}

func digest(of string) []byte {
	d := sha256.Sum256([]byte(of))
	return d[:]
}

// place is a validator: the one that has a slot after a number of replacements.
type place struct {
	slot, generation int
	power            int64
	stranger         bool
}

// places returns who has the slots at a height, in the fork or beside it.
func (c *Chain) places(height int64, forked bool) []place {
	n := int64(c.o.Validators)
	turns := func(each, slot int64) int64 { // how often it was the slot's turn
		if each == 0 {
			return 0
		}
		return ((height-1)/each + n - 1 - slot) / n
	}
	var out []place
	for slot := range n {
		p := place{slot: int(slot), generation: int(turns(c.o.Replace, slot)), power: 1000 + 10*(turns(c.o.Power, slot)%7)}
		if forked {
			if c.fork.Slots != nil && !contains(c.fork.Slots, p.slot) {
				continue
			}
			p.stranger = c.fork.Strangers
		}
		out = append(out, p)
	}
	return out
}

func contains(s []int, v int) bool {
	for _, e := range s {
		if e == v {
			return true
		}
	}
	return false
}

func (c *Chain) key(p place) ed25519.PrivKey {
	name := fmt.Sprintf("%s/%d/%d/%t", c.o.Seed, p.slot, p.generation, p.stranger)
	if k, ok := c.keys[name]; ok {
		return k
	}
	if c.keys == nil || len(c.keys) >= cacheEntries {
		c.keys = make(map[string]ed25519.PrivKey)
	}
	k := ed25519.GenPrivKeyFromSecret([]byte(name))
	c.keys[name] = k
	return k
}

func (c *Chain) validators(height int64) *types.ValidatorSet {
	return c.set(c.places(height, c.forked(height)))
}

// next are the validators that a header announces: one before a fork knows nothing of it.
func (c *Chain) next(height int64) *types.ValidatorSet {
	return c.set(c.places(height+1, c.forked(height)))
}

func (c *Chain) set(places []place) *types.ValidatorSet {
	name := fmt.Sprint(places)
	if s, ok := c.sets[name]; ok {
		return s
	}
	out := make([]*types.Validator, 0, len(places))
	for _, p := range places {
		out = append(out, types.NewValidator(c.key(p).PubKey(), p.power))
	}
	if c.sets == nil || len(c.sets) >= cacheEntries/8 {
		c.sets = make(map[string]*types.ValidatorSet)
	}
	s := types.NewValidatorSet(out)
	c.sets[name] = s
	return s
}

func (c *Chain) commit(h *types.Header) *types.Commit {
	set := c.validators(h.Height)
	out := &types.Commit{Height: h.Height, BlockID: c.blockID(h.Hash()), Signatures: make([]types.CommitSig, set.Size())}
	if c.forked(h.Height) {
		out.Round = c.fork.Round
	}
	for i := range out.Signatures {
		out.Signatures[i] = types.NewCommitSigAbsent()
	}
	for _, p := range c.places(h.Height, c.forked(h.Height)) {
		if c.forked(h.Height) && c.fork.Signers != nil && !contains(c.fork.Signers, p.slot) {
			continue
		}
		k := c.key(p)
		i, _ := set.GetByAddress(k.PubKey().Address())
		out.Signatures[i] = sign(c.o.ChainID, k, out, i, h.Time.Add(time.Duration(i)*time.Millisecond))
	}
	return out
}

func sign(chainID string, k ed25519.PrivKey, c *types.Commit, index int32, at time.Time) types.CommitSig {
	vote := &types.Vote{
		ValidatorAddress: k.PubKey().Address(), ValidatorIndex: index, Height: c.Height, Round: c.Round,
		Timestamp: at, Type: cmtproto.PrecommitType, BlockID: c.BlockID,
	}
	signature, err := k.Sign(types.VoteSignBytes(chainID, vote.ToProto()))
	if err != nil {
		panic(err) // an ed25519 key signs everything
	}
	return types.CommitSig{BlockIDFlag: types.BlockIDFlagCommit, ValidatorAddress: vote.ValidatorAddress, Timestamp: at, Signature: signature}
}
