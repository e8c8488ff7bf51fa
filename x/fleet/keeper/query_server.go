package keeper

import (
	"context"
	"errors"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/assay-chain/assay/x/fleet/types"
)

var _ types.QueryServer = queryServer{}

// queryServer answers the module's queries from the keeper's state.
type queryServer struct{ k Keeper }

// NewQueryServer returns the query server of the keeper.
func NewQueryServer(k Keeper) types.QueryServer { return queryServer{k} }

// Params returns the limits.
func (q queryServer) Params(ctx context.Context, _ *types.QueryParamsRequest) (*types.QueryParamsResponse, error) {
	params, err := q.k.Params.Get(ctx)
	return &types.QueryParamsResponse{Params: params}, queryError(err)
}

// queryError gives an error the gRPC code that REST turns into 400 or 404, and keeps the text.
func queryError(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, types.ErrFleetNotFound), errors.Is(err, types.ErrDeviceNotFound), errors.Is(err, types.ErrAddressRetired):
		return status.Error(codes.NotFound, err.Error())
	case errors.Is(err, types.ErrInvalidAddress), errors.Is(err, types.ErrInvalidLabels),
		errors.Is(err, types.ErrInvalidModel), errors.Is(err, types.ErrInvalidStanding):
		return status.Error(codes.InvalidArgument, err.Error())
	default:
		return err
	}
}
