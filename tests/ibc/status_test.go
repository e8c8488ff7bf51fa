package ibc

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	clienttypes "github.com/cosmos/ibc-go/v11/modules/core/02-client/types"
	channeltypes "github.com/cosmos/ibc-go/v11/modules/core/04-channel/types"
	host "github.com/cosmos/ibc-go/v11/modules/core/24-host"
	ibctm "github.com/cosmos/ibc-go/v11/modules/light-clients/07-tendermint"
	ibctesting "github.com/cosmos/ibc-go/v11/testing"

	"github.com/assay-chain/assay/app"
	"github.com/assay-chain/assay/x/rollout/types"
)

// linkStatus is the state of the link at this end as the chain has it on record.
func (e *end) linkStatus() types.LinkStatus {
	e.chain.Helper()
	l, err := e.chain.app.Rollout.Links.Get(e.chain.app.context(), e.name())
	require.NoError(e.chain.TB, err)
	return l.Status
}

// changed checks that the last block announced a change of the link at this end, and that it is on record.
func (e *end) changed(from, to types.LinkStatus) {
	e.chain.Helper()
	require.Equal(e.chain.TB, []*types.EventLinkChanged{{Source: e.name(), From: from, To: to}}, emitted[*types.EventLinkChanged](e.chain.TB, e.chain))
	require.Equal(e.chain.TB, to, e.linkStatus())
}

func TestHandshake(t *testing.T) {
	w := newWorld(t, options{})
	hub, zone := w.link.hub, w.link.zone
	open := func(order channeltypes.Order, port, other, version string) *channeltypes.MsgChannelOpenInit {
		return channeltypes.NewMsgChannelOpenInit(port, version, order, []string{hub.ConnectionID}, other, w.hub.address(relayer))
	}
	for _, tc := range []struct {
		name                 string
		order                channeltypes.Order
		port, other, version string
	}{
		{"order", channeltypes.ORDERED, types.PortID, types.PortID, types.Version},
		{"other port", channeltypes.UNORDERED, types.PortID, "transfer", types.Version},
		{"longer port", channeltypes.UNORDERED, "rollout-2", types.PortID, types.Version},
		{"version", channeltypes.UNORDERED, types.PortID, types.PortID, "assay-rollout-2"},
	} {
		w.part("failure: init: "+tc.name, func(t *testing.T) {
			if tc.port != types.PortID { // core IBC has no such port
				w.hub.unchanged(func() { require.True(t, w.hub.send(relayer, open(tc.order, tc.port, tc.other, tc.version)).IsErr()) })
				return
			}
			w.hub.refused(types.ErrInvalidChannel, relayer, open(tc.order, tc.port, tc.other, tc.version))
		})
	}
	w.part("success: init: no version stands for the module's", func(t *testing.T) {
		res := w.hub.must(relayer, open(channeltypes.UNORDERED, types.PortID, types.PortID, ""))
		id, err := ibctesting.ParseChannelIDFromEvents(res.Events)
		require.NoError(t, err)
		c, ok := w.hub.app.IBC.ChannelKeeper.GetChannel(w.hub.app.context(), types.PortID, id)
		require.True(t, ok)
		require.Equal(t, types.Version, c.Version)

		// The other chain tries it with a version of its own.
		bad := channeltypes.NewChannel(channeltypes.TRYOPEN, channeltypes.UNORDERED, channeltypes.NewCounterparty(types.PortID, id),
			[]string{zone.ConnectionID}, "assay-rollout-2")
		w.zone.app.IBC.ChannelKeeper.SetChannel(w.zone.GetContext(), types.PortID, "channel-70", bad)
		w.zone.block()
		update := hub.update()
		proof, at := w.zone.QueryProof(host.ChannelKey(types.PortID, "channel-70"))
		w.hub.refused(types.ErrInvalidChannel, relayer, update,
			channeltypes.NewMsgChannelOpenAck(types.PortID, id, "channel-70", bad.Version, proof, at, w.hub.address(relayer)))
	})
	for _, tc := range []struct {
		name        string
		order       channeltypes.Order
		port        string
		version     string
		wantSuccess bool
	}{
		{"failure: try: order", channeltypes.ORDERED, types.PortID, types.Version, false},
		{"failure: try: other port", channeltypes.UNORDERED, "transfer", types.Version, false},
		{"failure: try: version", channeltypes.UNORDERED, types.PortID, "assay-rollout-2", false},
		{"failure: try: no version", channeltypes.UNORDERED, types.PortID, "", false},
		{"success: try", channeltypes.UNORDERED, types.PortID, types.Version, true},
	} {
		w.part(tc.name, func(t *testing.T) {
			c := channeltypes.NewChannel(channeltypes.INIT, tc.order, channeltypes.NewCounterparty(types.PortID, ""), []string{hub.ConnectionID}, tc.version)
			w.hub.app.IBC.ChannelKeeper.SetChannel(w.hub.GetContext(), tc.port, "channel-70", c)
			w.hub.block()
			update := zone.update()
			proof, at := w.hub.QueryProof(host.ChannelKey(tc.port, "channel-70"))
			msg := channeltypes.NewMsgChannelOpenTry(types.PortID, "", tc.order, []string{zone.ConnectionID}, tc.port, "channel-70", tc.version,
				proof, at, w.zone.address(relayer))
			if tc.wantSuccess {
				w.zone.must(relayer, update, msg)
				return
			}
			w.zone.refused(types.ErrInvalidChannel, relayer, update, msg)
		})
	}
	w.part("failure: a user closes", func(t *testing.T) {
		w.hub.refused(types.ErrInvalidChannel, relayer, channeltypes.NewMsgChannelCloseInit(types.PortID, hub.ChannelID, w.hub.address(relayer)))
		w.zone.refused(types.ErrInvalidChannel, relayer, channeltypes.NewMsgChannelCloseInit(types.PortID, zone.ChannelID, w.zone.address(relayer)))
	})
}

