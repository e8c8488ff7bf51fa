package keeper

import (
	"context"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

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

// Versions returns a model's versions by semver precedence, lowest first. The publisher may be qualified; then these are
// mirrors.
func (s queryServer) Versions(ctx context.Context, req *types.QueryVersionsRequest) (*types.QueryVersionsResponse, error) {
	if req == nil {
		return nil, types.ErrInvalidRequest
	}
	if err := s.hasModel(ctx, req.Publisher, req.Model); err != nil {
		return nil, err
	}
	list, page, err := query.CollectionPaginate(ctx, s.k.Versions, bounded(req.Pagination),
		value[collections.Triple[string, string, string], types.Version], ofModel(req.Publisher, req.Model))
	return &types.QueryVersionsResponse{Versions: list, Pagination: page}, err
}

// hasModel checks that a model is on record or, as a mirrored one never is, that it has versions. The error is
// ErrModelNotFound, or says what is wrong with a qualified publisher.
func (s queryServer) hasModel(ctx context.Context, publisher, model string) error {
	if source, _ := types.SplitPublisher(publisher); source == "" {
		_, err := s.k.Model(ctx, publisher, model)
		return err
	}
	if err := types.ValidatePublisher(publisher); err != nil {
		return err
	}
	it, err := s.k.Versions.Iterate(ctx, collections.NewSuperPrefixedTripleRange[string, string, string](publisher, model))
	if err != nil {
		return err
	}
	defer it.Close()
	if !it.Valid() {
		return errorsmod.Wrapf(types.ErrModelNotFound, "%q", publisher+"/"+model)
	}
	return nil
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
