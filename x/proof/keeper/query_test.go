package keeper_test

import (
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/stretchr/testify/require"

	errorsmod "cosmossdk.io/errors"

	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	"github.com/cosmos/cosmos-sdk/types/query"

	fleettypes "github.com/assay-chain/assay/x/fleet/types"
	"github.com/assay-chain/assay/x/proof/types"
	registrytypes "github.com/assay-chain/assay/x/registry/types"
)

// twoDevices submits nonces 1 and 2 from device 7 and nonce 3 from device 8, in alternation.
func twoDevices(t *testing.T) *suite {
	s := newSuite(t)
	other := address(2)
	s.fleet.devices[other.String()] = fleettypes.Device{Id: 8, FleetId: 3, Standing: fleettypes.StandingSuspect, Confirmed: true}
	s.submit(t, 1)
	_, err := s.msgs.SubmitProof(s.ctx, message(other, s.entry(t, other, 3)))
	require.NoError(t, err)
	s.submit(t, 2)
	return s
}

func attestationIDs(list []types.Attestation) (out []uint64) {
	for _, a := range list {
		out = append(out, a.Id)
	}
	return out
}

func TestQueryAttestations(t *testing.T) {
	s := twoDevices(t)
	all, err := s.queries.Attestations(s.ctx, &types.QueryAttestationsRequest{Pagination: &query.PageRequest{Reverse: true, CountTotal: true}})
	require.NoError(t, err)
	require.Equal(t, []uint64{3, 2, 1}, attestationIDs(all.Attestations))
	require.Equal(t, uint64(3), all.Pagination.Total)

	one, err := s.queries.Attestation(s.ctx, &types.QueryAttestationRequest{Id: 2})
	require.NoError(t, err)
	require.Equal(t, uint64(8), one.Attestation.DeviceId)
	for _, id := range []uint64{0, 4} {
		_, err = s.queries.Attestation(s.ctx, &types.QueryAttestationRequest{Id: id})
		require.ErrorIs(t, err, types.ErrAttestationUnknown)
	}

	for _, device := range []string{"7", s.device.String()} {
		first, err := s.queries.AttestationsByDevice(s.ctx, &types.QueryAttestationsByDeviceRequest{Device: device, Pagination: &query.PageRequest{Limit: 1}})
		require.NoError(t, err)
		require.Equal(t, []uint64{1}, attestationIDs(first.Attestations))
		second, err := s.queries.AttestationsByDevice(s.ctx, &types.QueryAttestationsByDeviceRequest{
			Device: device, Pagination: &query.PageRequest{Limit: 1, Key: first.Pagination.NextKey},
		})
		require.NoError(t, err)
		require.Equal(t, []uint64{3}, attestationIDs(second.Attestations))
		require.Empty(t, second.Pagination.NextKey)
	}
	_, err = s.queries.AttestationsByDevice(s.ctx, &types.QueryAttestationsByDeviceRequest{Device: address(9).String()})
	require.ErrorIs(t, err, types.ErrDeviceUnknown)
	_, err = s.queries.AttestationsByDevice(s.ctx, &types.QueryAttestationsByDeviceRequest{Device: "-1"})
	require.ErrorIs(t, err, types.ErrInvalidDevice)

	byVersion, err := s.queries.AttestationsByVersion(s.ctx, &types.QueryAttestationsByVersionRequest{Version: version})
	require.NoError(t, err)
	require.Equal(t, []uint64{1, 2, 3}, attestationIDs(byVersion.Attestations))
	none, err := s.queries.AttestationsByVersion(s.ctx, &types.QueryAttestationsByVersionRequest{Version: version[:len(version)-1]})
	require.NoError(t, err)
	require.Empty(t, none.Attestations, "a prefix of a version is another version")
	_, err = s.queries.AttestationsByVersion(s.ctx, &types.QueryAttestationsByVersionRequest{})
	require.ErrorIs(t, err, types.ErrInvalidVersion)
}

