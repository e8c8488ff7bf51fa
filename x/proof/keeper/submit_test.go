package keeper_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/stretchr/testify/require"

	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	sdk "github.com/cosmos/cosmos-sdk/types"

	fleettypes "github.com/assay-chain/assay/x/fleet/types"
	"github.com/assay-chain/assay/x/proof/types"
	registrytypes "github.com/assay-chain/assay/x/registry/types"
)

func TestSubmitProof(t *testing.T) {
	for _, tc := range []struct {
		name   string
		change func(*testing.T, *suite, *types.MsgSubmitProof)
		want   error
	}{
		{"success: active device", nil, nil},
		{"success: suspect device", func(_ *testing.T, s *suite, _ *types.MsgSubmitProof) {
			s.fleet.change(s.device, func(d *fleettypes.Device) { d.Standing = fleettypes.StandingSuspect })
		}, nil},
		{"failure: device is not bech32", func(_ *testing.T, _ *suite, m *types.MsgSubmitProof) { m.Device = "device" }, types.ErrInvalidDevice},
		{"failure: device address of 32 bytes", func(_ *testing.T, _ *suite, m *types.MsgSubmitProof) {
			m.Device = sdk.AccAddress(make([]byte, 32)).String()
		}, types.ErrInvalidDevice},
		{"failure: no version", func(_ *testing.T, _ *suite, m *types.MsgSubmitProof) { m.Version = "" }, types.ErrInvalidVersion},
		{"failure: version with a zero byte", func(_ *testing.T, _ *suite, m *types.MsgSubmitProof) { m.Version = "a\x00b" }, types.ErrInvalidVersion},
		{"failure: no nonce", func(_ *testing.T, _ *suite, m *types.MsgSubmitProof) { m.Nonce = nil }, types.ErrInvalidNonce},
		{"failure: nonce of 33 bytes", func(_ *testing.T, _ *suite, m *types.MsgSubmitProof) { m.Nonce = make([]byte, 33) }, types.ErrInvalidNonce},
		{"failure: input digest of 31 bytes", func(_ *testing.T, _ *suite, m *types.MsgSubmitProof) { m.InputDigest = m.InputDigest[1:] }, types.ErrInvalidInputDigest},
		{"failure: input digest plus the modulus", func(_ *testing.T, _ *suite, m *types.MsgSubmitProof) {
			m.InputDigest = fr.Modulus().Bytes()
		}, types.ErrInvalidInputDigest},
		{"failure: no output", func(_ *testing.T, _ *suite, m *types.MsgSubmitProof) { m.Output = nil }, types.ErrOutputSize},
		{"failure: output above the limit", func(t *testing.T, s *suite, _ *types.MsgSubmitProof) {
			s.params(t, func(p *types.Params) { p.MaxOutputBytes, p.MaxStoredOutputBytes = outputLen-1, 0 })
		}, types.ErrOutputSize},
		{"failure: no proof", func(_ *testing.T, _ *suite, m *types.MsgSubmitProof) { m.Proof = nil }, types.ErrProofSize},
		{"failure: proof above the limit", func(_ *testing.T, _ *suite, m *types.MsgSubmitProof) { m.Proof = make([]byte, 1025) }, types.ErrProofSize},
		{"failure: unknown device", func(_ *testing.T, _ *suite, m *types.MsgSubmitProof) { m.Device = address(2).String() }, types.ErrDeviceUnknown},
		{"failure: unconfirmed device", func(_ *testing.T, s *suite, _ *types.MsgSubmitProof) {
			s.fleet.change(s.device, func(d *fleettypes.Device) { d.Confirmed = false })
		}, types.ErrDeviceUnconfirmed},
		{"failure: revoked device", func(_ *testing.T, s *suite, _ *types.MsgSubmitProof) {
			s.fleet.change(s.device, func(d *fleettypes.Device) { d.Standing = fleettypes.StandingRevoked })
		}, types.ErrDeviceRevoked},
		{"failure: unknown version", func(_ *testing.T, _ *suite, m *types.MsgSubmitProof) { m.Version = "acme/vibration@2.0.0" }, types.ErrVersionUnknown},
		{"failure: yanked version", func(_ *testing.T, s *suite, _ *types.MsgSubmitProof) {
			s.registry.change(func(v *registrytypes.Version) { v.Yanked = true })
		}, types.ErrVersionYanked},
		{"failure: output shorter than the signature", func(_ *testing.T, _ *suite, m *types.MsgSubmitProof) { m.Output = m.Output[1:] }, types.ErrOutputMismatch},
		{"failure: model not allowed", func(_ *testing.T, s *suite, _ *types.MsgSubmitProof) { s.fleet.refuses = true }, types.ErrNotAllowed},
		{"failure: fleet unknown", func(_ *testing.T, s *suite, _ *types.MsgSubmitProof) { s.fleet.err = errFake }, types.ErrNotAllowed},
		{"failure: nonce used", func(t *testing.T, s *suite, _ *types.MsgSubmitProof) { s.submit(t, 1) }, types.ErrNonceUsed},
		{"failure: key unknown", func(_ *testing.T, s *suite, _ *types.MsgSubmitProof) { clear(s.registry.keys) }, types.ErrKeyUnknown},
		{"failure: key of another statement", func(_ *testing.T, s *suite, _ *types.MsgSubmitProof) {
			for d, k := range s.registry.keys {
				k.PublicInputs++
				s.registry.keys[d] = k
			}
		}, types.ErrPublicInputs},
		{"failure: truncated proof", func(_ *testing.T, _ *suite, m *types.MsgSubmitProof) { m.Proof = m.Proof[:len(m.Proof)-1] }, types.ErrProofMalformed},
		{"failure: trailing byte", func(_ *testing.T, _ *suite, m *types.MsgSubmitProof) { m.Proof = append(m.Proof, 0) }, types.ErrProofMalformed},
		{"failure: point off the curve", func(_ *testing.T, _ *suite, m *types.MsgSubmitProof) { copy(m.Proof, bytes.Repeat([]byte{0x9f}, 32)) }, types.ErrProofMalformed},
		{"failure: no commitment", func(_ *testing.T, _ *suite, m *types.MsgSubmitProof) { m.Proof = withoutCommitment(m.Proof) }, types.ErrProofCommitments},
		{"failure: another input", func(_ *testing.T, _ *suite, m *types.MsgSubmitProof) { m.InputDigest[31] ^= 1 }, types.ErrProofInvalid},
		{"failure: another output", func(_ *testing.T, _ *suite, m *types.MsgSubmitProof) { m.Output[0] ^= 1 }, types.ErrProofInvalid},
		{"failure: another nonce", func(_ *testing.T, _ *suite, m *types.MsgSubmitProof) { m.Nonce = []byte{2} }, types.ErrProofInvalid},
		{"failure: another chain", func(_ *testing.T, s *suite, _ *types.MsgSubmitProof) { s.ctx = s.ctx.WithChainID("other") }, types.ErrProofInvalid},
		{"failure: another device's proof", func(_ *testing.T, s *suite, m *types.MsgSubmitProof) {
			s.fleet.devices[address(2).String()] = s.fleet.devices[s.device.String()]
			m.Device = address(2).String()
		}, types.ErrProofInvalid},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := newSuite(t)
			m := s.msg(t, 1)
			if tc.change != nil {
				tc.change(t, s, m)
			}
			before := s.state(t)
			events := len(s.ctx.EventManager().Events())
			resp, err := s.msgs.SubmitProof(s.ctx, m)
			if tc.want != nil {
				require.ErrorIs(t, err, tc.want)
				require.Equal(t, before, s.state(t))
				require.Len(t, s.ctx.EventManager().Events(), events)
				return
			}
			require.NoError(t, err)
			require.Equal(t, uint64(1), resp.AttestationId)
			require.NoError(t, s.state(t).Validate())
		})
	}
}

