package keeper_test

import (
	"fmt"
	"runtime"
	"slices"
	"testing"
	"time"

	dbm "github.com/cosmos/cosmos-db"
	"github.com/stretchr/testify/require"

	"cosmossdk.io/log/v2"

	"github.com/cosmos/cosmos-sdk/store/v2"
	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/x/rollout/types"
)

// scale is a size of a chain that is a hub of many zones, and a zone with many devices.
type scale struct {
	zones, rollouts, devices int
	// targets is how many zones a rollout has.
	targets int
}

func (s scale) String() string {
	return fmt.Sprintf("zones=%d/rollouts=%d/devices=%d", s.zones, s.rollouts, s.devices)
}

const (
	fleetsPerRollout  = 10
	devicesPerFleet   = 100
	devicesPerRollout = fleetsPerRollout * devicesPerFleet
	// idleUntil is the block until which nothing is due.
	idleUntil = 1_000_000
)

func scaleVersion(i int) string { return fmt.Sprintf("acme/model-%06d@1.0.0", i) }

// genesis is a state of the size in which nothing moves: every second rollout bakes for long, the others were promoted.
func (s scale) genesis() *types.GenesisState {
	g := types.DefaultGenesis()
	g.Params.ZoneOperator = operator
	for i := range s.zones {
		g.Links = append(g.Links, types.Link{Source: fmt.Sprintf("channel-%d", i), Status: types.LinkOpen, Height: 1})
	}
	slices.SortFunc(g.Links, func(a, b types.Link) int { return compareStrings(a.Source, b.Source) })
	for i := range s.rollouts {
		s.addRollout(g, i+1)
	}
	for i := range (s.devices + devicesPerRollout - 1) / devicesPerRollout {
		s.addZoneRollout(g, i+1)
	}
	g.NextRolloutId, g.NextNumber = uint64(len(g.Rollouts))+1, uint64(len(g.ZoneRollouts))+1
	return g
}

