package keeper

import (
	"context"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/query"

	"github.com/assay-chain/assay/x/rollout/types"
)

var _ types.QueryServer = QueryServer{}

// QueryServer answers the module's queries.
type QueryServer struct{ k Keeper }

// NewQueryServer returns the query server of a keeper.
func NewQueryServer(k Keeper) QueryServer { return QueryServer{k} }

var errEmptyRequest = types.ErrInvalidRequest.Wrap("expected a request")

// maxPage bounds a page: a zone can have many fleets.
const maxPage = 100

// page bounds what a request asks for.
func page(p *query.PageRequest) *query.PageRequest {
	if p == nil {
		return &query.PageRequest{Limit: maxPage}
	}
	q := *p
	if q.Limit == 0 || q.Limit > maxPage {
		q.Limit = maxPage
	}
	return &q
}

// Params implements types.QueryServer.
func (s QueryServer) Params(ctx context.Context, _ *types.QueryParamsRequest) (*types.QueryParamsResponse, error) {
	p, err := s.k.Params.Get(ctx)
	return &types.QueryParamsResponse{Params: p}, err
}

// Policy implements types.QueryServer.
func (s QueryServer) Policy(ctx context.Context, _ *types.QueryPolicyRequest) (*types.QueryPolicyResponse, error) {
	p, err := s.k.Policy.Get(ctx)
	return &types.QueryPolicyResponse{Policy: p}, err
}

// Rollout implements types.QueryServer.
func (s QueryServer) Rollout(goCtx context.Context, req *types.QueryRolloutRequest) (*types.QueryRolloutResponse, error) {
	if req == nil {
		return nil, errEmptyRequest
	}
	r, err := s.k.rollout(goCtx, req.Id)
	if err != nil {
		return nil, err
	}
	last, err := s.k.Transitions.Get(goCtx, collections.Join(r.Id, r.Generation))
	if err != nil {
		return nil, err
	}
	height := sdk.UnwrapSDKContext(goCtx).BlockHeight()
	return &types.QueryRolloutResponse{Rollout: r, Height: height, Waits: r.Waits(height), Last: last}, nil
}

// Rollouts implements types.QueryServer.
func (s QueryServer) Rollouts(ctx context.Context, req *types.QueryRolloutsRequest) (*types.QueryRolloutsResponse, error) {
	if req == nil {
		return nil, errEmptyRequest
	}
	list, p, err := query.CollectionPaginate(ctx, s.k.Rollouts, page(req.Pagination), second[uint64, types.Rollout])
	return &types.QueryRolloutsResponse{Rollouts: list, Pagination: p}, err
}

func second[K, V any](_ K, v V) (V, error) { return v, nil }

// Zones implements types.QueryServer.
func (s QueryServer) Zones(goCtx context.Context, req *types.QueryZonesRequest) (*types.QueryZonesResponse, error) {
	if req == nil {
		return nil, errEmptyRequest
	}
	ctx := sdk.UnwrapSDKContext(goCtx)
	list, p, err := query.CollectionPaginate(goCtx, s.k.Zones, page(req.Pagination),
		func(key collections.Pair[uint64, string], z types.ZoneState) (types.ZoneStatus, error) {
			t, err := s.k.Targets.Get(ctx, key)
			return types.ZoneStatus{State: z, Target: t, Link: s.k.LinkStatus(ctx, z.Zone)}, err
		}, query.WithCollectionPaginationPairPrefix[uint64, string](req.Id))
	return &types.QueryZonesResponse{Zones: list, Pagination: p}, err
}

// Attempts implements types.QueryServer.
func (s QueryServer) Attempts(ctx context.Context, req *types.QueryAttemptsRequest) (*types.QueryAttemptsResponse, error) {
	if req == nil {
		return nil, errEmptyRequest
	}
	list, p, err := query.CollectionPaginate(ctx, s.k.Attempts, page(req.Pagination),
		second[collections.Triple[uint64, string, uint32], types.Attempt],
		func(o *query.CollectionsPaginateOptions[collections.Triple[uint64, string, uint32]]) {
			head := collections.TripleSuperPrefix[uint64, string, uint32](req.Id, req.Zone)
			o.Prefix = &head
		})
	return &types.QueryAttemptsResponse{Attempts: list, Pagination: p}, err
}

// Transitions implements types.QueryServer.
func (s QueryServer) Transitions(ctx context.Context, req *types.QueryTransitionsRequest) (*types.QueryTransitionsResponse, error) {
	if req == nil {
		return nil, errEmptyRequest
	}
	list, p, err := query.CollectionPaginate(ctx, s.k.Transitions, page(req.Pagination),
		second[collections.Pair[uint64, uint64], types.Transition], query.WithCollectionPaginationPairPrefix[uint64, uint64](req.Id))
	return &types.QueryTransitionsResponse{Transitions: list, Pagination: p}, err
}

// Links implements types.QueryServer.
func (s QueryServer) Links(ctx context.Context, req *types.QueryLinksRequest) (*types.QueryLinksResponse, error) {
	if req == nil {
		return nil, errEmptyRequest
	}
	list, p, err := query.CollectionPaginate(ctx, s.k.Links, page(req.Pagination), second[string, types.Link])
	return &types.QueryLinksResponse{Links: list, Pagination: p}, err
}