// withoutCommitment cuts the one commitment out of a proof.
func withoutCommitment(p []byte) []byte {
	out := bytes.Clone(p[:131])
	return append(append(out, 0), p[164:]...)
}

func TestAttestationRecord(t *testing.T) {
	for _, tc := range []struct {
		name   string
		stored uint32
	}{
		{"success: output stored", outputLen},
		{"success: output hashed", outputLen - 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := newSuite(t)
			s.params(t, func(p *types.Params) { p.MaxStoredOutputBytes = tc.stored })
			s.fleet.change(s.device, func(d *fleettypes.Device) { d.Standing = fleettypes.StandingSuspect })
			m := s.msg(t, 9)
			_, err := s.msgs.SubmitProof(s.ctx, m)
			require.NoError(t, err)
			key := sha256.Sum256(fixture().Key)
			want := types.Attestation{
				Id: 1, Device: s.device.String(), DeviceId: 7, FleetId: 3, Suspect: true, Version: version, Nonce: []byte{9},
				InputDigest: m.InputDigest, OutputSize: outputLen, KeyDigest: key[:], Height: 10, Time: s.ctx.BlockTime(),
			}
			if tc.stored == outputLen {
				want.Output = m.Output
			} else {
				sum := sha256.Sum256(m.Output)
				want.OutputSHA256 = sum[:]
			}
			g := s.state(t)
			require.Equal(t, []types.Attestation{want}, g.Attestations)
			require.Equal(t, types.Counter{Accepted: 1, Suspect: 1, FirstHeight: 10, LastHeight: 10}, g.VersionDeviceCounters[0].Counter)
			event, err := sdk.ParseTypedEvent(lastEvent(s.ctx))
			require.NoError(t, err)
			require.Equal(t, &types.EventProofAccepted{
				AttestationId: 1, Device: s.device.String(), Version: version, Nonce: []byte{9}, FleetId: 3, Suspect: true,
			}, event)
		})
	}
}

