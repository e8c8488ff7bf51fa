package keeper_test

import (
	"fmt"
	"slices"

	"github.com/stretchr/testify/require"

	"cosmossdk.io/collections"

	"github.com/assay-chain/assay/x/rollout/types"
)

// fleetModel names what a directive is for.
type fleetModel struct {
	fleet uint64
	model string
}

// history is what a chain was last seen with, and what must not change behind its back.
type history struct {
	state *types.GenesisState
	// onRecord is what each fleet runs, by the promotions that were seen.
	onRecord map[fleetModel]string
}

// witness checks a network after each step. It knows what an honest observer can know, and no code of the keeper's.
type witness struct {
	net  *network
	seen map[*chain]*history
	// claimed are the versions that a dishonest hub announced, by link and rollout.
	claimed map[end]map[uint64][]string
}

func newWitness(net *network) *witness {
	w := &witness{net: net, seen: map[*chain]*history{}, claimed: map[end]map[uint64][]string{}}
	for _, c := range net.chains {
		w.seen[c] = &history{state: types.DefaultGenesis(), onRecord: map[fleetModel]string{}}
	}
	return w
}

func (w *witness) claim(at end, id uint64, version string) {
	if w.claimed[at] == nil {
		w.claimed[at] = map[uint64][]string{}
	}
	w.claimed[at][id] = append(w.claimed[at][id], version)
}

// check checks all chains.
func (w *witness) check(t tb) {
	t.Helper()
	states := map[*chain]*types.GenesisState{}
	for _, c := range w.net.chains {
		states[c] = c.state(t)
	}
	for _, c := range w.net.chains {
		g, h := states[c], w.seen[c]
		require.NoError(t, g.Validate(), "%s: sums, counts and order", c.name)
		checkIndexes(t, c, g)
		checkMonotone(t, h.state, g)
		checkTransitions(t, c, g)
		checkSchedule(t, c, g)
		checkConflicts(t, g)
		w.checkSources(t, c, g, states)
		w.checkDirectives(t, c, g)
		for _, z := range g.Zones {
			w.checkZone(t, c, z, states)
		}
		h.state = g
	}
}

func keys[K any](t tb, c *chain, set collections.KeySet[K]) (all []K) {
	t.Helper()
	require.NoError(t, set.Walk(c.ctx, nil, func(k K) (bool, error) {
		all = append(all, k)
		return false, nil
	}))
	return all
}

func rolloutOf(g *types.GenesisState, id uint64) *types.Rollout {
	for i := range g.Rollouts {
		if g.Rollouts[i].Id == id {
			return &g.Rollouts[i]
		}
	}
	return nil
}

func zoneRolloutOf(g *types.GenesisState, source string, id uint64) *types.ZoneRollout {
	for i := range g.ZoneRollouts {
		if z := &g.ZoneRollouts[i]; z.Source == source && z.Id == id {
			return z
		}
	}
	return nil
}

func progressOf(g *types.GenesisState, number uint64) types.ZoneProgress {
	for _, p := range g.Progress {
		if p.Number == number {
			return p.Progress
		}
	}
	return types.ZoneProgress{}
}

func fleetsOf(g *types.GenesisState, number uint64) (fleets []types.FleetEvidence) {
	for _, f := range g.ZoneFleets {
		if f.Number == number {
			fleets = append(fleets, f.Evidence)
		}
	}
	return fleets
}

func modelOf(version string) string {
	id, err := types.ParseVersionID(version)
	if err != nil {
		panic(err)
	}
	return types.ModelOf(id)
}

// checkIndexes checks that each queue and index says what the records say.
func checkIndexes(t tb, c *chain, g *types.GenesisState) {
	var due, waiters, live, active, retries, evidence []string
	for _, r := range g.Rollouts {
		if r.Due != 0 {
			due = append(due, fmt.Sprint(r.Due, r.Id))
		}
		if r.WaitsFor != 0 {
			waiters = append(waiters, fmt.Sprint(r.WaitsFor, r.Id))
		}
		if !r.Phase.Ended() {
			live = append(live, fmt.Sprint(r.Version, r.Id))
		}
	}
	for _, z := range g.Zones {
		if !z.Settled {
			active = append(active, fmt.Sprint(z.Zone, modelOf(rolloutOf(g, z.Rollout).Version), z.Rollout))
		}
		if z.NextSend != 0 {
			retries = append(retries, fmt.Sprint(z.NextSend, z.Rollout, z.Zone))
		}
	}
	for _, p := range g.Progress {
		if p.Progress.NextEvidence != 0 {
			evidence = append(evidence, fmt.Sprint(p.Progress.NextEvidence, p.Number))
		}
	}
	requireKeys(t, "due", due, keys(t, c, c.keeper.Due), pairString)
	requireKeys(t, "waiters", waiters, keys(t, c, c.keeper.Waiters), pairString)
	requireKeys(t, "live by version", live, keys(t, c, c.keeper.LiveByVersion), pairString)
	requireKeys(t, "active", active, keys(t, c, c.keeper.Active), tripleString)
	requireKeys(t, "retries", retries, keys(t, c, c.keeper.Retries), tripleString)
	requireKeys(t, "evidence due", evidence, keys(t, c, c.keeper.EvidenceDue), pairString)
	for _, z := range g.ZoneRollouts {
		number, err := c.keeper.Numbers.Get(c.ctx, collections.Join(z.Source, z.Id))
		require.NoError(t, err)
		require.Equal(t, z.Number, number)
	}
}

