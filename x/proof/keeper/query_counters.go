package keeper

import (
	"context"

	"cosmossdk.io/collections"

	"github.com/cosmos/cosmos-sdk/types/query"

	"github.com/assay-chain/assay/x/proof/types"
)

// VersionCounter implements types.QueryServer.
func (s QueryServer) VersionCounter(ctx context.Context, req *types.QueryVersionCounterRequest) (*types.QueryVersionCounterResponse, error) {
	if req == nil {
		return nil, errEmptyRequest
	}
	if err := types.ValidateVersion(req.Version); err != nil {
		return nil, err
	}
	c, err := counterOf(ctx, s.keeper.VersionCounters, req.Version)
	return &types.QueryVersionCounterResponse{Counter: c}, err
}

// VersionCounters implements types.QueryServer.
func (s QueryServer) VersionCounters(ctx context.Context, req *types.QueryVersionCountersRequest) (*types.QueryVersionCountersResponse, error) {
	if req == nil {
		return nil, errEmptyRequest
	}
	list, page, err := query.CollectionPaginate(ctx, s.keeper.VersionCounters, bounded(req.Pagination),
		func(version string, c types.Counter) (types.VersionCounter, error) {
			return types.VersionCounter{Version: version, Counter: c}, nil
		})
	return &types.QueryVersionCountersResponse{Counters: list, Pagination: page}, err
}

// DeviceCounter implements types.QueryServer.
func (s QueryServer) DeviceCounter(ctx context.Context, req *types.QueryDeviceCounterRequest) (*types.QueryDeviceCounterResponse, error) {
	if req == nil {
		return nil, errEmptyRequest
	}
	device, err := s.deviceID(ctx, req.Device)
	if err != nil {
		return nil, err
	}
	if req.Version == "" {
		c, err := counterOf(ctx, s.keeper.DeviceCounters, device)
		return &types.QueryDeviceCounterResponse{Counter: c}, err
	}
	if err := types.ValidateVersion(req.Version); err != nil {
		return nil, err
	}
	c, err := counterOf(ctx, s.keeper.VersionDeviceCounters, collections.Join(req.Version, device))
	return &types.QueryDeviceCounterResponse{Counter: c}, err
}

// VersionDeviceCounters implements types.QueryServer.
func (s QueryServer) VersionDeviceCounters(ctx context.Context, req *types.QueryVersionDeviceCountersRequest) (*types.QueryVersionDeviceCountersResponse, error) {
	if req == nil {
		return nil, errEmptyRequest
	}
	if err := types.ValidateVersion(req.Version); err != nil {
		return nil, err
	}
	list, page, err := query.CollectionPaginate(ctx, s.keeper.VersionDeviceCounters, bounded(req.Pagination),
		func(key collections.Pair[string, uint64], c types.Counter) (types.DeviceCounter, error) {
			return types.DeviceCounter{DeviceId: key.K2(), Counter: c}, nil
		}, query.WithCollectionPaginationPairPrefix[string, uint64](req.Version))
	return &types.QueryVersionDeviceCountersResponse{Counters: list, Pagination: page}, err
}
