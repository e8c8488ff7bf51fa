package keeper

import (
	"context"
	"errors"
	"strconv"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	"github.com/cosmos/cosmos-sdk/types/query"

	"github.com/assay-chain/assay/x/proof/types"
)

const (
	defaultPageLimit = 100
	maxPageLimit     = 1000
)

var _ types.QueryServer = QueryServer{}

// QueryServer answers the module's queries.
type QueryServer struct{ keeper Keeper }

// NewQueryServer returns the query server of a keeper.
func NewQueryServer(k Keeper) QueryServer { return QueryServer{k} }

var errEmptyRequest = status.Error(codes.InvalidArgument, "empty request")

// Params implements types.QueryServer.
func (s QueryServer) Params(ctx context.Context, _ *types.QueryParamsRequest) (*types.QueryParamsResponse, error) {
	params, err := s.keeper.Params.Get(ctx)
	return &types.QueryParamsResponse{Params: params}, err
}

// Attestation implements types.QueryServer.
func (s QueryServer) Attestation(ctx context.Context, req *types.QueryAttestationRequest) (*types.QueryAttestationResponse, error) {
	if req == nil {
		return nil, errEmptyRequest
	}
	att, err := s.keeper.Attestations.Get(ctx, req.Id)
	if errors.Is(err, collections.ErrNotFound) {
		return nil, s.missing(ctx, req.Id)
	}
	return &types.QueryAttestationResponse{Attestation: att}, err
}

// missing explains why there is no attestation of a number.
func (s QueryServer) missing(ctx context.Context, id uint64) error {
	next, err := s.keeper.NextAttestationID.Peek(ctx)
	if err != nil {
		return err
	}
	if id != 0 && id < next {
		return errorsmod.Wrapf(types.ErrAttestationUnknown, "%d: pruned", id)
	}
	return errorsmod.Wrapf(types.ErrAttestationUnknown, "%d", id)
}

// Attestations implements types.QueryServer.
func (s QueryServer) Attestations(ctx context.Context, req *types.QueryAttestationsRequest) (*types.QueryAttestationsResponse, error) {
	if req == nil {
		return nil, errEmptyRequest
	}
	list, page, err := query.CollectionPaginate(ctx, s.keeper.Attestations, bounded(req.Pagination),
		func(_ uint64, a types.Attestation) (types.Attestation, error) { return a, nil })
	return &types.QueryAttestationsResponse{Attestations: list, Pagination: page}, err
}

// AttestationsByDevice implements types.QueryServer.
func (s QueryServer) AttestationsByDevice(ctx context.Context, req *types.QueryAttestationsByDeviceRequest) (*types.QueryAttestationsByDeviceResponse, error) {
	if req == nil {
		return nil, errEmptyRequest
	}
	device, err := s.deviceID(ctx, req.Device)
	if err != nil {
		return nil, err
	}
	list, page, err := query.CollectionPaginate(ctx, s.keeper.AttestationsByDevice, bounded(req.Pagination),
		func(key collections.Pair[uint64, uint64], _ collections.NoValue) (types.Attestation, error) {
			return s.keeper.Attestations.Get(ctx, key.K2())
		}, query.WithCollectionPaginationPairPrefix[uint64, uint64](device))
	return &types.QueryAttestationsByDeviceResponse{Attestations: list, Pagination: page}, err
}

// AttestationsByVersion implements types.QueryServer.
func (s QueryServer) AttestationsByVersion(ctx context.Context, req *types.QueryAttestationsByVersionRequest) (*types.QueryAttestationsByVersionResponse, error) {
	if req == nil {
		return nil, errEmptyRequest
	}
	if err := types.ValidateVersion(req.Version); err != nil {
		return nil, err
	}
	list, page, err := query.CollectionPaginate(ctx, s.keeper.AttestationsByVersion, bounded(req.Pagination),
		func(key collections.Pair[string, uint64], _ collections.NoValue) (types.Attestation, error) {
			return s.keeper.Attestations.Get(ctx, key.K2())
		}, query.WithCollectionPaginationPairPrefix[string, uint64](req.Version))
	return &types.QueryAttestationsByVersionResponse{Attestations: list, Pagination: page}, err
}

// AttestationByNonce implements types.QueryServer.
func (s QueryServer) AttestationByNonce(ctx context.Context, req *types.QueryAttestationByNonceRequest) (*types.QueryAttestationByNonceResponse, error) {
	if req == nil {
		return nil, errEmptyRequest
	}
	addr, err := types.DeviceAddress(req.Device)
	if err != nil {
		return nil, err
	}
	if err := types.ValidateVersion(req.Version); err != nil {
		return nil, err
	}
	if err := types.ValidateNonce(req.Nonce); err != nil {
		return nil, err
	}
	id, err := s.keeper.Nonces.Get(ctx, types.NonceKey(addr, req.Version, req.Nonce))
	if errors.Is(err, collections.ErrNotFound) {
		return nil, errorsmod.Wrapf(types.ErrAttestationUnknown, "nonce %x of %s is not used for %q", req.Nonce, req.Device, req.Version)
	}
	if err != nil {
		return nil, err
	}
	att, err := s.keeper.Attestations.Get(ctx, id)
	if errors.Is(err, collections.ErrNotFound) {
		return &types.QueryAttestationByNonceResponse{AttestationId: id}, nil // pruned
	}
	return &types.QueryAttestationByNonceResponse{AttestationId: id, Attestation: &att}, err
}

// deviceID reads a device's number, or finds it by the address of its account as of now.
func (s QueryServer) deviceID(ctx context.Context, device string) (uint64, error) {
	if id, err := strconv.ParseUint(device, 10, 64); err == nil {
		return id, nil
	}
	addr, err := types.DeviceAddress(device)
	if err != nil {
		return 0, err
	}
	d, err := s.keeper.fleet.Device(ctx, addr)
	if err != nil {
		return 0, errorsmod.Wrapf(types.ErrDeviceUnknown, "%s: %s", device, err)
	}
	return d.Id, nil
}

// bounded returns a page request that cannot ask for everything: by default 100 records without a count of all, at
// most 1000.
func bounded(p *query.PageRequest) *query.PageRequest {
	if p == nil {
		p = &query.PageRequest{}
	}
	out := *p
	if out.Limit == 0 {
		out.Limit = defaultPageLimit
	}
	out.Limit = min(out.Limit, maxPageLimit)
	return &out
}
