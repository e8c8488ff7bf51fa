package types

import (
	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/msgservice"
)

// Full names of the services.
const (
	MsgServiceName   = "assay.rollout.v1.Msg"
	QueryServiceName = "assay.rollout.v1.Query"
)

// RegisterInterfaces registers the module's messages.
func RegisterInterfaces(registry codectypes.InterfaceRegistry) {
	registry.RegisterImplementations((*sdk.Msg)(nil),
		&MsgStartRollout{}, &MsgControlRollout{}, &MsgDecideRollout{}, &MsgStopRollout{},
		&MsgReportPhase{}, &MsgSetZonePolicy{}, &MsgUpdateParams{},
	)
	msgservice.RegisterMsgServiceDesc(registry, &_Msg_serviceDesc)
}
