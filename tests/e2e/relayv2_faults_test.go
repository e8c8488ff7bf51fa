//go:build e2e

package e2e

import (
	"context"
	"errors"
	"math/rand/v2"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	sdk "github.com/cosmos/cosmos-sdk/types"
	transfertypes "github.com/cosmos/ibc-go/v11/modules/apps/transfer/types"
	clienttypes "github.com/cosmos/ibc-go/v11/modules/core/02-client/types"
)

// TestRelayV2Faults kills relayers, runs several at once, and stops a chain. No packet may be lost, none
// delivered twice.
func TestRelayV2Faults(t *testing.T) {
	t.Parallel()
	p := relayV2NewPair(t, "faults")
	first := p.config("first", "relayer", "first.json", "max_messages = 3\n")
	second := p.config("second", "second", "second.json", "[chains.fixed_gas]\nupdate_client = 300000\nreceive = 400000\nacknowledge = 300000\ntimeout = 300000\ncreate_client = 300000\nother = 200000\n")
	sameKey := p.config("same", "relayer", "same.json", "")

	t.Run("success: connect goes on after kills, and makes one client a chain", func(t *testing.T) {
		for delay := 100 * time.Millisecond; delay < 2*time.Second; delay += 150 * time.Millisecond {
			r := &relayV2Process{cmd: exec.Command(builtBinary(t, "assay"), "relay", "v2", "connect", "--config", first)}
			require.NoError(t, r.cmd.Start())
			time.Sleep(delay)
			r.stop(syscall.SIGKILL)
		}
		p.connect(first)
		for i := range p.chains {
			require.Equal(t, "07-tendermint-0", p.client[i])
			second := &clienttypes.QueryClientStateRequest{ClientId: "07-tendermint-1"}
			_, err := clienttypes.NewQueryClient(p.node(i).conn(t)).ClientState(context.Background(), second)
			require.Equal(t, codes.NotFound, status.Code(err), "%v", err)
		}
	})
	for _, config := range []string{second, sameKey} {
		p.adopt(config)
	}
	t.Run("success: nothing is lost to kills", func(t *testing.T) {
		there, back := newAccount().String(), newAccount().String()
		for range 3 {
			p.transfer(0, 20, there, time.Hour)
		}
		p.transfer(1, 20, back, time.Hour)
		for range 6 {
			if p.open(0)+p.open(1) == 0 {
				break
			}
			r := p.run(first)
			eventually(t, time.Minute, func() error { // at work, so that the kill is in the middle of it
				if !strings.Contains(r.logged(t), "packet relayed") {
					return errors.New("nothing is relayed")
				}
				return nil
			})
			time.Sleep(rand.N(300 * time.Millisecond))
			r.stop(syscall.SIGKILL)
			t.Logf("killed with %d and %d packets open", p.open(0), p.open(1))
		}
		r := p.run(first)
		p.settled(0)
		p.settled(1)
		r.stop(syscall.SIGTERM)
		require.EqualValues(t, 60, p.balance(1, there, p.voucher(1)))
		require.EqualValues(t, 20, p.balance(0, back, p.voucher(0)))
	})
	t.Run("success: three at once, two with one key, do no harm", func(t *testing.T) {
		there, back := newAccount().String(), newAccount().String()
		lost := p.balance(0, p.users[0].String(), "uassay")
		relayers := []*relayV2Process{p.run(first), p.run(second), p.run(sameKey)}
		for range 3 {
			p.transfer(0, 10, there, time.Hour)
			p.transfer(1, 10, back, time.Hour)
		}
		p.transfer(0, 1, "assay1notanaddress", time.Hour) // refused by the application, and so returned
		p.settled(0)
		p.settled(1)
		for _, r := range relayers {
			r.stop(syscall.SIGTERM)
			require.NotContains(t, r.logged(t), "message refused")
		}
		require.EqualValues(t, 30, p.balance(1, there, p.voucher(1)))
		require.EqualValues(t, 30, p.balance(0, back, p.voucher(0)))
		require.Equal(t, lost-30-31*3000, p.balance(0, p.users[0].String(), "uassay"))
	})
	t.Run("success: a chain that is away is waited for", func(t *testing.T) {
		r, to := p.run(first), newAccount().String()
		p.node(1).stop(syscall.SIGKILL)
		p.transfer(0, 5, to, time.Hour)
		time.Sleep(2 * time.Second)
		require.Contains(t, r.logged(t), "pass ended early")
		p.node(1).start(t)
		p.settled(0)
		require.EqualValues(t, 5, p.balance(1, to, p.voucher(1)))
		r.stop(syscall.SIGTERM)
	})
	t.Run("success: packets with much data are cut into transactions by size", func(t *testing.T) {
		r, to := p.run(first), newAccount().String()
		var msgs []sdk.Msg
		for range 12 {
			msgs = append(msgs, &transfertypes.MsgTransfer{
				SourcePort: transfertypes.PortID, SourceChannel: p.client[0], Token: sdk.NewInt64Coin("uassay", 1),
				Sender: p.users[0].String(), Receiver: to, TimeoutTimestamp: uint64(time.Now().Add(time.Hour).Unix()),
				Memo: strings.Repeat("m", 30_000),
			})
		}
		p.chains[0].must(p.node(0), p.users[0], txOptions{gas: 40_000_000}, msgs...)
		p.settled(0)
		require.EqualValues(t, 12, p.balance(1, to, p.voucher(1)))
		r.stop(syscall.SIGTERM)
	})
}

// adopt connects another configuration to the clients that are paired already.
func (p *relayV2Pair) adopt(config string) {
	p.t.Helper()
	for i, n := range p.chains {
		relayV2Replace(p.t, config, "chain_id = \""+n.chainID+"\"", "chain_id = \""+n.chainID+"\"\nclient_id = \""+p.client[i]+"\"")
	}
	before := p.client
	p.connect(config)
	require.Equal(p.t, before, p.client)
}
