//go:build e2e

package e2e

import (
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"
	transfertypes "github.com/cosmos/ibc-go/v11/modules/apps/transfer/types"
	clienttypes "github.com/cosmos/ibc-go/v11/modules/core/02-client/types"
)

// TestRelay moves coins between a hub and a zone, while the relayer and a validator of the zone are killed.
func TestRelay(t *testing.T) {
	t.Parallel()
	for _, o := range []pairOptions{{relayer: "rly", zoneValidators: 4}, {relayer: "hermes"}} {
		t.Run(o.relayer, func(t *testing.T) {
			t.Parallel()
			testRelay(t, startPair(t, o))
		})
	}
}

func testRelay(t *testing.T, p *pair) {
	const batch = 12
	from, to := p.hub.validatorAccount(0), newAccount()
	voucher := transfertypes.NewDenom("uassay", transfertypes.NewHop(p.channel.port, p.channel.zone)).IBCDenom()
	escrow := transfertypes.GetEscrowAddress(p.channel.port, p.channel.hub).String()
	arrived := func(at int) {
		t.Helper()
		eventually(t, 3*time.Minute, func() error {
			if got := p.zone.balance(to.String(), voucher); got < int64(at) {
				return fmt.Errorf("expected %d coins in the zone, got %d", at, got)
			}
			return nil
		})
	}

	p.send(p.hub, from, to.String(), "uassay", batch)
	arrived(1)
	p.relayer.kill() // in the middle: it takes some transactions to relay them all, and to bring acknowledgements back

	p.send(p.hub, from, to.String(), "uassay", batch)
	soon := time.Now().Add(2 * time.Second)
	p.sendUntil(soon, p.hub, from, to.String(), "uassay", 1) // times out, and comes back
	p.waitTime(p.zone, soon)
	height, err := p.zone.nodes[0].height(t.Context())
	require.NoError(t, err)
	p.zone.waitHeight(p.zone.nodes[0], height+10)
	require.Greater(t, len(p.pending(p.hub)), batch, "nobody relays")
	require.LessOrEqual(t, p.zone.balance(to.String(), voucher), int64(batch))

	p.relayer.start()
	arrived(2 * batch)
	p.settled(p.hub)

	if len(p.zone.nodes) > 3 { // three of four go on
		p.zone.nodes[3].stop(syscall.SIGKILL)
	}
	p.send(p.hub, from, to.String(), "uassay", batch)
	arrived(3 * batch)
	if len(p.zone.nodes) > 3 {
		height, err := p.zone.nodes[0].height(t.Context())
		require.NoError(t, err)
		p.zone.nodes[3].start(t)
		p.zone.waitHeight(p.zone.nodes[3], height+2)
		require.Equal(t, p.zone.nodes[0].appHash(t, height), p.zone.nodes[3].appHash(t, height))
	}

	p.zone.fund(to.String())
	p.send(p.zone, to, from.String(), voucher, 2)
	p.settled(p.zone)
	p.settled(p.hub)
	require.EqualValues(t, 3*batch-2, p.zone.balance(to.String(), voucher))
	require.EqualValues(t, 3*batch-2, p.hub.balance(escrow, "uassay"))
}

// send transfers one coin count times in one transaction: as many packets.
func (p *pair) send(n *network, from *account, to, denom string, count int) {
	p.t.Helper()
	p.sendUntil(time.Now().Add(time.Hour), n, from, to, denom, count)
}

// sendUntil is send with the time at which the packets time out.
func (p *pair) sendUntil(timeout time.Time, n *network, from *account, to, denom string, count int) {
	p.t.Helper()
	var msgs []sdk.Msg
	for range count {
		msgs = append(msgs, transfertypes.NewMsgTransfer(p.channel.port, p.side(n), sdk.NewInt64Coin(denom, 1),
			from.String(), to, clienttypes.ZeroHeight(), uint64(timeout.UnixNano()), ""))
	}
	n.must(n.nodes[0], from, txOptions{gas: 10_000_000}, msgs...)
}