// A Groth16 proof can be re-randomized, so another proof of the same claim is a replay too.
func TestReplayWithAnotherProof(t *testing.T) {
	s := newSuite(t)
	first, second := s.msg(t, 1), s.msg(t, 1)
	require.NotEqual(t, first.Proof, second.Proof)
	_, err := s.msgs.SubmitProof(s.ctx, first)
	require.NoError(t, err)
	_, err = s.msgs.SubmitProof(s.ctx, second)
	require.ErrorIs(t, err, types.ErrNonceUsed)
}

func TestSubmitProofs(t *testing.T) {
	for _, tc := range []struct {
		name   string
		change func(*types.MsgSubmitProofs)
		want   error
		text   string
	}{
		{"success: three entries", func(*types.MsgSubmitProofs) {}, nil, ""},
		{"failure: no entry", func(m *types.MsgSubmitProofs) { m.Entries = nil }, types.ErrEntryCount, ""},
		{"failure: too many entries", func(m *types.MsgSubmitProofs) { m.Entries = append(m.Entries, m.Entries[0]) }, types.ErrEntryCount, ""},
		{"failure: malformed device", func(m *types.MsgSubmitProofs) { m.Device = "" }, types.ErrInvalidDevice, ""},
		{"failure: malformed entry", func(m *types.MsgSubmitProofs) { m.Entries[1].Nonce = nil }, types.ErrInvalidNonce, "entry 1: "},
		{"failure: bad proof", func(m *types.MsgSubmitProofs) { m.Entries[2].Output[0] ^= 1 }, types.ErrProofInvalid, "entry 2: "},
		{"failure: a nonce twice", func(m *types.MsgSubmitProofs) { m.Entries[2] = m.Entries[0] }, types.ErrNonceUsed, "entry 2: "},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := newSuite(t)
			s.params(t, func(p *types.Params) { p.MaxProofsPerMsg = 3 })
			m := &types.MsgSubmitProofs{Device: s.device.String()}
			for n := range byte(3) {
				m.Entries = append(m.Entries, s.entry(t, s.device, n))
			}
			tc.change(m)
			before := s.state(t)
			resp, err := s.msgs.SubmitProofs(s.ctx, m)
			if tc.want != nil {
				require.ErrorIs(t, err, tc.want)
				require.Contains(t, err.Error(), tc.text)
				require.Equal(t, before, s.state(t))
				require.Empty(t, s.ctx.EventManager().Events())
				return
			}
			require.NoError(t, err)
			require.Equal(t, []uint64{1, 2, 3}, resp.AttestationIds)
			require.Len(t, s.ctx.EventManager().Events(), 3)
			require.NoError(t, s.state(t).Validate())
		})
	}
}

func TestGasIsChargedBeforeWork(t *testing.T) {
	s := newSuite(t)
	m := s.msg(t, 1)
	price := types.DefaultParams().VerificationGas(4, 1, outputLen)
	ctx := s.ctx.WithGasMeter(storetypes.NewGasMeter(price))
	require.PanicsWithValue(t, storetypes.ErrorOutOfGas{Descriptor: "proof verification"}, func() {
		_, _ = s.msgs.SubmitProof(ctx, m)
	})
	require.Zero(t, s.engine.alone)
	require.Empty(t, s.state(t).Attestations)
}

// outcome is what must not depend on where an answer came from.
type outcome struct {
	gas    uint64
	events sdk.Events
	err    string
	state  *types.GenesisState
}

