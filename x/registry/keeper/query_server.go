package keeper

import (
	"context"

	"cosmossdk.io/collections"

	"github.com/cosmos/cosmos-sdk/types/query"

	"github.com/assay-chain/assay/x/registry/types"
)

// maxPage is the most records that one answer holds, whatever the request asks for.
const maxPage = 200

// queryServer reads the registry.
type queryServer struct {
	k Keeper
}

// NewQueryServer returns the query handlers.
func NewQueryServer(k Keeper) types.QueryServer { return queryServer{k: k} }

// Params returns the limits.
func (s queryServer) Params(ctx context.Context, _ *types.QueryParamsRequest) (*types.QueryParamsResponse, error) {
	params, err := s.k.Params.Get(ctx)
	return &types.QueryParamsResponse{Params: params}, err
}

// Publisher returns one publisher.
func (s queryServer) Publisher(ctx context.Context, req *types.QueryPublisherRequest) (*types.QueryPublisherResponse, error) {
	if req == nil {
		return nil, types.ErrInvalidRequest
	}
	p, err := s.k.Publisher(ctx, req.Name)
	return &types.QueryPublisherResponse{Publisher: p}, err
}

// Publishers returns all publishers by name.
func (s queryServer) Publishers(ctx context.Context, req *types.QueryPublishersRequest) (*types.QueryPublishersResponse, error) {
	if req == nil {
		return nil, types.ErrInvalidRequest
	}
	list, page, err := query.CollectionPaginate(ctx, s.k.Publishers, bounded(req.Pagination), value[string, types.Publisher])
	return &types.QueryPublishersResponse{Publishers: list, Pagination: page}, err
}

// Model returns one model.
func (s queryServer) Model(ctx context.Context, req *types.QueryModelRequest) (*types.QueryModelResponse, error) {
	if req == nil {
		return nil, types.ErrInvalidRequest
	}
	m, err := s.k.Model(ctx, req.Publisher, req.Name)
	return &types.QueryModelResponse{Model: m}, err
}

// Models returns a publisher's models by name.
func (s queryServer) Models(ctx context.Context, req *types.QueryModelsRequest) (*types.QueryModelsResponse, error) {
	if req == nil {
		return nil, types.ErrInvalidRequest
	}
	if _, err := s.k.Publisher(ctx, req.Publisher); err != nil {
		return nil, err
	}
	list, page, err := query.CollectionPaginate(ctx, s.k.Models, bounded(req.Pagination),
		value[collections.Pair[string, string], types.Model],
		query.WithCollectionPaginationPairPrefix[string, string](req.Publisher))
	return &types.QueryModelsResponse{Models: list, Pagination: page}, err
}

// Alias returns an alias and its version.
func (s queryServer) Alias(ctx context.Context, req *types.QueryAliasRequest) (*types.QueryAliasResponse, error) {
	if req == nil {
		return nil, types.ErrInvalidRequest
	}
	a, err := s.k.Alias(ctx, req.Publisher, req.Model, req.Name)
	if err != nil {
		return nil, err
	}
	v, err := s.k.version(ctx, a.VersionID())
	return &types.QueryAliasResponse{Alias: a, Version: v}, err
}

// Aliases returns a model's aliases by name.
func (s queryServer) Aliases(ctx context.Context, req *types.QueryAliasesRequest) (*types.QueryAliasesResponse, error) {
	if req == nil {
		return nil, types.ErrInvalidRequest
	}
	if _, err := s.k.Model(ctx, req.Publisher, req.Model); err != nil {
		return nil, err
	}
	list, page, err := query.CollectionPaginate(ctx, s.k.Aliases, bounded(req.Pagination),
		value[collections.Triple[string, string, string], types.Alias], ofModel(req.Publisher, req.Model))
	return &types.QueryAliasesResponse{Aliases: list, Pagination: page}, err
}

// VerifyingKey returns the key of a digest.
func (s queryServer) VerifyingKey(ctx context.Context, req *types.QueryVerifyingKeyRequest) (*types.QueryVerifyingKeyResponse, error) {
	if req == nil {
		return nil, types.ErrInvalidRequest
	}
	digest, err := types.ParseDigest("verifying key", req.Digest)
	if err != nil {
		return nil, err
	}
	key, err := s.k.VerifyingKey(ctx, digest)
	return &types.QueryVerifyingKeyResponse{VerifyingKey: key}, err
}

func value[K, V any](_ K, v V) (V, error) { return v, nil }

// ofModel restricts a page to one model.
func ofModel(publisher, model string) func(*query.CollectionsPaginateOptions[collections.Triple[string, string, string]]) {
	return func(o *query.CollectionsPaginateOptions[collections.Triple[string, string, string]]) {
		prefix := collections.TripleSuperPrefix[string, string, string](publisher, model)
		o.Prefix = &prefix
	}
}

// bounded caps the size of a page.
func bounded(page *query.PageRequest) *query.PageRequest {
	if page == nil || page.Limit <= maxPage {
		return page
	}
	capped := *page
	capped.Limit = maxPage
	return &capped
}
