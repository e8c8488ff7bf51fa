package rollout

import (
	sdk "github.com/cosmos/cosmos-sdk/types"
	channeltypesv2 "github.com/cosmos/ibc-go/v11/modules/core/04-channel/v2/types"
	ibcapi "github.com/cosmos/ibc-go/v11/modules/core/api"

	"github.com/assay-chain/assay/x/rollout/keeper"
	"github.com/assay-chain/assay/x/rollout/types"
)

var _ ibcapi.IBCModule = IBCModuleV2{}

// IBCModuleV2 is the application on IBC v2: the same packets and keeper, with a client in place of a channel.
type IBCModuleV2 struct{ keeper keeper.Keeper }

// NewIBCModuleV2 returns the application of a keeper.
func NewIBCModuleV2(k keeper.Keeper) IBCModuleV2 { return IBCModuleV2{k} }

// OnSendPacket implements ibcapi.IBCModule. Anyone may ask core IBC to send a packet; only the module itself may send
// one from its port.
func (IBCModuleV2) OnSendPacket(_ sdk.Context, _, _ string, _ uint64, payload channeltypesv2.Payload, signer sdk.AccAddress) error {
	if !signer.Equals(keeper.ModuleAddress()) {
		return types.ErrUnauthorized.Wrapf("port %s: expected the module's own packet, got one of %s", types.PortID, signer)
	}
	return checkPayload(payload)
}

// OnRecvPacket implements ibcapi.IBCModule.
func (m IBCModuleV2) OnRecvPacket(
	ctx sdk.Context, _, destination string, sequence uint64, payload channeltypesv2.Payload, _ sdk.AccAddress,
) channeltypesv2.RecvPacketResult {
	ack := types.NewAck(types.AckMalformed, 0)
	if err := checkPayload(payload); err == nil {
		ack = m.keeper.Receive(ctx, destination, sequence, payload.Value)
	}
	return channeltypesv2.RecvPacketResult{Status: channeltypesv2.PacketStatus_Success, Acknowledgement: ack.Acknowledgement()}
}

// OnAcknowledgementPacket implements ibcapi.IBCModule.
func (m IBCModuleV2) OnAcknowledgementPacket(
	ctx sdk.Context, source, _ string, sequence uint64, ack []byte, payload channeltypesv2.Payload, _ sdk.AccAddress,
) error {
	return m.keeper.Acknowledged(ctx, source, sequence, payload.Value, ack)
}

// OnTimeoutPacket implements ibcapi.IBCModule.
func (m IBCModuleV2) OnTimeoutPacket(
	ctx sdk.Context, source, _ string, sequence uint64, payload channeltypesv2.Payload, _ sdk.AccAddress,
) error {
	return m.keeper.TimedOut(ctx, source, sequence, payload.Value)
}

func checkPayload(p channeltypesv2.Payload) error {
	switch {
	case p.SourcePort != types.PortID || p.DestinationPort != types.PortID:
		return types.ErrInvalidChannel.Wrapf("ports: expected %s on both sides, got %.64s and %.64s", types.PortID, p.SourcePort, p.DestinationPort)
	case p.Encoding != types.Encoding:
		return types.ErrInvalidChannel.Wrapf("encoding: expected %s, got %.64s", types.Encoding, p.Encoding)
	}
	return checkVersion(p.Version)
}
