package types_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protowire"

	registrytypes "github.com/assay-chain/assay/x/registry/types"
	"github.com/assay-chain/assay/x/rollout/types"
)

func manifest() types.VersionSpec {
	digest := bytes.Repeat([]byte{7}, 32)
	return types.VersionSpec{
		Description: "a model",
		Artifacts: []registrytypes.Artifact{
			{Name: "canonical.onnx", MediaType: "application/onnx", Digest: digest, Size_: 12_345, Uris: []string{"https://example.org/a", "ipfs://b"}},
		},
		Inputs:             []registrytypes.TensorSignature{{Name: "in", ElementType: registrytypes.ELEMENT_TYPE_INT8, Shape: []uint32{1, 640}, ScaleBits: 1, ZeroPoint: -3}},
		Outputs:            []registrytypes.TensorSignature{{Name: "out", ElementType: registrytypes.ELEMENT_TYPE_UINT8, Shape: []uint32{1, 4}, ScaleBits: 2}},
		SessionOptions:     []registrytypes.SessionOption{{Key: "session.x64quantprecision", Value: "1"}},
		CircuitDigest:      digest,
		VerifyingKeyDigest: digest,
		Setup: registrytypes.SetupProvenance{Kind: registrytypes.SETUP_KIND_CEREMONY, Contributions: []registrytypes.Contribution{
			{Name: "a", Digest: digest}, {Name: "b", Digest: digest, Attestation: "I did"},
		}},
	}
}

func announce(t testing.TB) *types.Packet {
	bz, err := types.EncodeManifest(manifest())
	require.NoError(t, err)
	return types.NewAnnounce(&types.Announce{
		Rollout: 7, Manifest: bz, VerifyingKey: []byte("key"), Plan: received(), Action: types.ActionAdvance, Generation: 3, Step: 1,
	})
}

func command() *types.Packet {
	return types.NewCommand(&types.Command{Rollout: 7, Action: types.ActionRollBack, Generation: 300, Step: 1})
}

func evidence() *types.Packet {
	return types.NewEvidence(&types.Evidence{
		Rollout: 7, Revision: 2, Standing: types.StandingAccepted, Phase: types.PhaseCanary, Generation: 3, Skipped: 1,
		Fleets: []types.FleetEvidence{
			{Fleet: 1, Totals: types.Totals{Ready: 2, Failed: 1, Failures: 2, Attestations: 9}, LastFailure: types.FailureLoad}, {Fleet: 4},
		},
	})
}

func encode(t testing.TB, p *types.Packet) []byte {
	t.Helper()
	bz, err := p.Marshal()
	require.NoError(t, err)
	return bz
}

func TestPacketRoundTrip(t *testing.T) {
	for name, p := range map[string]*types.Packet{"announce": announce(t), "command": command(), "evidence": evidence()} {
		t.Run(name, func(t *testing.T) {
			bz, err := p.Encode()
			require.NoError(t, err)
			got, err := types.DecodePacket(bz)
			require.NoError(t, err)
			require.Equal(t, p, got)
			again, err := got.Encode()
			require.NoError(t, err)
			require.Equal(t, bz, again)
		})
	}
}

// body takes a packet apart: its one field, and the fields of the body.
func body(t testing.TB, p *types.Packet) (protowire.Number, [][]byte) {
	t.Helper()
	bz := encode(t, p)
	number, _, n := protowire.ConsumeTag(bz)
	inner, m := protowire.ConsumeBytes(bz[n:])
	require.Equal(t, len(bz), n+m)
	return number, split(t, inner)
}

// split takes a message apart into its fields, tags included.
func split(t testing.TB, bz []byte) (fields [][]byte) {
	t.Helper()
	for len(bz) > 0 {
		_, _, n := protowire.ConsumeField(bz)
		require.Positive(t, n)
		fields = append(fields, bz[:n])
		bz = bz[n:]
	}
	return fields
}

func wrap(number protowire.Number, fields ...[]byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(nil, number, protowire.BytesType), slices.Concat(fields...))
}

func varint(number protowire.Number, v uint64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(nil, number, protowire.VarintType), v)
}

// long is the number 5 in two bytes where one would do.
func long(number protowire.Number) []byte {
	return append(protowire.AppendTag(nil, number, protowire.VarintType), 0x85, 0x00)
}

