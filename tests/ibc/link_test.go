package ibc

import (
	"time"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"
	clienttypes "github.com/cosmos/ibc-go/v11/modules/core/02-client/types"
	ibctesting "github.com/cosmos/ibc-go/v11/testing"

	rollouttypes "github.com/assay-chain/assay/x/rollout/types"
)

// end is one end of a link.
type end struct {
	*ibctesting.Endpoint
	chain *chain
	other *end
	isV2  bool
	// forged counts the packets that were forged at this end.
	forged uint64
}

// name is how the chain names the link: the channel, or the client.
func (e *end) name() string {
	if e.isV2 {
		return e.ClientID
	}
	return e.ChannelID
}

// link is a channel of port "rollout", or a pair of clients of IBC v2, between a hub and a zone.
type link struct{ hub, zone *end }

// connect opens a link. The ids at the two ends differ, so that one cannot be taken for the other unnoticed.
func connect(hub, zone *chain, isV2 bool) *link {
	path := ibctesting.NewPath(hub.TestChain, zone.TestChain).DisableUniqueChannelIDs()
	for _, e := range []*ibctesting.Endpoint{path.EndpointA, path.EndpointB} {
		e.ChannelConfig.PortID, e.ChannelConfig.Version = rollouttypes.PortID, rollouttypes.Version
	}
	l := &link{&end{Endpoint: path.EndpointA, chain: hub, isV2: isV2}, &end{Endpoint: path.EndpointB, chain: zone, isV2: isV2}}
	l.hub.other, l.zone.other = l.zone, l.hub
	core := zone.app.IBC
	if core.ChannelKeeper.GetNextChannelSequence(zone.GetContext()) == 0 {
		core.ChannelKeeper.SetNextChannelSequence(zone.GetContext(), 7)
		core.ClientKeeper.SetNextClientSequence(zone.GetContext(), 5)
	}
	if isV2 {
		path.SetupClients()
		path.SetupCounterparties()
	} else {
		path.SetupConnections()
		path.CreateChannels()
	}
	return l
}

// sent takes the packets that the chain at this end has sent over the link, in order.
func (e *end) sent() (taken []packet) {
	rest := e.chain.sent[:0:0]
	for _, p := range e.chain.sent {
		if p.source() == e.name() && p.isV2 == e.isV2 {
			taken = append(taken, p)
		} else {
			rest = append(rest, p)
		}
	}
	e.chain.sent = rest
	return taken
}

// one takes the only packet that the chain has sent over the link.
func (e *end) one() packet {
	e.chain.Helper()
	sent := e.sent()
	require.Len(e.chain.TB, sent, 1)
	return sent[0]
}

// update is the message that brings the client at this end up to date, which the other chain makes a block for.
func (e *end) update() sdk.Msg {
	e.chain.Helper()
	e.other.chain.block()
	trusted, ok := e.GetClientLatestHeight().(clienttypes.Height)
	require.True(e.chain.TB, ok)
	header, err := e.other.chain.IBCClientHeader(e.other.chain.LatestCommittedHeader, trusted)
	require.NoError(e.chain.TB, err)
	msg, err := clienttypes.NewMsgUpdateClient(e.ClientID, header, e.chain.address(relayer))
	require.NoError(e.chain.TB, err)
	return msg
}

// deliver brings a packet that the other chain sent, and returns the bytes of the acknowledgement.
func (e *end) deliver(p packet) []byte {
	e.chain.Helper()
	update := e.update()
	proof, at := e.other.chain.QueryProof(p.commitmentKey())
	res := e.chain.must(relayer, update, p.recvMsg(proof, at, e.chain.address(relayer)))
	return p.ackIn(e.chain.TB, res.Events)
}

// receive is deliver for packets that the application has to answer, and returns the answer.
func (e *end) receive(p packet) rollouttypes.Acknowledgement {
	e.chain.Helper()
	ack, err := rollouttypes.DecodeAck(e.deliver(p))
	require.NoError(e.chain.TB, err)
	return ack
}

// refuses checks that a packet is answered with a code, and that it changes nothing.
func (e *end) refuses(code rollouttypes.AckCode, p packet) rollouttypes.Acknowledgement {
	e.chain.Helper()
	var ack rollouttypes.Acknowledgement
	e.chain.unchanged(func() { ack = e.receive(p) })
	require.Equal(e.chain.TB, code, ack.Code)
	return ack
}

// acknowledge brings the other chain's answer to a packet of this chain.
func (e *end) acknowledge(p packet, ack []byte) {
	e.chain.Helper()
	update := e.update()
	proof, at := e.other.chain.QueryProof(p.ackKey())
	e.chain.must(relayer, update, p.ackMsg(ack, proof, at, e.chain.address(relayer)))
}

// timeOut lets the time of a packet of this chain pass, and proves that the other chain has not received it.
func (e *end) timeOut(p packet) {
	e.chain.Helper()
	e.chain.Coordinator.IncrementTimeBy(packetTimeout * time.Second)
	update := e.update()
	proof, at := e.other.chain.QueryProof(p.receiptKey())
	e.chain.must(relayer, update, p.timeoutMsg(proof, at, e.chain.address(relayer)))
}

// relay brings a packet of this chain over, and its acknowledgement back.
func (e *end) relay(p packet) rollouttypes.Acknowledgement {
	e.chain.Helper()
	raw := e.other.deliver(p)
	e.acknowledge(p, raw)
	ack, err := rollouttypes.DecodeAck(raw)
	require.NoError(e.chain.TB, err)
	return ack
}

// settle relays in both directions until nothing is under way.
func (l *link) settle() {
	for range 40 {
		hub, zone := l.hub.sent(), l.zone.sent()
		if len(hub)+len(zone) == 0 {
			return
		}
		for _, p := range hub {
			l.hub.relay(p)
		}
		for _, p := range zone {
			l.zone.relay(p)
		}
	}
	require.Fail(l.hub.chain.TB, "packets without end")
}
