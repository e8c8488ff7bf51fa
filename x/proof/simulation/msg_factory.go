package simulation

import (
	"context"
	"errors"
	"fmt"
	"math/rand"

	"github.com/cosmos/cosmos-sdk/testutil/simsx"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	govtypes "github.com/cosmos/cosmos-sdk/x/gov/types"

	"github.com/assay-chain/assay/statement"
	"github.com/assay-chain/assay/x/proof/keeper"
	"github.com/assay-chain/assay/x/proof/types"
)

// MsgSubmitProofFactory submits a valid proof of a device, where there is one, and otherwise, or one time in four, a
// claim that must be refused with a certain error.
func MsgSubmitProofFactory(k keeper.Keeper) simsx.SimMsgFactoryX {
	return simsx.NewSimMsgFactoryWithDeliveryResultHandler(func(
		ctx context.Context, data *simsx.ChainDataSource, reporter simsx.SimulationReporter,
	) ([]simsx.SimAccount, *types.MsgSubmitProof, simsx.SimDeliveryResultHandler) {
		r := data.Rand().Rand
		from := data.AnyAccount(reporter, simsx.WithSpendableBalance())
		if r.Intn(4) > 0 {
			from = admissibleDevice(ctx, k, data, reporter)
		}
		if reporter.IsSkipped() {
			return nil, nil, nil
		}
		e, err := claim(ctx, r, from.Address, 1+r.Intn(statement.MaxNonceBytes))
		if err != nil {
			reporter.Skip(err.Error())
			return nil, nil, nil
		}
		want := k.Admissible(ctx, from.AddressBech32, e)
		if want == nil && r.Intn(4) == 0 {
			e, want = spoil(r, e)
		}
		return []simsx.SimAccount{from}, &types.MsgSubmitProof{
			Device: from.AddressBech32, Version: e.Version, Nonce: e.Nonce, InputDigest: e.InputDigest, Output: e.Output, Proof: e.Proof,
		}, expect(want)
	})
}

// MsgSubmitProofsFactory submits some valid proofs of a device, sometimes with a nonce twice.
func MsgSubmitProofsFactory(k keeper.Keeper) simsx.SimMsgFactoryX {
	return simsx.NewSimMsgFactoryWithDeliveryResultHandler(func(
		ctx context.Context, data *simsx.ChainDataSource, reporter simsx.SimulationReporter,
	) ([]simsx.SimAccount, *types.MsgSubmitProofs, simsx.SimDeliveryResultHandler) {
		r := data.Rand().Rand
		from := admissibleDevice(ctx, k, data, reporter)
		params, err := k.Params.Get(ctx)
		if err != nil {
			reporter.Skip(err.Error())
		}
		if reporter.IsSkipped() {
			return nil, nil, nil
		}
		msg := &types.MsgSubmitProofs{Device: from.AddressBech32}
		for range 1 + r.Intn(min(4, int(params.MaxProofsPerMsg)-1)) {
			e, err := claim(ctx, r, from.Address, statement.MaxNonceBytes)
			if err == nil {
				err = k.Admissible(ctx, from.AddressBech32, e)
			}
			if err != nil {
				reporter.Skip(err.Error())
				return nil, nil, nil
			}
			msg.Entries = append(msg.Entries, e)
		}
		var want error
		if r.Intn(4) == 0 {
			msg.Entries = append(msg.Entries, msg.Entries[0])
			want = types.ErrNonceUsed
		}
		return []simsx.SimAccount{from}, msg, expect(want)
	})
}

// MsgUpdateParamsFactory proposes random parameters.
func MsgUpdateParamsFactory() simsx.SimMsgFactoryFn[*types.MsgUpdateParams] {
	return func(_ context.Context, data *simsx.ChainDataSource, _ simsx.SimulationReporter) ([]simsx.SimAccount, *types.MsgUpdateParams) {
		authority := authtypes.NewModuleAddress(govtypes.ModuleName).String()
		return nil, &types.MsgUpdateParams{Authority: authority, Params: randomParams(data.Rand().Rand)}
	}
}

// spoil makes a claim bad, and says how it must be refused.
func spoil(r *rand.Rand, e types.ProofEntry) (types.ProofEntry, error) {
	switch r.Intn(4) {
	case 0:
		e.Output[0] ^= 1
		return e, types.ErrProofInvalid
	case 1:
		e.Proof = e.Proof[:r.Intn(len(e.Proof)-1)+1]
		return e, types.ErrProofMalformed
	case 2:
		e.Output = append(e.Output, 0)
		return e, types.ErrOutputMismatch
	default:
		e.InputDigest = e.InputDigest[1:]
		return e, types.ErrInvalidInputDigest
	}
}

// expect accepts the one outcome that a message must have.
func expect(want error) simsx.SimDeliveryResultHandler {
	return func(got error) error {
		if !errors.Is(got, want) {
			return fmt.Errorf("expected %w, got %w", orAccepted(want), orAccepted(got))
		}
		return nil
	}
}

var errAccepted = errors.New("acceptance")

func orAccepted(err error) error {
	if err == nil {
		return errAccepted
	}
	return err
}
