package keeper

import (
	"context"

	"cosmossdk.io/collections"

	"github.com/cosmos/cosmos-sdk/codec"

	"github.com/assay-chain/assay/x/contract/types"
)

// hookState is the part of the state that says which contracts are told of what, and of what they have still to be told.
type hookState struct {
	// Subscriptions is (model, contract) → the place in the queue from which on the contract is told: that of the next item to
	// come when it subscribed. The subscribers of a model ascend by address.
	Subscriptions collections.Map[collections.Pair[string, []byte], uint64]
	// SubscriptionsByContract has (contract, model).
	SubscriptionsByContract collections.KeySet[collections.Pair[[]byte, string]]
	// SubscriberCounts is model → number of subscribers; a model without any is not there.
	SubscriberCounts collections.Map[string, uint32]

	// Queue is sequence → attestation whose subscribers have still to be told. Items come at the back and go at the front
	// alone, so the sequences from QueueHead up to QueueNext, which is not included, are there without a gap.
	Queue     collections.Map[uint64, types.QueuedHook]
	QueueHead collections.Sequence
	QueueNext collections.Sequence
}

func newHookState(sb *collections.SchemaBuilder, cdc codec.BinaryCodec) hookState {
	return hookState{
		Subscriptions: collections.NewMap(sb, types.SubscriptionsPrefix, "subscriptions",
			collections.PairKeyCodec(collections.StringKey, collections.BytesKey), collections.Uint64Value),
		SubscriptionsByContract: collections.NewKeySet(sb, types.SubscriptionsByContractPrefix, "subscriptions_by_contract",
			collections.PairKeyCodec(collections.BytesKey, collections.StringKey)),
		SubscriberCounts: collections.NewMap(sb, types.SubscriberCountsPrefix, "subscriber_counts", collections.StringKey, collections.Uint32Value),
		Queue:            collections.NewMap(sb, types.QueuePrefix, "queue", collections.Uint64Key, codec.CollValue[types.QueuedHook](cdc)),
		QueueHead:        collections.NewSequence(sb, types.QueueHeadPrefix, "queue_head"),
		QueueNext:        collections.NewSequence(sb, types.QueueNextPrefix, "queue_next"),
	}
}

// queueEnds returns the sequence of the first item, and that of the next one to come. They are equal where nothing waits.
func (k Keeper) queueEnds(ctx context.Context) (head, next uint64, err error) {
	if head, err = k.QueueHead.Peek(ctx); err != nil {
		return 0, 0, err
	}
	next, err = k.QueueNext.Peek(ctx)
	return head, next, err
}

// initHooks fills what a genesis state that was validated says of hooks.
func (k Keeper) initHooks(ctx context.Context, gs types.GenesisState) error {
	for _, s := range gs.Subscriptions {
		contract, err := types.ParseContractAddress("subscription", s.Contract)
		if err != nil {
			return err
		}
		if err := k.insertSubscription(ctx, contract, s.Model, s.Since); err != nil {
			return err
		}
	}
	for _, item := range gs.Queue {
		if err := k.Queue.Set(ctx, item.Sequence, item); err != nil {
			return err
		}
	}
	if err := k.QueueHead.Set(ctx, gs.NextQueueSequence-uint64(len(gs.Queue))); err != nil {
		return err
	}
	return k.QueueNext.Set(ctx, gs.NextQueueSequence)
}

// exportHooks is the inverse of initHooks.
func (k Keeper) exportHooks(ctx context.Context, gs *types.GenesisState) error {
	err := k.Subscriptions.Walk(ctx, nil, func(key collections.Pair[string, []byte], since uint64) (bool, error) {
		gs.Subscriptions = append(gs.Subscriptions, subscription(key, since))
		return false, nil
	})
	if err != nil {
		return err
	}
	it, err := k.Queue.Iterate(ctx, nil)
	if err != nil {
		return err
	}
	if gs.Queue, err = it.Values(); err != nil {
		return err
	}
	gs.NextQueueSequence, err = k.QueueNext.Peek(ctx)
	return err
}
