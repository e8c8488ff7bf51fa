package relay

import (
	"context"
	"fmt"
	"time"

	sdk "github.com/cosmos/cosmos-sdk/types"
	clienttypes "github.com/cosmos/ibc-go/v11/modules/core/02-client/types"
	"github.com/cosmos/ibc-go/v11/modules/core/exported"
	ibctm "github.com/cosmos/ibc-go/v11/modules/light-clients/07-tendermint"
)

// clientView is a light client as its chain has it.
type clientView struct {
	id     string
	state  *ibctm.ClientState
	time   time.Time // of the newest header it has
	status string    // Active, Expired, Frozen
}

// latest is the height of the newest header that the client has.
func (v clientView) latest() int64 { return int64(v.state.LatestHeight.RevisionHeight) }

// expires is when the client stops to accept headers.
func (v clientView) expires() time.Time { return v.time.Add(v.state.TrustingPeriod) }

// stale says whether a third of the trusting period has passed at now, a time of the followed chain.
func (v clientView) stale(now time.Time) bool { return now.Sub(v.time) >= v.state.TrustingPeriod/3 }

// usable is an error if the client no longer accepts headers.
func (v clientView) usable() error {
	if v.status == exported.Active.String() {
		return nil
	}
	return hint(fmt.Errorf("client %s of %s is %s", v.id, v.state.ChainId, v.status),
		"governance can recover it (MsgRecoverClient); packets in flight wait for that")
}

// client reads a light client of chain c.
func (c *chain) client(ctx context.Context, id string) (clientView, error) {
	conn := c.at(ctx, 0)
	q := clienttypes.NewQueryClient(conn)
	res, err := q.ClientState(ctx, &clienttypes.QueryClientStateRequest{ClientId: id})
	if err != nil {
		return clientView{}, fmt.Errorf("%s: client %s: %w", c.id(), id, err)
	}
	state, ok := res.ClientState.GetCachedValue().(*ibctm.ClientState)
	if !ok {
		return clientView{}, fmt.Errorf("%s: client %s: expected a 07-tendermint client, got %s", c.id(), id, res.ClientState.TypeUrl)
	}
	v := clientView{id: id, state: state}
	if v.time, err = c.headerTime(ctx, q, id, state.LatestHeight); err != nil {
		return clientView{}, err
	}
	status, err := q.ClientStatus(ctx, &clienttypes.QueryClientStatusRequest{ClientId: id})
	if err != nil {
		return clientView{}, fmt.Errorf("%s: status of client %s: %w", c.id(), id, err)
	}
	v.status = status.Status
	return v, nil
}

// headerTime is the time of a header that a client has. It is read by height: the client may move on meanwhile.
func (c *chain) headerTime(ctx context.Context, q clienttypes.QueryClient, id string, at clienttypes.Height) (time.Time, error) {
	res, err := q.ConsensusState(ctx, &clienttypes.QueryConsensusStateRequest{
		ClientId: id, RevisionNumber: at.RevisionNumber, RevisionHeight: at.RevisionHeight,
	})
	if err != nil {
		return time.Time{}, fmt.Errorf("%s: header %s of client %s: %w", c.id(), at, id, err)
	}
	state, ok := res.ConsensusState.GetCachedValue().(*ibctm.ConsensusState)
	if !ok {
		return time.Time{}, fmt.Errorf("%s: client %s: expected a 07-tendermint header, got %s", c.id(), id, res.ConsensusState.TypeUrl)
	}
	return state.Timestamp, nil
}

// updateMessages bring the client v up to header target of its chain, src. There is none where it has it.
func updateMessages(ctx context.Context, src *chain, v clientView, target int64, signer string) ([]sdk.Msg, error) {
	switch {
	case v.latest() == target:
		return nil, nil
	case v.latest() > target:
		return nil, fmt.Errorf("%s: node %s is at height %d, behind its client %s at %d", src.id(), src.cfg.RPC, target, v.id, v.latest())
	}
	headers, err := headerPath(ctx, src.blocks, v.latest(), target, v.state.TrustLevel.ToTendermint())
	if err != nil {
		return nil, fmt.Errorf("%s: headers %d to %d: %w", src.id(), v.latest(), target, err)
	}
	var msgs []sdk.Msg
	for _, h := range headers {
		msg, err := clienttypes.NewMsgUpdateClient(v.id, h, signer)
		if err != nil {
			return nil, err
		}
		msgs = append(msgs, msg)
	}
	return msgs, nil
}
