package cli_test

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"

	"github.com/cosmos/cosmos-sdk/codec"
	grpctypes "github.com/cosmos/cosmos-sdk/types/grpc"
	"github.com/cosmos/cosmos-sdk/types/query"

	"github.com/assay-chain/assay/x/rollout/types"
)

// fakeChain answers queries from genesis states of several heights, ascending. What it derives, it derives as the keeper does.
type fakeChain struct {
	types.UnimplementedQueryServer
	blocks []block
	// next is the block that the next question about the latest state is answered from; it goes forward with each.
	next int
	// failing is how many questions are not answered from then on.
	failing int
}

type block struct {
	height int64
	state  types.GenesisState
}

// addBlock adds a state; parts that the JSON does not have are those of the block before.
func (c *fakeChain) addBlock(t *testing.T, cdc codec.Codec, height int64, parts, data map[string]json.RawMessage) {
	t.Helper()
	for name, part := range data {
		parts[name] = part
	}
	all, err := json.Marshal(parts)
	require.NoError(t, err)
	b := block{height: height}
	require.NoError(t, cdc.UnmarshalJSON(all, &b.state))
	c.blocks = append(c.blocks, b)
}

// at is the block that a request is about.
func (c *fakeChain) at(ctx context.Context) (block, error) {
	md, _ := metadata.FromIncomingContext(ctx)
	if h := md.Get(grpctypes.GRPCBlockHeightHeader); len(h) > 0 {
		height, err := strconv.ParseInt(h[0], 10, 64)
		if err != nil {
			return block{}, err
		}
		for _, b := range slices.Backward(c.blocks) {
			if b.height <= height {
				b.height = height
				return b, nil
			}
		}
		return block{}, fmt.Errorf("no block %d", height)
	}
	if c.failing > 0 && c.next > 0 {
		c.failing--
		return block{}, status.Error(codes.Unavailable, "no connection")
	}
	b := c.blocks[min(c.next, len(c.blocks)-1)]
	c.next++
	return b, nil
}

func (c *fakeChain) Rollout(ctx context.Context, req *types.QueryRolloutRequest) (*types.QueryRolloutResponse, error) {
	b, err := c.at(ctx)
	if err != nil {
		return nil, err
	}
	for _, r := range b.state.Rollouts {
		if r.Id == req.Id {
			res := &types.QueryRolloutResponse{Rollout: r, Height: b.height, Waits: r.Waits(b.height)}
			for _, t := range b.state.Transitions {
				if t.Rollout == r.Id && t.Generation == r.Generation {
					res.Last = t
				}
			}
			return res, nil
		}
	}
	return nil, types.ErrRolloutNotFound.Wrapf("rollout %d", req.Id)
}

func (c *fakeChain) Zones(ctx context.Context, req *types.QueryZonesRequest) (*types.QueryZonesResponse, error) {
	b, err := c.at(ctx)
	if err != nil {
		return nil, err
	}
	res := new(types.QueryZonesResponse)
	var rest []types.ZoneStatus
	for _, z := range b.state.Zones {
		if z.Rollout != req.Id {
			continue
		}
		zone := types.ZoneStatus{State: z, Link: b.link(z.Zone)}
		for _, t := range b.state.Targets {
			if t.Rollout == req.Id && t.Target.Zone == z.Zone {
				zone.Target = t.Target
			}
		}
		switch {
		case req.Pagination != nil && len(req.Pagination.Key) > 0 && z.Zone < string(req.Pagination.Key): // pages before
		case len(res.Zones) == 2: // pages are short, so that more than one is read
			rest = append(rest, zone)
		default:
			res.Zones = append(res.Zones, zone)
		}
	}
	if len(rest) > 0 {
		res.Pagination = &query.PageResponse{NextKey: []byte(rest[0].State.Zone)}
	}
	return res, nil
}

func (b block) link(source string) types.LinkStatus {
	for _, l := range b.state.Links {
		if l.Source == source {
			return l.Status
		}
	}
	return types.LinkOpen
}

func (c *fakeChain) Attempts(ctx context.Context, req *types.QueryAttemptsRequest) (*types.QueryAttemptsResponse, error) {
	b, err := c.at(ctx)
	res := new(types.QueryAttemptsResponse)
	for _, a := range b.state.Attempts {
		if a.Rollout == req.Id && a.Zone == req.Zone {
			res.Attempts = append(res.Attempts, a)
		}
	}
	res.Attempts = cut(res.Attempts, req.Pagination)
	return res, err
}

func (c *fakeChain) Transitions(ctx context.Context, req *types.QueryTransitionsRequest) (*types.QueryTransitionsResponse, error) {
	b, err := c.at(ctx)
	return &types.QueryTransitionsResponse{Transitions: cut(of(b.state.Transitions, req.Id), req.Pagination)}, err
}

func (c *fakeChain) ZoneTransitions(ctx context.Context, req *types.QueryZoneTransitionsRequest) (*types.QueryZoneTransitionsResponse, error) {
	b, err := c.at(ctx)
	return &types.QueryZoneTransitionsResponse{Transitions: cut(of(b.state.ZoneTransitions, req.Number), req.Pagination)}, err
}

func of(list []types.Transition, id uint64) (out []types.Transition) {
	for _, t := range list {
		if t.Rollout == id {
			out = append(out, t)
		}
	}
	return out
}

// cut is the page that is asked for, of a list without gaps.
func cut[T any](list []T, p *query.PageRequest) []T {
	if p == nil {
		return list
	}
	if p.Reverse {
		slices.Reverse(list)
	}
	return list[:min(len(list), int(cmp.Or(p.Limit, 100)))]
}

func (c *fakeChain) ZoneRollout(ctx context.Context, req *types.QueryZoneRolloutRequest) (*types.QueryZoneRolloutResponse, error) {
	b, err := c.at(ctx)
	if err != nil {
		return nil, err
	}
	for _, z := range b.state.ZoneRollouts {
		if z.Number != req.Number {
			continue
		}
		res := &types.QueryZoneRolloutResponse{Rollout: z, Height: b.height, Link: b.link(z.Source)}
		for _, p := range b.state.Progress {
			if p.Number == z.Number {
				res.Progress = p.Progress
			}
		}
		for _, f := range b.state.ZoneFleets {
			if f.Number == z.Number {
				res.Fleets = append(res.Fleets, f.Evidence)
			}
		}
		return res, nil
	}
	return nil, types.ErrRolloutNotFound.Wrapf("number %d", req.Number)
}

func (c *fakeChain) Links(ctx context.Context, _ *types.QueryLinksRequest) (*types.QueryLinksResponse, error) {
	b, err := c.at(ctx)
	return &types.QueryLinksResponse{Links: b.state.Links}, err
}

// dial serves the chain over gRPC in memory.
func (c *fakeChain) dial(t *testing.T, cdc *codec.ProtoCodec) *grpc.ClientConn {
	t.Helper()
	listener := bufconn.Listen(1 << 20)
	server := grpc.NewServer(grpc.ForceServerCodec(cdc.GRPCCodec()))
	types.RegisterQueryServer(server, c)
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(listener) // ends with Stop
	}()
	t.Cleanup(func() { server.Stop(); <-done })
	conn, err := grpc.NewClient("passthrough:///fake", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }),
		grpc.WithDefaultCallOptions(grpc.ForceCodec(cdc.GRPCCodec())))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, conn.Close()) })
	return conn
}
