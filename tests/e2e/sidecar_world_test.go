//go:build e2e

package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/x/feegrant"

	fleettypes "github.com/assay-chain/assay/x/fleet/types"
	registrytypes "github.com/assay-chain/assay/x/registry/types"
	"github.com/assay-chain/assay/zkml/ort"
)

// requireRuntime skips a test that needs ONNX Runtime.
func requireRuntime(t testing.TB) string {
	t.Helper()
	path, err := ort.Find()
	if err != nil {
		t.Skipf("needs ONNX Runtime (make ort): %v", err)
	}
	return path
}

// releases are the model directories of the demo's three releases, made by the toolbox, with a server of their files.
type releases struct {
	dirs   []string
	server *httptest.Server
}

func newReleases(t testing.TB) *releases {
	t.Helper()
	root := t.TempDir()
	r := &releases{server: httptest.NewServer(http.FileServer(http.Dir(root)))}
	t.Cleanup(r.server.Close)
	assay := builtBinary(t, "assay")
	for i, file := range []string{"vibration.onnx", "vibration-2.onnx", "vibration-3.onnx"} {
		dir := filepath.Join(root, fmt.Sprint(i+1))
		for _, args := range [][]string{
			{"model", "import", filepath.Join("..", "..", "models", "vibration", file), dir},
			{"model", "compile", dir},
			{"model", "setup", dir, "--uri", fmt.Sprintf("%s/%d/canonical.onnx", r.server.URL, i+1)},
		} {
			out, err := exec.Command(assay, args...).CombinedOutput()
			require.NoError(t, err, "%s", out)
		}
		r.dirs = append(r.dirs, dir)
	}
	return r
}

// publish puts the releases on the hub as acme/vibration@1.0.0, 1.1.0 and 1.2.0.
func (r *releases) publish(on *rollouts) {
	owner := on.publisher.String()
	msgs := []sdk.Msg{&registrytypes.MsgCreateModel{Owner: owner, Publisher: "acme", Name: "vibration"}}
	for i, dir := range r.dirs {
		text, err := os.ReadFile(filepath.Join(dir, registrytypes.VersionSpecFile))
		require.NoError(on.t, err)
		spec, err := registrytypes.UnmarshalVersionSpec(text)
		require.NoError(on.t, err)
		key, err := os.ReadFile(filepath.Join(dir, "vk.bin"))
		require.NoError(on.t, err)
		msgs = append(msgs, &registrytypes.MsgPublishVersion{
			Owner: owner, Publisher: "acme", Model: "vibration", Number: fmt.Sprintf("1.%d.0", i), VerifyingKey: key, Spec: spec,
		})
	}
	on.hub.must(on.hub.nodes[0], on.publisher, txOptions{gas: 20_000_000}, msgs...)
}

// device is a sidecar's process.
type device struct {
	t       testing.TB
	bin     string
	home    string
	log     string
	address string
	metrics string
	env     []string
	cmd     *exec.Cmd
}

// newDevice makes a sidecar's key and configuration for the zone, and has the fleet's operator enrol it. It is not
// started.
func (r *rollouts) newDevice(name string, env ...string) *device {
	r.t.Helper()
	dir := r.t.TempDir()
	d := &device{
		t: r.t, bin: builtBinary(r.t, "assay-sidecar"), home: filepath.Join(dir, "d"), log: filepath.Join(dir, name+".log"),
		metrics: fmt.Sprintf("127.0.0.1:%d", freePorts(r.t, 1)),
	}
	d.env = append([]string{
		"ASSAY_SIDECAR_CHAIN_POLL_INTERVAL=200ms", "ASSAY_SIDECAR_PROVING_SUBMIT_INTERVAL=500ms", "ASSAY_SIDECAR_TELEMETRY_METRICS=" + d.metrics,
	}, env...)
	args := []string{
		"init", "--home", d.home, "--chain-id", r.zone.chainID, "--fleet", fmt.Sprint(r.zoneWorld.fleet),
		"--fee-granter", r.zoneWorld.operator.String(), "--model", r.channel.zone + ":acme/vibration", "--json",
	}
	for _, nd := range r.zone.nodes {
		args = append(args, "--endpoint", "http://"+nd.RPC)
	}
	out, err := exec.Command(d.bin, args...).Output()
	require.NoError(r.t, err, "%s", stderrOf(err))
	var made struct{ Address string }
	require.NoError(r.t, json.Unmarshal(out, &made))
	d.address = made.Address
	d.proveAlways()
	r.enrol(d.address)
	r.t.Cleanup(func() {
		d.stop(syscall.SIGTERM)
		keepLog(r.t, name, d.log)
	})
	return d
}

// proveAlways has the first results of each version proved without a pause between them.
func (d *device) proveAlways() {
	path := filepath.Join(d.home, "config.toml")
	text, err := os.ReadFile(path)
	require.NoError(d.t, err)
	changed := regexp.MustCompile(`(?m)^min_interval = .*$`).ReplaceAll(text, []byte(`min_interval = "0s"`))
	require.NotEqual(d.t, text, changed)
	require.NoError(d.t, os.WriteFile(path, changed, 0o600))
}

func (r *rollouts) enrol(address string) {
	operator := r.zoneWorld.operator
	raw, err := sdk.AccAddressFromBech32(address)
	require.NoError(r.t, err)
	grant, err := feegrant.NewMsgGrantAllowance(&feegrant.BasicAllowance{}, operator.addr, raw)
	require.NoError(r.t, err)
	r.zone.must(r.zone.nodes[0], operator, txOptions{}, grant,
		&fleettypes.MsgEnrollDevice{Operator: operator.String(), FleetId: r.zoneWorld.fleet, Addresses: []string{address}})
}

func (d *device) socket() string { return filepath.Join(d.home, "run", "sidecar.sock") }

func (d *device) start() {
	d.t.Helper()
	cmd := exec.Command("env", append(append([]string{}, d.env...), d.bin, "start", "--home", d.home)...)
	d.cmd = launch(d.t, d.log, cmd.Path, cmd.Args[1:]...)
}

func (d *device) stop(sig syscall.Signal) {
	end(d.cmd, sig)
	d.cmd = nil
}

// get asks the sidecar over its socket.
func (d *device) get(path string) (int, error) {
	client := http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", d.socket())
		},
	}}
	res, err := client.Get("http://sidecar" + path)
	if err != nil {
		return 0, err
	}
	return res.StatusCode, res.Body.Close()
}

// ready waits until every model has a version that answers.
func (d *device) ready() {
	d.t.Helper()
	eventually(d.t, time.Minute, func() error {
		status, err := d.get("/v2/health/ready")
		if err == nil && status != http.StatusOK {
			err = fmt.Errorf("not ready: %d", status)
		}
		return err
	})
}

// status is what `assay-sidecar status` prints.
func (d *device) status() map[string]any {
	d.t.Helper()
	out, err := exec.Command(d.bin, "status", "--home", d.home, "--url", "http://"+d.metrics, "--json").Output()
	require.NoError(d.t, err, "%s", stderrOf(err))
	var s map[string]any
	require.NoError(d.t, json.Unmarshal(out, &s))
	return s
}
