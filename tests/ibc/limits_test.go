package ibc

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	registrytypes "github.com/assay-chain/assay/x/registry/types"
	"github.com/assay-chain/assay/x/rollout/types"
)

// largest is the largest manifest that the registry takes, or nearly.
func largest(key []byte) registrytypes.VersionSpec {
	p := registrytypes.DefaultParams()
	s := spec(key, "artifact")
	s.Description = strings.Repeat("d", int(p.MaxDescriptionBytes))
	one := s.Artifacts[0]
	s.Artifacts = nil
	for i := range p.MaxArtifacts {
		a := one
		a.Name, a.Uris = fmt.Sprintf("part-%02d.bin", i), nil
		for j := range p.MaxUris {
			uri := fmt.Sprintf("https://example.org/%d/", j)
			a.Uris = append(a.Uris, uri+strings.Repeat("u", int(p.MaxUriBytes)-len(uri)))
		}
		s.Artifacts = append(s.Artifacts, a)
	}
	s.Setup.Kind = registrytypes.SETUP_KIND_CEREMONY
	for i := range p.MaxContributions {
		s.Setup.Contributions = append(s.Setup.Contributions, registrytypes.Contribution{
			Name: fmt.Sprintf("contributor-%02d", i), Digest: one.Digest, Attestation: strings.Repeat("a", int(p.MaxAttestationBytes)),
		})
	}
	return s
}

// A version whose manifest no packet can carry is not rolled out, to whatever zone; above all, no block fails of it.
func TestManifestTooLarge(t *testing.T) {
	w := newWorld(t, options{})
	key := keyOf(t, 0).Key
	publish := func(number string, s registrytypes.VersionSpec) string {
		w.hub.must(publisher, &registrytypes.MsgPublishVersion{
			Owner: w.hub.address(publisher), Publisher: "acme", Model: "vibration", Number: number, Spec: s,
		})
		return model + "@" + number
	}
	for _, zone := range []string{w.link.hub.name(), types.LocalZone} {
		w.part("failure: "+zone, func(t *testing.T) {
			version := publish("3.0.0-"+zone, largest(key))
			w.hub.refused(types.ErrLimit, publisher, &types.MsgStartRollout{
				Owner: w.hub.address(publisher), Plan: w.plan(func(p *types.Plan) { p.Version, p.Targets[0].Zone = version, zone }),
			})
			w.hub.blocks(2)
		})
	}
	w.part("success: the largest that fits", func(t *testing.T) {
		s := largest(key)
		for s.Size() > types.MaxManifestBytes {
			s.Setup.Contributions = s.Setup.Contributions[1:]
		}
		version := publish("3.0.0", s)
		id := w.begin(func(p *types.Plan) { p.Version = version })
		require.Equal(t, uint32(len(s.Setup.Contributions)), w.zoneRollout(id).Contributors)
	})
}

// A zone has so many rollouts of a model at a time. One that waits is judged within that bound, whatever else starts in
// the block in which its turn comes.
func TestActivePerModel(t *testing.T) {
	const most = 64
	w := newWorld(t, options{})
	owner := w.hub.address(publisher)
	startOne := func(fleet uint64, wait bool) sdk.Msg {
		return &types.MsgStartRollout{Owner: owner, Plan: w.plan(func(p *types.Plan) {
			p.Targets[0], p.Wait = types.Target{Zone: w.link.hub.name(), Fleets: []uint64{fleet}}, wait
		})}
	}
	var msgs []sdk.Msg
	for i := range uint64(most - 1) {
		msgs = append(msgs, startOne(1001+i, false))
	}
	w.hub.must(publisher, append(msgs, startOne(1001, true))...)
	w.hub.blocks(2) // its looks at them
	w.hub.refused(types.ErrLimit, publisher, startOne(2000, false))
	require.Equal(t, uint64(1), w.rollout(most).WaitsFor)

	// The zone refuses the first, for it has no such fleet. In the block that brings the answer, others start.
	first := w.link.hub.sent()[0]
	raw := w.link.zone.deliver(first)
	update := w.link.hub.update()
	proof, at := w.zone.QueryProof(first.ackKey())
	res := w.hub.block(w.hub.sign(relayer, update, first.ackMsg(raw, proof, at, w.hub.address(relayer))), w.hub.sign(publisher, startOne(2000, false)))
	require.True(t, res.TxResults[0].IsOK(), res.TxResults[0].Log)
	require.True(t, res.TxResults[1].IsOK(), res.TxResults[1].Log)
	require.Zero(t, w.rollout(most).WaitsFor)
	w.hub.blocks(2)
	w.hub.refused(types.ErrLimit, publisher, startOne(2001, false))
}