func TestQueryAttestationByNonce(t *testing.T) {
	s := twoDevices(t)
	req := &types.QueryAttestationByNonceRequest{Device: s.device.String(), Version: version, Nonce: []byte{2}}
	got, err := s.queries.AttestationByNonce(s.ctx, req)
	require.NoError(t, err)
	require.Equal(t, uint64(3), got.AttestationId)
	require.Equal(t, []byte{2}, got.Attestation.Nonce)

	s.params(t, func(p *types.Params) { p.RetentionBlocks = 1 })
	s.ctx = s.ctx.WithBlockHeight(100)
	require.NoError(t, s.keeper.EndBlock(s.ctx))
	got, err = s.queries.AttestationByNonce(s.ctx, req)
	require.NoError(t, err)
	require.Equal(t, &types.QueryAttestationByNonceResponse{AttestationId: 3}, got)
	_, err = s.queries.Attestation(s.ctx, &types.QueryAttestationRequest{Id: 3})
	require.ErrorIs(t, err, types.ErrAttestationUnknown)
	require.Contains(t, err.Error(), "pruned")

	req.Nonce = []byte{9}
	_, err = s.queries.AttestationByNonce(s.ctx, req)
	require.ErrorIs(t, err, types.ErrAttestationUnknown)
}

func TestQueryCounters(t *testing.T) {
	s := twoDevices(t)
	at10 := func(accepted, suspect uint64) types.Counter {
		return types.Counter{Accepted: accepted, Suspect: suspect, FirstHeight: 10, LastHeight: 10}
	}
	v, err := s.queries.VersionCounter(s.ctx, &types.QueryVersionCounterRequest{Version: version})
	require.NoError(t, err)
	require.Equal(t, at10(3, 1), v.Counter)
	v, err = s.queries.VersionCounter(s.ctx, &types.QueryVersionCounterRequest{Version: "none"})
	require.NoError(t, err)
	require.Zero(t, v.Counter)
	vs, err := s.queries.VersionCounters(s.ctx, &types.QueryVersionCountersRequest{})
	require.NoError(t, err)
	require.Equal(t, []types.VersionCounter{{Version: version, Counter: at10(3, 1)}}, vs.Counters)
	d, err := s.queries.DeviceCounter(s.ctx, &types.QueryDeviceCounterRequest{Device: s.device.String()})
	require.NoError(t, err)
	require.Equal(t, at10(2, 0), d.Counter)
	d, err = s.queries.DeviceCounter(s.ctx, &types.QueryDeviceCounterRequest{Device: "8", Version: version})
	require.NoError(t, err)
	require.Equal(t, at10(1, 1), d.Counter)
	ds, err := s.queries.VersionDeviceCounters(s.ctx, &types.QueryVersionDeviceCountersRequest{Version: version})
	require.NoError(t, err)
	require.Equal(t, []types.DeviceCounter{{DeviceId: 7, Counter: at10(2, 0)}, {DeviceId: 8, Counter: at10(1, 1)}}, ds.Counters)
}

