package ibc

import (
	"bytes"
	"crypto/sha256"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/cosmos/gogoproto/proto"
	channeltypes "github.com/cosmos/ibc-go/v11/modules/core/04-channel/types"
	channeltypesv2 "github.com/cosmos/ibc-go/v11/modules/core/04-channel/v2/types"

	registrytypes "github.com/assay-chain/assay/x/registry/types"
	"github.com/assay-chain/assay/x/rollout"
	"github.com/assay-chain/assay/x/rollout/keeper"
	"github.com/assay-chain/assay/x/rollout/types"
)

// field is the encoding of a length-delimited field.
func field(number protowire.Number, value []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(nil, number, protowire.BytesType), value)
}

// unknown is a field that no message has.
var unknown = protowire.AppendVarint(protowire.AppendTag(nil, 100, protowire.VarintType), 1)

func encode(tb testing.TB, m proto.Message) []byte {
	tb.Helper()
	bz, err := proto.Marshal(m)
	require.NoError(tb, err)
	return bz
}

// What a zone answers to announcements that no honest hub sends. None writes anything.
func TestForgedAnnouncements(t *testing.T) { eachKind(t, forgedAnnouncements) }

func forgedAnnouncements(t *testing.T, isV2 bool) {
	w := newWorld(t, options{isV2: isV2})
	w.start()
	honest := w.link.hub.one()
	key, otherKey, wideKey := keyOf(t, 0).Key, keyOf(t, 1).Key, keyOf(t, 2).Key
	manifest := func(change func(*registrytypes.VersionSpec)) func(*types.Announce) {
		return func(a *types.Announce) {
			s := spec(key, "artifact")
			change(&s)
			a.Manifest = encode(t, &s)
		}
	}
	withKey := func(k []byte) func(*types.Announce) {
		return func(a *types.Announce) {
			s := spec(k, "artifact")
			a.Manifest, a.VerifyingKey = encode(t, &s), k
		}
	}
	tail := func(k []byte) []byte { return append(bytes.Clone(k[:len(k)-1]), 1) }
	for _, tc := range []struct {
		name   string
		code   types.AckCode
		change func(*types.Announce)
	}{
		{"no rollout", types.AckMalformed, func(a *types.Announce) { a.Rollout = 0 }},
		{"no generation", types.AckMalformed, func(a *types.Announce) { a.Generation = 0 }},
		{"no manifest", types.AckMalformed, func(a *types.Announce) { a.Manifest = nil }},
		{"manifest too long", types.AckMalformed, func(a *types.Announce) { a.Manifest = make([]byte, types.MaxManifestBytes+1) }},
		{"a step while pending", types.AckMalformed, func(a *types.Announce) { a.Step = 1 }},
		{"an action that is none", types.AckMalformed, func(a *types.Announce) { a.Action = 17 }},
		{"a negative action", types.AckMalformed, func(a *types.Announce) { a.Action = -1 }},
		{"a step beyond the last", types.AckMalformed, func(a *types.Announce) { a.Action, a.Step = types.ActionAdvance, 3 }},
		{"paused in no step", types.AckMalformed, func(a *types.Announce) { a.Action, a.Step = types.ActionPause, 2 }},
		{"two targets", types.AckMalformed, func(a *types.Announce) { a.Plan.Targets = append(a.Plan.Targets, types.Target{}) }},
		{"no target", types.AckMalformed, func(a *types.Announce) { a.Plan.Targets = nil }},
		{"a target with a zone", types.AckMalformed, func(a *types.Announce) { a.Plan.Targets[0].Zone = types.LocalZone }},
		{"ids and labels", types.AckMalformed, func(a *types.Announce) {
			a.Plan.Targets[0] = types.Target{Fleets: []uint64{1}, Labels: []string{"site=s1"}}
		}},
		{"a plan that waits", types.AckMalformed, func(a *types.Announce) { a.Plan.Wait = true }},
		{"no steps", types.AckMalformed, func(a *types.Announce) { a.Plan.Steps = nil }},
		{"weights that fall", types.AckMalformed, func(a *types.Announce) { a.Plan.Steps[0].Weight = 100 }},
		{"a version of a third chain", types.AckMalformed, func(a *types.Announce) { a.Plan.Version = "channel-7:" + version1 }},
		{"a version that is none", types.AckMalformed, func(a *types.Announce) { a.Plan.Version = "acme" }},
		{"replaces another model's", types.AckMalformed, func(a *types.Announce) { a.Plan.Replaces = "acme/other@1.0.0" }},
		{"replaces a third chain's", types.AckMalformed, func(a *types.Announce) { a.Plan.Replaces = "channel-7:" + version2 }},
		{"more steps than here", types.AckPlan, func(a *types.Announce) {
			a.Plan.Steps = types.Weights([]uint32{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 100}, types.Step{})
		}},
		{"more contributors than there were", types.AckPlan, func(a *types.Announce) { a.Plan.Steps[1].MinContributors = 2 }},
		{"manifest: garbage", types.AckManifest, func(a *types.Announce) { a.Manifest = []byte("garbage") }},
		{"manifest: an unknown field", types.AckManifest, func(a *types.Announce) { a.Manifest = append(a.Manifest, unknown...) }},
		{"manifest: an unknown field in an artifact", types.AckManifest, func(a *types.Announce) {
			s := spec(key, "artifact")
			artifact := append(encode(t, &s.Artifacts[0]), unknown...)
			s.Artifacts = nil
			a.Manifest = append(field(2, artifact), encode(t, &s)...)
		}},
		{"manifest: fields in another order", types.AckManifest, func(a *types.Announce) {
			s := spec(key, "artifact")
			artifacts := encode(t, &registrytypes.VersionSpec{Artifacts: s.Artifacts})
			s.Artifacts = nil
			a.Manifest = append(encode(t, &s), artifacts...)
		}},
		{"manifest: no artifact", types.AckManifest, manifest(func(s *registrytypes.VersionSpec) { s.Artifacts = nil })},
		{"manifest: no outputs", types.AckManifest, manifest(func(s *registrytypes.VersionSpec) { s.Outputs = nil })},
		{"manifest: a short digest", types.AckManifest, manifest(func(s *registrytypes.VersionSpec) { s.CircuitDigest = []byte{1} })},
		{"manifest: a scale that is no number", types.AckManifest, manifest(func(s *registrytypes.VersionSpec) {
			s.Inputs[0].ScaleBits = math.Float32bits(float32(math.NaN()))
		})},
		{"manifest: two artifacts of one name", types.AckManifest, manifest(func(s *registrytypes.VersionSpec) {
			s.Artifacts = append(s.Artifacts, s.Artifacts[0])
		})},
		{"manifest: sizes that overflow", types.AckPolicySize, manifest(func(s *registrytypes.VersionSpec) { s.Artifacts[0].Size_ = math.MaxUint64 })},
		{"key: another than the manifest's", types.AckVerifyingKey, func(a *types.Announce) { a.VerifyingKey = otherKey }},
		{"key: none", types.AckVerifyingKey, func(a *types.Announce) { a.VerifyingKey = nil }},
		{"key: garbage", types.AckVerifyingKey, withKey([]byte("garbage"))},
		{"key: cut short", types.AckVerifyingKey, withKey(key[:len(key)-1])},
		{"key: one byte too many", types.AckVerifyingKey, withKey(append(bytes.Clone(key), 0))},
		{"key: another end", types.AckVerifyingKey, withKey(tail(key))},
		{"key: for more outputs", types.AckVerifyingKey, withKey(wideKey)},
		{"key: too long", types.AckPolicySize, withKey(make([]byte, 64<<10))},
	} {
		w.part("failure: "+tc.name, func(t *testing.T) {
			a := honest.body(t).GetAnnounce()
			tc.change(a)
			w.link.zone.refuses(tc.code, w.link.hub.forgeBody(types.NewAnnounce(a)))
			require.Equal(t, tc.code, last(emitted[*types.EventPacketRefused](t, w.zone)).Code)
		})
	}
	require.Equal(t, types.AckAccepted, w.link.hub.relay(honest).Code)
	w.link.settle()
	for _, tc := range []struct {
		name   string
		code   types.AckCode
		change func(*types.Announce)
	}{
		{"the version with another manifest", types.AckVersionConflict, func(a *types.Announce) {
			a.Rollout = 50
			manifest(func(*registrytypes.VersionSpec) {})(a)
		}},
		{"the version with another key", types.AckVersionConflict, func(a *types.Announce) {
			a.Rollout = 50
			withKey(otherKey)(a)
		}},
		{"the rollout with another version", types.AckMalformed, func(a *types.Announce) { a.Plan.Version = version2 }},
		{"the model again", types.AckBusy, func(a *types.Announce) { a.Rollout = 50 }},
	} {
		w.part("failure: "+tc.name, func(t *testing.T) {
			a := honest.body(t).GetAnnounce()
			tc.change(a)
			w.link.zone.refuses(tc.code, w.link.hub.forgeBody(types.NewAnnounce(a)))
		})
	}
}

