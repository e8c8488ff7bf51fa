package keeper_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	fleettypes "github.com/assay-chain/assay/x/fleet/types"
	registrytypes "github.com/assay-chain/assay/x/registry/types"
	"github.com/assay-chain/assay/x/rollout/keeper"
	"github.com/assay-chain/assay/x/rollout/types"
)

const (
	alpha1 = "acme/alpha@1.0.0"
	alpha2 = "acme/alpha@2.0.0"
	beta1  = "acme/beta@1.0.0"
)

// newHub is a chain with versions, a channel, and fleets of its own.
func newHub(t tb) *chain {
	c := newChain(t, "hub")
	for _, v := range []string{alpha1, alpha2, beta1} {
		c.registry.publish(v, owner, spec(v))
	}
	c.ibc.add("channel-0")
	c.addFleet(1, 3, "site=a")
	c.addFleet(2, 1, "site=b")
	return c
}

// unchanged runs a failing call, checks its sentinel, and that it left nothing behind.
func unchanged(t *testing.T, c *chain, want error, call func() error) {
	t.Helper()
	before := c.state(t)
	require.ErrorIs(t, call(), want)
	require.Equal(t, before, c.state(t))
}

func TestStartRollout(t *testing.T) {
	for _, tc := range []struct {
		name   string
		change func(*chain, *types.MsgStartRollout)
		err    error
	}{
		{"success", func(*chain, *types.MsgStartRollout) {}, nil},
		{"success: over a channel", func(_ *chain, m *types.MsgStartRollout) { m.Plan.Targets[0].Zone = "channel-0" }, nil},
		{"success: replaces", func(_ *chain, m *types.MsgStartRollout) { m.Plan.Replaces = alpha2 }, nil},
		{"success: decider", func(_ *chain, m *types.MsgStartRollout) { m.Plan.Steps[0].Decider = "yes" }, nil},
		{"failure: stranger", func(_ *chain, m *types.MsgStartRollout) { m.Owner = stranger }, types.ErrUnauthorized},
		{"failure: governance owns no publisher", func(_ *chain, m *types.MsgStartRollout) { m.Owner = authority }, types.ErrUnauthorized},
		{"failure: invalid plan", func(_ *chain, m *types.MsgStartRollout) { m.Plan.Steps = nil }, types.ErrInvalidPlan},
		{"failure: version that nobody published", func(_ *chain, m *types.MsgStartRollout) { m.Plan.Version = "acme/alpha@9.0.0" }, types.ErrVersion},
		{"failure: yanked", func(c *chain, _ *types.MsgStartRollout) { c.yank(t, alpha1) }, types.ErrVersion},
		{"failure: replaces what nobody published", func(_ *chain, m *types.MsgStartRollout) { m.Plan.Replaces = "acme/alpha@9.0.0" }, types.ErrVersion},
		{"failure: too few contributors", func(_ *chain, m *types.MsgStartRollout) { m.Plan.Steps[0].MinContributors = 1 }, types.ErrContributors},
		{"failure: no such decider", func(_ *chain, m *types.MsgStartRollout) { m.Plan.Steps[0].Decider = "nobody" }, types.ErrNoDecider},
		{"failure: no such channel", func(_ *chain, m *types.MsgStartRollout) { m.Plan.Targets[0].Zone = "channel-9" }, types.ErrLink},
		{"failure: no such client", func(_ *chain, m *types.MsgStartRollout) { m.Plan.Targets[0].Zone = "07-tendermint-9" }, types.ErrLink},
		{"failure: closed channel", func(c *chain, m *types.MsgStartRollout) {
			m.Plan.Targets[0].Zone = "channel-0"
			c.ibc.links["channel-0"].closed = true
		}, types.ErrLink},
		{"failure: manifest that fits into no packet", func(c *chain, _ *types.MsgStartRollout) {
			s := spec(alpha1)
			s.Description = strings.Repeat("x", types.MaxManifestBytes)
			c.registry.publish(alpha1, owner, s)
		}, types.ErrLimit},
		{"failure: key that fits into no packet", func(c *chain, _ *types.MsgStartRollout) {
			c.registry.keys[string(spec(alpha1).VerifyingKeyDigest)] = make([]byte, types.MaxPacketBytes)
		}, types.ErrLimit},
		{"failure: another is active", func(c *chain, _ *types.MsgStartRollout) {
			_, err := c.start(onLocal(alpha2, 1, 2))
			require.NoError(t, err)
		}, types.ErrActiveRollout},
		{"success: another is active in another zone", func(c *chain, _ *types.MsgStartRollout) {
			p := onLocal(alpha2, 1)
			p.Targets[0].Zone = "channel-0"
			_, err := c.start(p)
			require.NoError(t, err)
		}, nil},
		{"success: another model is active", func(c *chain, _ *types.MsgStartRollout) {
			_, err := c.start(onLocal(beta1, 1))
			require.NoError(t, err)
		}, nil},
		{"success: others' fleets are", func(c *chain, _ *types.MsgStartRollout) {
			_, err := c.start(onLocal(alpha2, 2))
			require.NoError(t, err)
		}, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := newHub(t)
			m := &types.MsgStartRollout{Owner: owner, Plan: onLocal(alpha1, 1)}
			tc.change(c, m)
			start := func() error {
				_, err := tx(c, func(s keeper.MsgServer, ctx sdk.Context, m *types.MsgStartRollout) (*types.MsgStartRolloutResponse, error) {
					return s.StartRollout(ctx, m)
				}, m)
				return err
			}
			if tc.err != nil {
				unchanged(t, c, tc.err, start)
				return
			}
			require.NoError(t, start())
			c.endBlocks(t, 4)
		})
	}
}

