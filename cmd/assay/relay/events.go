package relay

import (
	"encoding/hex"
	"fmt"

	abci "github.com/cometbft/cometbft/abci/types"
	rpctypes "github.com/cometbft/cometbft/rpc/core/types"
	"github.com/cosmos/gogoproto/proto"

	clienttypes "github.com/cosmos/ibc-go/v11/modules/core/02-client/types"
	channelv2types "github.com/cosmos/ibc-go/v11/modules/core/04-channel/v2/types"
)

// finding is what an event tells: a packet that was sent or, with an acknowledgement, one that was received.
// Nothing of it is known to be true until it is compared with the hash in the chain's state.
type finding struct {
	height int64 // of the block that the event is from
	packet channelv2types.Packet
	ack    *channelv2types.Acknowledgement
}

// findings are those of the events that are about packets of IBC v2. Events of IBC v1 have the same types
// and other attributes; they, and what cannot be read, are left out.
func findings(height int64, events []abci.Event) []finding {
	var out []finding
	for _, e := range events {
		f := finding{height: height}
		var err error
		switch e.Type {
		case channelv2types.EventTypeSendPacket:
			err = decodeHex(e, channelv2types.AttributeKeyEncodedPacketHex, &f.packet)
		case channelv2types.EventTypeWriteAck:
			f.ack = &channelv2types.Acknowledgement{}
			if err = decodeHex(e, channelv2types.AttributeKeyEncodedPacketHex, &f.packet); err == nil {
				err = decodeHex(e, channelv2types.AttributeKeyEncodedAckHex, f.ack)
			}
		default:
			continue
		}
		if err == nil {
			out = append(out, f)
		}
	}
	return out
}

// decodeHex reads a message from an attribute in hex.
func decodeHex(e abci.Event, key string, into proto.Message) error {
	text, ok := attribute(e, key)
	if !ok {
		return fmt.Errorf("event %s: no attribute %q", e.Type, key)
	}
	raw, err := hex.DecodeString(text)
	if err != nil {
		return err
	}
	return proto.Unmarshal(raw, into)
}

func attribute(e abci.Event, key string) (string, bool) {
	for _, a := range e.Attributes {
		if a.Key == key {
			return a.Value, true
		}
	}
	return "", false
}

// blockEvents are all events of a block: of its transactions, and of its begin and end.
func blockEvents(r *rpctypes.ResultBlockResults) []abci.Event {
	var out []abci.Event
	for _, tx := range r.TxsResults {
		out = append(out, tx.Events...)
	}
	return append(out, r.FinalizeBlockEvents...)
}

// createdClient is the id in the event of a client's creation.
func createdClient(events []abci.Event) (string, error) {
	for _, e := range events {
		if e.Type != clienttypes.EventTypeCreateClient {
			continue
		}
		if id, ok := attribute(e, clienttypes.AttributeKeyClientID); ok {
			return id, nil
		}
	}
	return "", fmt.Errorf("no %s event in the transaction", clienttypes.EventTypeCreateClient)
}