// Bytes that are not the one encoding of a packet.
func TestForgedBytes(t *testing.T) { eachKind(t, forgedBytes) }

func forgedBytes(t *testing.T, isV2 bool) {
	w := newWorld(t, options{isV2: isV2})
	w.start()
	honest := w.link.hub.one()
	a := honest.body(t).GetAnnounce()
	// rebuild encodes the announcement with other bytes for its plan.
	rebuild := func(plan []byte) []byte {
		b := protowire.AppendVarint(protowire.AppendTag(nil, 1, protowire.VarintType), a.Rollout)
		b = append(append(b, field(2, a.Manifest)...), field(3, a.VerifyingKey)...)
		b = append(b, field(4, plan)...)
		b = protowire.AppendVarint(protowire.AppendTag(b, 6, protowire.VarintType), a.Generation)
		return field(1, b)
	}
	step := encode(t, &a.Plan.Steps[0])
	target := encode(t, &a.Plan.Targets[0])
	plan := func(target, step []byte) []byte {
		b := field(1, []byte(a.Plan.Version))
		b = append(append(b, field(3, target)...), field(4, step)...)
		return append(b, field(4, encode(t, &a.Plan.Steps[1]))...)
	}
	require.Equal(t, honest.data(), rebuild(plan(target, step)))
	command := encode(t, &types.Command{Rollout: 1, Action: types.ActionAdvance, Generation: 2})
	for _, tc := range []struct {
		name string
		data []byte
	}{
		{"garbage", []byte("garbage")},
		{"one byte", []byte{0}},
		{"a body that is none", field(9, command)},
		{"an empty body", field(1, nil)},
		{"cut short", honest.data()[:len(honest.data())-1]},
		{"a byte too many", append(bytes.Clone(honest.data()), 0)},
		{"an unknown field", append(bytes.Clone(honest.data()), unknown...)},
		{"an unknown field in the announcement", field(1, append(encode(t, a), unknown...))},
		{"an unknown field in the plan", rebuild(append(encode(t, &a.Plan), unknown...))},
		{"an unknown field in a step", rebuild(plan(target, append(bytes.Clone(step), unknown...)))},
		{"an unknown field in the target", rebuild(plan(append(bytes.Clone(target), unknown...), step))},
		{"two bodies", append(bytes.Clone(honest.data()), field(2, command)...)},
		{"the body twice", bytes.Repeat(honest.data(), 2)},
		{"a default that is said", field(2, append(bytes.Clone(command), 0x20, 0))},
		{"a long number", field(2, []byte{0x08, 0x81, 0x00, 0x10, 1, 0x18, 2})},
		{"fields in another order", field(2, []byte{0x10, 1, 0x08, 1, 0x18, 2})},
		{"a field twice", field(2, append([]byte{0x08, 9}, command...))},
		{"deep nesting", bytes.Repeat([]byte{0x0a, 0x7f}, 20_000)},
	} {
		w.part("failure: "+tc.name, func(t *testing.T) {
			w.link.zone.refuses(types.AckMalformed, w.link.hub.forge(tc.data))
			w.link.hub.refuses(types.AckMalformed, w.link.zone.forge(tc.data))
		})
	}
	w.part("failure: the largest that core IBC lets through", func(t *testing.T) {
		w.link.zone.refuses(types.AckMalformed, w.link.hub.forge(make([]byte, types.MaxPacketBytes)))
	})
	w.part("failure: larger", func(t *testing.T) {
		p := w.link.hub.forge(make([]byte, types.MaxPacketBytes+1))
		update := w.link.zone.update()
		proof, at := w.hub.QueryProof(p.commitmentKey())
		want := channeltypes.ErrInvalidPacket // the packet is checked before the transaction runs
		if isV2 {
			want = channeltypesv2.ErrInvalidPayload
		}
		w.zone.refused(want, relayer, update, p.recvMsg(proof, at, w.zone.address(relayer)))
	})
}