// Verification alone, from the cache after CheckTx, and from the batch at the start of the block: same gas, events,
// error and state.
func TestOutcomeIsEqualOnAllPaths(t *testing.T) {
	plain := newSuiteOf(nil)
	hooked := newSuiteOf(func(types.Attestation) bool { return false })
	refusing := newSuiteOf(func(types.Attestation) bool { return true })
	valid := func(*types.MsgSubmitProof) {}
	for _, tc := range []struct {
		name    string
		version string
		suite   func(*testing.T) *suite
		edit    func(*types.MsgSubmitProof)
		want    error
	}{
		{"success: valid", version, plain, valid, nil},
		{"success: valid, of a mirror", mirror, newMirrorSuite, valid, nil},
		{"success: valid, with a hook", version, hooked, valid, nil},
		{"failure: valid, and the hook refuses", version, refusing, valid, errHook},
		{"failure: invalid", version, plain, func(m *types.MsgSubmitProof) { m.Output[3] ^= 4 }, types.ErrProofInvalid},
		{"failure: malformed", version, plain, func(m *types.MsgSubmitProof) { m.Proof = m.Proof[:100] }, types.ErrProofMalformed},
		{"failure: commitments", version, plain, func(m *types.MsgSubmitProof) { m.Proof = withoutCommitment(m.Proof) }, types.ErrProofCommitments},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := newSuite(t)
			m := message(s.device, s.entryOf(t, s.device, tc.version, 1))
			tc.edit(m)
			run := func(warm func(*suite)) (outcome, *engine) {
				s := tc.suite(t)
				warm(s)
				s.engine.alone, s.engine.hits = 0, 0
				ctx := s.ctx.WithGasMeter(storetypes.NewInfiniteGasMeter()).WithEventManager(sdk.NewEventManager())
				_, err := s.msgs.SubmitProof(ctx, m)
				require.True(t, errors.Is(err, tc.want) && (err == nil) == (tc.want == nil), err)
				o := outcome{gas: ctx.GasMeter().GasConsumed(), events: ctx.EventManager().Events(), state: s.state(t)}
				if err != nil {
					o.err = err.Error()
				}
				return o, s.engine
			}
			alone, e := run(func(*suite) {})
			require.Equal(t, [2]int{1, 0}, [2]int{e.alone, e.hits})
			cached, e := run(func(s *suite) {
				_ = s.keeper.CheckTx(s.ctx, tx{gas: 1 << 40, msgs: []sdk.Msg{m}})
			})
			require.Equal(t, [2]int{0, 1}, [2]int{e.alone, e.hits})
			batch, e := run(func(s *suite) {
				s.keeper.PrepareBlock(s.ctx, []sdk.Tx{tx{gas: 1 << 40, msgs: []sdk.Msg{m}}})
			})
			require.Equal(t, [3]int{0, 1, 1}, [3]int{e.alone, e.hits, e.prepared})
			require.Equal(t, alone, cached)
			require.Equal(t, alone, batch)
			require.Greater(t, alone.gas, types.DefaultParams().VerificationGas(4, 1, outputLen))
		})
	}
}

// newSuiteOf makes suites with a hook that refuses what it says, or without a hook.
func newSuiteOf(refuse func(types.Attestation) bool) func(*testing.T) *suite {
	return func(t *testing.T) *suite {
		if refuse == nil {
			return newSuite(t)
		}
		s, _ := newHookedSuite(t, refuse)
		return s
	}
}

// A verdict does not depend on whether the caller still waits for it.
func TestVerdictInAnEndedContext(t *testing.T) {
	s := newSuite(t)
	good, bad := s.msg(t, 1), s.msg(t, 2)
	bad.Output[0] ^= 1
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	s.ctx = s.ctx.WithContext(ended)
	_, err := s.msgs.SubmitProof(s.ctx, good)
	require.NoError(t, err)
	_, err = s.msgs.SubmitProof(s.ctx, bad)
	require.ErrorIs(t, err, types.ErrProofInvalid)
	s.keeper.PrepareBlock(s.ctx, []sdk.Tx{tx{gas: 1 << 40, msgs: []sdk.Msg{s.msg(t, 3)}}})
	require.Equal(t, 1, s.engine.prepared)
}

func TestUpdateParams(t *testing.T) {
	s := newSuite(t)
	p := types.DefaultParams()
	p.RetentionBlocks = 5
	before := s.state(t)
	_, err := s.msgs.UpdateParams(s.ctx, &types.MsgUpdateParams{Authority: s.device.String(), Params: p})
	require.ErrorIs(t, err, types.ErrUnauthorized)
	_, err = s.msgs.UpdateParams(s.ctx, &types.MsgUpdateParams{Authority: authority})
	require.ErrorIs(t, err, types.ErrInvalidParams)
	require.Equal(t, before, s.state(t))
	_, err = s.msgs.UpdateParams(s.ctx, &types.MsgUpdateParams{Authority: authority, Params: p})
	require.NoError(t, err)
	require.Equal(t, p, s.state(t).Params)
}