// closedByOther lets the other chain close the channel, by code of its own, and proves it at this end.
func (e *end) closedByOther() {
	e.chain.Helper()
	c := e.other.GetChannel()
	c.State = channeltypes.CLOSED
	e.other.SetChannel(c)
	e.other.chain.block()
	update := e.update()
	proof, at := e.other.chain.QueryProof(host.ChannelKey(types.PortID, e.other.ChannelID))
	e.chain.must(relayer, update, channeltypes.NewMsgChannelCloseConfirm(types.PortID, e.ChannelID, proof, at, e.chain.address(relayer)))
}

func TestZoneCloses(t *testing.T) {
	w := newWorld(t, options{})
	w.enrollOn(w.hub)
	id := w.begin()
	other := w.start(func(p *types.Plan) { // has another zone left
		p.Version = version2
		p.Targets[0] = types.Target{Zone: types.LocalZone, Fleets: []uint64{1}}
	})
	w.hub.block()
	require.Equal(t, types.PhaseCanary, w.rollout(other).Phase)
	w.control(id, types.ActionPause)
	p := w.link.hub.one()
	w.hub.block()

	w.hub.unchanged(func() { // a closing that did not happen
		update := w.link.hub.update()
		proof, at := w.zone.QueryProof(host.ChannelKey(types.PortID, w.link.zone.ChannelID))
		require.True(t, w.hub.send(relayer, update, channeltypes.NewMsgChannelCloseConfirm(types.PortID, w.link.hub.ChannelID, proof, at, w.hub.address(relayer))).IsErr())
	})
	w.link.hub.closedByOther()
	w.link.hub.changed(types.LinkOpen, types.LinkClosed)
	require.Equal(t, []*types.EventZoneAnswered{{Rollout: id, Zone: w.link.hub.name(), Standing: types.StandingLost}},
		emitted[*types.EventZoneAnswered](t, w.hub))
	require.Equal(t, types.StandingLost, w.zoneOf(id).Standing)
	r := w.rollout(id)
	require.Equal(t, types.PhaseAborted, r.Phase)
	require.Equal(t, types.CauseNoZone, r.Cause)
	require.Equal(t, types.ZoneCounts{Lost: 1, Settled: 1}, r.Zones)
	require.Equal(t, types.PhaseCanary, w.rollout(other).Phase)
	w.hub.refused(types.ErrLink, publisher, &types.MsgStartRollout{Owner: w.hub.address(publisher), Plan: w.plan()})

	// What was under way is given back, and changes nothing but its own record.
	update := w.link.hub.update()
	proof, at := w.zone.QueryProof(p.receiptKey())
	closed, _ := w.zone.QueryProof(host.ChannelKey(types.PortID, w.link.zone.ChannelID))
	w.hub.must(relayer, update, channeltypes.NewMsgTimeoutOnClose(p.v1, 1, proof, closed, at, w.hub.address(relayer)))
	require.Equal(t, types.OutcomeTimedOut, last(w.attempts(id)).Outcome)
	require.Equal(t, types.StandingLost, w.zoneOf(id).Standing)
	w.hub.blocks(retryMax)
	require.Empty(t, w.link.hub.sent())
	require.Empty(t, w.hub.state().Rollout.FanOuts)
}

