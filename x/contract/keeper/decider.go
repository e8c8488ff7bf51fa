package keeper

import (
	"context"
	"errors"
	"strconv"

	"cosmossdk.io/collections"
	"cosmossdk.io/core/store"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/x/contract/types"
)

// Decider has contracts vote on steps of rollouts. The contract pays for its vote from its own coins.
type Decider struct {
	k Keeper
	// spent is the VM gas of the votes of this block. It is in a store that is emptied with every block.
	spent collections.Item[uint64]
}

var _ types.Decider = Decider{}

// maxVote is the largest value that decide_step may return.
const maxVote = uint32(types.VoteNo)

// Decider returns the decider of the keeper, for x/rollout. It needs a transient store, to hold a block's votes within their
// share of the gas of its hooks.
func (k Keeper) Decider(service store.TransientStoreService) Decider {
	sb := collections.NewSchemaBuilderFromAccessor(service.OpenTransientStore)
	d := Decider{k: k, spent: collections.NewItem(sb, collections.NewPrefix(0), "spent_on_votes", collections.Uint64Value)}
	if _, err := sb.Build(); err != nil {
		panic(err)
	}
	return d
}

// Exists says whether the name in a plan is the address of a contract that can vote.
func (d Decider) Exists(ctx context.Context, decider string) bool {
	return d.k.needEntry(ctx, decider, types.EntryDecideStep) == nil
}

// DecideStep asks a contract whether a rollout may leave its step. A contract that fails, says something else than a vote, or
// cannot pay has no vote, which is VoteWait and not an error: x/rollout throws away what was written before an error, and the
// fee and the record of the hook have to stay. Where a block has no gas left for it, the contract is not asked: x/rollout comes again.
func (d Decider) DecideStep(goCtx context.Context, decider string, rollout types.Rollout) (types.Vote, error) {
	ctx := unmetered(goCtx)
	params, err := d.k.Params.Get(ctx)
	if err != nil {
		return types.VoteWait, err
	}
	spent, err := d.spent.Get(ctx)
	if err != nil && !errors.Is(err, collections.ErrNotFound) {
		return types.VoteWait, err
	}
	left := newAllowance(params, spent)
	if !left.fits(params.HookGas) {
		count(ctx, metricVotesDeferred)
		return types.VoteWait, nil
	}
	return d.ask(ctx, params, &left, decider, rollout)
}

func (d Decider) ask(
	ctx sdk.Context, params types.Params, left *allowance, decider string, rollout types.Rollout,
) (types.Vote, error) {
	c, err := d.k.contractOf(ctx, decider)
	if err != nil {
		return types.VoteWait, err
	}
	out, err := d.k.runHook(ctx, params, hook{
		contract: c, entry: types.EntryDecideStep, message: rolloutRecord(rollout), subject: strconv.FormatUint(rollout.Id, 10), most: maxVote,
	})
	if err != nil {
		return types.VoteWait, err
	}
	left.spend(out.work())
	if err := d.spent.Set(ctx, left.spent); err != nil {
		return types.VoteWait, err
	}
	if out.err != nil {
		return types.VoteWait, nil
	}
	return types.Vote(out.value), nil
}