func TestQueryVerifyProof(t *testing.T) {
	for _, tc := range []struct {
		name      string
		proofOnly bool
		change    func(*testing.T, *suite, *types.QueryVerifyProofRequest)
		want      *errorsmod.Error
	}{
		{"success: would be accepted", false, func(*testing.T, *suite, *types.QueryVerifyProofRequest) {}, nil},
		{"success: proof only, nonce used, version yanked, device unknown", true, func(t *testing.T, s *suite, _ *types.QueryVerifyProofRequest) {
			s.submit(t, 1)
			s.registry.change(func(v *registrytypes.Version) { v.Yanked = true })
			clear(s.fleet.devices)
		}, nil},
		{"failure: nonce used", false, func(t *testing.T, s *suite, _ *types.QueryVerifyProofRequest) { s.submit(t, 1) }, types.ErrNonceUsed},
		{"failure: malformed device", true, func(_ *testing.T, _ *suite, r *types.QueryVerifyProofRequest) { r.Device = "" }, types.ErrInvalidDevice},
		{"failure: malformed entry", true, func(_ *testing.T, _ *suite, r *types.QueryVerifyProofRequest) { r.Entry.Nonce = nil }, types.ErrInvalidNonce},
		{"failure: unknown version", true, func(_ *testing.T, _ *suite, r *types.QueryVerifyProofRequest) { r.Entry.Version = "x" }, types.ErrVersionUnknown},
		{"failure: output length", true, func(_ *testing.T, _ *suite, r *types.QueryVerifyProofRequest) { r.Entry.Output = []byte{1} }, types.ErrOutputMismatch},
		{"failure: invalid proof", true, func(_ *testing.T, _ *suite, r *types.QueryVerifyProofRequest) { r.Entry.Output[0] ^= 1 }, types.ErrProofInvalid},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := newSuite(t)
			req := &types.QueryVerifyProofRequest{Device: s.device.String(), Entry: s.entry(t, s.device, 1), ProofOnly: tc.proofOnly}
			tc.change(t, s, req)
			before := s.state(t)
			resp, err := s.queries.VerifyProof(s.ctx, req)
			require.NoError(t, err)
			require.Equal(t, before, s.state(t))
			require.Equal(t, tc.want == nil, resp.Valid)
			if tc.want != nil {
				require.Equal(t, types.ModuleName, resp.Codespace)
				require.Equal(t, tc.want.ABCICode(), resp.Code)
				require.NotEmpty(t, resp.Reason)
				return
			}
			require.Zero(t, resp.Code)
			require.Equal(t, types.DefaultParams().VerificationGas(4, 1, outputLen), resp.VerificationGas)
			require.Len(t, resp.PublicInputs, 4)
			require.Equal(t, req.Entry.InputDigest, resp.PublicInputs[0])
			require.Len(t, resp.PublicInputs[3], fr.Bytes)
			require.Len(t, resp.KeyDigest, 32)
		})
	}
}

func TestQueryVerifyProofIsBoundedByGas(t *testing.T) {
	s := newSuite(t)
	req := &types.QueryVerifyProofRequest{Device: s.device.String(), Entry: s.entry(t, s.device, 1)}
	ctx := s.ctx.WithGasMeter(storetypes.NewGasMeter(100_000))
	require.Panics(t, func() { _, _ = s.queries.VerifyProof(ctx, req) })
	require.Zero(t, s.engine.alone)
}

func TestQueriesRefuseEmptyRequests(t *testing.T) {
	s := newSuite(t)
	for name, call := range map[string]func() error{
		"attestation":             func() error { _, err := s.queries.Attestation(s.ctx, nil); return err },
		"attestations":            func() error { _, err := s.queries.Attestations(s.ctx, nil); return err },
		"attestations by device":  func() error { _, err := s.queries.AttestationsByDevice(s.ctx, nil); return err },
		"attestations by version": func() error { _, err := s.queries.AttestationsByVersion(s.ctx, nil); return err },
		"attestation by nonce":    func() error { _, err := s.queries.AttestationByNonce(s.ctx, nil); return err },
		"version counter":         func() error { _, err := s.queries.VersionCounter(s.ctx, nil); return err },
		"version counters":        func() error { _, err := s.queries.VersionCounters(s.ctx, nil); return err },
		"device counter":          func() error { _, err := s.queries.DeviceCounter(s.ctx, nil); return err },
		"version device counters": func() error { _, err := s.queries.VersionDeviceCounters(s.ctx, nil); return err },
		"verify proof":            func() error { _, err := s.queries.VerifyProof(s.ctx, nil); return err },
	} {
		t.Run(name, func(t *testing.T) { require.Error(t, call()) })
	}
}
