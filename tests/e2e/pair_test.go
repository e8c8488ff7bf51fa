//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
	transfertypes "github.com/cosmos/ibc-go/v11/modules/apps/transfer/types"
	channeltypes "github.com/cosmos/ibc-go/v11/modules/core/04-channel/types"
)

// pairOptions say which two chains to start and what is between them. The zero value is a hub and a zone of one
// validator each, and a channel for transfers that rly relays.
type pairOptions struct {
	relayer        string // rly or hermes
	port, version  string // of the channel, at both ends
	hubValidators  int
	zoneValidators int
	prepare        func(*pair) // changes genesis before the chains start
}

// pair is a hub and a zone with a channel between them.
type pair struct {
	t         testing.TB
	hub, zone *network
	channel   channel
	relayer   *relayer // made the channel; it runs until the test stops it
}

// channel is an unordered channel between the chains of a pair.
type channel struct {
	port, version string
	hub, zone     string // channel ids
}

func (o pairOptions) withDefaults() pairOptions {
	if o.relayer == "" {
		o.relayer = "rly"
	}
	if o.port == "" {
		o.port, o.version = transfertypes.PortID, transfertypes.V1
	}
	o.hubValidators, o.zoneValidators = max(1, o.hubValidators), max(1, o.zoneValidators)
	return o
}

// startPair starts both chains, has the relayer make clients, a connection and the channel, and starts it. Everything
// is ended with the test.
func startPair(t testing.TB, o pairOptions) *pair {
	t.Helper()
	o = o.withDefaults()
	bin := relayerBinary(t, o.relayer) // skips the test before anything is started
	p := &pair{
		t:       t,
		hub:     newNetwork(t, "assay-e2e-hub-1", o.hubValidators),
		zone:    newNetwork(t, "assay-e2e-zone-1", o.zoneValidators),
		channel: channel{port: o.port, version: o.version},
	}
	if o.prepare != nil {
		o.prepare(p)
	}
	p.hub.start()
	p.zone.start()
	p.relayer = p.newRelayer(o.relayer, bin)
	p.relayer.connect()
	p.findChannel()
	p.relayer.start()
	return p
}

// findChannel reads the channel's ids from the hub.
func (p *pair) findChannel() {
	p.t.Helper()
	res, err := channeltypes.NewQueryClient(p.hub.nodes[0].conn(p.t)).Channels(context.Background(), &channeltypes.QueryChannelsRequest{})
	require.NoError(p.t, err)
	for _, c := range res.Channels {
		if c.PortId == p.channel.port && c.State == channeltypes.OPEN {
			require.Equal(p.t, channeltypes.UNORDERED, c.Ordering)
			require.Equal(p.t, p.channel.version, c.Version)
			p.channel.hub, p.channel.zone = c.ChannelId, c.Counterparty.ChannelId
			return
		}
	}
	p.t.Fatalf("the hub has no open channel of port %s: %v", p.channel.port, res.Channels)
}

// side is the id of the channel on a chain.
func (p *pair) side(n *network) string {
	if n == p.hub {
		return p.channel.hub
	}
	return p.channel.zone
}

// pending are the sequences of packets that a chain sent over the channel and that are neither acknowledged nor timed out.
func (p *pair) pending(n *network) []uint64 {
	p.t.Helper()
	res, err := channeltypes.NewQueryClient(n.nodes[0].conn(p.t)).PacketCommitments(context.Background(),
		&channeltypes.QueryPacketCommitmentsRequest{PortId: p.channel.port, ChannelId: p.side(n)})
	require.NoError(p.t, err)
	sequences := make([]uint64, 0, len(res.Commitments))
	for _, c := range res.Commitments {
		sequences = append(sequences, c.Sequence)
	}
	return sequences
}

// settled waits until all packets that a chain sent are acknowledged or timed out. When nothing moves for a minute it
// starts the relayer again, once, as whoever supervises one would: rly waits ten minutes, without a word and without
// trying again, for a transaction that left the mempool (waitForTx in its chains/cosmos/tx.go).
func (p *pair) settled(n *network) {
	p.t.Helper()
	start, restarted := time.Now(), false
	eventually(p.t, 4*time.Minute, func() error {
		left := p.pending(n)
		if len(left) == 0 {
			return nil
		}
		if !restarted && time.Since(start) > time.Minute {
			restarted = true
			p.t.Logf("%s: packets %v are pending for a minute; starting the relayer again", n.chainID, left)
			p.relayer.kill()
			p.relayer.start()
		}
		return fmt.Errorf("%s: packets %v are pending", n.chainID, left)
	})
}

// waitTime waits until a chain's clock is past a time: what had to be received there until then has timed out.
func (p *pair) waitTime(n *network, until time.Time) {
	p.t.Helper()
	eventually(p.t, 5*time.Minute, func() error {
		status, err := n.nodes[0].rpc.Status(context.Background())
		if err == nil && !status.SyncInfo.LatestBlockTime.After(until) {
			err = fmt.Errorf("%s: expected a block after %s, got %s", n.chainID, until, status.SyncInfo.LatestBlockTime)
		}
		return err
	})
}

// balance is what an account holds of a denom.
func (n *network) balance(address, denom string) int64 {
	n.t.Helper()
	res, err := banktypes.NewQueryClient(n.nodes[0].conn(n.t)).Balance(context.Background(), &banktypes.QueryBalanceRequest{Address: address, Denom: denom})
	require.NoError(n.t, err)
	return res.Balance.Amount.Int64()
}

// fund sends 1000 coins of the first validator to each address.
func (n *network) fund(addresses ...string) {
	n.t.Helper()
	from := n.validatorAccount(0)
	var msgs []sdk.Msg
	for _, to := range addresses {
		msgs = append(msgs, &banktypes.MsgSend{FromAddress: from.String(), ToAddress: to, Amount: sdk.NewCoins(sdk.NewInt64Coin("uassay", 1_000_000_000))})
	}
	n.must(n.nodes[0], from, txOptions{}, msgs...)
}
