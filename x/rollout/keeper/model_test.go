package keeper_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	sdk "github.com/cosmos/cosmos-sdk/types"
	ibcexported "github.com/cosmos/ibc-go/v11/modules/core/exported"

	fleettypes "github.com/assay-chain/assay/x/fleet/types"
	"github.com/assay-chain/assay/x/rollout/types"
)

// TestMain makes runs long enough for a rollout to end, and the same each time, so that a change is judged by what it
// changed. `make rapid` takes new seeds; -rapid.seed, -rapid.steps and -rapid.checks ask for others.
func TestMain(m *testing.M) {
	if err := errors.Join(flag.Set("rapid.steps", "100"), flag.Set("rapid.seed", "1")); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// evilLink is where nobody honest is at the other end: of the hub a dishonest zone, of a zone a dishonest hub.
const evilLink = "channel-66"

var (
	versions = []string{
		"acme/alpha@1.0.0", "acme/alpha@1.1.0", "acme/alpha@2.0.0", "acme/beta@1.0.0", "acme/beta@1.1.0", "acme/beta@2.0.0",
	}
	hubLinks = []string{"channel-0", "channel-1", "07-tendermint-2"}
)

// world is a hub with zones, a dishonest zone, and dishonest hubs, in the hands of chance.
type world struct {
	net   *network
	hub   *chain
	w     *witness
	zones []string // of the hub, as plans name them
	// waited are rollouts that started behind another.
	waited map[uint64]bool
}

func newWorld(t *rapid.T) *world {
	m := &world{net: newNetwork(), waited: map[uint64]bool{}}
	m.hub = m.net.add(m.newChain(t, "hub"))
	for _, v := range versions {
		m.hub.registry.publish(v, owner, spec(v))
	}
	m.hub.ibc.add(evilLink)
	m.zones = []string{types.LocalZone, evilLink}
	for i := range rapid.IntRange(1, 3).Draw(t, "zones") {
		z := m.net.add(m.newChain(t, fmt.Sprintf("zone-%d", i)))
		source := []string{"channel-7", "channel-0", "07-tendermint-9"}[i]
		m.net.join(end{m.hub, hubLinks[i]}, end{z, source})
		z.ibc.add(evilLink)
		z.fleets.refuse[3] = source + ":acme/beta"
		z.setPolicy(t, policy(source, rapid.Bool().Draw(t, "hold")))
		m.zones = append(m.zones, hubLinks[i])
	}
	slices.Sort(m.zones)
	m.w = newWitness(m.net)
	return m
}

// policy accepts everything from a hub and from the dishonest one.
func policy(source string, hold bool) types.ZonePolicy {
	rules := []types.HubRule{{Source: source, Hold: hold}, {Source: evilLink}}
	slices.SortFunc(rules, func(a, b types.HubRule) int {
		if a.Source < b.Source {
			return -1
		}
		return 1
	})
	return types.ZonePolicy{Rules: rules}
}

func (*world) newChain(t *rapid.T, name string) *chain {
	c := newChain(t, name)
	c.addFleet(1, 2, "site=a")
	c.addFleet(2, 2, "site=a", "tier=x")
	c.addFleet(3, 1, "site=b")
	c.params(t, func(p *types.Params) {
		p.PacketsPerBlock = rapid.SampledFrom([]uint32{64, 1, 3}).Draw(t, "packets per block")
		p.EvaluationsPerBlock = rapid.SampledFrom([]uint32{256, 1}).Draw(t, "evaluations per block")
		p.LinksPerBlock = rapid.SampledFrom([]uint32{8, 1}).Draw(t, "links per block")
		p.AttemptsKept = rapid.SampledFrom([]uint32{32, 1, 2}).Draw(t, "attempts kept")
		p.MaxWaiting = 2
	})
	return c
}

func drawStep(t *rapid.T) types.Step {
	s := types.Step{
		MinReady:        uint32(rapid.SampledFrom([]int{0, 0, 1, 2}).Draw(t, "min ready")),
		MinAttestations: uint64(rapid.SampledFrom([]int{0, 0, 1}).Draw(t, "min attestations")),
		MaxFailures:     uint32(rapid.SampledFrom([]int{100, 0, 1}).Draw(t, "max failures")),
		MaxFailureShare: uint32(rapid.SampledFrom([]int{types.FullShare, 0, 5000}).Draw(t, "max share")),
		BakeBlocks:      uint64(rapid.SampledFrom([]int{0, 1, 4}).Draw(t, "bake")),
		Decider:         rapid.SampledFrom([]string{"", "", "", "yes", "no", "wait", "broken"}).Draw(t, "decider"),
	}
	if rapid.IntRange(0, 2).Draw(t, "deadline") == 0 {
		s.DeadlineBlocks = s.BakeBlocks + uint64(rapid.IntRange(1, 8).Draw(t, "deadline"))
		s.OnDeadline = rapid.SampledFrom([]types.OnDeadline{types.OnDeadlinePause, types.OnDeadlineRollBack}).Draw(t, "on deadline")
	}
	return s
}

func drawSteps(t *rapid.T) []types.Step {
	weights := rapid.SampledFrom([][]uint32{{100}, {10, 100}, {1, 50, 100}}).Draw(t, "weights")
	steps := make([]types.Step, len(weights))
	for i := range steps {
		steps[i] = drawStep(t)
		steps[i].Weight = weights[i]
	}
	return steps
}

func drawTarget(t *rapid.T, zone string) types.Target {
	target := types.Target{Zone: zone}
	switch rapid.IntRange(0, 3).Draw(t, "selector") {
	case 0, 1:
		target.Fleets = rapid.SampledFrom([][]uint64{{1}, {2}, {3}, {1, 2}, {2, 3, 9}}).Draw(t, "fleets")
	case 2:
		target.Labels = rapid.SampledFrom([][]string{{"site=a"}, {"site=a", "tier=x"}, {"site=none"}}).Draw(t, "labels")
	}
	return target
}

func drawPlan(t *rapid.T, zones []string) types.Plan {
	p := types.Plan{
		Version: rapid.SampledFrom(versions).Draw(t, "version"), Steps: drawSteps(t),
		Wait: rapid.IntRange(0, 3).Draw(t, "wait") > 0,
	}
	others := slices.DeleteFunc(slices.Clone(versions), func(v string) bool { return v == p.Version || modelOf(v) != modelOf(p.Version) })
	p.Replaces = rapid.SampledFrom(append(others, "")).Draw(t, "replaces")
	for _, z := range zones {
		if rapid.Bool().Draw(t, "to "+z) {
			p.Targets = append(p.Targets, drawTarget(t, z))
		}
	}
	if len(p.Targets) == 0 && len(zones) > 0 {
		p.Targets = []types.Target{drawTarget(t, zones[len(zones)-1])}
	}
	return p
}

func (m *world) actions() map[string]func(*rapid.T) {
	return map[string]func(*rapid.T){
		"start":         m.start,
		"start more":    m.start,
		"control":       m.control,
		"operate":       m.operate,
		"report":        m.report,
		"report all":    m.reportAll,
		"attest":        m.attest,
		"standing":      m.standing,
		"yank":          m.yank,
		"deliver":       m.deliver,
		"answer":        m.answer,
		"time out":      m.timeOut,
		"answer evilly": m.answerEvilly,
		"evil hub":      m.evilHub,
		"evil zone":     m.evilZone,
		"garbage":       m.garbage,
		"link":          m.link,
		"blocks":        m.blocks,
		"flow":          m.flow,
		"policy":        m.policy,
		"genesis":       m.genesis,
		"restart":       m.restart,
		// Twice, to be drawn twice as often.
		"flow on":     m.flow,
		"flow off":    m.flow,
		"report more": m.reportAll,
		"":            func(t *rapid.T) { m.w.check(t) },
	}
}

func (m *world) flow(t *rapid.T) { m.net.settle(t, rapid.IntRange(1, 4).Draw(t, "blocks")) }

func (m *world) start(t *rapid.T) {
	id, err := m.hub.start(drawPlan(t, m.zones))
	if err != nil {
		t.Logf("not started: %v", err)
		return
	}
	m.waited[id] = rolloutOf(m.hub.state(t), id).WaitsFor != 0
}

func pick[T any](t *rapid.T, list []T, what string) T {
	if len(list) == 0 {
		t.Skip("no " + what)
	}
	return list[rapid.IntRange(0, len(list)-1).Draw(t, what)] // an index, which is short in a log
}

func (m *world) control(t *rapid.T) {
	r := pick(t, m.hub.state(t).Rollouts, "rollout")
	signer := rapid.SampledFrom([]string{owner, owner, authority, stranger}).Draw(t, "signer")
	a := types.Action(rapid.IntRange(0, 6).Draw(t, "action"))
	err := m.hub.control(signer, r.Id, a)
	if signer == stranger || a < types.ActionPause || a > types.ActionAbort || r.Phase.Ended() {
		require.Error(t, err)
	}
}

func (m *world) operate(t *rapid.T) {
	c := pick(t, m.net.chains, "chain")
	z := pick(t, c.state(t).ZoneRollouts, "zone rollout")
	signer := rapid.SampledFrom([]string{operator, operator, authority, stranger}).Draw(t, "signer")
	var err error
	switch rapid.IntRange(0, 3).Draw(t, "what") {
	case 0:
		err = c.stop(signer, z.Number)
	case 1:
		err = c.decide(signer, z.Number, false)
	default:
		err = c.decide(signer, z.Number, true)
	}
	if signer == stranger || z.Phase.Ended() || z.Standing.Out() {
		require.Error(t, err)
	}
}

// open are the rollouts of a chain about which devices may report, most often.
func open(t *rapid.T, c *chain) types.ZoneRollout {
	all := c.state(t).ZoneRollouts
	live := slices.DeleteFunc(slices.Clone(all), func(z types.ZoneRollout) bool { return !z.Live() })
	if len(live) > 0 && rapid.IntRange(0, 9).Draw(t, "any") > 0 {
		all = live
	}
	return pick(t, all, "zone rollout")
}

func (m *world) anyDevice(t *rapid.T, c *chain) types.Device {
	return c.device(rapid.SampledFrom([]uint64{100, 101, 200, 201, 300}).Draw(t, "device"))
}

func (m *world) report(t *rapid.T) {
	c := pick(t, m.net.chains, "chain")
	z, d := open(t, c), m.anyDevice(t, c)
	err := c.report(d.Id, z.Number, types.DevicePhase(rapid.IntRange(0, 7).Draw(t, "phase")))
	if d.Standing != types.DeviceActive || !z.Live() {
		require.Error(t, err)
	}
}

func (m *world) reportAll(t *rapid.T) {
	c := pick(t, m.net.chains, "chain")
	z := open(t, c)
	phase := rapid.SampledFrom([]types.DevicePhase{types.DevicePhaseReady, types.DevicePhaseServing}).Draw(t, "phase")
	for _, d := range []uint64{100, 101, 200, 201, 300} {
		if err := c.report(d, z.Number, phase); err == nil {
			require.NoError(t, c.attest(d, z.Version))
		}
	}
}

func (m *world) attest(t *rapid.T) {
	c := pick(t, m.net.chains, "chain")
	z := open(t, c)
	require.NoError(t, c.attest(m.anyDevice(t, c).Id, z.Version))
}

func (m *world) standing(t *rapid.T) {
	c := pick(t, m.net.chains, "chain")
	d := m.anyDevice(t, c)
	s := rapid.SampledFrom([]fleettypes.Standing{
		fleettypes.StandingActive, fleettypes.StandingActive, fleettypes.StandingSuspect, fleettypes.StandingRevoked,
	}).Draw(t, "standing")
	c.setStanding(t, d.Id, s)
	if s != fleettypes.StandingActive && rapid.Bool().Draw(t, "removed too") {
		require.NoError(t, c.keeper.Hooks().AfterDeviceRemoved(c.ctx, c.device(d.Id)))
	}
}

func (m *world) yank(t *rapid.T) {
	if rapid.IntRange(0, 4).Draw(t, "really") > 0 {
		t.Skip("seldom")
	}
	m.hub.yank(t, rapid.SampledFrom(versions).Draw(t, "version"))
}

func (m *world) deliver(t *rapid.T) {
	if !m.net.deliver(t, pick(t, m.net.inFlight(), "packet")) {
		t.Skip("the link is down")
	}
}

func (m *world) answer(t *rapid.T) {
	if !m.net.answer(t, pick(t, m.net.unanswered(), "packet")) {
		t.Skip("the link is down")
	}
}

func (m *world) timeOut(t *rapid.T) {
	if !m.net.timeOut(t, pick(t, m.net.inFlight(), "packet")) {
		t.Skip("the link is down")
	}
}

// answerEvilly lets the dishonest zone, or hub, acknowledge a packet as it likes, once.
func (m *world) answerEvilly(t *rapid.T) {
	p := pick(t, slices.DeleteFunc(m.net.inFlight(), func(p *packet) bool { return p.to.c != nil }), "packet")
	if l := p.from.c.ibc.links[p.from.link]; l.closed || l.status != ibcexported.Active {
		t.Skip("the link is down")
	}
	ack := types.NewAck(types.AckCode(rapid.IntRange(0, 40).Draw(t, "code")), rapid.Uint64Range(0, 12).Draw(t, "generation")).Acknowledgement()
	if rapid.IntRange(0, 5).Draw(t, "garbage") == 0 {
		ack = rapid.SliceOfN(rapid.Byte(), 0, 24).Draw(t, "bytes")
	}
	m.net.drop(p)
	c := p.from.c
	require.NoError(t, inTx(c, func(ctx sdk.Context) error { return c.keeper.Acknowledged(ctx, p.from.link, p.sequence, p.data, ack) }))
}

func (m *world) evilHub(t *rapid.T) {
	c := pick(t, m.net.chains[1:], "zone")
	at := end{c, evilLink}
	id, generation := rapid.Uint64Range(1, 4).Draw(t, "rollout"), rapid.Uint64Range(0, 12).Draw(t, "generation")
	action := types.Action(rapid.IntRange(0, 5).Draw(t, "action"))
	step := uint32(rapid.IntRange(0, 3).Draw(t, "step"))
	p := types.NewCommand(&types.Command{Rollout: id, Action: action, Generation: generation, Step: step})
	if rapid.Bool().Draw(t, "announce") {
		plan := drawPlan(t, nil)
		plan.Targets, plan.Wait = []types.Target{drawTarget(t, "")}, false
		manifest, err := types.EncodeManifest(spec(plan.Version))
		require.NoError(t, err)
		p = types.NewAnnounce(&types.Announce{
			Rollout: id, Manifest: manifest, VerifyingKey: []byte("key"), Plan: plan, Action: action, Generation: generation, Step: step,
		})
		m.w.claim(at, id, plan.Version)
	}
	m.inject(t, at, p)
}

func (m *world) evilZone(t *rapid.T) {
	rollouts := m.hub.state(t).Rollouts
	e := &types.Evidence{
		Rollout:    uint64(rapid.IntRange(1, len(rollouts)+1).Draw(t, "rollout")),
		Revision:   rapid.Uint64Range(0, 9).Draw(t, "revision"),
		Standing:   types.Standing(rapid.IntRange(0, 6).Draw(t, "standing")),
		Phase:      types.Phase(rapid.IntRange(0, 6).Draw(t, "phase")),
		Step:       uint32(rapid.IntRange(0, 4).Draw(t, "step")),
		Generation: rapid.Uint64Range(0, 9).Draw(t, "generation"),
	}
	for i := range rapid.IntRange(0, 2).Draw(t, "fleets") {
		n := rapid.Uint64Range(0, 5)
		e.Fleets = append(e.Fleets, types.FleetEvidence{Fleet: uint64(i) + 1, Totals: types.Totals{
			Ready: n.Draw(t, "ready"), Serving: n.Draw(t, "serving"), Failed: n.Draw(t, "failed"), Failures: n.Draw(t, "failures"), Attestations: n.Draw(t, "attestations"),
		}})
	}
	m.inject(t, end{m.hub, evilLink}, types.NewEvidence(e))
}

// inject lets the dishonest side of a link send a packet, of any kind and well formed or not.
func (m *world) inject(t *rapid.T, at end, p *types.Packet) {
	if !alive(at) {
		t.Skip("the link is down")
	}
	data, err := p.Marshal()
	require.NoError(t, err)
	before := at.c.state(t)
	ack := m.net.receive(at, 1, data)
	if !ack.Code.IsSuccess() || ack.Code == types.AckStale {
		require.Equal(t, before, at.c.state(t), "a refusal writes nothing")
	}
}

func (m *world) garbage(t *rapid.T) {
	c := pick(t, m.net.chains, "chain")
	data := rapid.SliceOfN(rapid.Byte(), 0, 64).Draw(t, "bytes")
	if len(m.net.packets) > 0 && rapid.Bool().Draw(t, "flipped") {
		data = slices.Clone(pick(t, m.net.packets, "packet").data)
		data[rapid.IntRange(0, len(data)-1).Draw(t, "at")] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
	}
	if p, err := types.DecodePacket(data); err == nil && p.GetAnnounce() != nil {
		m.w.claim(end{c, evilLink}, p.GetAnnounce().Rollout, p.GetAnnounce().Plan.Version)
	}
	m.net.receive(end{c, evilLink}, 1, data)
}

// link lets a client freeze, expire or recover, or, seldom, a channel close on both sides.
func (m *world) link(t *rapid.T) {
	c := pick(t, m.net.chains, "chain")
	var names []string
	for name := range c.ibc.links {
		names = append(names, name)
	}
	slices.Sort(names)
	name := pick(t, names, "link")
	l := c.ibc.links[name]
	l.status = rapid.SampledFrom([]ibcexported.Status{ibcexported.Active, ibcexported.Active, ibcexported.Frozen, ibcexported.Expired}).Draw(t, "status")
	if rapid.IntRange(0, 9).Draw(t, "close") > 0 || !types.IsChannel(name) {
		return
	}
	l.closed = true
	require.NoError(t, c.keeper.LinkClosed(c.ctx, name))
	if peer := m.net.peers[end{c, name}]; peer.c != nil {
		peer.c.ibc.links[peer.link].closed = true // and its chain finds out by itself
	}
}

func (m *world) blocks(t *rapid.T) {
	c := pick(t, m.net.chains, "chain")
	c.endBlocks(t, rapid.IntRange(1, 6).Draw(t, "blocks"))
}

func (m *world) policy(t *rapid.T) {
	c := pick(t, m.net.chains[1:], "zone")
	for link := range c.ibc.links {
		if link == evilLink {
			continue
		}
		p := policy(link, rapid.Bool().Draw(t, "hold"))
		if rapid.IntRange(0, 4).Draw(t, "nothing") == 0 {
			p = types.ZonePolicy{Rules: []types.HubRule{{Source: evilLink}}}
		}
		c.setPolicy(t, p)
	}
}

// genesis moves a chain's state to a new store.
func (m *world) genesis(t *rapid.T) {
	c := pick(t, m.net.chains, "chain")
	reopen(t, c)
}

// restart moves a chain's state to a new chain that counts from block 1, as after a hard fork.
func (m *world) restart(t *rapid.T) {
	if rapid.IntRange(0, 2).Draw(t, "really") > 0 {
		t.Skip("seldom")
	}
	c := pick(t, m.net.chains, "chain")
	require.NoError(t, c.keeper.ResetHeights(c.ctx))
	c.ctx = c.ctx.WithBlockHeight(1)
	reopen(t, c)
	m.w.seen[c].state = c.state(t)
}

// TestNetwork plays a hub, zones and a network at random, and checks after each step what must always hold; and, when the
// chaos is over, that everybody comes to know the same.
func TestNetwork(t *testing.T) {
	reached := map[string]int{}
	rapid.Check(t, func(t *rapid.T) {
		m := newWorld(t)
		t.Repeat(m.actions())
		m.count(t, reached)
		m.recover(t)
		m.w.check(t)
		m.checkAgreement(t)
		for _, r := range m.hub.state(t).Rollouts {
			if !r.Phase.Ended() {
				require.NoError(t, m.hub.control(authority, r.Id, types.ActionAbort))
			}
		}
		m.net.settle(t, 120)
		m.w.check(t)
		m.checkAgreement(t)
	})
	t.Logf("reached: %v", reached)
	for _, what := range []string{
		"PHASE_PROMOTED", "PHASE_ROLLED_BACK", "PHASE_ABORTED", "STANDING_STOPPED", "STANDING_HELD", "on record", "waited", "of a dishonest hub",
	} {
		require.NotZero(t, reached[what], "chance never made a rollout that is %s", what)
	}
}

// count counts what chance has brought about, so that it shows if that is little.
func (m *world) count(t *rapid.T, reached map[string]int) {
	g := m.hub.state(t)
	for _, r := range g.Rollouts {
		reached[r.Phase.String()]++
		reached[r.Cause.String()]++
		if r.WaitsFor != 0 {
			reached["waits"]++
		}
	}
	for _, s := range g.Zones {
		if r := rolloutOf(g, s.Rollout); s.Attempts > 0 && r.WaitsFor == 0 && m.waited[r.Id] {
			reached["waited"]++
		}
	}
	for _, c := range m.net.chains {
		for _, z := range c.state(t).ZoneRollouts {
			reached[z.Standing.String()]++
			if !m.net.honest(end{c, z.Source}) {
				reached["of a dishonest hub"]++
			}
		}
		reached["on record"] += len(m.w.seen[c].onRecord)
	}
}

// recover ends the chaos: clients work again, except that a closed channel stays closed, and the network delivers.
func (m *world) recover(t *rapid.T) {
	for _, c := range m.net.chains {
		for _, l := range c.ibc.links {
			l.status = ibcexported.Active
		}
	}
	for _, p := range m.net.inFlight() {
		if p.to.c == nil || p.to.c.ibc.links[p.to.link].closed || p.from.c.ibc.links[p.from.link].closed {
			m.net.timeOut(t, p)
		}
	}
	m.net.settle(t, 120)
}

// checkAgreement checks that a hub and its reachable zones know the same, and that what has ended is settled.
func (m *world) checkAgreement(t *rapid.T) {
	g := m.hub.state(t)
	for _, s := range g.Zones {
		at := end{m.hub, s.Zone}
		if s.Zone != types.LocalZone && m.hub.ibc.links[s.Zone].closed {
			require.True(t, s.Settled, "rollout %d, zone %s: the channel is closed, and the zone is not lost", s.Rollout, s.Zone)
			continue
		}
		if s.Zone == evilLink {
			continue
		}
		r := rolloutOf(g, s.Rollout)
		zone, source := at, types.LocalZone
		if s.Zone != types.LocalZone {
			zone = m.net.peers[at]
			source = zone.link
		}
		if r.Phase.Ended() {
			require.True(t, s.Settled, "rollout %d has ended, zone %s is not settled: %v", r.Id, s.Zone, s)
			require.Zero(t, s.NextSend)
		}
		zg := zone.c.state(t)
		z := zoneRolloutOf(zg, source, s.Rollout)
		if z == nil {
			require.Zero(t, s.Revision)
			continue
		}
		p := progressOf(zg, z.Number)
		require.Equal(t, z.Standing, s.Standing)
		if s.Standing == types.StandingRefused {
			require.Zero(t, s.Totals)
			continue
		}
		require.Equal(t, p.Revision, s.Revision, "rollout %d, zone %s: evidence", r.Id, s.Zone)
		require.Equal(t, p.Revision, p.AckedRevision)
		require.Equal(t, p.Totals, s.Totals)
		require.Equal(t, []any{z.Phase, z.Step, z.Generation}, []any{s.Phase, s.Step, s.Generation})
		if !z.Standing.Out() {
			require.Equal(t, r.Generation, z.Generation, "rollout %d, zone %s", r.Id, s.Zone)
			require.Equal(t, []any{r.Phase, r.Step}, []any{z.Phase, z.Step})
		}
	}
}
