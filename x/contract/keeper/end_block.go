package keeper

import (
	"context"
	"errors"
	"strconv"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/x/contract/types"
)

// maxHookSteps bounds what a block does for the queue beside gas: hooks that are skipped, and items that go, cost none.
const maxHookSteps = 1024

// hookShare is the part of the gas of a block's hooks that the queue may have. The other is for votes on rollouts: whoever fills
// the queue cannot stop those.
const hookShare = 2

// allowance is the gas that a block has for one kind of hook.
type allowance struct{ most, spent uint64 }

func newAllowance(params types.Params, spent uint64) allowance {
	return allowance{most: params.HookGasPerBlock / hookShare, spent: spent}
}

// fits says whether a hook may still run. The first of a block always may, so that none waits for ever; so a block has at most
// its allowance, or one hook where that is more, and the loading of one code.
func (a *allowance) fits(hookGas uint64) bool {
	return a.spent == 0 || a.spent <= a.most && hookGas <= a.most-a.spent
}

func (a *allowance) spend(gas uint64) { a.spent += gas }

// EndBlock tells subscribers of attestations, in the order in which they were accepted, within the gas that the parameters
// give a block for hooks; what does not fit waits for the next block. An error is a fault of the store: how a contract
// behaves never is one.
func (k Keeper) EndBlock(goCtx context.Context) error {
	ctx := unmetered(goCtx)
	head, next, err := k.queueEnds(ctx)
	if err != nil || head == next {
		return err
	}
	params, err := k.Params.Get(ctx)
	if err != nil {
		return err
	}
	left := newAllowance(params, 0)
	for range maxHookSteps {
		more, err := k.hookStep(ctx, params, &left)
		if err != nil || !more {
			return err
		}
	}
	return nil
}

// hookStep tells one subscriber of the first attestation of the queue, or takes that one out if all were told. It returns false
// where there is nothing to do, or no gas left for it.
func (k Keeper) hookStep(ctx sdk.Context, params types.Params, left *allowance) (more bool, err error) {
	head, next, err := k.queueEnds(ctx)
	if err != nil || head == next {
		return false, err
	}
	item, err := k.Queue.Get(ctx, head)
	if err != nil {
		return false, err
	}
	var cursor sdk.AccAddress
	if item.Cursor != "" {
		if cursor, err = types.ParseContractAddress("cursor", item.Cursor); err != nil {
			return false, err
		}
	}
	subscriber, err := k.nextSubscriber(ctx, item.Model, cursor, item.Sequence)
	if err != nil {
		return false, err
	}
	if subscriber == nil {
		return true, k.dequeue(ctx, head)
	}
	att, err := k.chain.Proof.Attestation(ctx, item.AttestationId)
	if errors.Is(err, types.ErrAttestationNotFound) {
		count(ctx, metricHooksPruned)
		return true, k.dequeue(ctx, head)
	}
	if err != nil {
		return false, err
	}
	if !left.fits(params.HookGas) {
		return false, nil
	}
	return true, k.tell(ctx, params, left, item, subscriber, att)
}

// dequeue takes the first item out.
func (k Keeper) dequeue(ctx context.Context, head uint64) error {
	if err := k.Queue.Remove(ctx, head); err != nil {
		return err
	}
	return k.QueueHead.Set(ctx, head+1)
}

// tell runs on_attestation of a subscriber and moves the cursor behind it. A contract that cannot pay is unsubscribed.
func (k Keeper) tell(
	ctx sdk.Context, params types.Params, left *allowance, item types.QueuedHook, subscriber sdk.AccAddress, att types.Attestation,
) error {
	c, err := k.Contract(ctx, subscriber)
	if err != nil {
		return err
	}
	out, err := k.runHook(ctx, params, hook{
		contract: c, entry: types.EntryOnAttestation, message: attestationRecord(att), subject: strconv.FormatUint(att.Id, 10),
	})
	if err != nil {
		return err
	}
	left.spend(out.work())
	if !out.ran {
		if err := k.unsubscribe(ctx, subscriber, item.Model, causeFunds); err != nil {
			return err
		}
	}
	item.Cursor = c.Address
	return k.Queue.Set(ctx, item.Sequence, item)
}
