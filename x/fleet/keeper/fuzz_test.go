package keeper_test

import (
	"testing"

	"github.com/cosmos/gogoproto/proto"
	"github.com/stretchr/testify/require"

	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/x/fleet/types"
)

// message is one of the module's, as a decoder and a handler see it.
type message interface {
	sdk.Msg
	proto.Unmarshaler
	proto.Marshaler
}

// messages are of every type, with fields that a fuzzer may change one by one.
func messages() []message {
	a, labels := bech("alice"), []string{"line=4"}
	return []message{
		&types.MsgCreateFleet{Operator: a, Description: "x", Allow: []string{"acme"}, Labels: labels},
		&types.MsgUpdateFleet{Operator: a, FleetId: 1, Description: "x", Labels: labels},
		&types.MsgSetFleetPolicy{Operator: a, FleetId: 1, Allow: []string{"*"}},
		&types.MsgProposeFleetOperator{Operator: a, FleetId: 1, NewOperator: bech("bob")},
		&types.MsgAcceptFleetOperator{NewOperator: bech("carol"), FleetId: 2},
		&types.MsgCancelFleetTransfer{Signer: bech("bob"), FleetId: 2},
		&types.MsgEnrollDevice{Operator: a, FleetId: 1, Addresses: []string{bech("x"), bech("y")}, Labels: labels},
		&types.MsgConfirmDevice{Address: bech("pending"), FleetId: 1},
		&types.MsgSetDeviceLabels{Operator: a, DeviceId: idActive, Labels: labels},
		&types.MsgSetDeviceStanding{Operator: a, DeviceId: idActive, Standing: types.StandingRevoked, Reason: "x"},
		&types.MsgRotateDeviceKey{Signer: a, DeviceId: idActive, NewAddress: bech("x")},
		&types.MsgConfirmDeviceKey{NewAddress: bech("rotating new"), DeviceId: idRotating},
		&types.MsgCancelRotation{Signer: a, DeviceId: idRotating},
		&types.MsgRemoveDevice{Operator: a, DeviceId: idActive},
		&types.MsgUpdateParams{Authority: bech("gov"), Params: types.DefaultParams()},
	}
}

// Whatever the bytes of a message are, its handler returns: with a valid state, or with an error of the module's
// own and the state as it was.
func FuzzMessages(f *testing.F) {
	for i, msg := range messages() {
		encoded, err := msg.Marshal()
		require.NoError(f, err)
		f.Add(uint8(i), encoded)
	}
	f.Fuzz(func(t *testing.T, kind uint8, encoded []byte) {
		msg := messages()[int(kind)%len(messages())]
		msg.Reset()
		if msg.Unmarshal(encoded) != nil {
			return
		}
		w := newWorld(t)
		before := w.dump()
		if _, err := w.deliver(msg); err != nil {
			space, _, _ := errorsmod.ABCIInfo(err, false)
			require.Equal(t, types.ModuleName, space, "%v", err)
			require.Equal(t, before, w.dump())
			return
		}
		w.requireConsistent()
	})
}
