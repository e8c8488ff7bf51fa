package keeper

import (
	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/x/proof/types"
	"github.com/assay-chain/assay/x/proof/verifier"
)

// scan collects the proofs of a block that are worth preparing.
type scan struct {
	keeper   Keeper
	ctx      sdk.Context // reading is free, but counted
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

// addTx adds the proofs of a transaction that its gas limit can pay for. Looking at a claim has its price too: what
// the same reads cost in execution. So a transaction with thousands of claims that nobody admits is not looked at for
// longer than its sender pays.
func (s *scan) addTx(tx sdk.Tx) {
	var txGas uint64
	if f, ok := tx.(sdk.FeeTx); ok {
		txGas = f.GetGas()
	}
	for _, c := range claims(tx.GetMsgs(), maxNesting, s.params) {
		before := s.ctx.GasMeter().GasConsumed()
		a, ok := s.admit(c)
		price := s.ctx.GasMeter().GasConsumed() - before
		if ok {
			price += verificationGas(s.params, a)
		}
		if price > txGas {
			return // so it runs out of gas before it comes to this proof
		}
		if s.full = price > s.blockGas; s.full {
			return
		}
		txGas, s.blockGas = txGas-price, s.blockGas-price
		if ok {
			s.add(a)
		}
		if s.full {
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

// add appends a proof.
func (s *scan) add(a admitted) {
	inputs, err := s.keeper.publicInputs(s.ctx.ChainID(), a.claim)
	if err != nil {
		return // not reached: an admitted claim has a statement
	}
	s.requests = append(s.requests, verifier.Request{Key: a.key.Key, Inputs: inputs, Proof: a.entry.Proof})
	s.full = len(s.requests) >= int(s.params.MaxPreparedPerBlock)
}