// What a zone answers to commands that no honest hub sends.
func TestForgedCommands(t *testing.T) {
	w := newWorld(t, options{})
	id := w.begin()
	refuse := func(t *testing.T, code types.AckCode, c types.Command) {
		t.Helper()
		ack := w.link.zone.refuses(code, w.link.hub.forgeBody(types.NewCommand(&c)))
		if code == types.AckStale {
			require.Equal(t, w.zoneRollout(id).Generation, ack.Generation)
		}
	}
	for _, tc := range []struct {
		name string
		code types.AckCode
		c    types.Command
	}{
		{"an unknown rollout", types.AckUnknownRollout, types.Command{Rollout: 9, Action: types.ActionPause, Generation: 9}},
		{"no rollout", types.AckMalformed, types.Command{Action: types.ActionPause, Generation: 9}},
		{"no generation", types.AckMalformed, types.Command{Rollout: id, Action: types.ActionPause}},
		{"no action", types.AckMalformed, types.Command{Rollout: id, Generation: 9}},
		{"an action that is none", types.AckMalformed, types.Command{Rollout: id, Action: 6, Generation: 9}},
		{"a step beyond the last", types.AckMalformed, types.Command{Rollout: id, Action: types.ActionAdvance, Generation: 9, Step: 3}},
		{"a step beyond any", types.AckMalformed, types.Command{Rollout: id, Action: types.ActionAdvance, Generation: 9, Step: math.MaxUint32}},
		{"paused in no step", types.AckMalformed, types.Command{Rollout: id, Action: types.ActionPause, Generation: 9, Step: 2}},
		{"the same generation", types.AckStale, types.Command{Rollout: id, Action: types.ActionAbort, Generation: 2}},
		{"an older generation", types.AckStale, types.Command{Rollout: id, Action: types.ActionAbort, Generation: 1}},
	} {
		w.part("failure: "+tc.name, func(t *testing.T) { refuse(t, tc.code, tc.c) })
	}
	w.report(id, device0, types.DevicePhaseReady)
	w.report(id, device1, types.DevicePhaseReady)
	w.link.settle()
	require.Equal(t, types.PhasePromoted, w.zoneRollout(id).Phase)
	for action := types.ActionAdvance; action <= types.ActionAbort; action++ {
		w.part("failure: after the end: "+action.String(), func(t *testing.T) {
			refuse(t, types.AckMalformed, types.Command{Rollout: id, Action: action, Generation: math.MaxUint64, Step: 1})
			require.NotEmpty(t, w.directive(1).Version)
		})
	}
	again := w.begin(func(p *types.Plan) { p.Version, p.Replaces = version2, version1 })
	w.control(again, types.ActionRollBack)
	w.link.settle()
	w.part("failure: after a roll-back", func(t *testing.T) {
		refuse(t, types.AckMalformed, types.Command{Rollout: again, Action: types.ActionAdvance, Generation: 9, Step: 2})
		require.Equal(t, w.link.zone.name()+":"+version1, w.directive(1).Version)
	})
}

