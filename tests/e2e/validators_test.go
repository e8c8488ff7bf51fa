//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/assay-chain/assay/x/contract/values"
	prooftypes "github.com/assay-chain/assay/x/proof/types"
)

const trafficBlocks = 200

// TestValidatorsAgree runs four validators under proof traffic for 200 blocks. One of them does not
// check proofs before it proposes them, so bad ones are in blocks too; one is killed for a while. All end on
// the same app hash, and so do a node that replays the chain from genesis and one that joins from a snapshot.
func TestValidatorsAgree(t *testing.T) {
	t.Parallel()
	n := newNetwork(t, "assay-e2e-1", 4)
	lenient := n.nodes[3]
	setConfig(t, lenient, "app.toml", `(?m)^check-tx = true`, "check-tx = false")
	n.start()
	w := newWorld(n, 6)
	bounty := w.bounty() // has code, state, coins and a queue of its own, and a hook for every proof
	begin, err := n.nodes[0].height(context.Background())
	require.NoError(t, err)

	counts := w.traffic(lenient, begin+trafficBlocks, map[int64]func(){
		begin + 50:  func() { n.nodes[1].stop(syscall.SIGKILL) },
		begin + 120: func() { n.nodes[1].start(t) },
	})
	t.Logf("good %d, bad %d, replayed %d transactions sent", counts.good, counts.bad, counts.replayed)

	end := begin + trafficBlocks
	w.waitAll(end + 1)
	verdicts := w.verdicts(begin, end)
	t.Logf("blocks %d to %d hold, by code: %v", begin, end, verdicts)
	require.Positive(t, verdicts[0], "no good proof reached a block")
	require.Positive(t, verdicts[prooftypes.ErrProofInvalid.ABCICode()], "no bad proof reached a block")
	require.Positive(t, verdicts[prooftypes.ErrNonceUsed.ABCICode()], "no replay reached a block")

	w.settledBounty(bounty)
	paid := smart(t, n.nodes[0], bounty, values.T("status"))
	settled, err := n.nodes[0].height(context.Background())
	require.NoError(t, err)

	want := n.nodes[0].appHash(t, end)
	for _, nd := range n.nodes[1:] {
		require.Equal(t, want, nd.appHash(t, end), nd.Name)
	}
	t.Run("success: a node that replays from genesis agrees", func(t *testing.T) {
		nd := w.join(t, "replay", false)
		w.waitHeight(nd, settled+1)
		require.Equal(t, want, nd.appHash(t, end))
		require.Equal(t, paid, smart(t, nd, bounty, values.T("status")))
	})
	t.Run("success: a node that syncs from a snapshot agrees", func(t *testing.T) {
		nd := w.join(t, "snapshot", true)
		height, err := n.nodes[0].height(context.Background())
		require.NoError(t, err)
		w.waitHeight(nd, height+2)
		status, err := nd.rpc.Status(context.Background())
		require.NoError(t, err)
		require.Greater(t, status.SyncInfo.EarliestBlockHeight, int64(1), "it replayed instead")
		require.Equal(t, n.nodes[0].appHash(t, height+1), nd.appHash(t, height+1))
		require.Equal(t, paid, smart(t, nd, bounty, values.T("status")), "code and state came with the snapshot")
	})
}

type trafficCounts struct{ good, bad, replayed int }

// traffic sends good, bad and replayed proofs until the height is reached, and runs what is due at a height.
func (w *world) traffic(lenient *node, until int64, due map[int64]func()) trafficCounts {
	var c trafficCounts
	done := map[int64]bool{}
	for nonce := uint64(1); ; nonce++ {
		height, err := w.nodes[0].height(context.Background())
		require.NoError(w.t, err)
		for at, do := range due {
			if height >= at && !done[at] {
				done[at] = true
				do()
			}
		}
		if height >= until {
			return c
		}
		d := w.devices[nonce%uint64(len(w.devices))]
		opts := txOptions{gas: 1_000_000, granter: w.operator.addr}
		// A device's transactions go to one node, the lenient one, so that their sequence holds.
		switch nonce % 4 {
		case 0:
			w.send(lenient, d, opts, w.forged(d, nonce))
			c.bad++
		case 1: // two transactions with one statement: the second is a replay, whatever its proof
			w.send(lenient, d, opts, w.proof(d, nonce))
			w.send(lenient, d, opts, w.proof(d, nonce))
			c.good++
			c.replayed++
		default:
			w.send(lenient, d, opts, w.proof(d, nonce))
			c.good++
		}
		time.Sleep(40 * time.Millisecond)
	}
}

