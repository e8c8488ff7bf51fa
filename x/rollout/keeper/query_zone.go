package keeper

import (
	"context"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/query"

	"github.com/assay-chain/assay/x/rollout/types"
)

// ZoneRollout implements types.QueryServer.
func (s QueryServer) ZoneRollout(ctx context.Context, req *types.QueryZoneRolloutRequest) (*types.QueryZoneRolloutResponse, error) {
	if req == nil {
		return nil, errEmptyRequest
	}
	z, err := s.k.zoneRollout(ctx, req.Number)
	if err != nil {
		return nil, err
	}
	p, err := s.k.progress(ctx, z.Number)
	if err != nil {
		return nil, err
	}
	fleets, err := s.k.fleetEvidence(ctx, z.Number)
	sdkCtx := sdk.UnwrapSDKContext(ctx)
	return &types.QueryZoneRolloutResponse{
		Rollout: z, Progress: p, Fleets: fleets, Height: sdkCtx.BlockHeight(), Link: s.k.LinkStatus(sdkCtx, z.Source),
	}, err
}

// ZoneRolloutBySource implements types.QueryServer.
func (s QueryServer) ZoneRolloutBySource(ctx context.Context, req *types.QueryZoneRolloutBySourceRequest) (*types.QueryZoneRolloutBySourceResponse, error) {
	if req == nil {
		return nil, errEmptyRequest
	}
	number, err := s.k.Numbers.Get(ctx, collections.Join(req.Source, req.Id))
	if err != nil {
		_, err = found(number, err, types.ErrRolloutNotFound, "rollout %d of %q", req.Id, req.Source)
		return nil, err
	}
	r, err := s.ZoneRollout(ctx, &types.QueryZoneRolloutRequest{Number: number})
	if err != nil {
		return nil, err
	}
	return &types.QueryZoneRolloutBySourceResponse{Rollout: r.Rollout, Progress: r.Progress, Fleets: r.Fleets, Height: r.Height, Link: r.Link}, nil
}

// ZoneRollouts implements types.QueryServer.
func (s QueryServer) ZoneRollouts(ctx context.Context, req *types.QueryZoneRolloutsRequest) (*types.QueryZoneRolloutsResponse, error) {
	if req == nil {
		return nil, errEmptyRequest
	}
	list, p, err := query.CollectionPaginate(ctx, s.k.ZoneRollouts, page(req.Pagination), second[uint64, types.ZoneRollout])
	return &types.QueryZoneRolloutsResponse{Rollouts: list, Pagination: p}, err
}

// ZoneTransitions implements types.QueryServer.
func (s QueryServer) ZoneTransitions(ctx context.Context, req *types.QueryZoneTransitionsRequest) (*types.QueryZoneTransitionsResponse, error) {
	if req == nil {
		return nil, errEmptyRequest
	}
	list, p, err := query.CollectionPaginate(ctx, s.k.ZoneTransitions, page(req.Pagination),
		second[collections.Pair[uint64, uint64], types.Transition], query.WithCollectionPaginationPairPrefix[uint64, uint64](req.Number))
	return &types.QueryZoneTransitionsResponse{Transitions: list, Pagination: p}, err
}

// Devices implements types.QueryServer.
func (s QueryServer) Devices(ctx context.Context, req *types.QueryDevicesRequest) (*types.QueryDevicesResponse, error) {
	if req == nil {
		return nil, errEmptyRequest
	}
	list, p, err := query.CollectionPaginate(ctx, s.k.Devices, page(req.Pagination),
		func(key collections.Pair[uint64, uint64], d types.DeviceState) (types.ReportedDevice, error) {
			return types.ReportedDevice{Device: key.K2(), State: d}, nil
		}, query.WithCollectionPaginationPairPrefix[uint64, uint64](req.Number))
	return &types.QueryDevicesResponse{Devices: list, Pagination: p}, err
}

// Directive implements types.QueryServer.
func (s QueryServer) Directive(ctx context.Context, req *types.QueryDirectiveRequest) (*types.QueryDirectiveResponse, error) {
	if req == nil {
		return nil, errEmptyRequest
	}
	d, err := s.k.Directive(ctx, req.Fleet, req.Model)
	return &types.QueryDirectiveResponse{Directive: d}, err
}

// Directives implements types.QueryServer.
func (s QueryServer) Directives(ctx context.Context, req *types.QueryDirectivesRequest) (*types.QueryDirectivesResponse, error) {
	if req == nil {
		return nil, errEmptyRequest
	}
	list, p, err := query.CollectionPaginate(ctx, s.k.Assignments, page(req.Pagination),
		func(key collections.Pair[uint64, string], _ types.Assignment) (types.Directive, error) {
			return s.k.Directive(ctx, key.K1(), key.K2())
		}, query.WithCollectionPaginationPairPrefix[uint64, string](req.Fleet))
	return &types.QueryDirectivesResponse{Directives: list, Pagination: p}, err
}