// What a hub answers to evidence that no honest zone sends.
func TestForgedEvidence(t *testing.T) { eachKind(t, forgedEvidence) }

func forgedEvidence(t *testing.T, isV2 bool) {
	w := newWorld(t, options{isV2: isV2})
	id := w.begin()
	w.enrollOn(w.hub)
	local := w.startOn(w.hub, w.plan(func(p *types.Plan) {
		p.Version, p.Targets = version2, []types.Target{{Zone: types.LocalZone, Fleets: []uint64{1}}}
	}))
	waiting := w.startOn(w.hub, w.plan(func(p *types.Plan) { p.Version, p.Wait = version2, true }))
	w.hub.blocks(3)
	revision := w.zoneOf(id).Revision
	fleets := func(totals types.Totals, ids ...uint64) func(*types.Evidence) {
		return func(e *types.Evidence) {
			for _, f := range ids {
				e.Fleets = append(e.Fleets, types.FleetEvidence{Fleet: f, Totals: totals})
			}
		}
	}
	for _, tc := range []struct {
		name   string
		code   types.AckCode
		change func(*types.Evidence)
	}{
		{"an unknown rollout", types.AckUnknownRollout, func(e *types.Evidence) { e.Rollout = 99 }},
		{"a rollout that is not this zone's", types.AckUnknownRollout, func(e *types.Evidence) { e.Rollout = local }},
		{"a rollout that was not announced yet", types.AckUnknownRollout, func(e *types.Evidence) { e.Rollout, e.Revision, e.Generation = waiting, 1, 1 }},
		{"no rollout", types.AckMalformed, func(e *types.Evidence) { e.Rollout = 0 }},
		{"no revision", types.AckMalformed, func(e *types.Evidence) { e.Revision = 0 }},
		{"an old revision", types.AckStale, func(e *types.Evidence) { e.Revision = revision }},
		{"a generation of the future", types.AckMalformed, func(e *types.Evidence) { e.Generation = 3 }},
		{"a step beyond the last", types.AckMalformed, func(e *types.Evidence) { e.Step = 3 }},
		{"a step beyond any", types.AckMalformed, func(e *types.Evidence) { e.Step = math.MaxUint32 }},
		{"not answered yet", types.AckMalformed, func(e *types.Evidence) { e.Standing = types.StandingAnnounced }},
		{"lost", types.AckMalformed, func(e *types.Evidence) { e.Standing = types.StandingLost }},
		{"a phase that is none", types.AckMalformed, func(e *types.Evidence) { e.Phase = 7 }},
		{"no phase", types.AckMalformed, func(e *types.Evidence) { e.Phase = 0 }},
		{"fleet 0", types.AckMalformed, fleets(types.Totals{}, 0)},
		{"a fleet twice", types.AckMalformed, fleets(types.Totals{}, 1, 1)},
		{"fleets that fall", types.AckMalformed, fleets(types.Totals{}, 2, 1)},
		{"a failure code that is none", types.AckMalformed, func(e *types.Evidence) {
			e.Fleets = []types.FleetEvidence{{Fleet: 1, LastFailure: 10}}
		}},
		{"totals that overflow", types.AckMalformed, fleets(types.Totals{Ready: math.MaxUint64}, 1, 2)},
		{"attestations that overflow", types.AckMalformed, fleets(types.Totals{Attestations: math.MaxUint32 + 1}, 1)},
		{"more failures than devices", types.AckMalformed, fleets(types.Totals{Ready: 1, Failures: 2}, 1)},
		{"failed and never failed", types.AckMalformed, fleets(types.Totals{Failed: 1}, 1)},
		{"too many fleets", types.AckMalformed, func(e *types.Evidence) {
			for f := range uint64(types.MaxFleetsCap + 1) {
				e.Fleets = append(e.Fleets, types.FleetEvidence{Fleet: f + 1})
			}
		}},
	} {
		w.part("failure: "+tc.name, func(t *testing.T) {
			e := &types.Evidence{
				Rollout: id, Revision: revision + 1, Standing: types.StandingAccepted, Phase: types.PhaseCanary, Generation: 2,
			}
			tc.change(e)
			ack := w.link.hub.refuses(tc.code, w.link.zone.forgeBody(types.NewEvidence(e)))
			if tc.code == types.AckStale {
				require.Equal(t, revision, ack.Generation)
			}
		})
	}
	w.part("success: the largest totals add up", func(t *testing.T) {
		e := &types.Evidence{Rollout: id, Revision: math.MaxUint64, Standing: types.StandingAccepted, Phase: types.PhaseCanary, Generation: 2}
		for f := range uint64(types.MaxFleetsCap) {
			e.Fleets = append(e.Fleets, types.FleetEvidence{Fleet: math.MaxUint64 - types.MaxFleetsCap + f, Totals: types.Totals{
				Seen: math.MaxUint32, Failed: math.MaxUint32, Failures: math.MaxUint32,
			}})
		}
		require.Equal(t, types.AckApplied, w.link.hub.receive(w.link.zone.forgeBody(types.NewEvidence(e))).Code)
		require.Equal(t, uint64(types.MaxFleetsCap)*math.MaxUint32, w.rollout(id).Totals.Failures)
		require.Equal(t, types.CauseFailures, w.rollout(id).Cause)
		require.Len(t, w.link.hub.sent(), 1)
		w.hub.state()
	})
	w.part("failure: what is out stays out", func(t *testing.T) {
		e := &types.Evidence{Rollout: id, Revision: math.MaxUint64, Standing: types.StandingAccepted, Phase: types.PhaseCanary, Generation: 2}
		w.link.hub.refuses(types.AckStale, w.link.zone.forgeBody(types.NewEvidence(e)))
	})
}