func compareStrings(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func scaleSteps() []types.Step {
	base := types.Step{MinReady: 1, MaxFailures: 1000, MaxFailureShare: types.FullShare, BakeBlocks: idleUntil}
	return types.Weights([]uint32{10, 100}, base)
}

func (s scale) addRollout(g *types.GenesisState, id int) {
	r := types.Rollout{
		Id: uint64(id), Owner: owner, Version: scaleVersion(id), Steps: scaleSteps(), Phase: types.PhaseCanary, Generation: 2,
		Cause: types.CauseZoneAccepted, Due: idleUntil, StartedHeight: 1, StepHeight: 2, PhaseHeight: 2,
	}
	done := id%2 == 1
	if done {
		r.Phase, r.Step, r.Generation, r.Cause, r.Due = types.PhasePromoted, 2, 3, types.CauseEvidence, 0
	}
	totals := types.Totals{Ready: 40, Serving: 60, Attestations: 12}
	var zones []string
	for i := range s.targets {
		zones = append(zones, fmt.Sprintf("channel-%d", (id+i)%s.zones))
	}
	slices.Sort(zones)
	for _, zone := range zones {
		z := types.ZoneState{
			Rollout: r.Id, Zone: zone, Standing: types.StandingAccepted, AckedGeneration: r.Generation, SentGeneration: r.Generation,
			SentSequence: 1, Attempts: 2, Revision: 5, Phase: r.Phase, Step: r.Step, Generation: r.Generation, Code: uint32(types.AckApplied),
			Fleets: []types.FleetEvidence{{Fleet: 1, Totals: totals}}, Totals: totals, UpdatedHeight: 3, Settled: done,
		}
		g.Zones = append(g.Zones, z)
		g.Targets = append(g.Targets, types.ZoneTarget{Rollout: r.Id, Target: types.Target{Zone: zone, Fleets: []uint64{1}}})
		for n := range uint32(2) {
			g.Attempts = append(g.Attempts, types.Attempt{
				Rollout: r.Id, Zone: zone, Number: n + 1, Generation: uint64(n) + 1, Sequence: 1, Height: 2, Outcome: types.OutcomeAcknowledged, Code: 3, OutcomeHeight: 3,
			})
		}
		r.Totals = r.Totals.Add(totals)
		r.Zones.Accepted++
		if done {
			r.Zones.Settled++
		}
	}
	g.Rollouts = append(g.Rollouts, r)
	for n := range r.Generation {
		g.Transitions = append(g.Transitions, types.Transition{Rollout: r.Id, Generation: n + 1, To: types.PhaseCanary, Cause: types.CauseEvidence, Height: 2})
	}
}

func (s scale) addZoneRollout(g *types.GenesisState, number int) {
	z := types.ZoneRollout{
		Number: uint64(number), Source: "channel-0", Id: uint64(number), Version: "channel-0:" + scaleVersion(number), Steps: scaleSteps(),
		Phase: types.PhaseCanary, Generation: 2, Standing: types.StandingAccepted, Transitions: 2, Cause: types.CauseCommand,
	}
	var totals types.Totals
	left := min(devicesPerRollout, s.devices-(number-1)*devicesPerRollout)
	for f := 0; left > 0; f++ {
		fleet := uint64((number-1)*fleetsPerRollout + f + 1)
		n := min(left, devicesPerFleet)
		left -= n
		z.Fleets++
		e := types.FleetEvidence{Fleet: fleet, Totals: types.Totals{Seen: uint64(n)}}
		totals = totals.Add(e.Totals)
		g.ZoneFleets = append(g.ZoneFleets, types.ZoneFleet{Number: z.Number, Evidence: e})
		g.Assignments = append(g.Assignments, types.Assignment{Fleet: fleet, Model: modelOf(z.Version), Number: z.Number})
		for d := range n {
			g.Devices = append(g.Devices, types.ZoneDevice{
				Number: z.Number, Device: fleet*devicesPerFleet + uint64(d),
				State: types.DeviceState{Fleet: fleet, Phase: types.DevicePhaseSeen, Height: 9, Window: 9, Reports: 1},
			})
		}
	}
	g.ZoneRollouts = append(g.ZoneRollouts, z)
	g.Progress = append(g.Progress, types.NumberedProgress{Number: z.Number, Progress: types.ZoneProgress{Totals: totals, Revision: 5, SentRevision: 5, AckedRevision: 5, SentHeight: 1}})
	for range z.Transitions {
		g.ZoneTransitions = append(g.ZoneTransitions, types.Transition{Rollout: z.Number, To: types.PhaseCanary, Generation: 2, Height: 2})
	}
}

// scaled is a chain of a size, over a store like the application's: IAVL in a commit multistore, over a database in memory.
type scaled struct {
	*chain
	size scale
	db   *dbm.MemDB
	cms  store.CommitMultiStore
}

func newScaled(tb testing.TB, s scale) *scaled {
	tb.Helper()
	c := &scaled{size: s, chain: &chain{
		name: "scaled", registry: newFakeRegistry(), fleets: newFakeFleets(), ibc: newFakeIBC(), decider: &fakeDecider{}, ops: &operations{},
	}}
	for i := range s.rollouts {
		c.registry.publish(scaleVersion(i+1), owner, spec(scaleVersion(i+1)))
	}
	for i := range s.zones {
		c.ibc.add(fmt.Sprintf("channel-%d", i))
	}
	for i := range s.devices {
		fleet := uint64(i/devicesPerFleet + 1)
		c.setDevice(types.Device{Id: fleet*devicesPerFleet + uint64(i%devicesPerFleet), FleetId: fleet, Standing: types.DeviceActive, Confirmed: true})
	}
	c.reopen()
	return c
}

// reopen gives the chain an empty store.
func (c *scaled) reopen() {
	c.open(func(key, _ storetypes.StoreKey) sdk.Context {
		c.db = dbm.NewMemDB()
		c.cms = store.NewCommitMultiStore(c.db, log.NewNopLogger())
		c.cms.MountStoreWithDB(key, storetypes.StoreTypeIAVL, c.db)
		if err := c.cms.LoadLatestVersion(); err != nil {
			panic(err)
		}
		return sdk.NewContext(c.cms, c.ctx.BlockHeader(), false, log.NewNopLogger())
	})
}

// block does a block as the application does: in a branch of the store, which is then written and committed. It returns
// how long the end of the block took, and the commit.
func (c *scaled) block(tb testing.TB, messages func(ctx sdk.Context)) (endBlock, commit time.Duration) {
	branch := c.cms.CacheMultiStore()
	ctx := c.ctx.WithMultiStore(branch).WithEventManager(sdk.NewEventManager())
	messages(ctx)
	start := time.Now()
	require.NoError(tb, c.keeper.EndBlock(ctx))
	endBlock = time.Since(start)
	start = time.Now()
	branch.Write()
	c.cms.Commit()
	commit = time.Since(start)
	c.ctx = c.ctx.WithBlockHeight(c.ctx.BlockHeight() + 1).WithBlockTime(c.ctx.BlockTime().Add(time.Second))
	return endBlock, commit
}

func idle(sdk.Context) {}

// bytesOf sums keys and values of the store under a prefix; all of it for none.
func (c *scaled) bytesOf(prefix ...byte) (sum int) {
	it := storetypes.KVStorePrefixIterator(c.ctx.KVStore(c.key), prefix)
	defer it.Close()
	for ; it.Valid(); it.Next() {
		sum += len(it.Key()) + len(it.Value())
	}
	return sum
}

// bytesOfDB sums keys and values of the database: the state, its tree, and the versions that were committed.
func (c *scaled) bytesOfDB(tb testing.TB) (sum int) {
	it, err := c.db.Iterator(nil, nil)
	require.NoError(tb, err)
	defer it.Close()
	for ; it.Valid(); it.Next() {
		sum += len(it.Key()) + len(it.Value())
	}
	return sum
}

// TestIdleWork counts what is done to the store at the end of blocks in which nothing moves. It has to be the same for few
// and many rollouts, zones' states and devices, to the operation and the byte: speed is not measured here.
func TestIdleWork(t *testing.T) {
	work := func(s scale) operations {
		c := newScaled(t, s)
		require.NoError(t, c.keeper.InitGenesis(c.ctx, s.genesis()))
		*c.ops = operations{}
		for range 50 {
			c.block(t, idle)
		}
		return *c.ops
	}
	few := work(scale{zones: 20, rollouts: 10, devices: 10, targets: 1})
	many := work(scale{zones: 20, rollouts: 10_000, devices: 10_000, targets: 1})
	require.Equal(t, few, many)
	t.Logf("50 idle blocks: %+v", many)
	moved := work(scale{zones: 21, rollouts: 10, devices: 10, targets: 1})
	require.NotEqual(t, few, moved, "the count sees what is done: links are looked at in turn")
}

func TestScaleGenesis(t *testing.T) {
	c := newScaled(t, scale{zones: 20, rollouts: 100, devices: 2500, targets: 10})
	g := c.size.genesis()
	require.NoError(t, c.keeper.InitGenesis(c.ctx, g))
	exportAgain(t, c, g)
}

// exportAgain checks that the state is g, that it can be imported, and is the same then. It returns the times of both.
func exportAgain(tb testing.TB, c *scaled, g *types.GenesisState) (exported, imported time.Duration) {
	tb.Helper()
	start := time.Now()
	first, err := c.keeper.ExportGenesis(c.ctx)
	require.NoError(tb, err)
	exported = time.Since(start)
	require.True(tb, g == nil || equalStates(g, first), "import, export")
	height, now := c.ctx.BlockHeight(), c.ctx.BlockTime()
	c.reopen()
	c.ctx = c.ctx.WithBlockHeight(height).WithBlockTime(now)
	start = time.Now()
	require.NoError(tb, c.keeper.InitGenesis(c.ctx, first))
	imported = time.Since(start)
	second, err := c.keeper.ExportGenesis(c.ctx)
	require.NoError(tb, err)
	require.True(tb, equalStates(first, second), "export, import, export")
	return exported, imported
}

// BenchmarkScale measures a chain of three sizes: the end of a block and its commit with nothing to do (which is an op), with
// 100 rollouts that got evidence, with 100 that move and 64 packets to send, and with 100 devices that report; what a
// device costs in the store; the heap; and an export and import of everything.
func BenchmarkScale(b *testing.B) {
	for _, s := range []scale{{10, 100, 1000, 10}, {100, 1000, 10_000, 10}, {1000, 10_000, 100_000, 10}} {
		b.Run(s.String(), func(b *testing.B) { benchmarkScale(b, s) })
	}
}

func benchmarkScale(b *testing.B, s scale) {
	var before, after runtime.MemStats
	c := newScaled(b, s)
	runtime.GC()
	runtime.ReadMemStats(&before)
	require.NoError(b, c.keeper.InitGenesis(c.ctx, s.genesis()))
	c.cms.Commit()
	runtime.GC()
	runtime.ReadMemStats(&after)
	state, perDevice := c.bytesOf(), float64(c.bytesOf(types.DevicesPrefix.Bytes()...))/float64(s.devices)
	c.block(b, idle)
	db := c.bytesOfDB(b)

	const k = 100
	evidence := c.measure(b, 5, func(ctx sdk.Context, round int) { c.takeEvidence(b, ctx, round, k) })
	reports := c.measure(b, 5, func(ctx sdk.Context, round int) { c.takeReports(b, ctx, round, k) })
	moves := c.measure(b, 1, func(ctx sdk.Context, _ int) { c.pause(b, ctx, k) })
	for range 30 { // until the moves are out
		c.block(b, idle)
	}
	b.ResetTimer()
	var end, commit time.Duration
	for range b.N {
		e, m := c.block(b, idle)
		end, commit = end+e, commit+m
	}
	b.StopTimer()
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/(1<<20), "heap-MB")
	b.ReportMetric(float64(state)/(1<<20), "state-MB")
	b.ReportMetric(float64(db)/(1<<20), "db-MB")
	b.ReportMetric(perDevice, "bytes/device")
	b.ReportMetric(evidence.endBlock, "evidence-µs/block")
	b.ReportMetric(reports.endBlock, "reports-µs/block")
	b.ReportMetric(reports.messages/k, "µs/report")
	b.ReportMetric(moves.endBlock, "moves-µs/block")
	b.ReportMetric(moves.commit, "moves-commit-µs")
	b.ReportMetric(micros(end)/float64(b.N), "idle-µs/block")
	b.ReportMetric(micros(commit)/float64(b.N), "idle-commit-µs")
	exported, imported := exportAgain(b, c, nil)
	b.ReportMetric(exported.Seconds(), "export-s")
	b.ReportMetric(imported.Seconds(), "import-s")
}

