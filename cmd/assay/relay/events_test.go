package relay

import (
	"encoding/hex"
	"testing"

	abci "github.com/cometbft/cometbft/abci/types"
	rpctypes "github.com/cometbft/cometbft/rpc/core/types"
	"github.com/cosmos/gogoproto/proto"
	"github.com/stretchr/testify/require"

	channelv2types "github.com/cosmos/ibc-go/v11/modules/core/04-channel/v2/types"
)

const (
	hereID  = "07-tendermint-1" // the client on the chain that a test is about
	thereID = "07-tendermint-2" // that on the other
)

func packetFrom(source, destination string, sequence uint64) channelv2types.Packet {
	payload := channelv2types.NewPayload("transfer", "transfer", "ics20-1", "application/json", []byte("data"))
	return channelv2types.NewPacket(sequence, source, destination, 1000, payload)
}

func event(t testing.TB, kind string, packet *channelv2types.Packet, ack *channelv2types.Acknowledgement) abci.Event {
	t.Helper()
	e := abci.Event{Type: kind}
	add := func(key string, m proto.Message) {
		raw, err := proto.Marshal(m)
		require.NoError(t, err)
		e.Attributes = append(e.Attributes, abci.EventAttribute{Key: key, Value: hex.EncodeToString(raw)})
	}
	add(channelv2types.AttributeKeyEncodedPacketHex, packet)
	if ack != nil {
		add(channelv2types.AttributeKeyEncodedAckHex, ack)
	}
	return e
}

func sent(t testing.TB, sequence uint64) abci.Event {
	p := packetFrom(hereID, thereID, sequence)
	return event(t, channelv2types.EventTypeSendPacket, &p, nil)
}

func acknowledged(t testing.TB, sequence uint64) abci.Event {
	p := packetFrom(thereID, hereID, sequence)
	return event(t, channelv2types.EventTypeWriteAck, &p, &channelv2types.Acknowledgement{AppAcknowledgements: [][]byte{{1}}})
}

func TestFindings(t *testing.T) {
	broken := sent(t, 1)
	broken.Attributes[0].Value = "zz"
	cut := sent(t, 1)
	cut.Attributes[0].Value = cut.Attributes[0].Value[:10]
	v1 := abci.Event{Type: "send_packet", Attributes: []abci.EventAttribute{{Key: "packet_data_hex", Value: "00"}, {Key: "packet_sequence", Value: "1"}}}
	ackWithout := acknowledged(t, 1)
	ackWithout.Attributes = ackWithout.Attributes[:1]
	received := sent(t, 1)
	received.Type = channelv2types.EventTypeRecvPacket

	got := findings(5, []abci.Event{broken, cut, v1, ackWithout, received, sent(t, 7), acknowledged(t, 8)})
	require.Len(t, got, 2)
	require.Equal(t, finding{height: 5, packet: packetFrom(hereID, thereID, 7)}, got[0])
	require.Equal(t, packetFrom(thereID, hereID, 8), got[1].packet)
	require.Equal(t, [][]byte{{1}}, got[1].ack.AppAcknowledgements)
}

func TestBlockEvents(t *testing.T) {
	got := blockEvents(&rpctypes.ResultBlockResults{
		TxsResults:          []*abci.ExecTxResult{{Events: []abci.Event{sent(t, 1)}}, {Code: 1}, {Events: []abci.Event{sent(t, 2)}}},
		FinalizeBlockEvents: []abci.Event{sent(t, 3)},
	})
	require.Equal(t, []abci.Event{sent(t, 1), sent(t, 2), sent(t, 3)}, got)
}

func TestCreatedClient(t *testing.T) {
	created := abci.Event{Type: "create_client", Attributes: []abci.EventAttribute{{Key: "client_id", Value: hereID}}}
	id, err := createdClient([]abci.Event{{Type: "tx"}, created})
	require.NoError(t, err)
	require.Equal(t, hereID, id)
	_, err = createdClient([]abci.Event{{Type: "create_client"}})
	require.ErrorContains(t, err, "no create_client event")
}

// Whatever a node says, reading it ends in a finding or in none.
func FuzzFindings(f *testing.F) {
	f.Add("send_packet", sent(f, 1).Attributes[0].Value, "")
	f.Add("write_acknowledgement", acknowledged(f, 1).Attributes[0].Value, acknowledged(f, 1).Attributes[1].Value)
	f.Fuzz(func(t *testing.T, kind, packet, ack string) {
		e := abci.Event{Type: kind, Attributes: []abci.EventAttribute{
			{Key: channelv2types.AttributeKeyEncodedPacketHex, Value: packet}, {Key: channelv2types.AttributeKeyEncodedAckHex, Value: ack},
		}}
		finder := newFinder(nil, nil, hereID, 1, 1)
		finder.remember(findings(1, []abci.Event{e}))
		for w, x := range finder.found {
			if w.ack {
				require.Equal(t, w.hash, string(channelv2types.CommitAcknowledgement(*x.ack)))
			} else {
				require.Equal(t, w.hash, string(channelv2types.CommitPacket(x.packet)))
			}
		}
	})
}