func TestStartGasIsCharged(t *testing.T) {
	c := newHub(t)
	c.ctx = c.ctx.WithGasMeter(sdk.NewContext(nil, c.ctx.BlockHeader(), false, nil).GasMeter())
	before := c.ctx.GasMeter().GasConsumed()
	_, err := c.start(onLocal(alpha1, 1))
	require.NoError(t, err)
	p := types.DefaultParams()
	require.Greater(t, c.ctx.GasMeter().GasConsumed()-before, p.GasPerZone+p.GasPerStep)
}

func TestWaiting(t *testing.T) {
	c := newHub(t)
	c.params(t, func(p *types.Params) { p.MaxWaiting = 1 })
	first, err := c.start(onLocal(alpha1, 1))
	require.NoError(t, err)
	c.endBlocks(t, 3)
	wait := onLocal(alpha2, 1)
	wait.Replaces, wait.Wait = alpha1, true
	second, err := c.start(wait)
	require.NoError(t, err)
	unchanged(t, c, types.ErrLimit, func() error { _, err := c.start(wait); return err })
	c.endBlocks(t, 3)
	r := rolloutOf(c.state(t), second)
	require.Equal(t, []any{types.PhasePending, first}, []any{r.Phase, r.WaitsFor})
	unchanged(t, c, types.ErrWrongPhase, func() error { return c.control(owner, second, types.ActionPause) })

	require.NoError(t, c.report(100, 1, types.DevicePhaseReady))
	c.endBlocks(t, 4)
	require.Equal(t, types.PhasePromoted, rolloutOf(c.state(t), first).Phase)
	r = rolloutOf(c.state(t), second)
	require.Equal(t, []any{types.PhaseCanary, uint64(0)}, []any{r.Phase, r.WaitsFor})
	d, err := c.keeper.Directive(c.ctx, 1, "acme/alpha")
	require.NoError(t, err)
	require.Equal(t, []string{alpha1, alpha2}, []string{d.Version, d.Candidate})
}

func TestControlRollout(t *testing.T) {
	for _, tc := range []struct {
		name string
		msg  types.MsgControlRollout
		err  error
	}{
		{"success: pause", types.MsgControlRollout{Signer: owner, Id: 1, Action: types.ActionPause}, nil},
		{"success: governance aborts", types.MsgControlRollout{Signer: authority, Id: 1, Action: types.ActionAbort}, nil},
		{"failure: stranger", types.MsgControlRollout{Signer: stranger, Id: 1, Action: types.ActionPause}, types.ErrUnauthorized},
		{"failure: the zone's operator", types.MsgControlRollout{Signer: operator, Id: 1, Action: types.ActionPause}, types.ErrUnauthorized},
		{"failure: no such rollout", types.MsgControlRollout{Signer: owner, Id: 2, Action: types.ActionPause}, types.ErrRolloutNotFound},
		{"failure: advance", types.MsgControlRollout{Signer: owner, Id: 1, Action: types.ActionAdvance}, types.ErrInvalidAction},
		{"failure: no action", types.MsgControlRollout{Signer: owner, Id: 1}, types.ErrInvalidAction},
		{"failure: unknown action", types.MsgControlRollout{Signer: owner, Id: 1, Action: 9}, types.ErrInvalidAction},
		{"failure: resume what is under way", types.MsgControlRollout{Signer: owner, Id: 1, Action: types.ActionResume}, types.ErrWrongPhase},
		{"failure: reason too long", types.MsgControlRollout{Signer: owner, Id: 1, Action: types.ActionPause, Reason: strings.Repeat("x", 257)}, types.ErrInvalidText},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := newHub(t)
			_, err := c.start(onLocal(alpha1, 1))
			require.NoError(t, err)
			c.endBlocks(t, 3)
			control := func() error {
				_, err := tx(c, func(s keeper.MsgServer, ctx sdk.Context, m *types.MsgControlRollout) (*types.MsgControlRolloutResponse, error) {
					return s.ControlRollout(ctx, m)
				}, &tc.msg)
				return err
			}
			if tc.err != nil {
				unchanged(t, c, tc.err, control)
				return
			}
			require.NoError(t, control())
			r := rolloutOf(c.state(t), 1)
			require.Equal(t, uint64(3), r.Generation)
			c.endBlocks(t, 3)
			require.Equal(t, uint64(3), zoneRolloutOf(c.state(t), types.LocalZone, 1).Generation)
			if r.Phase.Ended() {
				for a := types.ActionPause; a <= types.ActionAbort; a++ {
					unchanged(t, c, types.ErrEnded, func() error { return c.control(owner, 1, a) })
				}
			}
		})
	}
}