func micros(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1000 }

// times are microseconds of a block.
type times struct{ messages, endBlock, commit float64 }

// measure is the mean over rounds.
func (c *scaled) measure(tb testing.TB, rounds int, messages func(ctx sdk.Context, round int)) (t times) {
	for round := range rounds {
		end, commit := c.block(tb, func(ctx sdk.Context) {
			start := time.Now()
			messages(ctx, round)
			t.messages += micros(time.Since(start)) / float64(rounds)
		})
		t.endBlock += micros(end) / float64(rounds)
		t.commit += micros(commit) / float64(rounds)
	}
	return t
}

// takeEvidence takes new evidence of k rollouts that are under way, or of all there are.
func (c *scaled) takeEvidence(tb testing.TB, ctx sdk.Context, round, k int) {
	for i := range min(k, c.size.rollouts/2) {
		id := 2 * (i + 1)
		e := types.NewEvidence(&types.Evidence{
			Rollout: uint64(id), Revision: uint64(10 + round), Standing: types.StandingAccepted, Phase: types.PhaseCanary, Generation: 2,
			Fleets: []types.FleetEvidence{{Fleet: 1, Totals: types.Totals{Ready: uint64(50 + round)}}},
		})
		data, err := e.Encode()
		require.NoError(tb, err)
		ack := c.keeper.Receive(ctx, fmt.Sprintf("channel-%d", id%c.size.zones), 1, data)
		require.Equal(tb, types.AckApplied, ack.Code)
	}
}

