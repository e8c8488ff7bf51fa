package keeper

import (
	"context"

	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/x/contract/host"
	"github.com/assay-chain/assay/x/contract/types"
	"github.com/assay-chain/assay/x/contract/values"
)

// Guard has the contract that the parameters name say who may publish.
type Guard struct{ k Keeper }

var _ types.PublishGuard = Guard{}

// Guard returns the publish guard of the keeper, for x/registry.
func (k Keeper) Guard() Guard { return Guard{k} }

// AllowPublish returns nil where there is no guard, or where it says yes; then what it wrote is kept. Everything else
// is a refusal, and leaves the state as it was: a no, a trap, running out of gas, and a guard that is not there. The
// transaction pays for it. Errors: ErrGuard.
func (g Guard) AllowPublish(goCtx context.Context, publisher, model, number, owner string) error {
	ctx := sdk.UnwrapSDKContext(goCtx)
	params, err := g.k.Params.Get(ctx)
	if err != nil || params.PublishGuard == "" {
		return err
	}
	subject := publisher
	if model != "" {
		subject += "/" + model + "@" + number
	}
	message := values.Encode(values.T(publisher), values.T(model), values.T(number), values.T(owner))
	return atomically(ctx, func(ctx sdk.Context) error { return g.ask(ctx, params, subject, message) })
}

func (g Guard) ask(ctx sdk.Context, params types.Params, subject string, message []byte) error {
	c, err := g.k.contractOf(ctx, params.PublishGuard)
	if err != nil {
		return types.WithReason(types.ErrGuard, err)
	}
	result, err := g.k.runInTx(ctx, c, host.Call{
		Entry: types.EntryAllowPublish, Message: message, Caller: hookCaller(), Gas: params.HookGas,
	}, nil)
	if err != nil {
		return types.WithReason(types.ErrGuard, err)
	}
	if result.Value != host.VotePublish {
		return errorsmod.Wrapf(types.ErrGuard, "%q", subject)
	}
	return g.k.recordHook(unmetered(ctx), hook{contract: c, entry: types.EntryAllowPublish, subject: subject},
		outcome{ran: true, value: result.Value, gas: result.GasUsed})
}