// A zone that is out, by its own word or by its policy, does not move the rollout of the others any more.
func TestEvidenceOfTheRefused(t *testing.T) {
	w := newWorld(t, options{rule: func(r *types.HubRule) { r.Source = "channel-99" }})
	w.enrollOn(w.hub)
	id := w.start(func(p *types.Plan) {
		p.Targets = append(p.Targets, types.Target{Zone: types.LocalZone, Fleets: []uint64{1}})
	})
	w.link.settle()
	require.Equal(t, types.StandingRefused, w.zoneOf(id).Standing)
	require.Equal(t, types.PhaseCanary, w.rollout(id).Phase)
	e := &types.Evidence{
		Rollout: id, Revision: 1, Standing: types.StandingAccepted, Phase: types.PhaseCanary, Generation: 1,
		Fleets: []types.FleetEvidence{{Fleet: 1, Totals: types.Totals{Seen: 9, Failed: 9, Failures: 9}}},
	}
	w.link.hub.deliver(w.link.zone.forgeBody(types.NewEvidence(e)))
	w.hub.blocks(2)
	require.Equal(t, types.StandingRefused, w.zoneOf(id).Standing)
	require.Equal(t, types.PhaseCanary, w.rollout(id).Phase)
	require.Zero(t, w.rollout(id).Totals)
}