func pairString[A, B any](p collections.Pair[A, B]) string { return fmt.Sprint(p.K1(), p.K2()) }

func tripleString[A, B, C any](p collections.Triple[A, B, C]) string {
	return fmt.Sprint(p.K1(), p.K2(), p.K3())
}

func requireKeys[K any](t tb, what string, want []string, got []K, as func(K) string) {
	t.Helper()
	var have []string
	for _, k := range got {
		have = append(have, as(k))
	}
	slices.Sort(want)
	slices.Sort(have)
	require.Equal(t, want, have, "index %s", what)
}

// checkMonotone checks what may only grow, and what has ended and may not change at all.
func checkMonotone(t tb, before, now *types.GenesisState) {
	for _, b := range before.Rollouts {
		n := rolloutOf(now, b.Id)
		require.NotNil(t, n)
		require.GreaterOrEqual(t, n.Generation, b.Generation, "generation of rollout %d", b.Id)
		require.GreaterOrEqual(t, n.PhaseHeight, b.PhaseHeight)
		if n.Generation == b.Generation || b.Phase.Ended() {
			require.Equal(t, []any{b.Phase, b.Step, b.Cause, b.Generation}, []any{n.Phase, n.Step, n.Cause, n.Generation}, "rollout %d", b.Id)
		}
		require.GreaterOrEqual(t, n.Step, b.Step, "a step is never taken back")
	}
	for i, b := range before.Zones {
		n := findZone(now, b.Rollout, b.Zone)
		require.GreaterOrEqual(t, n.AckedGeneration, b.AckedGeneration, "zone %d", i)
		require.GreaterOrEqual(t, n.SentGeneration, b.SentGeneration)
		require.GreaterOrEqual(t, n.Revision, b.Revision)
		require.GreaterOrEqual(t, n.Standing, b.Standing, "a standing never goes back")
		if b.Standing.Out() {
			require.Equal(t, b.Standing, n.Standing)
		}
		if b.Settled {
			require.True(t, n.Settled, "settled stays settled")
		}
		if n.Revision == b.Revision {
			require.Equal(t, b.Fleets, n.Fleets, "totals change with the revision only")
		}
	}
	for _, b := range before.ZoneRollouts {
		n := zoneRolloutOf(now, b.Source, b.Id)
		require.NotNil(t, n)
		require.GreaterOrEqual(t, n.Generation, b.Generation, "generation of number %d", b.Number)
		require.GreaterOrEqual(t, n.Standing, b.Standing)
		if b.Phase.Ended() {
			require.Equal(t, []any{b.Phase, b.Step, b.Cause, b.Generation, b.Standing}, []any{n.Phase, n.Step, n.Cause, n.Generation, n.Standing}, "number %d", b.Number)
		}
		if b.Standing.Out() {
			require.Equal(t, b.Standing, n.Standing)
		}
		if n.Generation == b.Generation && n.Standing == b.Standing {
			require.Equal(t, []any{b.Phase, b.Step}, []any{n.Phase, n.Step}, "number %d", b.Number)
		}
		pb, pn := progressOf(before, b.Number), progressOf(now, b.Number)
		require.GreaterOrEqual(t, pn.Revision, pb.Revision)
		require.GreaterOrEqual(t, pn.AckedRevision, pb.AckedRevision)
		if pn.Revision == pb.Revision {
			require.Equal(t, pb.Totals, pn.Totals, "totals change with the revision only")
		}
	}
}

func findZone(g *types.GenesisState, id uint64, zone string) types.ZoneState {
	for _, z := range g.Zones {
		if z.Rollout == id && z.Zone == zone {
			return z
		}
	}
	return types.ZoneState{}
}