func TestHubCloses(t *testing.T) {
	w := newWorld(t, options{})
	id := w.begin()
	w.link.zone.closedByOther()
	w.link.zone.changed(types.LinkOpen, types.LinkClosed)
	require.Equal(t, types.PhaseCanary, w.zoneRollout(id).Phase, "devices go on as they were told last")
	w.report(id, device0, types.DevicePhaseReady)
	w.zone.blocks(2 * retryMax)
	require.Empty(t, w.link.zone.sent())
	p, err := w.zone.app.Rollout.ZoneProgress.Get(w.zone.app.context(), w.zoneRollout(id).Number)
	require.NoError(t, err)
	require.Zero(t, p.NextEvidence, "nothing is tried over a closed channel")
	w.zone.must(operator, &types.MsgStopRollout{Operator: w.zone.address(operator), Number: w.zoneRollout(id).Number, Reason: "hub is gone"})
	require.Empty(t, w.directive(1).Candidate)
}

// freeze shows the client at this end two headers of one height, which the other chain's validators signed.
func (e *end) freeze() {
	e.chain.Helper()
	o := e.other.chain
	trusted, ok := e.GetClientLatestHeight().(clienttypes.Height)
	require.True(e.chain.TB, ok)
	vals := o.TrustedValidators[trusted.RevisionHeight]
	header := func(at time.Time) *ibctm.Header {
		return o.CreateTMClientHeader(o.ChainID, o.ProposedHeader.Height+1, trusted, at, o.Vals, o.NextVals, vals, o.Signers)
	}
	misbehaviour := ibctm.NewMisbehaviour(e.ClientID, header(o.ProposedHeader.Time), header(o.ProposedHeader.Time.Add(time.Minute)))
	msg, err := clienttypes.NewMsgUpdateClient(e.ClientID, misbehaviour, e.chain.address(relayer))
	require.NoError(e.chain.TB, err)
	e.chain.must(relayer, msg)
}

// recover replaces the state of the client at this end by that of a new one, as governance may.
func (e *end) recover() {
	e.chain.Helper()
	substitute := ibctesting.NewDefaultEndpoint(e.chain.TestChain)
	substitute.Counterparty = e.Counterparty
	require.NoError(e.chain.TB, substitute.CreateClient())
	msg := clienttypes.NewMsgRecoverClient(app.Authority(), e.ClientID, substitute.ClientID)
	require.NoError(e.chain.TB, e.chain.execute(msg))
}

func TestFrozenClient(t *testing.T) { eachKind(t, frozenClient) }