// In IBC v2 anyone may ask core IBC to send a packet, and a payload says its own encoding and version.
func TestPayloadsV2(t *testing.T) {
	w := newWorld(t, options{isV2: true})
	payload := func(change func(*channeltypesv2.Payload)) channeltypesv2.Payload {
		p := channeltypesv2.NewPayload(types.PortID, types.PortID, types.Version, types.Encoding, encode(t, types.NewCommand(
			&types.Command{Rollout: 1, Action: types.ActionAdvance, Generation: 2})))
		change(&p)
		return p
	}
	seconds := uint64(w.coord.CurrentTime.Unix()) + packetTimeout
	w.part("failure: sent by a stranger", func(t *testing.T) {
		w.hub.refused(types.ErrUnauthorized, stranger,
			channeltypesv2.NewMsgSendPacket(w.link.hub.ClientID, seconds, w.hub.address(stranger), payload(func(*channeltypesv2.Payload) {})))
	})
	module := rollout.NewIBCModuleV2(w.hub.app.Rollout)
	for i, tc := range []struct {
		name   string
		change func(*channeltypesv2.Payload)
	}{
		{"encoding", func(p *channeltypesv2.Payload) { p.Encoding = "application/json" }},
		{"version", func(p *channeltypesv2.Payload) { p.Version = "assay-rollout-2" }},
		{"source port", func(p *channeltypesv2.Payload) { p.SourcePort = "transfer" }},
		{"longer port", func(p *channeltypesv2.Payload) { p.SourcePort, p.DestinationPort = "rollout-2", "rollout-2" }},
	} {
		w.part("failure: "+tc.name, func(t *testing.T) {
			p := payload(tc.change)
			require.ErrorIs(t, module.OnSendPacket(w.hub.app.context(), w.link.hub.ClientID, w.link.zone.ClientID, 1, p, keeper.ModuleAddress()),
				types.ErrInvalidChannel)
			if p.DestinationPort == types.PortID { // core IBC has no route to another
				w.link.zone.refuses(types.AckMalformed, w.link.hub.forgeV2(
					channeltypesv2.NewPacket(uint64(2_000_000+i), w.link.hub.ClientID, w.link.zone.ClientID, seconds, p)))
			}
		})
	}
	w.part("success: the module itself", func(t *testing.T) {
		require.NoError(t, module.OnSendPacket(w.hub.app.context(), w.link.hub.ClientID, w.link.zone.ClientID, 1,
			payload(func(*channeltypesv2.Payload) {}), keeper.ModuleAddress()))
	})
}

