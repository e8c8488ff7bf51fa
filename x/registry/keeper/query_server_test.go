package keeper_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/cosmos/cosmos-sdk/types/query"

	"github.com/assay-chain/assay/x/registry/types"
)

func numbers(versions []types.Version) []string {
	var out []string
	for _, v := range versions {
		out = append(out, v.Number)
	}
	return out
}

func TestQueries(t *testing.T) {
	f := newPopulated(t)
	f.mustCreate("zeta", bob)

	t.Run("success: params", func(t *testing.T) {
		res, err := f.query.Params(f.ctx, &types.QueryParamsRequest{})
		require.NoError(t, err)
		require.Equal(t, types.DefaultParams(), res.Params)
	})
	t.Run("success: publisher", func(t *testing.T) {
		res, err := f.query.Publisher(f.ctx, &types.QueryPublisherRequest{Name: "acme"})
		require.NoError(t, err)
		require.Equal(t, bob, res.Publisher.PendingOwner)
	})
	t.Run("success: publishers by pages of one", func(t *testing.T) {
		first, err := f.query.Publishers(f.ctx, &types.QueryPublishersRequest{Pagination: &query.PageRequest{Limit: 1, CountTotal: true}})
		require.NoError(t, err)
		require.Len(t, first.Publishers, 1)
		require.Equal(t, "acme", first.Publishers[0].Name)
		require.EqualValues(t, 2, first.Pagination.Total)
		second, err := f.query.Publishers(f.ctx, &types.QueryPublishersRequest{Pagination: &query.PageRequest{Key: first.Pagination.NextKey}})
		require.NoError(t, err)
		require.Len(t, second.Publishers, 1)
		require.Equal(t, "zeta", second.Publishers[0].Name)
		require.Empty(t, second.Pagination.NextKey)
	})
	t.Run("success: model", func(t *testing.T) {
		res, err := f.query.Model(f.ctx, &types.QueryModelRequest{Publisher: "acme", Name: "vibration"})
		require.NoError(t, err)
		require.Equal(t, "bearings", res.Model.Description)
	})
	t.Run("success: models of one publisher", func(t *testing.T) {
		res, err := f.query.Models(f.ctx, &types.QueryModelsRequest{Publisher: "zeta"})
		require.NoError(t, err)
		require.Len(t, res.Models, 1)
		require.Equal(t, "zeta", res.Models[0].Publisher)
	})
	t.Run("success: version", func(t *testing.T) {
		res, err := f.query.Version(f.ctx, &types.QueryVersionRequest{Id: "acme/vibration@0.9.0"})
		require.NoError(t, err)
		require.True(t, res.Version.Yanked)
		require.Equal(t, "wrong normalization", res.Version.YankReason)
	})
	t.Run("success: versions in semver order, both ways", func(t *testing.T) {
		res, err := f.query.Versions(f.ctx, &types.QueryVersionsRequest{Publisher: "acme", Model: "vibration"})
		require.NoError(t, err)
		require.Equal(t, []string{"0.9.0", "1.0.0", "1.1.0"}, numbers(res.Versions))
		res, err = f.query.Versions(f.ctx, &types.QueryVersionsRequest{
			Publisher: "acme", Model: "vibration", Pagination: &query.PageRequest{Reverse: true, Limit: 2},
		})
		require.NoError(t, err)
		require.Equal(t, []string{"1.1.0", "1.0.0"}, numbers(res.Versions))
	})
	t.Run("success: versions by artifact", func(t *testing.T) {
		res, err := f.query.VersionsByArtifact(f.ctx, &types.QueryVersionsByArtifactRequest{Digest: fmt.Sprintf("%x", digest(1))})
		require.NoError(t, err)
		require.Equal(t, []string{"0.9.0", "1.0.0", "1.1.0"}, numbers(res.Versions))
		res, err = f.query.VersionsByArtifact(f.ctx, &types.QueryVersionsByArtifactRequest{Digest: fmt.Sprintf("%x", digest(7))})
		require.NoError(t, err)
		require.Empty(t, res.Versions)
	})
	t.Run("success: versions by verifying key, by pages of one", func(t *testing.T) {
		req := &types.QueryVersionsByVerifyingKeyRequest{Digest: hexSum(makeKey(2, 4, 1)), Pagination: &query.PageRequest{Limit: 1}}
		res, err := f.query.VersionsByVerifyingKey(f.ctx, req)
		require.NoError(t, err)
		require.Equal(t, []string{"1.0.0"}, numbers(res.Versions))
		req.Pagination.Key = res.Pagination.NextKey
		res, err = f.query.VersionsByVerifyingKey(f.ctx, req)
		require.NoError(t, err)
		require.Equal(t, []string{"1.1.0"}, numbers(res.Versions))
		require.Empty(t, res.Pagination.NextKey)
	})
	t.Run("success: alias with its version", func(t *testing.T) {
		res, err := f.query.Alias(f.ctx, &types.QueryAliasRequest{Publisher: "acme", Model: "vibration", Name: "stable"})
		require.NoError(t, err)
		require.Equal(t, "1.0.0", res.Alias.Number)
		require.Equal(t, "acme/vibration@1.0.0", res.Version.Id)
	})
	t.Run("success: aliases", func(t *testing.T) {
		res, err := f.query.Aliases(f.ctx, &types.QueryAliasesRequest{Publisher: "acme", Model: "vibration"})
		require.NoError(t, err)
		require.Len(t, res.Aliases, 1)
	})
	t.Run("success: verifying key", func(t *testing.T) {
		res, err := f.query.VerifyingKey(f.ctx, &types.QueryVerifyingKeyRequest{Digest: hexSum(makeKey(2, 4, 1))})
		require.NoError(t, err)
		require.Equal(t, makeKey(2, 4, 1), res.VerifyingKey.Key)
		require.EqualValues(t, 4, res.VerifyingKey.PublicInputs)
		require.EqualValues(t, 1, res.VerifyingKey.Commitments)
	})
}

