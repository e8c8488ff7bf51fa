//go:build e2e

package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	rpchttp "github.com/cometbft/cometbft/rpc/client/http"
	"github.com/stretchr/testify/require"
)

// builtBinary returns the path of a binary that `make build` made.
func builtBinary(t testing.TB, name string) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("..", "..", "build", "bin", name))
	require.NoError(t, err)
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("%v (run `make build` first)", err)
	}
	return path
}

// node is one assayd process.
type node struct {
	Name string `json:"name"`
	Home string `json:"home"`
	RPC  string `json:"rpc"`
	GRPC string `json:"grpc"`
	API  string `json:"api"`
	P2P  string `json:"p2p"`
	ID   string `json:"node_id"`

	bin string
	log string
	cmd *exec.Cmd
	rpc *rpchttp.HTTP
}

// network is a chain of one or more validators on this machine.
type network struct {
	t       testing.TB
	chainID string
	dir     string
	nodes   []*node
}

var ports struct {
	sync.Mutex
	next int
}

// freePorts finds a run of n ports that are free now, and that no other test of this run gets.
func freePorts(t testing.TB, n int) int {
	t.Helper()
	ports.Lock()
	defer ports.Unlock()
	if ports.next == 0 {
		ports.next = 21000 + os.Getpid()%200*50
	}
	for base := ports.next; base+n < 32000; base += n { // below the ports that outgoing connections take
		if portsFree(base, n) {
			ports.next = base + n
			return base
		}
	}
	t.Fatal("no free run of ports")
	return 0
}

func portsFree(base, n int) bool {
	for p := base; p < base+n; p++ {
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", p))
		if err != nil {
			return false
		}
		l.Close()
	}
	return true
}

// newNetwork writes the files of a chain of n validators; nothing runs yet.
func newNetwork(t testing.TB, chainID string, n int) *network {
	t.Helper()
	dir := t.TempDir()
	bin := builtBinary(t, "assayd")
	base := freePorts(t, 10*n)
	out, err := exec.Command(bin, "testnet", "--v", fmt.Sprint(n), "--single-host",
		"--output-dir", filepath.Join(dir, "net"), "--chain-id", chainID, "--starting-port", fmt.Sprint(base),
		"--commit-timeout", "200ms", "--snapshot-interval", "50", "--json").Output()
	require.NoError(t, err, "%s", stderrOf(err))
	var description struct {
		Nodes []*node `json:"nodes"`
	}
	require.NoError(t, json.Unmarshal(out, &description), "%s", out)
	require.Len(t, description.Nodes, n)
	net := &network{t: t, chainID: chainID, dir: dir, nodes: description.Nodes}
	for _, nd := range net.nodes {
		nd.bin, nd.log = bin, filepath.Join(dir, nd.Name+".log")
	}
	t.Cleanup(net.stop)
	return net
}

func stderrOf(err error) []byte {
	var e *exec.ExitError
	if errors.As(err, &e) {
		return e.Stderr
	}
	return nil
}

// start starts all nodes and waits for the first blocks.
func (n *network) start() {
	for _, nd := range n.nodes {
		nd.start(n.t)
	}
	n.waitHeight(n.nodes[0], 2)
}

func (n *network) stop() {
	for _, nd := range n.nodes {
		nd.stop(syscall.SIGTERM)
	}
	for _, nd := range n.nodes {
		keepLog(n.t, n.chainID, nd.log)
	}
}

func tail(s string, lines int) string {
	all := strings.Split(s, "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}

// start starts the process and waits until its RPC answers.
func (nd *node) start(t testing.TB) {
	t.Helper()
	nd.cmd = launch(t, nd.log, nd.bin, "start", "--home", nd.Home)
	var err error
	nd.rpc, err = rpchttp.New("tcp://"+nd.RPC, "/websocket")
	require.NoError(t, err)
	eventually(t, time.Minute, func() error {
		_, err := nd.rpc.Status(context.Background())
		return err
	})
}

// stop sends the signal and waits for the process to end.
func (nd *node) stop(sig syscall.Signal) {
	end(nd.cmd, sig)
	nd.cmd = nil
}

func (nd *node) height(ctx context.Context) (int64, error) {
	status, err := nd.rpc.Status(ctx)
	if err != nil {
		return 0, err
	}
	return status.SyncInfo.LatestBlockHeight, nil
}

// appHash is the state after block height: the header of the next block has it.
func (nd *node) appHash(t testing.TB, height int64) string {
	t.Helper()
	next := height + 1
	commit, err := nd.rpc.Commit(context.Background(), &next)
	require.NoError(t, err)
	return commit.AppHash.String()
}

// waitHeight waits until the node has committed the block at height.
func (n *network) waitHeight(nd *node, height int64) {
	n.t.Helper()
	eventually(n.t, 5*time.Minute, func() error {
		got, err := nd.height(context.Background())
		if err == nil && got < height {
			err = fmt.Errorf("%s: expected height %d, got %d", nd.Name, height, got)
		}
		return err
	})
}

// eventually retries until check succeeds; the limit only ends a hang.
func eventually(t testing.TB, limit time.Duration, check func() error) {
	t.Helper()
	deadline := time.Now().Add(limit)
	for {
		err := check()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("still failing after %s: %v", limit, err)
		}
		time.Sleep(100 * time.Millisecond)
	}
}
