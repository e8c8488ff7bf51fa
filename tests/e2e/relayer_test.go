//go:build e2e

package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosmos/cosmos-sdk/codec"
	"github.com/cosmos/cosmos-sdk/crypto/hd"
	"github.com/cosmos/cosmos-sdk/crypto/keyring"
)

// relayer is rly or Hermes between the chains of a pair, configured by the files that scripts/relayer has for operators.
type relayer struct {
	p    *pair
	kind string
	bin  string
	home string
	log  string
	cmd  *exec.Cmd
}

// relayerBinary finds rly, which the tests build, or Hermes, which is there or not.
func relayerBinary(t testing.TB, kind string) string {
	t.Helper()
	if kind == "rly" {
		path, err := filepath.Abs(filepath.Join("..", "..", "build", "bin", "rly"))
		require.NoError(t, err)
		require.FileExists(t, path, "run scripts/rly.sh first")
		return path
	}
	require.Equal(t, "hermes", kind, "expected rly or hermes")
	path, err := hermesPath()
	require.NoError(t, err)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("%v (scripts/hermes.sh installs it)", err)
	}
	return path
}

// hermesPath is where scripts/hermes.sh installs it.
func hermesPath() (string, error) {
	root := os.Getenv("ASSAY_HERMES")
	if root == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			return "", err
		}
		root = filepath.Join(cache, "assay", "hermes")
	}
	return filepath.Join(root, "bin", "hermes"), nil
}

// newRelayer configures one more relayer for the pair, with accounts of its own; nothing runs yet. Two that sign with
// one account would disturb each other.
func (p *pair) newRelayer(kind, bin string) *relayer {
	p.t.Helper()
	r := &relayer{p: p, kind: kind, bin: bin, home: p.t.TempDir()}
	r.log = filepath.Join(r.home, kind+".log")
	config := map[string]string{"rly": filepath.Join("config", "config.yaml"), "hermes": "config.toml"}[kind]
	r.render(map[string]string{"rly": "rly.yaml", "hermes": "hermes.toml"}[kind], filepath.Join(r.home, config))
	r.addKey(p.hub, "hub")
	r.addKey(p.zone, "zone")
	p.t.Cleanup(func() {
		r.stop()
		keepLog(p.t, "relayer", r.log)
	})
	return r
}

// render fills in a configuration template.
func (r *relayer) render(template, path string) {
	r.p.t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "scripts", "relayer", template))
	require.NoError(r.p.t, err)
	hub, zone := r.p.hub, r.p.zone
	filled := strings.NewReplacer(
		"@HUB_ID@", hub.chainID, "@HUB_RPC@", hub.nodes[0].RPC, "@HUB_GRPC@", hub.nodes[0].GRPC,
		"@ZONE_ID@", zone.chainID, "@ZONE_RPC@", zone.nodes[0].RPC, "@ZONE_GRPC@", zone.nodes[0].GRPC,
		"@KEYS@", filepath.Join(r.home, "keys"), "@METRICS_PORT@", fmt.Sprint(freePorts(r.p.t, 10)), "@PORT@", r.p.channel.port,
	).Replace(string(text))
	require.NotRegexp(r.p.t, "(?m)^[^#]*@[A-Z_]+@", filled)
	require.NoError(r.p.t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(r.p.t, os.WriteFile(path, []byte(filled), 0o600))
}

// addKey makes a key for the chain, gives it coins, and hands it to the relayer, which names the chain by a word (rly)
// or its id (Hermes).
func (r *relayer) addKey(n *network, name string) {
	t := r.p.t
	t.Helper()
	encoding()
	record, mnemonic, err := keyring.NewInMemory(codec.NewProtoCodec(interfaces)).NewMnemonic("relayer", keyring.English,
		hd.CreateHDPath(118, 0, 0).String(), keyring.DefaultBIP39Passphrase, hd.Secp256k1)
	require.NoError(t, err)
	address, err := record.GetAddress()
	require.NoError(t, err)
	n.fund(address.String())
	if r.kind == "rly" {
		r.run("keys", "restore", name, "relayer", mnemonic)
		return
	}
	file := filepath.Join(r.home, "mnemonic")
	require.NoError(t, os.WriteFile(file, []byte(mnemonic), 0o600))
	r.run("keys", "add", "--chain", n.chainID, "--key-name", "relayer", "--mnemonic-file", file)
}

// connect makes clients, a connection and the channel.
func (r *relayer) connect() {
	c := r.p.channel
	if r.kind == "rly" {
		r.run("transact", "link", "assay", "--src-port", c.port, "--dst-port", c.port, "--version", c.version,
			"--order", "unordered", "--client-tp-percentage", "66", "--max-clock-drift", "10s")
		return
	}
	r.run("create", "channel", "--a-chain", r.p.hub.chainID, "--b-chain", r.p.zone.chainID, "--new-client-connection", "--yes",
		"--a-port", c.port, "--b-port", c.port, "--channel-version", c.version, "--order", "unordered")
}

// args puts the options that every command takes to a command.
func (r *relayer) args(command ...string) []string {
	if r.kind == "rly" {
		return append(command, "--home", r.home, "--log-format", "logfmt")
	}
	return append([]string{"--config", filepath.Join(r.home, "config.toml")}, command...)
}

// run runs a command of the relayer to its end; its output goes to the log.
func (r *relayer) run(command ...string) {
	r.p.t.Helper()
	cmd := launch(r.p.t, r.log, r.bin, r.args(command...)...)
	require.NoError(r.p.t, cmd.Wait(), "%s %v", r.kind, command[:2])
}

// start starts relaying. Packets that were missed before are looked for first: rly does so by itself; Hermes looks at
// the oldest packet alone, and when that one waits for its acknowledgement only, it leaves the later ones (docs/relaying.md).
func (r *relayer) start() {
	r.p.t.Helper()
	command := []string{"start"}
	if r.kind == "hermes" {
		cmd := launch(r.p.t, r.log, r.bin, r.args("clear", "packets", "--chain", r.p.hub.chainID, "--port", r.p.channel.port, "--channel", r.p.channel.hub)...)
		_ = cmd.Wait() // another relayer may have been faster
	}
	if r.kind == "rly" {
		command = []string{"start", "assay", "--flush-interval", "10s"}
	}
	r.cmd = launch(r.p.t, r.log, r.bin, r.args(command...)...)
}

// kill ends the relayer at once, whatever it is doing.
func (r *relayer) kill() { r.end(syscall.SIGKILL) }

// stop asks the relayer to end and waits for it.
func (r *relayer) stop() { r.end(syscall.SIGTERM) }

func (r *relayer) end(sig syscall.Signal) {
	end(r.cmd, sig)
	r.cmd = nil
}
