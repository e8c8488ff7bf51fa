package keeper

import (
	"context"

	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/x/proof/types"
	"github.com/assay-chain/assay/x/proof/verifier"
)

// maxNesting is how many messages within messages (authz) the start of a block looks into. Proofs that are nested
// deeper are verified alone when they are executed.
const maxNesting = 2

// PrepareBlock hands the proofs of a block's transactions to the verifier, which verifies them together, so that the
// message handlers find the answers. It takes claims that would be admitted as things stand before the block, no more
// of a transaction than its gas limit can pay for, no more of the block than its gas limit can pay for, and at most
// max_prepared_per_block. Whatever it leaves out is verified alone, with the same outcome.
//
// It changes no state, uses no gas, emits no event, and never panics: it is an optimization, so whatever goes wrong is
// counted as metric prepare_failed and left to execution, which judges every proof by itself. The app calls it from its
// PreBlocker; transactions that could not be decoded are nil or left out.
func (k Keeper) PrepareBlock(ctx sdk.Context, txs []sdk.Tx) {
	defer func() {
		if r := recover(); r != nil {
			countPrepareFailure("panic")
			ctx.Logger().Error("preparing proofs", "module", types.ModuleName, "panic", r)
		}
	}()
	params, err := k.Params.Get(unmetered(ctx))
	if err != nil {
		countPrepareFailure("params")
		return
	}
	s := newScan(ctx, k, params)
	for _, tx := range txs {
		if s.full {
			break
		}
		if tx != nil {
			s.addTx(tx)
		}
	}
	if len(s.requests) == 0 {
		return
	}
	if _, err := k.engine.Prepare(context.WithoutCancel(ctx), s.requests); err != nil {
		countPrepareFailure("verifier")
		return
	}
	countPrepared(len(s.requests))
}

// unmetered returns a context to read with: what is written through it is lost, and reading is free.
func unmetered(ctx sdk.Context) sdk.Context {
	discarded, _ := ctx.CacheContext()
	return discarded.WithGasMeter(storetypes.NewInfiniteGasMeter())
}

// scan collects the proofs of a block that are worth preparing.
type scan struct {
	keeper   Keeper
	ctx      sdk.Context
	params   types.Params
	registry *memo
	blockGas uint64              // what the rest of the block can still pay
	seen     map[string]struct{} // keys of nonces in this block
	requests []verifier.Request
	full     bool
}

func newScan(ctx sdk.Context, k Keeper, params types.Params) *scan {
	return &scan{
		keeper:   k,
		ctx:      unmetered(ctx),
		params:   params,
		registry: newMemo(k.registry),
		blockGas: blockGasLimit(ctx),
		seen:     make(map[string]struct{}),
		full:     params.MaxPreparedPerBlock == 0,
	}
}

// blockGasLimit is the gas limit of a block, or the largest number where there is none.
func blockGasLimit(ctx sdk.Context) uint64 {
	if b := ctx.ConsensusParams().Block; b != nil && b.MaxGas >= 0 {
		return uint64(b.MaxGas)
	}
	return ^uint64(0)
}

// addTx adds the proofs of a transaction that its gas limit can pay for.
func (s *scan) addTx(tx sdk.Tx) {
	var txGas uint64
	if f, ok := tx.(sdk.FeeTx); ok {
		txGas = f.GetGas()
	}
	for _, c := range claims(tx.GetMsgs(), maxNesting, s.params) {
		a, ok := s.admit(c)
		if !ok {
			continue
		}
		price := verificationGas(s.params, a)
		if price > txGas {
			return // so it runs out of gas before it comes to this proof
		}
		txGas -= price
		if !s.add(a, price) {
			return
		}
	}
}

func (s *scan) admit(c claim) (admitted, bool) {
	if c.entry.Validate(s.params) != nil {
		return admitted{}, false
	}
	a, err := s.keeper.admit(s.ctx, s.registry, c)
	if err != nil {
		return admitted{}, false
	}
	if _, dup := s.seen[string(a.nonceKey)]; dup {
		return admitted{}, false
	}
	s.seen[string(a.nonceKey)] = struct{}{}
	return a, true
}

// add appends a proof and says whether there is room for more.
func (s *scan) add(a admitted, price uint64) bool {
	if price > s.blockGas {
		s.full = true
		return false
	}
	s.blockGas -= price
	inputs, err := publicInputs(s.ctx.ChainID(), a.claim)
	if err != nil {
		return true // not reached: an admitted claim has a statement
	}
	s.requests = append(s.requests, verifier.Request{Key: a.key.Key, Inputs: inputs, Proof: a.entry.Proof})
	s.full = len(s.requests) >= int(s.params.MaxPreparedPerBlock)
	return !s.full
}

// claims returns the claims of messages in the order of their execution, at most max_proofs_per_msg to a message,
// looking into nested messages as deep as depth.
func claims(msgs []sdk.Msg, depth int, params types.Params) []claim {
	var out []claim
	for _, msg := range msgs {
		switch m := msg.(type) {
		case *types.MsgSubmitProof:
			if addr, err := types.DeviceAddress(m.Device); err == nil {
				out = append(out, claim{addr, m.Entry()})
			}
		case *types.MsgSubmitProofs:
			out = append(out, entryClaims(m, params)...)
		case interface{ GetMessages() ([]sdk.Msg, error) }: // authz.MsgExec
			if inner, err := m.GetMessages(); err == nil && depth > 0 {
				out = append(out, claims(inner, depth-1, params)...)
			}
		}
	}
	return out
}

func entryClaims(m *types.MsgSubmitProofs, params types.Params) []claim {
	addr, err := types.DeviceAddress(m.Device)
	if err != nil || uint64(len(m.Entries)) > uint64(params.MaxProofsPerMsg) {
		return nil // refused as a whole
	}
	out := make([]claim, len(m.Entries))
	for i, e := range m.Entries {
		out[i] = claim{addr, e}
	}
	return out
}

// memo remembers what it read from the registry, since a block's proofs are mostly of few versions. It lives as long
// as one scan, within which the state does not change.
type memo struct {
	types.RegistryKeeper
	versions map[string]types.Version
	keys     map[string]types.VerifyingKey
}

func newMemo(r types.RegistryKeeper) *memo {
	return &memo{r, make(map[string]types.Version), make(map[string]types.VerifyingKey)}
}

// Version implements types.RegistryKeeper.
func (m *memo) Version(ctx context.Context, id string) (types.Version, error) {
	return remember(m.versions, id, func() (types.Version, error) { return m.RegistryKeeper.Version(ctx, id) })
}

// VerifyingKey implements types.RegistryKeeper.
func (m *memo) VerifyingKey(ctx context.Context, digest []byte) (types.VerifyingKey, error) {
	return remember(m.keys, string(digest), func() (types.VerifyingKey, error) { return m.RegistryKeeper.VerifyingKey(ctx, digest) })
}

func remember[V any](known map[string]V, key string, read func() (V, error)) (V, error) {
	if v, ok := known[key]; ok {
		return v, nil
	}
	v, err := read()
	if err == nil {
		known[key] = v
	}
	return v, err
}