// Two hubs have a publisher, a model and a version of the same names, and a rollout of the same id.
func TestTwoHubs(t *testing.T) { eachKind(t, twoHubs) }

func twoHubs(t *testing.T, isV2 bool) {
	w := newWorld(t, options{isV2: isV2, chains: 3})
	plan := w.plan()
	id := w.startOn(w.hub, plan)
	first := w.link.hub.one()

	// The second hub sends the first hub's announcement, word for word, and a command for its rollout.
	plan.Targets[0].Zone = w.otherLink.hub.name()
	otherID := w.startOn(w.other, plan)
	require.Equal(t, id, otherID)
	second := w.otherLink.hub.one()
	require.NotEqual(t, first.data(), second.data())
	require.Equal(t, types.AckAccepted, w.link.hub.relay(first).Code)
	w.link.settle()
	w.otherLink.zone.refuses(types.AckUnknownRollout, w.otherLink.hub.forgeBody(types.NewCommand(
		&types.Command{Rollout: id, Action: types.ActionRollBack, Generation: 99})))
	require.Equal(t, types.AckAccepted, w.otherLink.hub.relay(second).Code)
	w.otherLink.settle()

	mirrors := [2]string{w.link.zone.name() + ":" + version1, w.otherLink.zone.name() + ":" + version1}
	var digests [2][]byte
	for i, m := range mirrors {
		v, err := w.zone.app.Registry.Version(w.zone.app.context(), m)
		require.NoError(t, err)
		require.Equal(t, m, v.Id)
		digests[i] = v.Artifacts[0].Digest
	}
	want := sha256.Sum256([]byte(w.hub.ChainID + "1.0.0"))
	require.Equal(t, want[:], digests[0])
	want = sha256.Sum256([]byte(w.other.ChainID + "1.0.0"))
	require.Equal(t, want[:], digests[1])

	// Each moves its own; the fleets run the two models side by side.
	other := func() types.ZoneRollout { return zoneRolloutOf(w.zone, w.otherLink.zone.name(), otherID) }
	before := other()
	require.Equal(t, types.PhaseCanary, before.Phase)
	require.NotEqual(t, before.Number, w.zoneRollout(id).Number)
	w.report(id, device0, types.DevicePhaseReady)
	w.report(id, device1, types.DevicePhaseReady)
	w.link.settle()
	w.otherLink.settle()
	require.Equal(t, types.PhasePromoted, w.rollout(id).Phase)
	require.Equal(t, types.Totals{Ready: 2}, w.rollout(id).Totals)
	require.Zero(t, rolloutOf(w.other, otherID).Totals)
	require.Equal(t, before, other())
	require.Equal(t, mirrors[0], w.directive(1).Version)
	d, err := w.zone.app.Rollout.Directive(w.zone.app.context(), 1, w.otherLink.zone.name()+":"+model)
	require.NoError(t, err)
	require.Empty(t, d.Version)
	require.Equal(t, mirrors[1], d.Candidate)

	// The second hub forges commands and announcements with the first hub's rollout in mind.
	require.Equal(t, types.AckApplied, w.otherLink.zone.receive(w.otherLink.hub.forgeBody(types.NewCommand(
		&types.Command{Rollout: id, Action: types.ActionRollBack, Generation: 99}))).Code)
	require.Equal(t, types.PhaseRolledBack, other().Phase)
	require.Equal(t, types.PhasePromoted, w.zoneRollout(id).Phase)
	require.Equal(t, mirrors[0], w.directive(1).Version)
	stolen := first.body(t).GetAnnounce()
	stolen.Rollout = 2
	w.otherLink.zone.refuses(types.AckVersionConflict, w.otherLink.hub.forgeBody(types.NewAnnounce(stolen)))
	evidence := &types.Evidence{Rollout: id, Revision: 999, Standing: types.StandingStopped, Phase: types.PhaseRolledBack, Generation: 1}
	require.Equal(t, types.AckUnknownRollout, w.otherLink.zone.receive(w.otherLink.hub.forgeBody(types.NewEvidence(evidence))).Code)
	w.quiet()
}
