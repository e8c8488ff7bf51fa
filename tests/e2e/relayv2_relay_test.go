//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestRelayV2 relays IBC v2 packets of the transfer application between two chains with `assay relay v2`.
func TestRelayV2(t *testing.T) {
	t.Parallel()
	p := relayV2NewPair(t, "relay")
	config := p.config("relay", "relayer", "relay.json", "")
	p.connect(config)

	t.Run("success: connect again changes nothing", func(t *testing.T) {
		before := p.client
		p.connect(config)
		require.Equal(t, before, p.client)
	})
	t.Run("success: packets go over and acknowledgements come back, both ways", func(t *testing.T) {
		r := p.run(config)
		to := [2]string{newAccount().String(), newAccount().String()}
		p.transfer(0, 3, to[1], time.Hour)
		p.transfer(1, 2, to[0], time.Hour)
		p.settled(0)
		p.settled(1)
		require.EqualValues(t, 3, p.balance(1, to[1], p.voucher(1)))
		require.EqualValues(t, 2, p.balance(0, to[0], p.voucher(0)))
		r.stop(syscall.SIGTERM)
		require.True(t, r.cmd.ProcessState.Success(), "%s", r.logged(t))
	})
	t.Run("success: status lists what is open", func(t *testing.T) {
		p.transfer(0, 2, newAccount().String(), time.Hour)
		var status struct {
			Clients []struct {
				Client, Status string
			} `json:"clients"`
			Directions []struct {
				Unreceived []uint64 `json:"unreceived"`
			} `json:"directions"`
		}
		eventually(t, time.Minute, func() error { // the tip proves the block before it
			err := json.Unmarshal([]byte(assay(t, "relay", "v2", "status", "--json", "--config", config)), &status)
			if n := len(status.Directions[0].Unreceived); n != 2 {
				return fmt.Errorf("expected 2 packets, got %d", n)
			}
			return err
		})
		require.Equal(t, p.client[0], status.Clients[0].Client)
		require.Equal(t, "Active", status.Clients[0].Status)
	})
	t.Run("success: update brings both clients up to date", func(t *testing.T) {
		assay(t, "relay", "v2", "update", "--config", config)
	})
	t.Run("success: a packet whose time is over is returned", func(t *testing.T) {
		before := p.balance(0, p.users[0].String(), "uassay")
		fee := int64(300_000 / 100)
		p.transfer(0, 1, newAccount().String(), 3*time.Second)
		require.Equal(t, before-fee-1, p.balance(0, p.users[0].String(), "uassay"))
		time.Sleep(4 * time.Second) // the timeout is by the chains' clocks, which are this machine's
		r := p.run(config)
		p.settled(0)
		require.Equal(t, before-fee, p.balance(0, p.users[0].String(), "uassay"))
		r.stop(syscall.SIGTERM)
	})
}
