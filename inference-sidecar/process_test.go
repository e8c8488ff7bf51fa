package sidecar

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/inference-sidecar/artifacts"
	"github.com/assay-chain/assay/inference-sidecar/config"
	"github.com/assay-chain/assay/inference-sidecar/engine"
	"github.com/assay-chain/assay/inference-sidecar/slots"
	"github.com/assay-chain/assay/zkml/model"
)

const (
	// mainEnv makes the test binary the command assay-sidecar; daemonEnv a daemon with the configuration in a file, which
	// stands still once a version other than the one on record comes to the stage of stageEnv.
	mainEnv   = "ASSAY_TEST_MAIN"
	daemonEnv = "ASSAY_TEST_DAEMON"
	stageEnv  = "ASSAY_TEST_STAGE"
)

// daemonConfig is what a daemon process is told.
type daemonConfig struct {
	Config config.Config
	Known  [32]byte // canonical file of the release that does not stand still
}

func daemonProcess(path string) int {
	fail := func(err error) int {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return fail(err)
	}
	var c daemonConfig
	if err := json.Unmarshal(data, &c); err != nil {
		return fail(err)
	}
	h := &halting{stage: os.Getenv(stageEnv), known: c.Known}
	d, err := newDaemon(c.Config, slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError})), seams{now: time.Now, slots: h.adjust})
	if err != nil {
		return fail(err)
	}
	if err := d.Run(context.Background()); err != nil {
		return fail(err)
	}
	return 0
}

// halting stands still for ever at a stage of the preparation of any other release than the known one, and says so.
type halting struct {
	stage string
	known [32]byte
}

func (h *halting) at(stage string) {
	if stage == h.stage {
		fmt.Println("at " + stage)
		select {}
	}
}

func (h *halting) adjust(o *slots.Options) {
	o.Store = haltingStore{o.Store, h}
	options := o.Engine
	o.Loader = func(data []byte, session map[string]string) (slots.Engine, error) {
		known := sha256.Sum256(data) == h.known
		if !known {
			h.at("load")
		}
		e, err := engine.Load(data, session, options)
		if err != nil || known {
			return e, err
		}
		return haltingEngine{e, h}, nil
	}
}

type haltingStore struct {
	slots.Store
	h *halting
}

func (s haltingStore) Read(a artifacts.Artifact) ([]byte, error) {
	if a.Name == model.CanonicalFile && a.Digest != s.h.known {
		s.h.at("check")
	}
	return s.Store.Read(a)
}

func (s haltingStore) Fetch(ctx context.Context, a artifacts.Artifact) (string, error) {
	if a.Name == model.CanonicalFile && a.Digest != s.h.known {
		s.h.at("fetch")
	}
	return s.Store.Fetch(ctx, a)
}

type haltingEngine struct {
	*engine.Model
	h *halting
}

func (e haltingEngine) Run(f *engine.Frame) error {
	e.h.at("self-test")
	return e.Model.Run(f)
}

func (e haltingEngine) WarmUp(ctx context.Context, runs int) error {
	e.h.at("warm")
	return e.Model.WarmUp(ctx, runs)
}

// process is a daemon in a process of its own.
type process struct {
	t    *testing.T
	cmd  *exec.Cmd
	said *bufio.Reader
	url  string // of the metrics
	client
}

// startProcess runs the world's sidecar as a process that stands still at a stage.
func (w *world) startProcess(stage string) *process {
	w.t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(w.t, err)
	w.config.Telemetry.Metrics = l.Addr().String()
	require.NoError(w.t, l.Close())
	data, err := json.Marshal(daemonConfig{w.config, sha256.Sum256(releaseOf(w.t, 1).files[model.CanonicalFile])})
	require.NoError(w.t, err)
	path := filepath.Join(w.config.Home, "test.json")
	require.NoError(w.t, os.WriteFile(path, data, 0o600))
	p := &process{t: w.t, cmd: exec.Command(os.Args[0]), url: "http://" + w.config.Telemetry.Metrics, client: newClient(w.config.API.Socket)}
	p.cmd.Env = append(os.Environ(), daemonEnv+"="+path, stageEnv+"="+stage)
	p.cmd.Stderr = w.t.Output()
	out, err := p.cmd.StdoutPipe()
	require.NoError(w.t, err)
	p.said = bufio.NewReader(out)
	require.NoError(w.t, p.cmd.Start())
	w.t.Cleanup(p.kill)
	eventually(w.t, "the process listens", p.live, func() string { return fmt.Sprint(p.cmd.ProcessState) })
	return p
}

// kill is kill -9.
func (p *process) kill() {
	_ = p.cmd.Process.Kill() // it may be dead already
	_ = p.cmd.Wait()
	p.http.CloseIdleConnections()
}

// at waits until the process stands still.
func (p *process) at(stage string) {
	p.t.Helper()
	for {
		line, err := p.said.ReadString('\n')
		require.NoError(p.t, err)
		if line == "at "+stage+"\n" {
			return
		}
	}
}

func (p *process) status() *Status {
	var s Status
	if res, err := http.Get(p.url + "/status"); err == nil {
		defer res.Body.Close()
		_ = json.NewDecoder(res.Body).Decode(&s) // not there yet
	}
	return &s
}

func (p *process) await(what string, holds func(*Status) bool) {
	p.t.Helper()
	eventually(p.t, what, func() bool { return holds(p.status()) }, func() string { return fmt.Sprintf("%+v", p.status()) })
}