// takeReports takes a report each of k devices, of as many rollouts as there are.
func (c *scaled) takeReports(tb testing.TB, ctx sdk.Context, round, k int) {
	rollouts := c.size.devices / devicesPerRollout
	for i := range k {
		number := i%rollouts + 1
		device := uint64((number-1)*fleetsPerRollout+1)*devicesPerFleet + uint64(i/rollouts)
		_, err := c.msgs.ReportPhase(ctx, &types.MsgReportPhase{Device: deviceAccount(device), Number: uint64(number), Phase: types.DevicePhaseSeen + 1 + types.DevicePhase(round%4)})
		if err != nil && round < 4 {
			require.NoError(tb, err)
		}
	}
}

// pause moves k rollouts, or all that are under way.
func (c *scaled) pause(tb testing.TB, ctx sdk.Context, k int) {
	for i := range min(k, c.size.rollouts/2) {
		_, err := c.msgs.ControlRollout(ctx, &types.MsgControlRollout{Signer: owner, Id: uint64(2 * (i + 1)), Action: types.ActionPause})
		require.NoError(tb, err)
	}
}

// BenchmarkEndBlockIdle is the end of a block with few and with many rollouts that rest; TestIdleWork counts the same.
func BenchmarkEndBlockIdle(b *testing.B) {
	for _, n := range []int{10, 10_000} {
		b.Run(fmt.Sprintf("idle=%d", n), func(b *testing.B) {
			c := newScaled(b, scale{zones: 20, rollouts: n, devices: n, targets: 1})
			require.NoError(b, c.keeper.InitGenesis(c.ctx, c.size.genesis()))
			c.block(b, idle)
			*c.ops = operations{}
			ctx := c.ctx.WithMultiStore(c.cms.CacheMultiStore())
			b.ResetTimer()
			for range b.N {
				require.NoError(b, c.keeper.EndBlock(ctx))
			}
			b.StopTimer()
			b.ReportMetric(float64(c.ops.reads+c.ops.steps)/float64(b.N), "reads/op")
			b.ReportMetric(float64(c.ops.writes)/float64(b.N), "writes/op")
		})
	}
}
