package ibc

import (
	"testing"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"
	clienttypes "github.com/cosmos/ibc-go/v11/modules/core/02-client/types"
	channeltypes "github.com/cosmos/ibc-go/v11/modules/core/04-channel/types"
	channeltypesv2 "github.com/cosmos/ibc-go/v11/modules/core/04-channel/v2/types"
	host "github.com/cosmos/ibc-go/v11/modules/core/24-host"
	hostv2 "github.com/cosmos/ibc-go/v11/modules/core/24-host/v2"
	ibctesting "github.com/cosmos/ibc-go/v11/testing"

	rollouttypes "github.com/assay-chain/assay/x/rollout/types"
)

// packet is one that a chain sent, over a channel or, where isV2, over a client.
type packet struct {
	isV2 bool
	v1   channeltypes.Packet
	v2   channeltypesv2.Packet
}

// packetsIn are the packets that a block sent.
func packetsIn(tb testing.TB, events []abci.Event) (found []packet) {
	for _, e := range events {
		one := []abci.Event{e}
		if e.Type != channeltypes.EventTypeSendPacket { // the same name in v2
			continue
		}
		if p, err := ibctesting.ParseIBCV1Packets(e.Type, one); err == nil && p[0].SourceChannel != "" {
			found = append(found, packet{v1: p[0]})
			continue
		}
		p, err := ibctesting.ParseIBCV2Packets(e.Type, one)
		require.NoError(tb, err)
		found = append(found, packet{isV2: true, v2: p[0]})
	}
	return found
}

// source is the channel or client of the sender.
func (p packet) source() string {
	if p.isV2 {
		return p.v2.SourceClient
	}
	return p.v1.SourceChannel
}

func (p packet) sequence() uint64 {
	if p.isV2 {
		return p.v2.Sequence
	}
	return p.v1.Sequence
}

func (p packet) data() []byte {
	if p.isV2 {
		return p.v2.Payloads[0].Value
	}
	return p.v1.Data
}

// body is what the packet says.
func (p packet) body(tb testing.TB) *rollouttypes.Packet {
	tb.Helper()
	body, err := rollouttypes.DecodePacket(p.data())
	require.NoError(tb, err)
	return body
}

// The keys under which core IBC keeps what was sent, answered and received.
func (p packet) commitmentKey() []byte {
	if p.isV2 {
		return hostv2.PacketCommitmentKey(p.v2.SourceClient, p.v2.Sequence)
	}
	return host.PacketCommitmentKey(p.v1.SourcePort, p.v1.SourceChannel, p.v1.Sequence)
}

func (p packet) ackKey() []byte {
	if p.isV2 {
		return hostv2.PacketAcknowledgementKey(p.v2.DestinationClient, p.v2.Sequence)
	}
	return host.PacketAcknowledgementKey(p.v1.DestinationPort, p.v1.DestinationChannel, p.v1.Sequence)
}

func (p packet) receiptKey() []byte {
	if p.isV2 {
		return hostv2.PacketReceiptKey(p.v2.DestinationClient, p.v2.Sequence)
	}
	return host.PacketReceiptKey(p.v1.DestinationPort, p.v1.DestinationChannel, p.v1.Sequence)
}

// The messages with which a relayer brings the packet, its acknowledgement, or the proof that it was not received.
func (p packet) recvMsg(proof []byte, at clienttypes.Height, signer string) sdk.Msg {
	if p.isV2 {
		return channeltypesv2.NewMsgRecvPacket(p.v2, proof, at, signer)
	}
	return channeltypes.NewMsgRecvPacket(p.v1, proof, at, signer)
}

func (p packet) ackMsg(ack, proof []byte, at clienttypes.Height, signer string) sdk.Msg {
	if p.isV2 {
		return channeltypesv2.NewMsgAcknowledgement(p.v2, channeltypesv2.NewAcknowledgement(ack), proof, at, signer)
	}
	return channeltypes.NewMsgAcknowledgement(p.v1, ack, proof, at, signer)
}

func (p packet) timeoutMsg(proof []byte, at clienttypes.Height, signer string) sdk.Msg {
	if p.isV2 {
		return channeltypesv2.NewMsgTimeout(p.v2, proof, at, signer)
	}
	return channeltypes.NewMsgTimeout(p.v1, 1, proof, at, signer)
}

// ackIn is the application's acknowledgement that a block wrote.
func (p packet) ackIn(tb testing.TB, events []abci.Event) []byte {
	tb.Helper()
	if !p.isV2 {
		ack, err := ibctesting.ParseAckFromEvents(events)
		require.NoError(tb, err)
		return ack
	}
	raw, err := ibctesting.ParseAckV2FromEvents(events)
	require.NoError(tb, err)
	var ack channeltypesv2.Acknowledgement
	require.NoError(tb, ack.Unmarshal(raw))
	require.Len(tb, ack.AppAcknowledgements, 1)
	return ack.AppAcknowledgements[0]
}