// pair is a hub and a zone that are joined.
func pair(t tb, hold bool) (*network, *chain, *chain) {
	net := newNetwork()
	hub, zone := net.add(newHub(t)), net.add(newChain(t, "zone"))
	zone.addFleet(1, 2, "site=a")
	net.join(end{hub, "channel-0"}, end{zone, "channel-7"})
	zone.setPolicy(t, types.ZonePolicy{Rules: []types.HubRule{{Source: "channel-7", Hold: hold}}})
	return net, hub, zone
}

func toZone(version string) types.Plan {
	p := onLocal(version, 1)
	p.Targets[0].Zone = "channel-0"
	return p
}

func TestDecideRollout(t *testing.T) {
	net, hub, zone := pair(t, true)
	_, err := hub.start(toZone(alpha1))
	require.NoError(t, err)
	net.settle(t, 4)
	require.Equal(t, types.StandingHeld, zoneRolloutOf(zone.state(t), "channel-7", 1).Standing)
	_, err = zone.keeper.Directive(zone.ctx, 1, "channel-7:acme/alpha")
	require.ErrorIs(t, err, types.ErrAssignmentNotFound)
	unchanged(t, zone, types.ErrUnauthorized, func() error { return zone.decide(stranger, 1, true) })
	unchanged(t, zone, types.ErrUnauthorized, func() error { return zone.decide(owner, 1, true) })
	unchanged(t, zone, types.ErrRolloutNotFound, func() error { return zone.decide(operator, 2, true) })
	unchanged(t, zone, types.ErrWrongPhase, func() error { return zone.report(100, 1, types.DevicePhaseSeen) })
	require.NoError(t, zone.decide(operator, 1, true))
	unchanged(t, zone, types.ErrNotHeld, func() error { return zone.decide(operator, 1, false) })
	net.settle(t, 8)
	d, err := zone.keeper.Directive(zone.ctx, 1, "channel-7:acme/alpha")
	require.NoError(t, err)
	require.Equal(t, []any{"", "channel-7:" + alpha1, uint32(100)}, []any{d.Version, d.Candidate, d.Weight})

	_, err = hub.start(toZone(beta1))
	require.NoError(t, err)
	net.settle(t, 4)
	require.NoError(t, zone.decide(authority, 2, false))
	unchanged(t, zone, types.ErrNotHeld, func() error { return zone.decide(operator, 2, true) })
	net.settle(t, 8)
	require.Equal(t, []any{types.PhaseAborted, types.CauseNoZone}, []any{rolloutOf(hub.state(t), 2).Phase, rolloutOf(hub.state(t), 2).Cause})

	zone.fleets.fleets = map[uint64]types.Fleet{}
	_, err = hub.start(toZone(beta1))
	require.NoError(t, err)
	net.settle(t, 4)
	unchanged(t, zone, types.ErrNoFleet, func() error { return zone.decide(operator, 3, true) })
	require.NoError(t, hub.control(owner, 3, types.ActionAbort))
	net.settle(t, 4)
	unchanged(t, zone, types.ErrEnded, func() error { return zone.decide(operator, 3, false) })
}

func TestStopRollout(t *testing.T) {
	net, hub, zone := pair(t, false)
	_, err := hub.start(toZone(alpha1))
	require.NoError(t, err)
	net.settle(t, 6)
	unchanged(t, zone, types.ErrUnauthorized, func() error { return zone.stop(stranger, 1) })
	unchanged(t, zone, types.ErrUnauthorized, func() error { return zone.stop(owner, 1) })
	unchanged(t, zone, types.ErrRolloutNotFound, func() error { return zone.stop(operator, 2) })
	require.NoError(t, zone.stop(operator, 1))
	unchanged(t, zone, types.ErrEnded, func() error { return zone.stop(operator, 1) })
	unchanged(t, zone, types.ErrEnded, func() error { return zone.report(100, 1, types.DevicePhaseSeen) })
	net.settle(t, 6)
	require.Equal(t, types.StandingStopped, findZone(hub.state(t), 1, "channel-0").Standing)
	require.Equal(t, types.CauseNoZone, rolloutOf(hub.state(t), 1).Cause)
}

