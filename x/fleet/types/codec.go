package types

import (
	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/msgservice"
)

// RegisterInterfaces registers the module's messages with a codec's registry.
func RegisterInterfaces(registry codectypes.InterfaceRegistry) {
	registry.RegisterImplementations((*sdk.Msg)(nil),
		&MsgCreateFleet{},
		&MsgUpdateFleet{},
		&MsgSetFleetPolicy{},
		&MsgProposeFleetOperator{},
		&MsgAcceptFleetOperator{},
		&MsgCancelFleetTransfer{},
		&MsgEnrollDevice{},
		&MsgConfirmDevice{},
		&MsgSetDeviceLabels{},
		&MsgSetDeviceStanding{},
		&MsgRotateDeviceKey{},
		&MsgConfirmDeviceKey{},
		&MsgCancelRotation{},
		&MsgRemoveDevice{},
		&MsgUpdateParams{},
	)
	msgservice.RegisterMsgServiceDesc(registry, &_Msg_serviceDesc)
}
