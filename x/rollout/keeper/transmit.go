package keeper

import (
	"time"

	sdk "github.com/cosmos/cosmos-sdk/types"
	clienttypes "github.com/cosmos/ibc-go/v11/modules/core/02-client/types"
	channeltypesv2 "github.com/cosmos/ibc-go/v11/modules/core/04-channel/v2/types"

	"github.com/assay-chain/assay/x/rollout/types"
)

// transmit sends a packet over a channel, or over a client with IBC v2, and returns its sequence. With an error nothing
// was written.
func (k Keeper) transmit(ctx sdk.Context, link string, packet *types.Packet) (uint64, error) {
	data, err := packet.Encode()
	if err != nil {
		return 0, err
	}
	params, err := k.Params.Get(ctx)
	if err != nil {
		return 0, err
	}
	timeout := ctx.BlockTime().Add(time.Duration(params.PacketTimeout) * time.Second)
	branch, write := ctx.CacheContext()
	var sequence uint64
	if types.IsChannel(link) {
		sequence, err = k.ibc.Sender.SendPacket(branch, types.PortID, link, clienttypes.ZeroHeight(), uint64(timeout.UnixNano()), data)
	} else {
		sequence, err = k.transmitV2(branch, link, timeout, data)
	}
	if err != nil {
		return 0, err
	}
	write()
	count(ctx, metricPackets, "sent")
	return sequence, nil
}

func (k Keeper) transmitV2(ctx sdk.Context, client string, timeout time.Time, data []byte) (uint64, error) {
	payload := channeltypesv2.NewPayload(types.PortID, types.PortID, types.Version, types.Encoding, data)
	msg := channeltypesv2.NewMsgSendPacket(client, uint64(timeout.Unix()), ModuleAddress().String(), payload)
	res, err := k.ibc.ChannelsV2.SendPacket(ctx, msg)
	if err != nil {
		return 0, err
	}
	return res.Sequence, nil
}
