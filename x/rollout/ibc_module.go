package rollout

import (
	sdk "github.com/cosmos/cosmos-sdk/types"
	channeltypes "github.com/cosmos/ibc-go/v11/modules/core/04-channel/types"
	porttypes "github.com/cosmos/ibc-go/v11/modules/core/05-port/types"
	ibcexported "github.com/cosmos/ibc-go/v11/modules/core/exported"

	"github.com/assay-chain/assay/x/rollout/keeper"
	"github.com/assay-chain/assay/x/rollout/types"
)

var _ porttypes.IBCModule = IBCModule{}

// IBCModule is the application on classic channels.
type IBCModule struct{ keeper keeper.Keeper }

// NewIBCModule returns the application of a keeper.
func NewIBCModule(k keeper.Keeper) IBCModule { return IBCModule{k} }

// OnChanOpenInit implements porttypes.IBCModule. An empty version stands for the module's.
func (IBCModule) OnChanOpenInit(
	_ sdk.Context, order channeltypes.Order, _ []string, port, _ string, counterparty channeltypes.Counterparty, version string,
) (string, error) {
	if version == "" {
		version = types.Version
	}
	return types.Version, checkChannel(order, port, counterparty.PortId, version)
}

// OnChanOpenTry implements porttypes.IBCModule.
func (IBCModule) OnChanOpenTry(
	_ sdk.Context, order channeltypes.Order, _ []string, port, _ string, counterparty channeltypes.Counterparty, version string,
) (string, error) {
	return types.Version, checkChannel(order, port, counterparty.PortId, version)
}

// OnChanOpenAck implements porttypes.IBCModule.
func (IBCModule) OnChanOpenAck(_ sdk.Context, _, _, _, version string) error {
	return checkVersion(version)
}

// OnChanOpenConfirm implements porttypes.IBCModule.
func (IBCModule) OnChanOpenConfirm(sdk.Context, string, string) error { return nil }

// OnChanCloseInit implements porttypes.IBCModule. Nobody may close a channel: rollouts live on it.
func (IBCModule) OnChanCloseInit(_ sdk.Context, _, channel string) error {
	return types.ErrInvalidChannel.Wrapf("%s: channels of port %s are not closed by a message", channel, types.PortID)
}

// OnChanCloseConfirm implements porttypes.IBCModule. The other side closed the channel: its zones are lost.
func (m IBCModule) OnChanCloseConfirm(ctx sdk.Context, _, channel string) error {
	return m.keeper.LinkClosed(ctx, channel)
}

// OnRecvPacket implements porttypes.IBCModule.
func (m IBCModule) OnRecvPacket(ctx sdk.Context, _ string, p channeltypes.Packet, _ sdk.AccAddress) ibcexported.Acknowledgement {
	return m.keeper.Receive(ctx, p.DestinationChannel, p.Sequence, p.Data)
}

// OnAcknowledgementPacket implements porttypes.IBCModule.
func (m IBCModule) OnAcknowledgementPacket(ctx sdk.Context, _ string, p channeltypes.Packet, ack []byte, _ sdk.AccAddress) error {
	return m.keeper.Acknowledged(ctx, p.SourceChannel, p.Sequence, p.Data, ack)
}

// OnTimeoutPacket implements porttypes.IBCModule.
func (m IBCModule) OnTimeoutPacket(ctx sdk.Context, _ string, p channeltypes.Packet, _ sdk.AccAddress) error {
	return m.keeper.TimedOut(ctx, p.SourceChannel, p.Sequence, p.Data)
}

// SetICS4Wrapper implements porttypes.IBCModule. No middleware is wired above this module; the keeper has its sender.
func (IBCModule) SetICS4Wrapper(porttypes.ICS4Wrapper) {}

func checkChannel(order channeltypes.Order, port, counterpartyPort, version string) error {
	switch {
	case order != channeltypes.UNORDERED:
		return types.ErrInvalidChannel.Wrapf("order: expected %s, got %s", channeltypes.UNORDERED, order)
	case port != types.PortID || counterpartyPort != types.PortID:
		return types.ErrInvalidChannel.Wrapf("ports: expected %s on both sides, got %s and %s", types.PortID, port, counterpartyPort)
	}
	return checkVersion(version)
}

func checkVersion(version string) error {
	if version != types.Version {
		return types.ErrInvalidChannel.Wrapf("version: expected %s, got %.64s", types.Version, version)
	}
	return nil
}
