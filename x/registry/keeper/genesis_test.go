package keeper_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"cosmossdk.io/collections"

	"github.com/assay-chain/assay/x/registry/types"
)

func TestGenesisExportAndImportAreEqual(t *testing.T) {
	f := newPopulated(t)
	gs, err := f.k.ExportGenesis(f.ctx)
	require.NoError(t, err)
	require.NoError(t, gs.Validate())

	g := newFixture(t)
	require.NoError(t, g.k.InitGenesis(g.ctx, *gs))
	require.Equal(t, f.state(), g.state())
	requireInvariants(t, g)
	require.Equal(t, 2, g.checker.calls, "keys are checked again")
}

func TestInitGenesisFails(t *testing.T) {
	for _, tc := range []struct {
		name  string
		spoil func(gs *types.GenesisState)
		err   error
	}{
		{"failure: state that does not validate", func(gs *types.GenesisState) { gs.Publishers = nil }, types.ErrInvalidGenesis},
		{"failure: bad key", func(gs *types.GenesisState) {
			for i := range gs.VerifyingKeys {
				old := sum(gs.VerifyingKeys[i].Key)
				gs.VerifyingKeys[i].Key = append([]byte("bad "), gs.VerifyingKeys[i].Key...)
				gs.VerifyingKeys[i].Digest = sum(gs.VerifyingKeys[i].Key)
				for j := range gs.Versions {
					if string(gs.Versions[j].VerifyingKeyDigest) == string(old) {
						gs.Versions[j].VerifyingKeyDigest = gs.VerifyingKeys[i].Digest
					}
				}
			}
		}, types.ErrInvalidVerifyingKey},
		{"failure: other public inputs", func(gs *types.GenesisState) { gs.VerifyingKeys[0].PublicInputs++ }, types.ErrInvalidGenesis},
		{"failure: other commitments", func(gs *types.GenesisState) { gs.VerifyingKeys[0].Commitments++ }, types.ErrInvalidGenesis},
		{"failure: key does not fit the outputs", func(gs *types.GenesisState) { gs.Versions[0].Outputs[0].Shape = []uint32{1} }, types.ErrPublicInputs},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := newPopulated(t)
			gs, err := f.k.ExportGenesis(f.ctx)
			require.NoError(t, err)
			tc.spoil(gs)
			g := newFixture(t)
			require.ErrorIs(t, g.k.InitGenesis(g.ctx, *gs), tc.err)
		})
	}
}

// requireInvariants checks what must hold after every message.
func requireInvariants(t *testing.T, f *fixture) {
	t.Helper()
	gs, err := f.k.ExportGenesis(f.ctx)
	require.NoError(t, err)
	require.NoError(t, gs.Validate(), "records are well-formed and refer to records that are there")

	var artifacts, keys []string
	wantArtifacts, wantKeys := map[string]bool{}, map[string]bool{}
	for _, v := range gs.Versions {
		wantKeys[string(v.VerifyingKeyDigest)+v.Id] = true
		for _, a := range v.Artifacts {
			wantArtifacts[string(a.Digest)+v.Id] = true
		}
		key, err := f.k.VerifyingKey(f.ctx, v.VerifyingKeyDigest)
		require.NoError(t, err)
		inputs, err := v.PublicInputs()
		require.NoError(t, err)
		require.EqualValues(t, inputs, key.PublicInputs, "the key of %s fits", v.Id)
	}
	require.NoError(t, f.k.VersionsByArtifact.Walk(f.ctx, nil, func(k collections.Pair[[]byte, string]) (bool, error) {
		artifacts = append(artifacts, string(k.K1())+k.K2())
		require.True(t, wantArtifacts[string(k.K1())+k.K2()], "index of artifacts: %s", k.K2())
		return false, nil
	}))
	require.NoError(t, f.k.VersionsByVerifyingKey.Walk(f.ctx, nil, func(k collections.Pair[[]byte, string]) (bool, error) {
		keys = append(keys, string(k.K1())+k.K2())
		require.True(t, wantKeys[string(k.K1())+k.K2()], "index of keys: %s", k.K2())
		return false, nil
	}))
	require.Len(t, artifacts, len(wantArtifacts))
	require.Len(t, keys, len(wantKeys))
}