// checkTransitions checks that the records of transitions are complete and join up, and that attempts are bounded.
func checkTransitions(t tb, c *chain, g *types.GenesisState) {
	last, count := map[uint64]types.Transition{}, map[uint64]uint64{}
	for _, tr := range g.Transitions {
		count[tr.Rollout]++
		require.Equal(t, count[tr.Rollout], tr.Generation, "one record to a generation")
		if l, ok := last[tr.Rollout]; ok {
			require.Equal(t, []any{l.To, l.Step}, []any{tr.From, tr.FromStep})
			require.False(t, l.To.Ended(), "nothing follows an end")
			require.GreaterOrEqual(t, tr.Height, l.Height)
		}
		require.NotZero(t, tr.Cause)
		last[tr.Rollout] = tr
	}
	for _, r := range g.Rollouts {
		l := last[r.Id]
		require.Equal(t, []any{r.Generation, r.Phase, r.Step, r.Cause, r.PhaseHeight}, []any{l.Generation, l.To, l.Step, l.Cause, l.Height})
	}
	zones := map[uint64]uint32{}
	for _, tr := range g.ZoneTransitions {
		zones[tr.Rollout]++
	}
	for _, z := range g.ZoneRollouts {
		require.Equal(t, z.Transitions, zones[z.Number])
	}
	params, err := c.keeper.Params.Get(c.ctx)
	require.NoError(t, err)
	attempts := map[string]uint32{}
	for _, a := range g.Attempts {
		attempts[fmt.Sprint(a.Rollout, a.Zone)]++
	}
	for zone, n := range attempts {
		require.LessOrEqual(t, n, params.AttemptsKept, "attempts of %s", zone)
	}
}

// checkSchedule checks that nothing that is due is forgotten.
func checkSchedule(t tb, c *chain, g *types.GenesisState) {
	height := c.ctx.BlockHeight()
	for _, r := range g.Rollouts {
		if r.Phase.Ended() {
			require.Zero(t, r.Due, "rollout %d has ended", r.Id)
			continue
		}
		yanked := c.registry.versions[r.Version].Yanked
		if r.Judge(height, yanked, types.VoteWait).IsDue() {
			// One that has just stopped waiting is woken when its zones are served.
			served := slices.ContainsFunc(g.FanOuts, func(f types.FanOut) bool { return f.Rollout == r.Id })
			require.True(t, r.Due != 0 && r.Due <= height || served, "rollout %d is due, and looked at in %d", r.Id, r.Due)
		}
		if r.NeedsVote(height) {
			require.True(t, r.Due != 0 && r.Due <= height+types.VoteInterval, "the decider of rollout %d is to be asked", r.Id)
		}
		if next := r.NextClock(height); next != 0 {
			require.True(t, r.Due != 0 && r.Due <= next, "the clock of rollout %d runs until %d, and it is looked at in %d", r.Id, next, r.Due)
		}
		if r.WaitsFor != 0 && r.Due == 0 {
			first := rolloutOf(g, r.WaitsFor)
			require.Less(t, first.Zones.Settled, first.Zones.Total(), "rollout %d waits for rollout %d, which is out of the way", r.Id, r.WaitsFor)
		}
	}
}

// checkConflicts checks that no two rollouts of a model are under way to the same fleet, on both sides.
func checkConflicts(t tb, g *types.GenesisState) {
	targets := map[string]types.Target{}
	for _, z := range g.Targets {
		targets[fmt.Sprint(z.Rollout, z.Target.Zone)] = z.Target
	}
	away := func(z types.ZoneState, r *types.Rollout) bool { // settled, or never announced
		return z.Settled || r.WaitsFor != 0 || r.Phase.Ended() && z.Attempts == 0
	}
	for i, a := range g.Zones {
		ra := rolloutOf(g, a.Rollout)
		if away(a, ra) {
			continue
		}
		for _, b := range g.Zones[:i] {
			rb := rolloutOf(g, b.Rollout)
			if away(b, rb) || a.Zone != b.Zone || modelOf(ra.Version) != modelOf(rb.Version) {
				continue
			}
			require.False(t, targets[fmt.Sprint(a.Rollout, a.Zone)].Overlaps(targets[fmt.Sprint(b.Rollout, b.Zone)]),
				"rollouts %d and %d are under way to the same fleets of %s", b.Rollout, a.Rollout, a.Zone)
		}
	}
	live := map[fleetModel]uint64{}
	for _, z := range g.ZoneRollouts {
		if !z.Live() {
			continue
		}
		for _, f := range fleetsOf(g, z.Number) {
			key := fleetModel{f.Fleet, modelOf(z.Version)}
			require.Zero(t, live[key], "fleet %d has rollouts %d and %d", f.Fleet, live[key], z.Number)
			live[key] = z.Number
		}
	}
	for _, a := range g.Assignments {
		if number := live[fleetModel{a.Fleet, a.Model}]; number != 0 {
			require.Equal(t, number, a.Number, "the live rollout is the one that binds")
		}
	}
}

