package keeper

import (
	"errors"
	"strings"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/x/rollout/types"
)

// refusal is why a received packet was refused: a code for the sender, and a cause for people.
type refusal struct {
	code  types.AckCode
	cause error
}

func (r refusal) Error() string { return r.code.String() + ": " + r.cause.Error() }

func (r refusal) Unwrap() []error { return []error{types.ErrRefused, r.cause} }

func refuse(code types.AckCode, cause error) error { return refusal{code, cause} }

// Receive takes the data of a packet that core IBC has verified to come from the chain behind the link, and answers it. A
// refusal writes nothing but its event.
func (k Keeper) Receive(ctx sdk.Context, link string, sequence uint64, data []byte) types.Acknowledgement {
	packet, err := types.DecodePacket(data)
	if err != nil {
		return k.refused(ctx, link, sequence, types.NewAck(types.AckMalformed, 0), err)
	}
	return k.deliver(ctx, link, sequence, packet)
}

// deliver hands a packet to its handler, in a branch of the state that a refusal throws away.
func (k Keeper) deliver(ctx sdk.Context, source string, sequence uint64, packet *types.Packet) types.Acknowledgement {
	branch, write := ctx.CacheContext()
	ack, err := k.handle(branch, source, packet)
	if err != nil {
		return k.refused(ctx, source, sequence, ack, err)
	}
	write()
	count(ctx, metricPackets, "received")
	return ack
}

func (k Keeper) handle(ctx sdk.Context, source string, packet *types.Packet) (ack types.Acknowledgement, err error) {
	switch b := packet.Body.(type) {
	case *types.Packet_Announce:
		ack, err = k.receiveAnnounce(ctx, source, b.Announce)
	case *types.Packet_Command:
		ack, err = k.receiveCommand(ctx, source, b.Command)
	case *types.Packet_Evidence:
		ack, err = k.receiveEvidence(ctx, source, b.Evidence)
	}
	if err == nil {
		return ack, nil
	}
	var r refusal
	if errors.As(err, &r) {
		return types.NewAck(r.code, ack.Generation), err
	}
	return types.NewAck(types.AckInternal, ack.Generation), err
}

func (k Keeper) refused(ctx sdk.Context, link string, sequence uint64, ack types.Acknowledgement, cause error) types.Acknowledgement {
	ctx.Logger().Info("packet refused", "link", link, "sequence", sequence, "code", ack.Code, "error", cause)
	count(ctx, metricRefusals, ack.Code.String())
	// The event's text is not part of consensus: events of transactions are not hashed into the block.
	if err := emit(ctx, &types.EventPacketRefused{Source: link, Sequence: sequence, Code: ack.Code, Reason: clip(cause.Error())}); err != nil {
		ctx.Logger().Error("event of a refused packet", "error", err)
	}
	return ack
}

// maxReason bounds the text of an event, in which a packet's content may stand.
const maxReason = 512

func clip(s string) string { return strings.ToValidUTF8(s[:min(len(s), maxReason)], "") }