func TestQueriesFail(t *testing.T) {
	f := newPopulated(t)
	for _, tc := range []struct {
		name string
		run  func() (any, error)
		err  error
		code codes.Code
	}{
		{"failure: publisher", func() (any, error) {
			return f.query.Publisher(f.ctx, &types.QueryPublisherRequest{Name: "bobs"})
		}, types.ErrPublisherNotFound, codes.NotFound},
		{"failure: model", func() (any, error) {
			return f.query.Model(f.ctx, &types.QueryModelRequest{Publisher: "acme", Name: "other"})
		}, types.ErrModelNotFound, codes.NotFound},
		{"failure: models of an unknown publisher", func() (any, error) {
			return f.query.Models(f.ctx, &types.QueryModelsRequest{Publisher: "bobs"})
		}, types.ErrPublisherNotFound, codes.NotFound},
		{"failure: version", func() (any, error) {
			return f.query.Version(f.ctx, &types.QueryVersionRequest{Id: "acme/vibration@7.0.0"})
		}, types.ErrVersionNotFound, codes.NotFound},
		{"failure: version's id", func() (any, error) {
			return f.query.Version(f.ctx, &types.QueryVersionRequest{Id: "acme"})
		}, types.ErrInvalidVersionID, codes.InvalidArgument},
		{"failure: versions of an unknown model", func() (any, error) {
			return f.query.Versions(f.ctx, &types.QueryVersionsRequest{Publisher: "acme", Model: "other"})
		}, types.ErrModelNotFound, codes.NotFound},
		{"failure: artifact's digest", func() (any, error) {
			return f.query.VersionsByArtifact(f.ctx, &types.QueryVersionsByArtifactRequest{Digest: "xy"})
		}, types.ErrInvalidDigest, codes.InvalidArgument},
		{"failure: digest too short", func() (any, error) {
			return f.query.VersionsByVerifyingKey(f.ctx, &types.QueryVersionsByVerifyingKeyRequest{Digest: "00ff"})
		}, types.ErrInvalidDigest, codes.InvalidArgument},
		{"failure: verifying key", func() (any, error) {
			return f.query.VerifyingKey(f.ctx, &types.QueryVerifyingKeyRequest{Digest: fmt.Sprintf("%x", digest(7))})
		}, types.ErrVerifyingKeyNotFound, codes.NotFound},
		{"failure: alias", func() (any, error) {
			return f.query.Alias(f.ctx, &types.QueryAliasRequest{Publisher: "acme", Model: "vibration", Name: "beta"})
		}, types.ErrAliasNotFound, codes.NotFound},
		{"failure: aliases of an unknown model", func() (any, error) {
			return f.query.Aliases(f.ctx, &types.QueryAliasesRequest{Publisher: "acme", Model: "other"})
		}, types.ErrModelNotFound, codes.NotFound},
		{"failure: no request", func() (any, error) { return f.query.Version(f.ctx, nil) }, types.ErrInvalidRequest, codes.InvalidArgument},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := tc.run()
			require.ErrorIs(t, err, tc.err)
			require.Equal(t, tc.code, status.Code(err))
		})
	}
}

// A page holds at most 200 records, however many are asked for; the rest follows by the next key.
func TestPagesAreBounded(t *testing.T) {
	f := newFixture(t)
	gs := types.DefaultGenesis()
	for i := range 250 {
		gs.Publishers = append(gs.Publishers, types.Publisher{Name: fmt.Sprintf("p-%03d", i), Owner: alice})
	}
	require.NoError(t, f.k.InitGenesis(f.ctx, *gs))
	res, err := f.query.Publishers(f.ctx, &types.QueryPublishersRequest{Pagination: &query.PageRequest{Limit: 1 << 40}})
	require.NoError(t, err)
	require.Len(t, res.Publishers, 200)
	res, err = f.query.Publishers(f.ctx, &types.QueryPublishersRequest{Pagination: &query.PageRequest{Key: res.Pagination.NextKey, Limit: 1 << 40}})
	require.NoError(t, err)
	require.Len(t, res.Publishers, 50)
}