// checkSources checks that a rollout on a zone is what its hub's record says, or what a dishonest hub claimed.
func (w *witness) checkSources(t tb, c *chain, g *types.GenesisState, states map[*chain]*types.GenesisState) {
	for _, z := range g.ZoneRollouts {
		id, err := types.ParseVersionID(z.Version)
		require.NoError(t, err)
		at := end{c, z.Source}
		if z.Source != types.LocalZone {
			require.Equal(t, z.Source, id.Source, "versions of others are qualified with the link that they came over")
		}
		if !w.net.honest(at) {
			require.Contains(t, w.claimed[at][z.Id], id.Unqualified().String(), "number %d", z.Number)
			continue
		}
		hub, zone := end{c, types.LocalZone}, types.LocalZone
		if z.Source != types.LocalZone {
			hub = w.net.peers[at]
			zone = hub.link
		}
		r := rolloutOf(states[hub.c], z.Id)
		require.NotNil(t, r, "rollout %d that %s has from %s", z.Id, c.name, hub.c.name)
		require.Equal(t, r.Version, id.Unqualified().String())
		replaces := r.Replaces
		if replaces != "" && z.Source != types.LocalZone {
			replaces = z.Source + ":" + replaces
		}
		require.Equal(t, replaces, z.Replaces)
		require.Equal(t, r.Steps, z.Steps)
		require.LessOrEqual(t, z.Generation, r.Generation, "a zone is never ahead of its hub")
		if z.Generation == r.Generation && z.Standing != types.StandingStopped {
			require.Equal(t, []any{r.Phase, r.Step}, []any{z.Phase, z.Step}, "same generation, same state")
		}
		for _, target := range states[hub.c].Targets {
			if target.Rollout == z.Id && target.Target.Zone == zone {
				require.Equal(t, target.Target.Fleets, z.Target.Fleets)
				require.Equal(t, target.Target.Labels, z.Target.Labels)
			}
		}
	}
}

// checkDirectives checks what devices may run: the version of the latest promotion that was seen, so that a rollback or an
// abort leads to what was on record before; and the candidate of a live rollout that names the fleet.
func (w *witness) checkDirectives(t tb, c *chain, g *types.GenesisState) {
	h := w.seen[c]
	accepted := func(z *types.ZoneRollout) bool { return z != nil && z.Standing == types.StandingAccepted }
	promoted := func(z *types.ZoneRollout) bool { return accepted(z) && z.Phase == types.PhasePromoted }
	for _, z := range g.ZoneRollouts { // by number: within a step, one that comes later is accepted later
		before := zoneRolloutOf(h.state, z.Source, z.Id)
		for _, f := range fleetsOf(g, z.Number) {
			key := fleetModel{f.Fleet, modelOf(z.Version)}
			if accepted(&z) && !accepted(before) {
				require.Contains(t, []string{"", z.Replaces}, h.onRecord[key], "fleet %d runs what rollout %d replaces", f.Fleet, z.Number)
			}
			if promoted(&z) && !promoted(before) {
				h.onRecord[key] = z.Version
			}
		}
	}
	for _, z := range g.ZoneRollouts {
		for _, f := range fleetsOf(g, z.Number) {
			require.True(t, selects(c, z.Target, f.Fleet), "rollout %d took fleet %d, which it does not name", z.Number, f.Fleet)
		}
		require.Len(t, fleetsOf(g, z.Number), int(z.Fleets))
	}
	for _, a := range g.Assignments {
		d, err := c.keeper.Directive(c.ctx, a.Fleet, a.Model)
		require.NoError(t, err)
		require.Equal(t, h.onRecord[fleetModel{a.Fleet, a.Model}], d.Version, "fleet %d on %s, version on record", a.Fleet, c.name)
		if d.Candidate == "" {
			require.Zero(t, d.Weight)
			continue
		}
		require.NotEqual(t, d.Version, d.Candidate)
		z := numbered(g, d.Number)
		require.Equal(t, z.Version, d.Candidate)
		require.Equal(t, modelOf(z.Version), a.Model)
		require.True(t, z.Standing == types.StandingAccepted && !z.Phase.Ended(), "candidates are of live rollouts")
		require.True(t, selects(c, z.Target, a.Fleet))
		if z.Phase == types.PhasePending {
			require.Zero(t, d.Weight)
		} else {
			require.Equal(t, z.Steps[z.Step].Weight, d.Weight)
		}
	}
}

