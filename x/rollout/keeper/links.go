package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"
	channeltypes "github.com/cosmos/ibc-go/v11/modules/core/04-channel/types"
	ibcexported "github.com/cosmos/ibc-go/v11/modules/core/exported"

	"github.com/assay-chain/assay/x/rollout/types"
)

// LinkStatus is the state of a channel or client as core IBC has it now. The local zone is always open.
func (k Keeper) LinkStatus(ctx sdk.Context, source string) types.LinkStatus {
	switch {
	case source == types.LocalZone:
		return types.LinkOpen
	case types.IsChannel(source):
		return k.channelStatus(ctx, source)
	}
	if _, ok := k.ibc.ClientsV2.GetClientCounterparty(ctx, source); !ok {
		return types.LinkUnknown
	}
	return clientStatus(k.ibc.Clients.GetClientStatus(ctx, source))
}

func (k Keeper) channelStatus(ctx sdk.Context, id string) types.LinkStatus {
	channel, ok := k.ibc.Channels.GetChannel(ctx, types.PortID, id)
	switch {
	case !ok:
		return types.LinkUnknown
	case channel.State == channeltypes.CLOSED:
		return types.LinkClosed
	case channel.State != channeltypes.OPEN:
		return types.LinkUnknown
	}
	client, _, err := k.ibc.Channels.GetChannelClientState(ctx, types.PortID, id)
	if err != nil {
		return types.LinkUnknown
	}
	return clientStatus(k.ibc.Clients.GetClientStatus(ctx, client))
}

func clientStatus(s ibcexported.Status) types.LinkStatus {
	switch s {
	case ibcexported.Active:
		return types.LinkOpen
	case ibcexported.Frozen:
		return types.LinkFrozen
	case ibcexported.Expired:
		return types.LinkExpired
	}
	return types.LinkUnknown
}

// addLink puts a channel or client under watch.
func (k Keeper) addLink(ctx sdk.Context, source string) error {
	known, err := k.Links.Has(ctx, source)
	if err != nil || known {
		return err
	}
	return k.Links.Set(ctx, source, types.Link{Source: source, Status: k.LinkStatus(ctx, source), Height: ctx.BlockHeight()})
}

// observeLink puts the state of a link on record, and announces a change.
func (k Keeper) observeLink(ctx sdk.Context, source string) (types.LinkStatus, error) {
	status := k.LinkStatus(ctx, source)
	return status, k.recordLink(ctx, source, status)
}

func (k Keeper) recordLink(ctx sdk.Context, source string, status types.LinkStatus) error {
	link, err := k.Links.Get(ctx, source)
	if err != nil && !errors.Is(err, collections.ErrNotFound) {
		return err
	}
	if link.Status == status {
		return nil
	}
	if status == types.LinkClosed {
		if err := k.ClosedLinks.Set(ctx, source); err != nil {
			return err
		}
	}
	if err := k.Links.Set(ctx, source, types.Link{Source: source, Status: status, Height: ctx.BlockHeight()}); err != nil {
		return err
	}
	return emit(ctx, &types.EventLinkChanged{Source: source, From: link.Status, To: status})
}

// LinkClosed is told by core IBC that a channel was closed by the other side. Core IBC has it open still at this moment,
// and takes all back if the proof of the closing is not good.
func (k Keeper) LinkClosed(ctx sdk.Context, channel string) error {
	return k.recordLink(ctx, channel, types.LinkClosed)
}

// watchLinks looks at the next few links in turn: nothing tells the module that a client froze or expired.
func (k Keeper) watchLinks(ctx sdk.Context, limit uint32) error {
	cursor, err := k.LinkCursor.Get(ctx)
	if err != nil && !errors.Is(err, collections.ErrNotFound) {
		return err
	}
	next, err := k.linksAfter(ctx, cursor, int(limit))
	if err != nil {
		return err
	}
	for _, source := range next {
		if _, err := k.observeLink(ctx, source); err != nil {
			return err
		}
		cursor = source
	}
	if len(next) < int(limit) {
		cursor = "" // from the first again
	}
	return k.setCursor(ctx, cursor)
}

func (k Keeper) setCursor(ctx context.Context, cursor string) error {
	if cursor == "" {
		return k.LinkCursor.Remove(ctx)
	}
	return k.LinkCursor.Set(ctx, cursor)
}

func (k Keeper) linksAfter(ctx context.Context, after string, limit int) (sources []string, err error) {
	rng := new(collections.Range[string])
	if after != "" {
		rng = rng.StartExclusive(after)
	}
	err = k.Links.Walk(ctx, rng, func(source string, _ types.Link) (bool, error) {
		sources = append(sources, source)
		return len(sources) >= limit, nil
	})
	return sources, err
}

// loseZones takes the zones behind closed channels out of their rollouts, at most limit in a block.
func (k Keeper) loseZones(ctx sdk.Context, limit uint32) error {
	var closed []string
	err := k.ClosedLinks.Walk(ctx, nil, func(source string) (bool, error) {
		closed = append(closed, source)
		return true, nil // one at a time
	})
	if err != nil || len(closed) == 0 {
		return err
	}
	ids, err := k.activeIn(ctx, closed[0], int(limit))
	if err != nil {
		return err
	}
	for _, id := range ids {
		if err := k.loseZone(ctx, id, closed[0]); err != nil {
			return err
		}
	}
	if len(ids) < int(limit) {
		return k.ClosedLinks.Remove(ctx, closed[0])
	}
	return nil
}

func (k Keeper) loseZone(ctx sdk.Context, id uint64, zone string) error {
	s, ok, err := k.loadZone(ctx, id, zone)
	if err != nil || !ok {
		return err
	}
	if err := k.setStanding(ctx, &s, types.StandingLost, types.AckUnspecified); err != nil {
		return err
	}
	return k.saveZone(ctx, &s)
}

func (k Keeper) activeIn(ctx context.Context, zone string, limit int) (ids []uint64, err error) {
	err = k.Active.Walk(ctx, collections.NewPrefixedTripleRange[string, string, uint64](zone),
		func(key collections.Triple[string, string, uint64]) (bool, error) {
			ids = append(ids, key.K3())
			return len(ids) >= limit, nil
		})
	return ids, err
}