func TestPolicyAndParams(t *testing.T) {
	c := newHub(t)
	set := func(signer string, p types.ZonePolicy) func() error {
		return func() error {
			_, err := tx(c, func(s keeper.MsgServer, ctx sdk.Context, m *types.MsgSetZonePolicy) (*types.MsgSetZonePolicyResponse, error) {
				return s.SetZonePolicy(ctx, m)
			}, &types.MsgSetZonePolicy{Operator: signer, Policy: p})
			return err
		}
	}
	update := func(signer string, p types.Params) func() error {
		return func() error {
			_, err := tx(c, func(s keeper.MsgServer, ctx sdk.Context, m *types.MsgUpdateParams) (*types.MsgUpdateParamsResponse, error) {
				return s.UpdateParams(ctx, m)
			}, &types.MsgUpdateParams{Authority: signer, Params: p})
			return err
		}
	}
	policy := types.ZonePolicy{Rules: []types.HubRule{{Source: "channel-0"}}}
	unchanged(t, c, types.ErrUnauthorized, set(stranger, policy))
	unchanged(t, c, types.ErrUnauthorized, set(owner, policy))
	unchanged(t, c, types.ErrInvalidPolicy, set(operator, types.ZonePolicy{FleetOperators: []string{"x"}}))
	require.NoError(t, set(operator, policy)())
	require.Equal(t, policy, c.state(t).Policy)
	require.NoError(t, set(authority, types.ZonePolicy{})())

	params := types.DefaultParams()
	unchanged(t, c, types.ErrUnauthorized, update(operator, params))
	unchanged(t, c, types.ErrInvalidParams, update(authority, types.Params{}))
	require.NoError(t, update(authority, params)())
	require.Equal(t, params, c.state(t).Params)
	unchanged(t, c, types.ErrUnauthorized, set(operator, policy))
	unchanged(t, c, types.ErrUnauthorized, set("", policy))
}

func TestReportRules(t *testing.T) {
	c := newHub(t)
	c.params(t, func(p *types.Params) { p.ReportWindow, p.ReportsPerWindow = 10, 4 })
	p := onLocal(alpha1, 1)
	p.Steps[0].MinReady = 99
	_, err := c.start(p)
	require.NoError(t, err)
	c.endBlock(t)
	report := func(device uint64, phase types.DevicePhase) func() error {
		return func() error { return c.report(device, 1, phase) }
	}
	// The rollout is accepted, and not under way yet: devices may prepare, not serve.
	unchanged(t, c, types.ErrWrongPhase, report(100, types.DevicePhaseServing))
	require.NoError(t, report(100, types.DevicePhaseFetched)())
	c.endBlocks(t, 2)
	require.NoError(t, report(100, types.DevicePhaseServing)())
	unchanged(t, c, types.ErrPhaseOrder, report(100, types.DevicePhaseServing))
	unchanged(t, c, types.ErrPhaseOrder, report(100, types.DevicePhaseSeen))
	unchanged(t, c, types.ErrInvalidReport, report(100, types.DevicePhaseUnspecified))
	unchanged(t, c, types.ErrInvalidReport, report(100, 7))
	unchanged(t, c, types.ErrRolloutNotFound, func() error { return c.report(100, 2, types.DevicePhaseSeen) })
	unchanged(t, c, types.ErrDevice, report(200, types.DevicePhaseSeen)) // of a fleet that does not take part
	unchanged(t, c, types.ErrDevice, report(999, types.DevicePhaseSeen)) // of nobody
	unchanged(t, c, types.ErrDevice, func() error {
		_, err := c.msgs.ReportPhase(c.ctx, &types.MsgReportPhase{Device: "x", Number: 1, Phase: types.DevicePhaseSeen})
		return err
	})
	for _, d := range []types.Device{
		{Id: 101, FleetId: 1, Standing: types.DeviceActive},
		{Id: 101, FleetId: 1, Standing: fleettypes.StandingSuspect, Confirmed: true},
		{Id: 101, FleetId: 1, Standing: fleettypes.StandingRevoked, Confirmed: true},
		{Id: 101, FleetId: 1, Confirmed: true},
	} {
		c.setDevice(d)
		unchanged(t, c, types.ErrDevice, report(101, types.DevicePhaseSeen))
	}

	// A device that failed may try again, and has failed all the same.
	require.NoError(t, report(100, types.DevicePhaseFailed)())
	require.NoError(t, report(100, types.DevicePhaseSeen)())
	require.Equal(t, types.Totals{Seen: 1, Failures: 1}, progressOf(c.state(t), 1).Totals)

	// Four reports in ten blocks: the next is in the eleventh.
	unchanged(t, c, types.ErrRateLimit, report(100, types.DevicePhaseReady))
	c.endBlocks(t, 7)
	unchanged(t, c, types.ErrRateLimit, report(100, types.DevicePhaseReady))
	c.endBlock(t)
	require.NoError(t, report(100, types.DevicePhaseReady)())
	require.NoError(t, report(102, types.DevicePhaseReady)())

	// A change of standing takes a device out, and opens no new window.
	require.NoError(t, report(100, types.DevicePhaseFailed)())
	require.NoError(t, report(100, types.DevicePhaseFailed)())
	require.NoError(t, report(100, types.DevicePhaseFailed)())
	c.setStanding(t, 100, fleettypes.StandingSuspect)
	require.Equal(t, types.Totals{Ready: 1}, progressOf(c.state(t), 1).Totals)
	c.setStanding(t, 100, types.DeviceActive)
	unchanged(t, c, types.ErrRateLimit, report(100, types.DevicePhaseReady))
	require.NoError(t, c.keeper.Hooks().AfterDeviceRemoved(c.ctx, c.device(102)))
	require.Zero(t, progressOf(c.state(t), 1).Totals)

	require.NoError(t, c.control(owner, 1, types.ActionRollBack))
	c.endBlocks(t, 2)
	unchanged(t, c, types.ErrEnded, report(101, types.DevicePhaseSeen))
	c.setStanding(t, 101, fleettypes.StandingRevoked) // of a rollout that has ended nothing is taken back
	require.NoError(t, c.state(t).Validate())
}