func TestDecodePacketRefusesOtherEncodings(t *testing.T) {
	number, fields := body(t, command())
	require.Len(t, fields, 4)
	eNumber, eFields := body(t, evidence())
	aNumber, aFields := body(t, announce(t))
	plan := aFields[3]
	unknown := varint(99, 1)
	intoPlan := func(extra []byte) []byte {
		inner, _ := protowire.ConsumeBytes(plan[1:])
		return wrap(aNumber, aFields[0], aFields[1], aFields[2], wrap(4, inner, extra), aFields[4], aFields[5], aFields[6])
	}
	intoTargets := func(fleets ...[]byte) []byte {
		inner, _ := protowire.ConsumeBytes(plan[1:])
		parts := split(t, inner) // version, replaces, one target, two steps
		parts[2] = wrap(3, fleets...)
		return wrap(aNumber, aFields[0], aFields[1], aFields[2], wrap(4, parts...), aFields[4], aFields[5], aFields[6])
	}
	for name, bz := range map[string][]byte{
		"empty":                                {},
		"zeros":                                make([]byte, 8),
		"no body":                              wrap(number),
		"an unknown body":                      wrap(9, fields...),
		"a second body":                        append(wrap(number, fields...), wrap(number, fields...)...),
		"two bodies":                           append(wrap(number, fields...), wrap(eNumber, eFields...)...),
		"trailing bytes":                       append(wrap(number, fields...), 0),
		"cut off":                              wrap(number, fields...)[:5],
		"an unknown field":                     append(wrap(number, fields...), unknown...),
		"an unknown field in the body":         wrap(number, slices.Concat(fields...), unknown),
		"an unknown field that may be ignored": wrap(number, slices.Concat(fields...), varint(1<<11, 1)),
		"an unknown field in the plan":         intoPlan(unknown),
		"an unknown field in a step":           intoPlan(wrap(4, varint(1, 100), unknown)),
		"an unknown field in a fleet's totals": wrap(eNumber, eFields[0], eFields[1], eFields[2], eFields[3], eFields[4], eFields[5], wrap(8, varint(1, 1), wrap(2, varint(9, 1)))),
		"fields in another order":              wrap(number, fields[1], fields[0], fields[2], fields[3]),
		"a field twice":                        wrap(number, fields[0], fields[0], fields[1], fields[2], fields[3]),
		"a field twice, the last one deciding": wrap(number, fields[0], fields[1], varint(3, 1), fields[2], fields[3]),
		"a default that is present":            wrap(number, fields[0], fields[1], fields[2], varint(4, 0)),
		"a number in more bytes than needed":   wrap(number, fields[0], fields[1], long(3), fields[3]),
		"a length in more bytes than needed":   append([]byte{byte(number<<3 | 2), 0x89, 0x00}, slices.Concat(fields...)...),
		"a tag in more bytes than needed":      wrap(number, append([]byte{0x88, 0x00}, fields[0][1:]...), fields[1], fields[2], fields[3]),
		"a number that overflows":              wrap(number, fields[0], fields[1], append(protowire.AppendTag(nil, 3, protowire.VarintType), bytes.Repeat([]byte{0xff}, 10)...), fields[3]),
		"a 32-bit field with more bits":        wrap(number, fields[0], fields[1], fields[2], varint(4, 1<<32|1)),
		"another wire type":                    wrap(number, fields[0], fields[1], fields[2], protowire.AppendFixed32(protowire.AppendTag(nil, 4, protowire.Fixed32Type), 1)),
		"a packed list, unpacked":              intoTargets(varint(2, 1), varint(2, 5)),
		"too large":                            make([]byte, types.MaxPacketBytes+1),
	} {
		t.Run("failure: "+name, func(t *testing.T) {
			_, err := types.DecodePacket(bz)
			require.ErrorIs(t, err, types.ErrInvalidPacket)
		})
	}
	_, err := types.DecodePacket(wrap(number, fields...))
	require.NoError(t, err, "the parts put together again are the packet")
	_, err = types.DecodePacket(intoPlan(nil))
	require.NoError(t, err, "and so is the announcement")
	_, err = types.DecodePacket(intoTargets(wrap(2, []byte{1, 5})))
	require.NoError(t, err)
}

