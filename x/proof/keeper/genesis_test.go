package keeper_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/x/proof/types"
)

func TestGenesisRoundTrip(t *testing.T) {
	s := twoDevices(t)
	s.params(t, func(p *types.Params) { p.RetentionBlocks, p.MaxPrunedPerBlock = 1, 1 })
	s.ctx = s.ctx.WithBlockHeight(100)
	require.NoError(t, s.keeper.EndBlock(s.ctx)) // so that one is pruned
	want := s.state(t)
	require.Len(t, want.Attestations, 2)
	require.Len(t, want.Nonces, 3)
	require.NoError(t, want.Validate())

	s.open(t)
	require.NoError(t, s.keeper.InitGenesis(s.ctx, want))
	require.Equal(t, want, s.state(t))
	byDevice, err := s.queries.AttestationsByDevice(s.ctx, &types.QueryAttestationsByDeviceRequest{Device: "8"})
	require.NoError(t, err)
	require.Equal(t, []uint64{2}, attestationIDs(byDevice.Attestations))
	_, err = s.msgs.SubmitProof(s.ctx, s.msg(t, 1))
	require.ErrorIs(t, err, types.ErrNonceUsed)
	resp, err := s.msgs.SubmitProof(s.ctx, s.msg(t, 200))
	require.NoError(t, err)
	require.Equal(t, uint64(4), resp.AttestationId)
}

// A chain that starts from another's export counts its blocks from one again.
func TestGenesisOfAnotherChain(t *testing.T) {
	s := twoDevices(t) // at height 10
	g := s.state(t)
	s.open(t)
	s.ctx = s.ctx.WithBlockHeight(2)
	require.NoError(t, s.keeper.InitGenesis(s.ctx, g))
	s.submit(t, 4)
	require.NoError(t, s.keeper.EndBlock(s.ctx))
	again := s.state(t)
	require.NoError(t, again.Validate())
	require.Equal(t, types.Counter{Accepted: 4, Suspect: 1, FirstHeight: 2, LastHeight: 10}, again.VersionCounters[0].Counter)
	s.open(t)
	require.NoError(t, s.keeper.InitGenesis(s.ctx, again))
}

func TestGenesisValidation(t *testing.T) {
	for _, tc := range []struct {
		name string
		edit func(*types.GenesisState)
		want error
	}{
		{"success: an export", func(*types.GenesisState) {}, nil},
		{"success: nothing", func(g *types.GenesisState) { *g = *types.DefaultGenesis() }, nil},
		{"failure: parameters", func(g *types.GenesisState) { g.Params.GasPerProof = 0 }, types.ErrInvalidParams},
		{"failure: next id of 0", func(g *types.GenesisState) { g.NextAttestationId = 0 }, types.ErrInvalidGenesis},
		{"failure: next id beyond the nonces", func(g *types.GenesisState) { g.NextAttestationId++ }, types.ErrInvalidGenesis},
		{"failure: nonce key too short", func(g *types.GenesisState) { g.Nonces[0].Key = g.Nonces[0].Key[1:] }, types.ErrInvalidGenesis},
		{"failure: nonces out of order", func(g *types.GenesisState) { g.Nonces[0], g.Nonces[1] = g.Nonces[1], g.Nonces[0] }, types.ErrInvalidGenesis},
		{"failure: nonce of no attestation", func(g *types.GenesisState) { g.Nonces[0].AttestationId = 0 }, types.ErrInvalidGenesis},
		{"failure: two nonces of one attestation", func(g *types.GenesisState) { g.Nonces[0].AttestationId = g.Nonces[1].AttestationId }, types.ErrInvalidGenesis},
		{"failure: two nonces of one pruned attestation", func(g *types.GenesisState) {
			g.Attestations = nil
			g.Nonces[0].AttestationId = g.Nonces[1].AttestationId
		}, types.ErrInvalidGenesis},
		{"failure: attestations out of order", func(g *types.GenesisState) {
			g.Attestations[0], g.Attestations[1] = g.Attestations[1], g.Attestations[0]
		}, types.ErrInvalidGenesis},
		{"failure: attestation without its nonce", func(g *types.GenesisState) { g.Attestations[0].Nonce = []byte{77} }, types.ErrInvalidGenesis},
		{"failure: output and digest", func(g *types.GenesisState) { g.Attestations[0].OutputSHA256 = make([]byte, 32) }, types.ErrInvalidGenesis},
		{"failure: no output", func(g *types.GenesisState) { g.Attestations[0].Output = nil }, types.ErrInvalidGenesis},
		{"failure: device 0", func(g *types.GenesisState) { g.Attestations[0].DeviceId = 0 }, types.ErrInvalidGenesis},
		{"failure: key digest", func(g *types.GenesisState) { g.Attestations[0].KeyDigest = nil }, types.ErrInvalidGenesis},
		{"failure: version counter missing", func(g *types.GenesisState) { g.VersionCounters = nil }, types.ErrInvalidGenesis},
		{"failure: version counter of 0", func(g *types.GenesisState) { g.VersionCounters[0].Counter.Accepted = 0 }, types.ErrInvalidGenesis},
		{"failure: counter overflows", func(g *types.GenesisState) { g.DeviceCounters[1].Counter.Accepted = ^uint64(0) }, types.ErrInvalidGenesis},
		{"failure: more suspect than accepted", func(g *types.GenesisState) { g.VersionCounters[0].Counter.Suspect = 9 }, types.ErrInvalidGenesis},
		{"failure: device counters out of order", func(g *types.GenesisState) {
			g.DeviceCounters[0], g.DeviceCounters[1] = g.DeviceCounters[1], g.DeviceCounters[0]
		}, types.ErrInvalidGenesis},
		{"failure: counters of a version and its devices differ", func(g *types.GenesisState) { g.VersionCounters[0].Counter.Suspect++ }, types.ErrInvalidGenesis},
		{"failure: counters of a device and its versions differ", func(g *types.GenesisState) { g.DeviceCounters[0].Counter.LastHeight++ }, types.ErrInvalidGenesis},
		{"failure: proofs counted for another device", func(g *types.GenesisState) {
			for _, c := range []*types.Counter{&g.DeviceCounters[0].Counter, &g.VersionDeviceCounters[0].Counter} {
				c.Accepted--
			}
			for _, c := range []*types.Counter{&g.DeviceCounters[1].Counter, &g.VersionDeviceCounters[1].Counter} {
				c.Accepted++
			}
		}, types.ErrInvalidGenesis},
		{"failure: pair counter twice", func(g *types.GenesisState) { g.VersionDeviceCounters[1] = g.VersionDeviceCounters[0] }, types.ErrInvalidGenesis},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := twoDevices(t)
			g := s.state(t)
			tc.edit(g)
			s.open(t)
			require.ErrorIs(t, s.keeper.InitGenesis(s.ctx, g), tc.want)
		})
	}
}