func TestAttestations(t *testing.T) {
	c := newHub(t)
	p := onLocal(alpha1, 1)
	p.Steps[0].MinReady, p.Steps[0].MinAttestations = 0, 2
	_, err := c.start(p)
	require.NoError(t, err)
	c.endBlocks(t, 3)
	before := c.state(t)
	for name, call := range map[string]func() error{
		"another version":          func() error { return c.attest(100, alpha2) },
		"another model":            func() error { return c.attest(100, beta1) },
		"a fleet that has no part": func() error { return c.attest(200, alpha1) },
		"not a version":            func() error { return c.attest(100, "x") },
	} {
		require.NoError(t, call(), name)
		require.Equal(t, before, c.state(t), name)
	}
	c.setStanding(t, 100, fleettypes.StandingSuspect)
	require.NoError(t, c.attest(100, alpha1))
	require.Equal(t, before, c.state(t), "a suspect device's do not count")
	require.NoError(t, c.attest(101, alpha1))
	c.endBlocks(t, 2)
	require.Equal(t, types.PhaseCanary, rolloutOf(c.state(t), 1).Phase)
	require.NoError(t, c.attest(101, alpha1))
	c.endBlocks(t, 2)
	require.Equal(t, types.PhasePromoted, rolloutOf(c.state(t), 1).Phase)
	before = c.state(t)
	require.NoError(t, c.attest(101, alpha1))
	require.Equal(t, before, c.state(t), "what has ended counts no more")
}

func TestDeciders(t *testing.T) {
	for decider, want := range map[string]types.Phase{
		"yes": types.PhasePromoted, "no": types.PhaseRolledBack, "wait": types.PhaseCanary, "broken": types.PhaseCanary,
	} {
		t.Run(decider, func(t *testing.T) {
			c := newHub(t)
			p := onLocal(alpha1, 1)
			p.Steps[0].Decider = decider
			_, err := c.start(p)
			require.NoError(t, err)
			c.endBlocks(t, 20)
			require.Zero(t, c.decider.asked, "nobody is asked before all else is met")
			require.NoError(t, c.report(100, 1, types.DevicePhaseReady))
			c.endBlocks(t, 3*types.VoteInterval)
			require.Equal(t, want, rolloutOf(c.state(t), 1).Phase)
			if want == types.PhaseCanary {
				require.InDelta(t, 4, c.decider.asked, 1, "asked again every so many blocks")
			}
		})
	}
}

