package keeper

import (
	"context"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/query"

	"github.com/assay-chain/assay/x/fleet/types"
)

// Fleet returns one fleet.
func (q queryServer) Fleet(ctx context.Context, req *types.QueryFleetRequest) (*types.QueryFleetResponse, error) {
	fleet, err := q.k.Fleet(ctx, req.FleetId)
	if err != nil {
		return nil, queryError(err)
	}
	return &types.QueryFleetResponse{Fleet: fleet}, nil
}

// Fleets returns all fleets.
func (q queryServer) Fleets(ctx context.Context, req *types.QueryFleetsRequest) (*types.QueryFleetsResponse, error) {
	fleets, page, err := query.CollectionPaginate(ctx, q.k.Fleets, req.Pagination,
		func(_ uint64, fleet types.Fleet) (types.Fleet, error) { return fleet, nil })
	if err != nil {
		return nil, err
	}
	return &types.QueryFleetsResponse{Fleets: fleets, Pagination: page}, nil
}

// FleetsByOperator returns the fleets of one operator.
func (q queryServer) FleetsByOperator(ctx context.Context, req *types.QueryFleetsByOperatorRequest) (*types.QueryFleetsByOperatorResponse, error) {
	operator, err := types.ParseAddress("operator", req.Operator)
	if err != nil {
		return nil, queryError(err)
	}
	fleets, page, err := query.CollectionPaginate(ctx, q.k.FleetsByOperator, req.Pagination,
		func(key collections.Pair[sdk.AccAddress, uint64], _ collections.NoValue) (types.Fleet, error) {
			return q.k.Fleet(ctx, key.K2())
		}, query.WithCollectionPaginationPairPrefix[sdk.AccAddress, uint64](operator))
	if err != nil {
		return nil, err
	}
	return &types.QueryFleetsByOperatorResponse{Fleets: fleets, Pagination: page}, nil
}

// Allowed says whether a fleet allows a model.
func (q queryServer) Allowed(ctx context.Context, req *types.QueryAllowedRequest) (*types.QueryAllowedResponse, error) {
	allowed, err := q.k.FleetAllows(ctx, req.FleetId, req.Publisher, req.Model)
	if err != nil {
		return nil, queryError(err)
	}
	return &types.QueryAllowedResponse{Allowed: allowed}, nil
}
