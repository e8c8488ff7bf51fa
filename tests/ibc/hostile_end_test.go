package ibc

import (
	"github.com/stretchr/testify/require"

	clienttypes "github.com/cosmos/ibc-go/v11/modules/core/02-client/types"
	channeltypes "github.com/cosmos/ibc-go/v11/modules/core/04-channel/types"
	channeltypesv2 "github.com/cosmos/ibc-go/v11/modules/core/04-channel/v2/types"

	rollouttypes "github.com/assay-chain/assay/x/rollout/types"
)

// firstForged is far from the sequences of honest packets.
const firstForged = 1_000_000

// forge writes the commitment of a packet of any bytes at this end, as a chain of other code could, and returns the packet.
func (e *end) forge(data []byte) packet {
	e.chain.Helper()
	e.forged++
	sequence, seconds := firstForged+e.forged, uint64(e.chain.Coordinator.CurrentTime.Unix())+packetTimeout
	if e.isV2 {
		payload := channeltypesv2.NewPayload(rollouttypes.PortID, rollouttypes.PortID, rollouttypes.Version, rollouttypes.Encoding, data)
		return e.forgeV2(channeltypesv2.NewPacket(sequence, e.ClientID, e.Counterparty.ClientID, seconds, payload))
	}
	p := channeltypes.NewPacket(data, sequence, rollouttypes.PortID, e.ChannelID, rollouttypes.PortID, e.Counterparty.ChannelID,
		clienttypes.ZeroHeight(), seconds*1e9)
	e.chain.app.IBC.ChannelKeeper.SetPacketCommitment(e.chain.GetContext(), p.SourcePort, p.SourceChannel, p.Sequence, channeltypes.CommitPacket(p))
	e.chain.block()
	return packet{v1: p}
}

func (e *end) forgeV2(p channeltypesv2.Packet) packet {
	e.chain.app.IBC.ChannelKeeperV2.SetPacketCommitment(e.chain.GetContext(), p.SourceClient, p.Sequence, channeltypesv2.CommitPacket(p))
	e.chain.block()
	return packet{isV2: true, v2: p}
}

// forgeBody is forge of a body that encodes.
func (e *end) forgeBody(body *rollouttypes.Packet) packet {
	e.chain.Helper()
	data, err := body.Marshal()
	require.NoError(e.chain.TB, err)
	return e.forge(data)
}

// forgeAck writes any bytes at this end as the acknowledgement of a packet of the other chain, and lets that chain have it.
func (e *end) forgeAck(p packet, ack []byte) {
	e.chain.Helper()
	ctx, core := e.chain.GetContext(), e.chain.app.IBC
	if p.isV2 {
		all := channeltypesv2.NewAcknowledgement(ack)
		core.ChannelKeeperV2.SetPacketAcknowledgement(ctx, p.v2.DestinationClient, p.v2.Sequence, channeltypesv2.CommitAcknowledgement(all))
	} else {
		core.ChannelKeeper.SetPacketAcknowledgement(ctx, p.v1.DestinationPort, p.v1.DestinationChannel, p.v1.Sequence, channeltypes.CommitAcknowledgement(ack))
	}
	e.chain.block()
	e.other.acknowledge(p, ack)
}