// Refusals of packets have a code and write nothing.
func TestReceive(t *testing.T) {
	manifest, err := types.EncodeManifest(spec(alpha1))
	require.NoError(t, err)
	announce := func(change func(*types.Announce)) *types.Packet {
		p := toZone(alpha1)
		p.Targets[0].Zone = ""
		a := &types.Announce{Rollout: 7, Manifest: manifest, VerifyingKey: []byte("key"), Plan: p, Generation: 2, Action: types.ActionAdvance}
		change(a)
		return types.NewAnnounce(a)
	}
	same := func(*types.Announce) {}
	send := func(c *chain, p *types.Packet) types.Acknowledgement {
		bz, err := p.Marshal()
		require.NoError(t, err)
		return c.keeper.Receive(c.ctx, "channel-7", 1, bz)
	}
	for _, tc := range []struct {
		name   string
		change func(*chain)
		p      *types.Packet
		code   types.AckCode
	}{
		{"success: announce", func(*chain) {}, announce(same), types.AckAccepted},
		{"success: held", func(c *chain) {
			c.setPolicy(t, types.ZonePolicy{Rules: []types.HubRule{{Source: "channel-7", Hold: true}}})
		}, announce(same), types.AckHeld},
		{"failure: no rule", func(c *chain) { c.setPolicy(t, types.ZonePolicy{Rules: []types.HubRule{{Source: "channel-8"}}}) }, announce(same), types.AckPolicySource},
		{"failure: another publisher's", func(c *chain) {
			c.setPolicy(t, types.ZonePolicy{Rules: []types.HubRule{{Source: "channel-7", Publishers: []string{"bolt"}}}})
		}, announce(same), types.AckPolicyModel},
		{"failure: key too long", func(c *chain) {
			c.setPolicy(t, types.ZonePolicy{Rules: []types.HubRule{{Source: "channel-7", MaxKeyBytes: 2}}})
		}, announce(same), types.AckPolicySize},
		{"failure: artifacts too long", func(c *chain) {
			c.setPolicy(t, types.ZonePolicy{Rules: []types.HubRule{{Source: "channel-7", MaxArtifactBytes: 999}}})
		}, announce(same), types.AckPolicySize},
		{"failure: more steps than here", func(c *chain) { c.params(t, func(p *types.Params) { p.MaxSteps = 1 }) }, announce(func(a *types.Announce) {
			a.Plan.Steps = types.Weights([]uint32{1, 100}, types.Step{})
		}), types.AckPlan},
		{"failure: contributors that it has not", func(*chain) {}, announce(func(a *types.Announce) { a.Plan.Steps[0].MinContributors = 1 }), types.AckPlan},
		{"failure: not a manifest", func(*chain) {}, announce(func(a *types.Announce) { a.Manifest = []byte("x") }), types.AckManifest},
		{"failure: manifest in another encoding", func(*chain) {}, announce(func(a *types.Announce) {
			a.Manifest = append(a.Manifest[:len(a.Manifest):len(a.Manifest)], 0x88, 0x01, 1)
		}), types.AckManifest},
		{"failure: the registry refuses it", func(c *chain) {
			c.registry.mirror = func(types.VersionSpec, []byte) error { return errFake }
		}, announce(same), types.AckManifest},
		{"failure: the registry refuses the key", func(c *chain) {
			c.registry.mirror = func(types.VersionSpec, []byte) error { return types.ErrInvalidVerifyingKey.Wrap("x") }
		}, announce(same), types.AckVerifyingKey},
		{"failure: the key does not fit", func(c *chain) {
			c.registry.mirror = func(types.VersionSpec, []byte) error { return types.ErrKeyPublicInputs }
		}, announce(same), types.AckVerifyingKey},
		{"failure: beyond the registry's limits", func(c *chain) {
			c.registry.mirror = func(types.VersionSpec, []byte) error { return registrytypes.ErrLimit }
		}, announce(same), types.AckPolicySize},
		{"failure: another manifest of the version", func(c *chain) {
			id, err := types.ParseVersionID("channel-7:" + alpha1)
			require.NoError(t, err)
			c.registry.versions["channel-7:"+alpha1] = registrytypes.NewVersion(id, spec(alpha2), 1)
		}, announce(same), types.AckVersionConflict},
		{"failure: no fleet", func(*chain) {}, announce(func(a *types.Announce) { a.Plan.Targets[0].Fleets = []uint64{9} }), types.AckNoFleet},
		{"failure: no fleet of a trusted operator", func(c *chain) { c.params(t, func(p *types.Params) { p.ZoneOperator = "" }) }, announce(func(a *types.Announce) {
			a.Plan.Targets[0] = types.Target{}
		}), types.AckNoFleet},
		{"failure: no fleet allows it", func(c *chain) { c.fleets.refuse[1] = "channel-7:acme/alpha" }, announce(same), types.AckNoFleet},
		{"failure: more fleets than here", func(c *chain) {
			c.addFleet(2, 0)
			c.params(t, func(p *types.Params) { p.MaxFleets = 1 })
		}, announce(func(a *types.Announce) { a.Plan.Targets[0] = types.Target{} }), types.AckTooManyFleets},
		{"failure: busy", func(c *chain) {
			require.Equal(t, types.AckAccepted, send(c, announce(func(a *types.Announce) { a.Rollout = 6 })).Code)
		}, announce(same), types.AckBusy},
		{"failure: command about nothing", func(*chain) {}, types.NewCommand(&types.Command{Rollout: 7, Action: types.ActionPause, Generation: 3}), types.AckUnknownRollout},
		{"failure: evidence about nothing", func(*chain) {}, types.NewEvidence(&types.Evidence{Rollout: 7, Revision: 1, Standing: types.StandingAccepted, Phase: types.PhasePending}), types.AckUnknownRollout},
		{"failure: an empty packet", func(*chain) {}, &types.Packet{}, types.AckMalformed},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, _, c := pair(t, false)
			tc.change(c)
			before := c.state(t)
			require.Equal(t, tc.code, send(c, tc.p).Code)
			if !tc.code.IsSuccess() {
				require.Equal(t, before, c.state(t))
			}
		})
	}
}

