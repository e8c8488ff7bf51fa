package keeper

import (
	"context"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	"github.com/cosmos/cosmos-sdk/types/query"

	"github.com/assay-chain/assay/x/contract/types"
)

// Subscriptions returns those of a contract by model, or those of a model or all by model and contract.
func (s queryServer) Subscriptions(ctx context.Context, req *types.QuerySubscriptionsRequest) (*types.QuerySubscriptionsResponse, error) {
	if req == nil || req.Contract != "" && req.Model != "" {
		return nil, errorsmod.Wrap(types.ErrInvalidRequest, "subscriptions: expected a contract, a model, or neither")
	}
	if req.Contract != "" {
		return s.subscriptionsOf(ctx, req)
	}
	var prefix []func(*query.CollectionsPaginateOptions[collections.Pair[string, []byte]])
	if req.Model != "" {
		if _, _, err := types.SplitModel(req.Model); err != nil {
			return nil, err
		}
		prefix = append(prefix, query.WithCollectionPaginationPairPrefix[string, []byte](req.Model))
	}
	list, page, err := query.CollectionPaginate(ctx, s.k.Subscriptions, bounded(req.Pagination),
		func(key collections.Pair[string, []byte], since uint64) (types.Subscription, error) {
			return subscription(key, since), nil
		}, prefix...)
	return &types.QuerySubscriptionsResponse{Subscriptions: list, Pagination: page}, err
}

func (s queryServer) subscriptionsOf(ctx context.Context, req *types.QuerySubscriptionsRequest) (*types.QuerySubscriptionsResponse, error) {
	c, err := s.k.contractOf(ctx, req.Contract)
	if err != nil {
		return nil, err
	}
	contract, err := types.ParseContractAddress("contract", c.Address)
	if err != nil {
		return nil, err
	}
	list, page, err := query.CollectionPaginate(ctx, s.k.SubscriptionsByContract, bounded(req.Pagination),
		func(key collections.Pair[[]byte, string], _ collections.NoValue) (types.Subscription, error) {
			k := collections.Join(key.K2(), []byte(contract))
			since, err := s.k.Subscriptions.Get(ctx, k)
			return subscription(k, since), err
		}, query.WithCollectionPaginationPairPrefix[[]byte, string](contract))
	return &types.QuerySubscriptionsResponse{Subscriptions: list, Pagination: page}, err
}

// Queue tells how many attestations wait for their hooks, and which is first.
func (s queryServer) Queue(ctx context.Context, _ *types.QueryQueueRequest) (*types.QueryQueueResponse, error) {
	head, next, err := s.k.queueEnds(ctx)
	if err != nil || head == next {
		return &types.QueryQueueResponse{}, err
	}
	item, err := s.k.Queue.Get(ctx, head)
	return &types.QueryQueueResponse{Length: next - head, Head: &item}, err
}
