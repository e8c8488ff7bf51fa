//go:build e2e

package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
	transfertypes "github.com/cosmos/ibc-go/v11/modules/apps/transfer/types"
	clienttypes "github.com/cosmos/ibc-go/v11/modules/core/02-client/types"
	channelv2types "github.com/cosmos/ibc-go/v11/modules/core/04-channel/v2/types"
)

// relayV2Pair is two chains, paired clients, and the means to relay between them.
type relayV2Pair struct {
	t      testing.TB
	dir    string
	chains [2]*network
	users  [2]*account // funded; each is used from one goroutine
	client [2]string
}

// relayV2NewPair starts two chains with one validator each and funds two relayer keys on both. prepare may change a
// chain's files before it starts.
func relayV2NewPair(t *testing.T, name string, prepare ...func(*network)) *relayV2Pair {
	t.Helper()
	p := &relayV2Pair{t: t, dir: t.TempDir()}
	for i, side := range []string{"a", "b"} {
		n := newNetwork(t, "relayv2-"+name+"-"+side+"-1", 1)
		for _, change := range prepare {
			change(n)
		}
		n.start()
		p.chains[i], p.users[i] = n, n.validatorAccount(0)
		for _, key := range []string{"relayer", "second"} {
			p.fund(i, key)
		}
	}
	return p
}

// fund adds a key to a keyring of the chain and sends it tokens.
func (p *relayV2Pair) fund(i int, key string) {
	p.t.Helper()
	out, err := exec.Command(builtBinary(p.t, "assayd"), "keys", "add", key, "--keyring-backend", "test",
		"--keyring-dir", p.keys(i), "--home", p.keys(i), "--output", "json").Output()
	require.NoError(p.t, err, "%s", stderrOf(err))
	var added struct {
		Address string `json:"address"`
	}
	require.NoError(p.t, json.Unmarshal(out, &added), "%s", out)
	p.chains[i].must(p.node(i), p.users[i], txOptions{}, &banktypes.MsgSend{
		FromAddress: p.users[i].String(), ToAddress: added.Address, Amount: sdk.NewCoins(sdk.NewInt64Coin("uassay", 50_000_000)),
	})
}

func (p *relayV2Pair) keys(i int) string { return filepath.Join(p.dir, fmt.Sprintf("keys%d", i)) }
func (p *relayV2Pair) node(i int) *node  { return p.chains[i].nodes[0] }

// config writes a relayer's configuration for a key. Relayers with one state name share its file.
func (p *relayV2Pair) config(name, key, state, more string) string {
	p.t.Helper()
	path := filepath.Join(p.dir, name+".toml")
	text := fmt.Sprintf("state = %q\npoll_interval = \"150ms\"\nmax_backoff = \"2s\"\n", state)
	for i, n := range p.chains {
		text += fmt.Sprintf("[[chains]]\nchain_id = %q\nrpc = %q\nkey_name = %q\nkeyring_dir = %q\nkeyring_backend = \"test\"\ngas_price = \"0.01uassay\"\n%s",
			n.chainID, "http://"+p.node(i).RPC, key, p.keys(i), more)
	}
	require.NoError(p.t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

// connect pairs the chains with the CLI and notes the clients.
func (p *relayV2Pair) connect(config string) {
	p.t.Helper()
	for i, line := range strings.Split(strings.TrimSpace(assay(p.t, "relay", "v2", "connect", "--config", config)), "\n") {
		_, p.client[i], _ = strings.Cut(line, " ")
	}
}

// relayV2Process is a running relayer.
type relayV2Process struct {
	cmd *exec.Cmd
	log *os.File
}

// logged is all that it has logged.
func (r *relayV2Process) logged(t testing.TB) string {
	t.Helper()
	text, err := os.ReadFile(r.log.Name())
	require.NoError(t, err)
	return string(text)
}

// run starts a relayer; it is stopped when the test ends.
func (p *relayV2Pair) run(config string) *relayV2Process {
	p.t.Helper()
	log, err := os.CreateTemp(p.dir, filepath.Base(config)+".*.log")
	require.NoError(p.t, err)
	r := &relayV2Process{cmd: exec.Command(builtBinary(p.t, "assay"), "relay", "v2", "run", "--config", config), log: log}
	r.cmd.Stderr = log
	require.NoError(p.t, r.cmd.Start())
	p.t.Cleanup(func() {
		r.stop(syscall.SIGTERM)
		if p.t.Failed() {
			p.t.Logf("last lines of %s:\n%s", log.Name(), tail(r.logged(p.t), 25))
		}
		log.Close()
	})
	return r
}

// stop sends a signal and waits for the end; a second call does nothing.
func (r *relayV2Process) stop(signal syscall.Signal) {
	if r.cmd.ProcessState != nil {
		return
	}
	_ = r.cmd.Process.Signal(signal)
	_ = r.cmd.Wait()
}

// transfer sends one transaction with n packets of 1 uassay each from a chain's user to the receiver.
func (p *relayV2Pair) transfer(from, n int, receiver string, timeout time.Duration) {
	p.t.Helper()
	var msgs []sdk.Msg
	for range n {
		msgs = append(msgs, &transfertypes.MsgTransfer{
			SourcePort: transfertypes.PortID, SourceChannel: p.client[from], Token: sdk.NewInt64Coin("uassay", 1),
			Sender: p.users[from].String(), Receiver: receiver, TimeoutHeight: clienttypes.ZeroHeight(),
			TimeoutTimestamp: uint64(time.Now().Add(timeout).Unix()), // in seconds, unlike IBC v1's
		})
	}
	p.chains[from].must(p.node(from), p.users[from], txOptions{gas: uint64(300_000 * n)}, msgs...)
}

// voucher is the denom on chain i of the other chain's uassay.
func (p *relayV2Pair) voucher(i int) string {
	return transfertypes.NewDenom("uassay", transfertypes.NewHop(transfertypes.PortID, p.client[i])).IBCDenom()
}

func (p *relayV2Pair) balance(i int, address, denom string) int64 {
	p.t.Helper()
	res, err := banktypes.NewQueryClient(p.node(i).conn(p.t)).Balance(context.Background(), &banktypes.QueryBalanceRequest{Address: address, Denom: denom})
	require.NoError(p.t, err)
	return res.Balance.Amount.Int64()
}

// open is how many packets from chain i are not settled.
func (p *relayV2Pair) open(i int) int {
	p.t.Helper()
	res, err := channelv2types.NewQueryClient(p.node(i).conn(p.t)).PacketCommitments(context.Background(), &channelv2types.QueryPacketCommitmentsRequest{ClientId: p.client[i]})
	require.NoError(p.t, err)
	return len(res.Commitments)
}

// settled waits until no packet of chain i is open.
func (p *relayV2Pair) settled(i int) {
	p.t.Helper()
	eventually(p.t, 2*time.Minute, func() error {
		if n := p.open(i); n > 0 {
			return fmt.Errorf("%d packets of %s are open", n, p.chains[i].chainID)
		}
		return nil
	})
}

// relayV2Replace replaces text of a file that has to have it.
func relayV2Replace(t testing.TB, path, old, with string) {
	t.Helper()
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Contains(t, string(data), old)
	require.NoError(t, os.WriteFile(path, []byte(strings.Replace(string(data), old, with, 1)), 0o600))
}