// A zone that has a later generation, or has ended, is out or stopped, says so and does not move.
func TestReceiveStale(t *testing.T) {
	_, _, c := pair(t, false)
	manifest, err := types.EncodeManifest(spec(alpha1))
	require.NoError(t, err)
	plan := toZone(alpha1)
	plan.Targets[0].Zone = ""
	plan.Steps = types.Weights([]uint32{10, 100}, plan.Steps[0])
	send := func(p *types.Packet) types.Acknowledgement {
		bz, err := p.Marshal()
		require.NoError(t, err)
		return c.keeper.Receive(c.ctx, "channel-7", 1, bz)
	}
	announce := func(id, generation uint64, a types.Action, version string) *types.Packet {
		p := plan
		p.Version = version
		return types.NewAnnounce(&types.Announce{Rollout: id, Manifest: manifest, Plan: p, Generation: generation, Action: a})
	}
	cmd := func(a types.Action, generation uint64, step uint32) *types.Packet {
		return types.NewCommand(&types.Command{Rollout: 7, Action: a, Generation: generation, Step: step})
	}
	require.Equal(t, types.NewAck(types.AckAccepted, 5), send(announce(7, 5, types.ActionAdvance, alpha1)))
	require.Equal(t, types.NewAck(types.AckAccepted, 6), send(announce(7, 6, types.ActionPause, alpha1)), "an announcement may bring a later state")
	still := func(want types.Acknowledgement, p *types.Packet, why string) {
		t.Helper()
		before := c.state(t)
		require.Equal(t, want, send(p), why)
		require.Equal(t, before, c.state(t), why)
	}
	still(types.NewAck(types.AckAccepted, 6), announce(7, 5, types.ActionAdvance, alpha1), "an older announcement")
	still(types.NewAck(types.AckAccepted, 6), announce(7, 1, types.ActionUnspecified, alpha1), "the first announcement")
	still(types.NewAck(types.AckMalformed, 6), announce(7, 9, types.ActionAdvance, alpha2), "the same rollout of another version")
	still(types.NewAck(types.AckStale, 6), cmd(types.ActionAdvance, 6, 1), "the same generation")
	still(types.NewAck(types.AckStale, 6), cmd(types.ActionRollBack, 1, 0), "an older generation")
	still(types.NewAck(types.AckMalformed, 6), cmd(types.ActionAdvance, 7, 3), "a step beyond the last")
	still(types.NewAck(types.AckMalformed, 6), cmd(types.ActionPause, 7, 2), "a pause after the last step")
	require.Equal(t, types.NewAck(types.AckApplied, 9), send(cmd(types.ActionRollBack, 9, 0)))
	still(types.NewAck(types.AckMalformed, 9), cmd(types.ActionAdvance, 10, 1), "advance after a roll back")
	still(types.NewAck(types.AckMalformed, 9), cmd(types.ActionAdvance, 10, 2), "promotion after a roll back")
	still(types.NewAck(types.AckStale, 9), cmd(types.ActionRollBack, 9, 0), "the roll back again")
	d, err := c.keeper.Directive(c.ctx, 1, "channel-7:acme/alpha")
	require.NoError(t, err)
	require.Equal(t, []string{"", ""}, []string{d.Version, d.Candidate})

	require.Equal(t, types.NewAck(types.AckAccepted, 1), send(announce(8, 1, types.ActionUnspecified, alpha1)))
	require.NoError(t, c.stop(operator, 2))
	before := c.state(t)
	stopped := types.NewCommand(&types.Command{Rollout: 8, Action: types.ActionAdvance, Generation: 4})
	require.Equal(t, types.NewAck(types.AckStopped, 1), send(stopped))
	require.Equal(t, types.AckStopped, send(announce(8, 4, types.ActionAdvance, alpha1)).Code)
	require.Equal(t, before, c.state(t))
}