// send signs and sends; a transaction that CheckTx refuses does not use its sequence.
func (w *world) send(nd *node, from *account, opts txOptions, msgs ...sdk.Msg) {
	raw := w.sign(nd, from, opts, msgs...)
	if res := nd.send(w.t, raw); res.Code != 0 {
		w.t.Logf("CheckTx of %s: code %d: %s", nd.Name, res.Code, res.Log)
		from.sequence--
	}
}

func (w *world) waitAll(height int64) {
	for _, nd := range w.nodes {
		w.waitHeight(nd, height)
	}
}

// verdicts counts the transactions of the blocks by their code.
func (w *world) verdicts(from, to int64) map[uint32]int {
	codes := map[uint32]int{}
	for h := from; h <= to; h++ {
		res, err := w.nodes[0].rpc.BlockResults(context.Background(), &h)
		require.NoError(w.t, err)
		for _, tx := range res.TxsResults {
			codes[tx.Code]++
		}
	}
	return codes
}

// setConfig replaces a line of a node's configuration; the pattern has to be there.
func setConfig(t testing.TB, nd *node, file, pattern, with string) {
	t.Helper()
	path := filepath.Join(nd.Home, "config", file)
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	re := regexp.MustCompile(pattern)
	require.Regexp(t, re, string(data))
	require.NoError(t, os.WriteFile(path, re.ReplaceAll(data, []byte(with)), 0o600))
}

// join starts a node that is no validator, from genesis or from a snapshot.
func (w *world) join(t *testing.T, name string, fromSnapshot bool) *node {
	t.Helper()
	first := w.nodes[0]
	home := filepath.Join(w.dir, name)
	base := freePorts(t, 10)
	nd := &node{
		Name: name, Home: home, bin: first.bin, log: filepath.Join(w.dir, name+".log"),
		RPC: fmt.Sprintf("127.0.0.1:%d", base), GRPC: fmt.Sprintf("127.0.0.1:%d", base+2),
	}
	out, err := exec.Command(nd.bin, "init", name, "--chain-id", w.chainID, "--home", home).CombinedOutput()
	require.NoError(t, err, "%s", out)
	genesis, err := os.ReadFile(filepath.Join(first.Home, "config", "genesis.json"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(home, "config", "genesis.json"), genesis, 0o600))
	setConfig(t, nd, "config.toml", `(?m)^laddr = "tcp://127.0.0.1:26657"`, fmt.Sprintf("laddr = %q", "tcp://"+nd.RPC))
	setConfig(t, nd, "config.toml", `(?m)^laddr = "tcp://0.0.0.0:26656"`, fmt.Sprintf(`laddr = "tcp://127.0.0.1:%d"`, base+1))
	setConfig(t, nd, "config.toml", `(?m)^persistent_peers = .*`, fmt.Sprintf("persistent_peers = %q", w.peers()))
	setConfig(t, nd, "config.toml", `(?m)^addr_book_strict = true`, "addr_book_strict = false")
	setConfig(t, nd, "config.toml", `(?m)^allow_duplicate_ip = false`, "allow_duplicate_ip = true")
	setConfig(t, nd, "config.toml", `(?m)^pprof_laddr = .*`, `pprof_laddr = ""`)
	setConfig(t, nd, "app.toml", `(?m)^address = "(?:localhost|0\.0\.0\.0|127\.0\.0\.1):9090"`, fmt.Sprintf("address = %q", nd.GRPC))
	if fromSnapshot {
		trusted, err := first.height(context.Background())
		require.NoError(t, err)
		trusted -= 5
		block, err := first.rpc.Block(context.Background(), &trusted)
		require.NoError(t, err)
		setConfig(t, nd, "config.toml", `(?ms)^\[statesync\](.*?)^enable = false`, "[statesync]${1}enable = true")
		setConfig(t, nd, "config.toml", `(?m)^rpc_servers = .*`, fmt.Sprintf("rpc_servers = %q", "http://"+first.RPC+",http://"+w.nodes[2].RPC))
		setConfig(t, nd, "config.toml", `(?m)^trust_height = .*`, fmt.Sprintf("trust_height = %d", trusted))
		setConfig(t, nd, "config.toml", `(?m)^trust_hash = .*`, fmt.Sprintf("trust_hash = %q", block.BlockID.Hash.String()))
		setConfig(t, nd, "config.toml", `(?m)^discovery_time = .*`, `discovery_time = "5s"`)
	}
	t.Cleanup(func() { nd.stop(syscall.SIGTERM) })
	nd.start(t)
	return nd
}

// peers is the persistent_peers value that reaches all nodes.
func (w *world) peers() string {
	var out string
	for i, nd := range w.nodes {
		if i > 0 {
			out += ","
		}
		out += nd.ID + "@" + nd.P2P
	}
	return out
}