func frozenClient(t *testing.T, isV2 bool) {
	w := newWorld(t, options{isV2: isV2})
	id := w.begin()
	w.link.hub.freeze()
	w.link.hub.changed(types.LinkOpen, types.LinkFrozen)
	w.control(id, types.ActionPause)
	require.Empty(t, w.link.hub.sent())
	a := last(w.attempts(id))
	require.Equal(t, types.OutcomeNotSent, a.Outcome)
	require.Equal(t, types.ActionPause, a.Action)
	require.Zero(t, a.Sequence)
	require.Equal(t, w.hub.app.LastBlockHeight()+retryMin, w.zoneOf(id).NextSend)
	require.Equal(t, types.StandingAccepted, w.zoneOf(id).Standing, "a frozen client may be recovered")
	w.hub.blocks(retryMin)
	require.Equal(t, uint32(2), w.zoneOf(id).Retries)
	require.Equal(t, w.hub.app.LastBlockHeight()+2*retryMin, w.zoneOf(id).NextSend)

	// A rollout may be started meanwhile; it is announced when the link is mended.
	w.control(id, types.ActionAbort)
	waiting := w.start(func(p *types.Plan) { p.Wait = true })

	w.link.hub.recover()
	w.link.hub.changed(types.LinkFrozen, types.LinkOpen)
	w.hub.blocks(retryMax)
	w.link.settle()
	require.Equal(t, types.PhaseAborted, w.zoneRollout(id).Phase)
	require.Zero(t, w.zoneOf(id).Retries)
	require.Equal(t, types.PhaseCanary, w.zoneRollout(waiting).Phase)
}

func TestExpiredClient(t *testing.T) { eachKind(t, expiredClient) }

func expiredClient(t *testing.T, isV2 bool) {
	w := newWorld(t, options{isV2: isV2})
	id := w.begin()
	w.coord.IncrementTimeBy(ibctesting.TrustingPeriod)
	w.hub.block()
	w.link.hub.changed(types.LinkOpen, types.LinkExpired)
	w.zone.block()
	w.link.zone.changed(types.LinkOpen, types.LinkExpired)

	w.report(id, device0, types.DevicePhaseReady)
	w.control(id, types.ActionPause)
	require.Empty(t, w.link.hub.sent())
	require.Empty(t, w.link.zone.sent())
	require.Equal(t, types.OutcomeNotSent, last(w.attempts(id)).Outcome)
	p, err := w.zone.app.Rollout.ZoneProgress.Get(w.zone.app.context(), w.zoneRollout(id).Number)
	require.NoError(t, err)
	require.Equal(t, uint32(1), p.Retries)

	w.link.hub.recover()
	w.link.zone.recover()
	w.hub.blocks(retryMax)
	w.zone.blocks(retryMax)
	require.Equal(t, types.LinkOpen, w.link.hub.linkStatus())
	require.Equal(t, types.LinkOpen, w.link.zone.linkStatus())
	w.link.settle()
	require.Equal(t, types.PhasePaused, w.zoneRollout(id).Phase)
	require.Equal(t, types.Totals{Ready: 1}, w.rollout(id).Totals)
	w.control(id, types.ActionResume)
	w.link.settle()
	require.Equal(t, uint32(1), w.zoneRollout(id).Step)
}

// An announcement over a client that is frozen is an attempt too, and none reaches the zone until it is recovered.
func TestAnnounceOverFrozen(t *testing.T) {
	w := newWorld(t, options{})
	w.link.hub.freeze()
	id := w.start()
	require.Equal(t, types.LinkFrozen, w.link.hub.linkStatus())
	require.Equal(t, types.OutcomeNotSent, w.attempts(id)[0].Outcome)
	require.Equal(t, types.StandingAnnounced, w.zoneOf(id).Standing)
	w.link.hub.recover()
	w.hub.blocks(retryMax)
	w.link.settle()
	require.Equal(t, types.PhaseCanary, w.zoneRollout(id).Phase)
	require.Equal(t, types.ActionUnspecified, w.attempts(id)[1].Action)
}