// A hub takes evidence of later revisions only, and none that is about more than it sent.
func TestReceiveEvidence(t *testing.T) {
	net, hub, _ := pair(t, false)
	_, err := hub.start(toZone(alpha1))
	require.NoError(t, err)
	net.settle(t, 6)
	revision := findZone(hub.state(t), 1, "channel-0").Revision
	require.NotZero(t, revision)
	send := func(change func(*types.Evidence)) (types.Acknowledgement, bool) {
		e := &types.Evidence{Rollout: 1, Revision: revision + 1, Standing: types.StandingAccepted, Phase: types.PhaseCanary, Generation: 2}
		change(e)
		bz, err := types.NewEvidence(e).Marshal()
		require.NoError(t, err)
		before := hub.state(t)
		ack := hub.keeper.Receive(hub.ctx, "channel-0", 1, bz)
		return ack, equalStates(before, hub.state(t))
	}
	for _, tc := range []struct {
		name   string
		change func(*types.Evidence)
		want   types.Acknowledgement
	}{
		{"the same revision", func(e *types.Evidence) { e.Revision = revision }, types.NewAck(types.AckStale, revision)},
		{"an older revision", func(e *types.Evidence) { e.Revision = 1 }, types.NewAck(types.AckStale, revision)},
		{"a generation that was not made yet", func(e *types.Evidence) { e.Generation = 3 }, types.NewAck(types.AckMalformed, revision)},
		{"a step beyond the last", func(e *types.Evidence) { e.Step = 2 }, types.NewAck(types.AckMalformed, revision)},
		{"another rollout", func(e *types.Evidence) { e.Rollout = 2 }, types.NewAck(types.AckUnknownRollout, 0)},
	} {
		ack, same := send(tc.change)
		require.Equal(t, tc.want, ack, tc.name)
		require.True(t, same, tc.name)
	}
	waiting := toZone(alpha2)
	waiting.Wait = true
	_, err = hub.start(waiting)
	require.NoError(t, err)
	ack, same := send(func(e *types.Evidence) { e.Rollout, e.Generation = 2, 1 })
	require.Equal(t, types.NewAck(types.AckUnknownRollout, 0), ack, "one that was never announced")
	require.True(t, same)
	ack, same = send(func(e *types.Evidence) {
		e.Fleets = []types.FleetEvidence{{Fleet: 1, Totals: types.Totals{Ready: 3}}}
	})
	require.Equal(t, types.NewAck(types.AckApplied, revision+1), ack)
	require.False(t, same)
	require.Equal(t, types.Totals{Ready: 3}, rolloutOf(hub.state(t), 1).Totals)
}

func equalStates(a, b *types.GenesisState) bool {
	x, err := a.Marshal()
	if err != nil {
		return false
	}
	y, err := b.Marshal()
	return err == nil && string(x) == string(y)
}

// A fleet takes part when it runs the version that is replaced, or none of the model; others are skipped.
func TestReplaces(t *testing.T) {
	c := newHub(t)
	run := func(version, replaces string, fleets ...uint64) types.ZoneRollout {
		p := onLocal(version, fleets...)
		p.Replaces, p.Steps[0].MinReady = replaces, 0
		id, err := c.start(p)
		require.NoError(t, err)
		c.endBlocks(t, 4)
		if z := zoneRolloutOf(c.state(t), types.LocalZone, id); z != nil {
			return *z
		}
		require.Equal(t, types.CauseNoZone, rolloutOf(c.state(t), id).Cause)
		return types.ZoneRollout{}
	}
	z := run(alpha1, "", 1)
	require.Equal(t, []any{types.PhasePromoted, uint32(1), uint32(0)}, []any{z.Phase, z.Fleets, z.Skipped})
	require.Zero(t, run(alpha2, "", 1).Number, "it runs another version")
	require.Zero(t, run(alpha1, "", 1).Number, "it runs the version")
	z = run(alpha2, alpha1, 1, 2, 9)
	require.Equal(t, []any{types.PhasePromoted, uint32(2), uint32(1)}, []any{z.Phase, z.Fleets, z.Skipped})
	z = run("acme/alpha@1.0.0", alpha2, 1)
	require.Equal(t, types.PhasePromoted, z.Phase, "back again is a rollout like others")
}

// A zone behind a closed channel is out, whether core IBC tells or the hub finds out; and the rollout ends with its last zone.
func TestLostZone(t *testing.T) {
	for name, closing := range map[string]func(*chain) error{
		"told":      func(hub *chain) error { return hub.keeper.LinkClosed(hub.ctx, "channel-0") },
		"found out": func(*chain) error { return nil },
	} {
		t.Run(name, func(t *testing.T) {
			net, hub, zone := pair(t, false)
			_, err := hub.start(toZone(alpha1))
			require.NoError(t, err)
			net.settle(t, 6)
			require.Equal(t, types.PhaseCanary, rolloutOf(hub.state(t), 1).Phase)
			hub.ibc.links["channel-0"].closed, zone.ibc.links["channel-7"].closed = true, true
			require.NoError(t, closing(hub))
			hub.endBlocks(t, 4)
			z := findZone(hub.state(t), 1, "channel-0")
			require.Equal(t, []any{types.StandingLost, true}, []any{z.Standing, z.Settled})
			r := rolloutOf(hub.state(t), 1)
			require.Equal(t, []any{types.PhaseAborted, types.CauseNoZone}, []any{r.Phase, r.Cause})
			zone.endBlocks(t, 4)
			require.True(t, zoneRolloutOf(zone.state(t), "channel-7", 1).Live(), "a zone that hears nothing goes on, until its operator stops it")
			require.NoError(t, zone.stop(operator, 1))
			zone.endBlocks(t, 20)
			require.NoError(t, zone.state(t).Validate())
		})
	}
}