func TestDecodePacketRefusesContradictions(t *testing.T) {
	type change struct {
		name string
		p    *types.Packet
		do   func(p *types.Packet)
	}
	a := func(do func(*types.Announce)) func(*types.Packet) {
		return func(p *types.Packet) { do(p.GetAnnounce()) }
	}
	c := func(do func(*types.Command)) func(*types.Packet) {
		return func(p *types.Packet) { do(p.GetCommand()) }
	}
	e := func(do func(*types.Evidence)) func(*types.Packet) {
		return func(p *types.Packet) { do(p.GetEvidence()) }
	}
	for _, tc := range []change{
		{"announce: rollout 0", announce(t), a(func(m *types.Announce) { m.Rollout = 0 })},
		{"announce: generation 0", announce(t), a(func(m *types.Announce) { m.Generation = 0 })},
		{"announce: no manifest", announce(t), a(func(m *types.Announce) { m.Manifest = nil })},
		{"announce: manifest too long", announce(t), a(func(m *types.Announce) { m.Manifest = make([]byte, types.MaxManifestBytes+1) })},
		{"announce: a step while pending", announce(t), a(func(m *types.Announce) { m.Action = types.ActionUnspecified })},
		{"announce: unknown action", announce(t), a(func(m *types.Announce) { m.Action = 6 })},
		{"announce: negative action", announce(t), a(func(m *types.Announce) { m.Action = -1 })},
		{"announce: a step beyond the last", announce(t), a(func(m *types.Announce) { m.Step = 3 })},
		{"announce: an invalid plan", announce(t), a(func(m *types.Announce) { m.Plan.Steps = nil })},
		{"announce: a zone in the plan", announce(t), a(func(m *types.Announce) { m.Plan.Targets[0].Zone = "local" })},
		{"command: rollout 0", command(), c(func(m *types.Command) { m.Rollout = 0 })},
		{"command: generation 0", command(), c(func(m *types.Command) { m.Generation = 0 })},
		{"command: no action", command(), c(func(m *types.Command) { m.Action = 0 })},
		{"command: unknown action", command(), c(func(m *types.Command) { m.Action = 6 })},
		{"command: a step that no plan has", command(), c(func(m *types.Command) { m.Step = types.MaxStepsCap + 1 })},
		{"evidence: rollout 0", evidence(), e(func(m *types.Evidence) { m.Rollout = 0 })},
		{"evidence: revision 0", evidence(), e(func(m *types.Evidence) { m.Revision = 0 })},
		{"evidence: announced", evidence(), e(func(m *types.Evidence) { m.Standing = types.StandingAnnounced })},
		{"evidence: lost", evidence(), e(func(m *types.Evidence) { m.Standing = types.StandingLost })},
		{"evidence: no phase", evidence(), e(func(m *types.Evidence) { m.Phase = 0 })},
		{"evidence: unknown phase", evidence(), e(func(m *types.Evidence) { m.Phase = 7 })},
		{"evidence: a step that no plan has", evidence(), e(func(m *types.Evidence) { m.Step = types.MaxStepsCap + 1 })},
		{"evidence: fleet 0", evidence(), e(func(m *types.Evidence) { m.Fleets[0].Fleet = 0 })},
		{"evidence: fleet twice", evidence(), e(func(m *types.Evidence) { m.Fleets[1].Fleet = 1 })},
		{"evidence: too many fleets", evidence(), e(func(m *types.Evidence) {
			m.Fleets = make([]types.FleetEvidence, types.MaxFleetsCap+1)
			for i := range m.Fleets {
				m.Fleets[i].Fleet = uint64(i) + 1
			}
		})},
		{"evidence: unknown failure", evidence(), e(func(m *types.Evidence) { m.Fleets[0].LastFailure = 10 })},
		{"evidence: more failed than failures", evidence(), e(func(m *types.Evidence) { m.Fleets[0].Totals.Failures = 0 })},
		{"evidence: more failures than devices", evidence(), e(func(m *types.Evidence) { m.Fleets[0].Totals.Failures = 4 })},
		{"evidence: counts that overflow sums", evidence(), e(func(m *types.Evidence) { m.Fleets[0].Totals.Attestations = 1 << 32 })},
	} {
		t.Run("failure: "+tc.name, func(t *testing.T) {
			tc.do(tc.p)
			_, err := types.DecodePacket(encode(t, tc.p))
			require.ErrorIs(t, err, types.ErrInvalidPacket)
		})
	}
	for _, tc := range []change{
		{"announce: pending", announce(t), a(func(m *types.Announce) { m.Action, m.Step = 0, 0 })},
		{"announce: promoted", announce(t), a(func(m *types.Announce) { m.Step = 2 })},
		{"announce: no key", announce(t), a(func(m *types.Announce) { m.VerifyingKey = nil })},
		{"evidence: no fleets", evidence(), e(func(m *types.Evidence) { m.Fleets = nil })},
	} {
		t.Run("success: "+tc.name, func(t *testing.T) {
			tc.do(tc.p)
			got, err := types.DecodePacket(encode(t, tc.p))
			require.NoError(t, err)
			require.Equal(t, tc.p, got)
		})
	}
}