func (p *process) text(path string) string {
	res, err := http.Get(p.url + path)
	require.NoError(p.t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	require.NoError(p.t, err)
	return string(body)
}

// The process is killed in each stage of a rollout, and started without network: it serves the last good release at once, and
// has what it promised.
func TestFaultKilledInEachStage(t *testing.T) {
	w := newWorld(t)
	first, second := releaseOf(t, 1), releaseOf(t, 2)
	w.roll(first)
	w.promote(first)
	good, promised := first, []string{}
	p := w.startProcess("fetch")
	p.await("it serves", func(s *Status) bool { return len(s.Models) > 0 && s.Models[0].Serving == first.id })
	stages := []string{"fetch", "check", "load", "self-test", "warm", "ready", "canary", "promoted"}
	for i, stage := range stages {
		asks := p.ask(first)
		if stage == "canary" || stage == "promoted" {
			asks = p.ask(first, second)
		}
		w.roll(second)
		switch stage {
		case "ready":
			p.await("the candidate is ready", func(s *Status) bool { return s.Models[0].Phase == string(slots.PhaseReady) })
		case "canary":
			w.turn(second, 3, 0)
			p.await("the candidate answers", func(s *Status) bool { return s.Models[0].Weight == 10 })
		case "promoted":
			w.promote(second)
			p.await("it serves the second", func(s *Status) bool { return s.Models[0].Serving == second.id })
			good = second
		default:
			p.at(stage)
		}
		d := device{client: p.client, w: w}
		promised = append(promised, d.promise(first))
		asks.end(t)
		p.kill()

		w.down(true)
		next := ""
		if i+1 < len(stages) {
			next = stages[i+1]
		}
		p = w.startProcess(next)
		require.NoError(t, p.askOnce([]*release{good, second}), "after %s", stage)
		a, err := p.infer(first, request{header: map[string]string{"X-Canary": "false"}})
		require.NoError(t, err)
		require.Equal(t, good.id, a.Parameters[parameterVersion], "after %s", stage)
		d = device{client: p.client, w: w}
		for _, id := range promised {
			d.kept(id)
		}
		p.await("the cause is in the status", func(s *Status) bool { return s.Chain.Error != "" })
		require.True(t, hasMetric(p.text("/metrics"), `assay_sidecar_chain_update_failures_total{cause="unreachable"}`))
		w.down(false)
	}
}

// ONNX Runtime is missing, or of another release: the daemon stays up and says why it does not serve.
func TestFaultRuntime(t *testing.T) {
	for _, tc := range []struct {
		name    string
		library func(t *testing.T) string
		text    string
		hint    string
	}{
		{"failure: missing", func(*testing.T) string { return "/nonexistent/libonnxruntime.so.1" }, "library not found", "runtime.library"},
		{"failure: another release", otherRuntime, "expected 1.24, got 1.99.0", "runtime.library"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := newWorldWithoutRuntime(t)
			first := releaseOf(t, 1)
			w.roll(first)
			w.promote(first)
			w.config.Runtime.Library = tc.library(t)
			p := w.startProcess("")
			p.await("it follows the zone", func(s *Status) bool { return s.Chain.Standing == "active" && s.Models[0].Version == first.id })
			s := p.status()
			require.Contains(t, s.Runtime.Error, tc.text)
			require.False(t, s.Ready)
			require.Contains(t, p.text("/readyz"), tc.text)
			_, status, err := p.get("/v2/health/ready")
			require.NoError(t, err)
			require.GreaterOrEqual(t, status, 400)
			a, err := p.infer(first, request{})
			require.NoError(t, err)
			require.Equal(t, http.StatusServiceUnavailable, a.status, a.Error)
			require.Contains(t, p.text("/metrics"), "assay_sidecar_model_ready{model=\""+worldModel+"\"} 0")
			require.Contains(t, w.doctor("onnx runtime"), tc.hint)
		})
	}
}

// otherRuntime is a library that says that it is of another release.
func otherRuntime(t *testing.T) string {
	t.Helper()
	cc, err := exec.LookPath("cc")
	if err != nil {
		t.Skipf("needs a C compiler: %v", err)
	}
	dir := t.TempDir()
	source, script, library := filepath.Join(dir, "other.c"), filepath.Join(dir, "other.map"), filepath.Join(dir, "libonnxruntime.so.1")
	require.NoError(t, os.WriteFile(source, []byte("void *OrtGetApiBase(void) { return 0; }\n"), 0o600))
	require.NoError(t, os.WriteFile(script, []byte("VERS_1.99.0 { global: OrtGetApiBase; local: *; };\n"), 0o600))
	out, err := exec.Command(cc, "-shared", "-fPIC", "-Wl,--version-script="+script, "-o", library, source).CombinedOutput()
	require.NoError(t, err, "%s", out)
	return library
}

// doctor runs the command and returns what it found about a check.
func (w *world) doctor(check string) string {
	w.t.Helper()
	file := config.Path(w.config.Home)
	require.NoError(w.t, os.WriteFile(file, config.Template(w.config), 0o600))
	cmd := exec.Command(os.Args[0], "doctor", "--home", w.config.Home, "--json")
	cmd.Env = append(os.Environ(), mainEnv+"=1")
	out, _ := cmd.Output() // exit status 1 says that something is wrong
	var found []Finding
	require.NoError(w.t, json.Unmarshal(out, &found), "%s", out)
	for _, f := range found {
		if f.Check == check {
			return strings.Join([]string{string(f.Verdict), f.Text, f.Means, f.Hint}, "\n")
		}
	}
	w.t.Fatalf("no check %q in %s", check, out)
	return ""
}