func numbered(g *types.GenesisState, number uint64) types.ZoneRollout {
	for _, z := range g.ZoneRollouts {
		if z.Number == number {
			return z
		}
	}
	return types.ZoneRollout{}
}

func selects(c *chain, t types.Target, fleet uint64) bool {
	if len(t.Fleets) > 0 {
		return slices.Contains(t.Fleets, fleet)
	}
	f := c.fleets.fleets[fleet]
	for _, l := range t.Labels {
		if !slices.Contains(f.Labels, l) {
			return false
		}
	}
	return f.Operator == operator
}

// checkZone checks what a hub knows about a zone against the zone, and that nothing that it lacks is forgotten.
func (w *witness) checkZone(t tb, hub *chain, s types.ZoneState, states map[*chain]*types.GenesisState) {
	r := rolloutOf(states[hub], s.Rollout)
	at := end{hub, s.Zone}
	require.LessOrEqual(t, s.AckedGeneration, r.Generation)
	require.LessOrEqual(t, s.SentGeneration, r.Generation)
	if s.InFlight {
		require.True(t, slices.ContainsFunc(w.net.packets, func(p *packet) bool { return p.from == at && p.sequence == s.SentSequence }),
			"rollout %d, zone %s: packet %d is said to be in flight", s.Rollout, s.Zone, s.SentSequence)
	}
	lacks := !s.Settled && r.WaitsFor == 0 && (s.Standing == types.StandingAnnounced && !r.Phase.Ended() ||
		s.Standing != types.StandingAnnounced && r.Phase != types.PhasePending && s.AckedGeneration < r.Generation)
	if lacks {
		queued := slices.ContainsFunc(states[hub].FanOuts, func(f types.FanOut) bool { return f.Rollout == r.Id })
		require.True(t, queued || s.InFlight || s.NextSend != 0, "rollout %d, zone %s: nothing will tell it of generation %d", r.Id, s.Zone, r.Generation)
	}
	if e := w.net.latest[at][s.Rollout]; e != nil {
		require.Equal(t, e.Revision, s.Revision)
		require.Equal(t, e.Fleets, s.Fleets, "the totals are those of the latest evidence")
	}
	if !w.net.honest(at) {
		return
	}
	zone, source := at, types.LocalZone
	if s.Zone != types.LocalZone {
		zone = w.net.peers[at]
		source = zone.link
	}
	g := states[zone.c]
	z := zoneRolloutOf(g, source, s.Rollout)
	if z == nil {
		require.Zero(t, s.AckedGeneration)
		require.Zero(t, s.Revision)
		require.Contains(t, []types.Standing{types.StandingAnnounced, types.StandingRefused, types.StandingLost}, s.Standing)
		return
	}
	p := progressOf(g, z.Number)
	require.LessOrEqual(t, s.AckedGeneration, z.Generation)
	require.LessOrEqual(t, s.Revision, p.Revision)
	if s.Standing != types.StandingRefused { // a zone that takes no part is thanked for its evidence, which does not count
		require.LessOrEqual(t, p.AckedRevision, s.Revision)
	}
	if s.Standing != types.StandingLost {
		require.LessOrEqual(t, s.Standing, z.Standing, "a hub never thinks that a zone is further than it is")
	}
	if s.Revision == p.Revision {
		require.Equal(t, s.Fleets, fleetsOf(g, z.Number))
		require.Equal(t, s.Totals, p.Totals)
	}
	if s.Settled && s.Standing != types.StandingLost {
		require.False(t, z.Live(), "rollout %d is settled in zone %s, and binds fleets there", s.Rollout, s.Zone)
	}
	w.checkEvidence(t, zone, *z, p)
}

// checkEvidence checks that evidence that the hub does not have is on its way, or will be.
func (w *witness) checkEvidence(t tb, zone end, z types.ZoneRollout, p types.ZoneProgress) {
	if p.AckedRevision == p.Revision || p.NextEvidence != 0 {
		return
	}
	if z.Source != types.LocalZone && zone.c.ibc.links[z.Source].closed {
		return
	}
	for _, packet := range w.net.packets {
		if packet.from != zone {
			continue
		}
		d, err := types.DecodePacket(packet.data)
		require.NoError(t, err, "this module sends nothing that it would not take")
		if e := d.GetEvidence(); e != nil && e.Rollout == z.Id && e.Revision == p.Revision {
			return
		}
	}
	require.Fail(t, "evidence is lost", "number %d: revision %d, hub has %d", z.Number, p.Revision, p.AckedRevision)
}
