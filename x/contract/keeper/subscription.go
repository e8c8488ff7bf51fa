package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/x/contract/types"
)

// Causes of the end of a subscription.
const (
	causeAdmin     = "admin"
	causePublisher = "publisher"
	causeAuthority = "authority"
	causeFunds     = "funds"
)

// subscribe has a contract told of the attestations of a model that are accepted from now on. A model of this chain has to be on record, so that it has an
// owner who may end the subscription; mirrors are on record by version alone. Errors: ErrInvalidRequest, ErrEntry,
// ErrSubscription, ErrLimit.
func (k Keeper) subscribe(ctx context.Context, c types.Contract, model string) error {
	contract, err := types.ParseContractAddress("contract", c.Address)
	if err != nil {
		return err
	}
	if err := k.checkModel(ctx, model); err != nil {
		return err
	}
	if err := k.needEntry(ctx, c.Address, types.EntryOnAttestation); err != nil {
		return err
	}
	known, err := k.Subscriptions.Has(ctx, collections.Join(model, []byte(contract)))
	if err != nil {
		return err
	}
	if known {
		return errorsmod.Wrapf(types.ErrSubscription, "contract %s is subscribed to %q already", c.Address, model)
	}
	if err := k.checkSubscriptionLimits(ctx, contract, model); err != nil {
		return err
	}
	_, next, err := k.queueEnds(ctx)
	if err != nil {
		return err
	}
	if err := k.insertSubscription(ctx, contract, model, next); err != nil {
		return err
	}
	return emit(ctx, &types.EventSubscribed{Contract: c.Address, Model: model})
}

func (k Keeper) checkModel(ctx context.Context, name string) error {
	publisher, model, err := types.SplitModel(name)
	if err != nil || types.IsMirror(publisher) {
		return err
	}
	_, err = k.chain.Registry.Model(ctx, publisher, model)
	if errors.Is(err, types.ErrModelNotFound) {
		return types.WithReason(types.ErrSubscription, err)
	}
	return err
}

func (k Keeper) checkSubscriptionLimits(ctx context.Context, contract sdk.AccAddress, model string) error {
	params, err := k.Params.Get(ctx)
	if err != nil {
		return err
	}
	subscribers, err := k.subscribers(ctx, model)
	if err != nil {
		return err
	}
	if subscribers >= params.MaxSubscribersPerModel {
		return errorsmod.Wrapf(types.ErrLimit, "model %q: expected at most %d subscribers", model, params.MaxSubscribersPerModel)
	}
	models := uint32(0)
	err = k.SubscriptionsByContract.Walk(ctx, collections.NewPrefixedPairRange[[]byte, string](contract),
		func(collections.Pair[[]byte, string]) (bool, error) {
			models++
			return models >= params.MaxSubscriptionsPerContract, nil
		})
	if err != nil {
		return err
	}
	if models >= params.MaxSubscriptionsPerContract {
		return errorsmod.Wrapf(types.ErrLimit, "contract %s: expected at most %d subscriptions", contract, params.MaxSubscriptionsPerContract)
	}
	return nil
}

// subscribers is how many contracts are subscribed to a model.
func (k Keeper) subscribers(ctx context.Context, model string) (uint32, error) {
	n, err := k.SubscriberCounts.Get(ctx, model)
	if errors.Is(err, collections.ErrNotFound) {
		return 0, nil
	}
	return n, err
}

// insertSubscription stores a subscription that is not there yet, its index and the count.
func (k Keeper) insertSubscription(ctx context.Context, contract sdk.AccAddress, model string, since uint64) error {
	if err := k.Subscriptions.Set(ctx, collections.Join(model, []byte(contract)), since); err != nil {
		return err
	}
	if err := k.SubscriptionsByContract.Set(ctx, collections.Join([]byte(contract), model)); err != nil {
		return err
	}
	n, err := k.subscribers(ctx, model)
	if err != nil {
		return err
	}
	return k.SubscriberCounts.Set(ctx, model, n+1)
}

// unsubscribe ends a subscription, and says why in the event. Errors: ErrSubscription.
func (k Keeper) unsubscribe(ctx context.Context, contract sdk.AccAddress, model, cause string) error {
	known, err := k.Subscriptions.Has(ctx, collections.Join(model, []byte(contract)))
	if err != nil {
		return err
	}
	if !known {
		return errorsmod.Wrapf(types.ErrSubscription, "contract %s is not subscribed to %q", contract, model)
	}
	if err := k.Subscriptions.Remove(ctx, collections.Join(model, []byte(contract))); err != nil {
		return err
	}
	if err := k.SubscriptionsByContract.Remove(ctx, collections.Join([]byte(contract), model)); err != nil {
		return err
	}
	if err := k.forgetSubscriber(ctx, model); err != nil {
		return err
	}
	return emit(ctx, &types.EventUnsubscribed{Contract: contract.String(), Model: model, Cause: cause})
}

func (k Keeper) forgetSubscriber(ctx context.Context, model string) error {
	n, err := k.subscribers(ctx, model)
	if err != nil {
		return err
	}
	if n <= 1 {
		return k.SubscriberCounts.Remove(ctx, model)
	}
	return k.SubscriberCounts.Set(ctx, model, n-1)
}

// nextSubscriber returns the subscriber of a model that comes after an address and is to be told of the item at a place of the
// queue, or nil. It passes over those that subscribed later; a model has few subscribers.
func (k Keeper) nextSubscriber(ctx context.Context, model string, after sdk.AccAddress, sequence uint64) (sdk.AccAddress, error) {
	r := collections.NewPrefixedPairRange[string, []byte](model)
	if len(after) > 0 {
		r = r.StartExclusive(after)
	}
	it, err := k.Subscriptions.Iterate(ctx, r)
	if err != nil {
		return nil, err
	}
	defer it.Close()
	for ; it.Valid(); it.Next() {
		kv, err := it.KeyValue()
		if err != nil {
			return nil, err
		}
		if kv.Value <= sequence {
			return kv.Key.K2(), nil
		}
	}
	return nil, nil
}

// subscription is the record of an entry of Subscriptions.
func subscription(key collections.Pair[string, []byte], since uint64) types.Subscription {
	return types.Subscription{Model: key.K1(), Contract: sdk.AccAddress(key.K2()).String(), Since: since}
}