func TestEncodeLimits(t *testing.T) {
	p := announce(t)
	p.GetAnnounce().VerifyingKey = make([]byte, types.MaxPacketBytes)
	_, err := p.Encode()
	require.ErrorIs(t, err, types.ErrLimit)
	m := manifest()
	m.Description = string(make([]byte, types.MaxManifestBytes))
	_, err = types.EncodeManifest(m)
	require.ErrorIs(t, err, types.ErrLimit)
}

func TestEvidenceSum(t *testing.T) {
	require.Equal(t, types.Totals{Ready: 2, Failed: 1, Failures: 2, Attestations: 9}, evidence().GetEvidence().Sum())
	require.Zero(t, (&types.Evidence{}).Sum())
}

func TestAck(t *testing.T) {
	for _, a := range []types.Acknowledgement{types.NewAck(types.AckApplied, 0), types.NewAck(types.AckBusy, 1<<63), types.NewAck(99, 7)} {
		require.True(t, a.Success(), "core IBC is never told of a refusal")
		got, err := types.DecodeAck(a.Acknowledgement())
		require.NoError(t, err)
		require.Equal(t, a, got)
	}
	for name, bz := range map[string][]byte{
		"empty":                    {},
		"no code":                  varint(2, 7),
		"code 0":                   append(varint(1, 0), varint(2, 7)...),
		"a negative code":          varint(1, ^uint64(0)),
		"order":                    append(varint(2, 7), varint(1, 3)...),
		"a default":                append(varint(1, 3), varint(2, 0)...),
		"a field twice":            append(varint(1, 3), varint(1, 3)...),
		"a long number":            append(long(1), varint(2, 7)...),
		"an unknown field":         append(varint(1, 3), varint(3, 1)...),
		"trailing bytes":           append(varint(1, 3), 0),
		"core IBC's own":           []byte(`{"error":"ABCI code: 1"}`),
		"IBC v2's universal error": bytes.Repeat([]byte{0x47}, 32),
		"long":                     bytes.Repeat([]byte{0x08}, 100),
	} {
		t.Run("failure: "+name, func(t *testing.T) {
			_, err := types.DecodeAck(bz)
			require.ErrorIs(t, err, types.ErrInvalidAck)
		})
	}
}

func TestManifest(t *testing.T) {
	bz, err := types.EncodeManifest(manifest())
	require.NoError(t, err)
	got, err := types.DecodeManifest(bz)
	require.NoError(t, err)
	require.Equal(t, manifest(), got)
	fields := split(t, bz)
	for name, bz := range map[string][]byte{
		"an unknown field":                append(slices.Clone(bz), varint(99, 1)...),
		"an unknown field in an artifact": append(wrap(2, varint(9, 1)), fields[len(fields)-1]...),
		"order":                           slices.Concat(fields[1], fields[0], slices.Concat(fields[2:]...)),
		"description twice":               slices.Concat(fields[0], bz),
		"an empty description":            slices.Concat(wrap(1), slices.Concat(fields[1:]...)),
		"an unpacked shape":               slices.Concat(fields[0], fields[1], wrap(3, varint(3, 1), varint(3, 640)), slices.Concat(fields[3:]...)),
		"no setup":                        slices.Concat(fields[:len(fields)-1]...),
		"cut off":                         bz[:len(bz)-1],
		"too large":                       make([]byte, types.MaxManifestBytes+1),
	} {
		t.Run("failure: "+name, func(t *testing.T) {
			_, err := types.DecodeManifest(bz)
			require.ErrorIs(t, err, types.ErrManifest)
		})
	}
}

func TestManifestCounts(t *testing.T) {
	m := manifest()
	require.Equal(t, uint32(2), types.Contributors(m))
	m.Setup.Kind = registrytypes.SETUP_KIND_SINGLE_PARTY_INSECURE
	require.Zero(t, types.Contributors(m), "one party is no ceremony, whatever it lists")
	m.Artifacts = []registrytypes.Artifact{{Size_: 1 << 63}, {Size_: 1<<63 - 1}}
	require.Equal(t, ^uint64(0), types.ArtifactBytes(m))
	m.Artifacts = append(m.Artifacts, registrytypes.Artifact{Size_: 2})
	require.Equal(t, ^uint64(0), types.ArtifactBytes(m), "a sum that overflows is the largest")
}
