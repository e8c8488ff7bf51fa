package net

import (
	"context"
	"fmt"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/cosmos/cosmos-sdk/codec"
	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	"github.com/cosmos/cosmos-sdk/types/query"
	clientv2types "github.com/cosmos/ibc-go/v11/modules/core/02-client/v2/types"
	channeltypes "github.com/cosmos/ibc-go/v11/modules/core/04-channel/types"

	"github.com/assay-chain/assay/x/rollout/types"
)

// pageSize is how many records one request asks for.
const pageSize = 100

// node is a connection to the gRPC endpoint of a chain's node.
type node struct {
	address string
	conn    *grpc.ClientConn
	rollout types.QueryClient
}

func dial(address string) (*node, error) {
	cdc := codec.NewProtoCodec(codectypes.NewInterfaceRegistry()).GRPCCodec()
	conn, err := grpc.NewClient(address,
		grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithDefaultCallOptions(grpc.ForceCodec(cdc)))
	if err != nil {
		return nil, fmt.Errorf("node %q: %w", address, err)
	}
	return &node{address: address, conn: conn, rollout: types.NewQueryClient(conn)}, nil
}

func (n *node) close() error { return n.conn.Close() }

// pages calls fetch for each page until there is none.
func pages(fetch func(*query.PageRequest) (*query.PageResponse, error)) error {
	next := &query.PageRequest{Limit: pageSize}
	for {
		p, err := fetch(next)
		if err != nil {
			return err
		}
		if p == nil || len(p.NextKey) == 0 {
			return nil
		}
		next = &query.PageRequest{Limit: pageSize, Key: p.NextKey}
	}
}

// hubRollout is a rollout and one of its zones, as the hub has them.
type hubRollout struct {
	rollout     types.Rollout
	zone        types.ZoneState
	transitions []types.Transition
}

// hubState reads all rollouts of a hub that have the zone.
func (n *node) hubState(ctx context.Context, zone string) (map[uint64]hubRollout, error) {
	found := make(map[uint64]hubRollout)
	err := pages(func(p *query.PageRequest) (*query.PageResponse, error) {
		res, err := n.rollout.Rollouts(ctx, &types.QueryRolloutsRequest{Pagination: p})
		if err != nil {
			return nil, fmt.Errorf("hub %s: rollouts: %w", n.address, err)
		}
		for _, r := range res.Rollouts {
			if err := n.hubZone(ctx, r, zone, found); err != nil {
				return nil, err
			}
		}
		return res.Pagination, nil
	})
	return found, err
}

func (n *node) hubZone(ctx context.Context, r types.Rollout, zone string, found map[uint64]hubRollout) error {
	h := hubRollout{rollout: r}
	err := pages(func(p *query.PageRequest) (*query.PageResponse, error) {
		res, err := n.rollout.Zones(ctx, &types.QueryZonesRequest{Id: r.Id, Pagination: p})
		if err != nil {
			return nil, fmt.Errorf("hub %s: zones of rollout %d: %w", n.address, r.Id, err)
		}
		for _, z := range res.Zones {
			if z.State.Zone == zone {
				h.zone = z.State
			}
		}
		return res.Pagination, nil
	})
	if err != nil || h.zone.Zone == "" {
		return err
	}
	err = pages(func(p *query.PageRequest) (*query.PageResponse, error) {
		res, err := n.rollout.Transitions(ctx, &types.QueryTransitionsRequest{Id: r.Id, Pagination: p})
		if err != nil {
			return nil, fmt.Errorf("hub %s: transitions of rollout %d: %w", n.address, r.Id, err)
		}
		h.transitions = append(h.transitions, res.Transitions...)
		return res.Pagination, nil
	})
	found[r.Id] = h
	return err
}

// zoneRollout is a rollout as a zone has it.
type zoneRollout struct {
	rollout     types.ZoneRollout
	progress    types.ZoneProgress
	fleets      []types.FleetEvidence
	transitions []types.Transition
}

// zoneState reads all rollouts of a zone that came from the source.
func (n *node) zoneState(ctx context.Context, source string) ([]zoneRollout, error) {
	var found []zoneRollout
	err := pages(func(p *query.PageRequest) (*query.PageResponse, error) {
		res, err := n.rollout.ZoneRollouts(ctx, &types.QueryZoneRolloutsRequest{Pagination: p})
		if err != nil {
			return nil, fmt.Errorf("zone %s: rollouts: %w", n.address, err)
		}
		for _, z := range res.Rollouts {
			if z.Source != source {
				continue
			}
			one, err := n.zoneRollout(ctx, z.Number)
			if err != nil {
				return nil, err
			}
			found = append(found, one)
		}
		return res.Pagination, nil
	})
	return found, err
}

func (n *node) zoneRollout(ctx context.Context, number uint64) (z zoneRollout, err error) {
	res, err := n.rollout.ZoneRollout(ctx, &types.QueryZoneRolloutRequest{Number: number})
	if err != nil {
		return z, fmt.Errorf("zone %s: rollout %d: %w", n.address, number, err)
	}
	z = zoneRollout{rollout: res.Rollout, progress: res.Progress, fleets: res.Fleets}
	err = pages(func(p *query.PageRequest) (*query.PageResponse, error) {
		res, err := n.rollout.ZoneTransitions(ctx, &types.QueryZoneTransitionsRequest{Number: number, Pagination: p})
		if err != nil {
			return nil, fmt.Errorf("zone %s: transitions of rollout %d: %w", n.address, number, err)
		}
		z.transitions = append(z.transitions, res.Transitions...)
		return res.Pagination, nil
	})
	return z, err
}

// counterpart is what the zone calls the channel or client that the hub calls zone.
func (n *node) counterpart(ctx context.Context, zone string) (string, error) {
	if !types.IsChannel(zone) {
		res, err := clientv2types.NewQueryClient(n.conn).CounterpartyInfo(ctx, &clientv2types.QueryCounterpartyInfoRequest{ClientId: zone})
		if err != nil {
			return "", fmt.Errorf("hub %s: client %q: %w", n.address, zone, err)
		}
		return res.CounterpartyInfo.ClientId, nil
	}
	res, err := channeltypes.NewQueryClient(n.conn).Channel(ctx, &channeltypes.QueryChannelRequest{PortId: types.PortID, ChannelId: zone})
	if err != nil {
		return "", fmt.Errorf("hub %s: channel %q: %w", n.address, zone, err)
	}
	return res.Channel.Counterparty.ChannelId, nil
}
