package keeper

import (
	"context"

	"cosmossdk.io/collections"

	"github.com/cosmos/cosmos-sdk/types/query"

	"github.com/assay-chain/assay/x/registry/types"
)

// Version returns one version.
func (s queryServer) Version(ctx context.Context, req *types.QueryVersionRequest) (*types.QueryVersionResponse, error) {
	if req == nil {
		return nil, types.ErrInvalidRequest
	}
	v, err := s.k.Version(ctx, req.Id)
	return &types.QueryVersionResponse{Version: v}, err
}

// Versions returns a model's versions by semver precedence, lowest first.
func (s queryServer) Versions(ctx context.Context, req *types.QueryVersionsRequest) (*types.QueryVersionsResponse, error) {
	if req == nil {
		return nil, types.ErrInvalidRequest
	}
	if _, err := s.k.Model(ctx, req.Publisher, req.Model); err != nil {
		return nil, err
	}
	list, page, err := query.CollectionPaginate(ctx, s.k.Versions, bounded(req.Pagination),
		value[collections.Triple[string, string, string], types.Version], ofModel(req.Publisher, req.Model))
	return &types.QueryVersionsResponse{Versions: list, Pagination: page}, err
}

// VersionsByArtifact returns the versions that have an artifact of a digest, by id.
func (s queryServer) VersionsByArtifact(ctx context.Context, req *types.QueryVersionsByArtifactRequest) (*types.QueryVersionsByArtifactResponse, error) {
	if req == nil {
		return nil, types.ErrInvalidRequest
	}
	digest, err := types.ParseDigest("artifact", req.Digest)
	if err != nil {
		return nil, err
	}
	list, page, err := s.versionsByDigest(ctx, s.k.VersionsByArtifact, digest, req.Pagination)
	return &types.QueryVersionsByArtifactResponse{Versions: list, Pagination: page}, err
}

// VersionsByVerifyingKey returns the versions that are proved under a key, by id.
func (s queryServer) VersionsByVerifyingKey(ctx context.Context, req *types.QueryVersionsByVerifyingKeyRequest) (*types.QueryVersionsByVerifyingKeyResponse, error) {
	if req == nil {
		return nil, types.ErrInvalidRequest
	}
	digest, err := types.ParseDigest("verifying key", req.Digest)
	if err != nil {
		return nil, err
	}
	list, page, err := s.versionsByDigest(ctx, s.k.VersionsByVerifyingKey, digest, req.Pagination)
	return &types.QueryVersionsByVerifyingKeyResponse{Versions: list, Pagination: page}, err
}

func (s queryServer) versionsByDigest(
	ctx context.Context, index collections.KeySet[collections.Pair[[]byte, string]], digest []byte, page *query.PageRequest,
) ([]types.Version, *query.PageResponse, error) {
	return query.CollectionPaginate(ctx, index, bounded(page),
		func(key collections.Pair[[]byte, string], _ collections.NoValue) (types.Version, error) {
			return s.k.Version(ctx, key.K2())
		},
		query.WithCollectionPaginationPairPrefix[[]byte, string](digest))
}
