package keeper_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/x/proof/types"
	registrytypes "github.com/assay-chain/assay/x/registry/types"
)

const mirror = "channel-7:" + version

// newMirrorSuite is a chain that has the version as a mirror as well, which its fleets alone allow.
func newMirrorSuite(t *testing.T) *suite {
	t.Helper()
	s := newSuite(t)
	id, err := registrytypes.ParseVersionID(mirror)
	require.NoError(t, err)
	s.registry.versions[mirror] = registrytypes.NewVersion(id, s.registry.versions[version].VersionSpec, 5)
	s.fleet.publisher = "channel-7:acme"
	return s
}

// A proof of a mirror is one of its id on this chain: the fleet is asked about the qualified publisher, and the version
// of the same name on this chain or its hub is another.
func TestProofsOfMirrors(t *testing.T) {
	for _, tc := range []struct {
		name   string
		change func(t *testing.T, s *suite, m *types.MsgSubmitProof)
		want   error
	}{
		{"success: allowed", func(*testing.T, *suite, *types.MsgSubmitProof) {}, nil},
		{"failure: the version of this chain is not what the fleet allows", func(t *testing.T, s *suite, m *types.MsgSubmitProof) {
			*m = *s.msg(t, 1)
		}, types.ErrNotAllowed},
		{"failure: not allowed", func(_ *testing.T, s *suite, _ *types.MsgSubmitProof) { s.fleet.refuses = true }, types.ErrNotAllowed},
		{"failure: from another source", func(_ *testing.T, _ *suite, m *types.MsgSubmitProof) { m.Version = "channel-8:" + version }, types.ErrVersionUnknown},
		{"failure: proved for the hub's id", func(t *testing.T, s *suite, m *types.MsgSubmitProof) {
			*m = *s.msg(t, 1)
			m.Version = mirror
		}, types.ErrProofInvalid},
		{"failure: yanked", func(_ *testing.T, s *suite, _ *types.MsgSubmitProof) {
			v := s.registry.versions[mirror]
			v.Yanked = true
			s.registry.versions[mirror] = v
		}, types.ErrVersionYanked},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := newMirrorSuite(t)
			m := message(s.device, s.entryOf(t, s.device, mirror, 1))
			tc.change(t, s, m)
			before := s.state(t)
			_, err := s.msgs.SubmitProof(s.ctx, m)
			require.ErrorIs(t, err, tc.want)
			if tc.want != nil {
				require.Equal(t, before, s.state(t))
				return
			}
			require.Equal(t, mirror, s.state(t).Attestations[0].Version)
			require.NoError(t, s.state(t).Validate())
			_, err = s.msgs.SubmitProof(s.ctx, m)
			require.ErrorIs(t, err, types.ErrNonceUsed)
		})
	}
}

func TestQueriesOfMirrors(t *testing.T) {
	s := newMirrorSuite(t)
	e := s.entryOf(t, s.device, mirror, 1)
	verify, err := s.queries.VerifyProof(s.ctx, &types.QueryVerifyProofRequest{Device: s.device.String(), Entry: e})
	require.NoError(t, err)
	require.True(t, verify.Valid, verify.Reason)
	_, err = s.msgs.SubmitProof(s.ctx, message(s.device, e))
	require.NoError(t, err)

	list, err := s.queries.AttestationsByVersion(s.ctx, &types.QueryAttestationsByVersionRequest{Version: mirror})
	require.NoError(t, err)
	require.Len(t, list.Attestations, 1)
	list, err = s.queries.AttestationsByVersion(s.ctx, &types.QueryAttestationsByVersionRequest{Version: version})
	require.NoError(t, err)
	require.Empty(t, list.Attestations)
	nonce, err := s.queries.AttestationByNonce(s.ctx, &types.QueryAttestationByNonceRequest{Device: s.device.String(), Version: mirror, Nonce: []byte{1}})
	require.NoError(t, err)
	require.Equal(t, uint64(1), nonce.AttestationId)
	for version, want := range map[string]uint64{mirror: 1, version: 0} {
		counter, err := s.queries.VersionCounter(s.ctx, &types.QueryVersionCounterRequest{Version: version})
		require.NoError(t, err)
		require.Equal(t, want, counter.Counter.Accepted)
	}
	devices, err := s.queries.VersionDeviceCounters(s.ctx, &types.QueryVersionDeviceCountersRequest{Version: mirror})
	require.NoError(t, err)
	require.Len(t, devices.Counters, 1)
}

// Proofs of mirrors are prepared with the others of their block.
func TestMirrorsArePrepared(t *testing.T) {
	s := newMirrorSuite(t)
	m := message(s.device, s.entryOf(t, s.device, mirror, 1))
	s.keeper.PrepareBlock(s.ctx, []sdk.Tx{tx{gas: 1 << 40, msgs: []sdk.Msg{m}}})
	require.Equal(t, 1, s.engine.prepared)
	_, err := s.msgs.SubmitProof(s.ctx, m)
	require.NoError(t, err)
	require.Zero(t, s.engine.alone)
}
