// Package packaging holds what is packed equal to what the sidecar is: metrics that dashboards and alerts ask for,
// paths and times of the unit, and files that the package lists.
package packaging_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/assay-chain/assay/inference-sidecar/config"
	"github.com/assay-chain/assay/inference-sidecar/telemetry"
)

// series are the metrics that a sidecar has, with the names of their labels.
func series(t *testing.T) map[string][]string {
	t.Helper()
	m := telemetry.NewMetrics(telemetry.Build{})
	m.SetSource(func() telemetry.State {
		return telemetry.State{
			Queue: &telemetry.QueueState{}, Journal: &telemetry.JournalState{}, Artifacts: &telemetry.ArtifactsState{},
			Chain:  &telemetry.ChainState{Height: 1, Endpoints: []telemetry.EndpointState{{URL: "http://a"}}},
			Models: []telemetry.ModelState{{Model: "acme/vibration", Serving: "v", Candidate: "w"}},
		}
	})
	m.Request("v", telemetry.REST, 200, time.Millisecond)
	m.Progress("acme/vibration", "ready", "")
	m.Swapped("acme/vibration")
	m.Transaction("proof", "accepted")
	families, err := m.Registry().Gather()
	require.NoError(t, err)
	known := map[string][]string{}
	for _, f := range families {
		var labels []string
		for _, l := range f.GetMetric()[0].GetLabel() {
			labels = append(labels, l.GetName())
		}
		known[f.GetName()] = labels
		if f.GetMetric()[0].GetHistogram() != nil {
			for _, part := range []string{"_bucket", "_count", "_sum"} {
				known[f.GetName()+part] = append([]string{"le"}, labels...)
			}
		}
	}
	require.Greater(t, len(known), 40)
	return known
}

var (
	selector = regexp.MustCompile(`\b((?:assay_sidecar|process|go)_[a-z0-9_]+)(?:\{([^}]*)\})?`)
	matcher  = regexp.MustCompile(`([a-z_]+)\s*(?:=~|!~|!=|=)`)
	grouping = regexp.MustCompile(`\b(?:by|on)\s*\(([^)]*)\)`)
)

// checkQuery holds a query's metrics and labels against those that exist.
func checkQuery(t *testing.T, known map[string][]string, query string) {
	t.Helper()
	found := selector.FindAllStringSubmatch(query, -1)
	require.NotEmpty(t, found, "no metric in %s", query)
	allowed := []string{"instance", "job"} // of the scrape
	for _, f := range found {
		labels, ok := known[f[1]]
		require.True(t, ok, "no metric %q: %s", f[1], query)
		allowed = append(allowed, labels...)
		for _, m := range matcher.FindAllStringSubmatch(f[2], -1) {
			require.Contains(t, append(labels, "instance", "job"), m[1], "no label %q of %q: %s", m[1], f[1], query)
		}
	}
	for _, g := range grouping.FindAllStringSubmatch(query, -1) {
		for name := range strings.SplitSeq(g[1], ",") {
			require.Contains(t, allowed, strings.TrimSpace(name), query)
		}
	}
}

func TestQueryCheckRefuses(t *testing.T) {
	known := series(t)
	for _, query := range []string{`assay_sidecar_no_such`, `assay_sidecar_model_ready{version="x"}`, `sum by (outcome) (assay_sidecar_chain_height)`} {
		require.True(t, fails(func(t *testing.T) { checkQuery(t, known, query) }), query)
	}
}

// fails says whether a test function fails.
func fails(f func(t *testing.T)) bool {
	probe := &testing.T{}
	done := make(chan struct{})
	go func() {
		defer close(done)
		f(probe)
	}()
	<-done
	return probe.Failed()
}

func TestDashboard(t *testing.T) {
	raw, err := os.ReadFile("grafana/assay-sidecar.json")
	require.NoError(t, err)
	var dashboard struct {
		Panels []struct {
			ID      int
			Title   string
			Type    string
			GridPos struct{ X, Y, W, H int }
			Targets []struct{ Expr string }
		}
	}
	require.NoError(t, json.Unmarshal(raw, &dashboard))
	known := series(t)
	asked := string(raw)
	ids := map[int]bool{}
	for _, p := range dashboard.Panels {
		require.False(t, ids[p.ID], "two panels have the id %d", p.ID)
		ids[p.ID] = true
		require.LessOrEqual(t, p.GridPos.X+p.GridPos.W, 24, p.Title)
		for _, target := range p.Targets {
			checkQuery(t, known, strings.ReplaceAll(target.Expr, "$__rate_interval", "5m"))
		}
		require.Equal(t, p.Type == "row", len(p.Targets) == 0, p.Title)
	}
	var unseen []string
	for name := range known {
		if strings.HasPrefix(name, "assay_sidecar_") && !strings.Contains(name, "_duration_seconds") && !regexp.MustCompile(`\b`+name+`\b`).MatchString(asked) {
			unseen = append(unseen, name)
		}
	}
	require.Empty(t, unseen, "metrics that nobody sees")
}

func TestAlerts(t *testing.T) {
	raw, err := os.ReadFile("prometheus/assay-sidecar.rules.yml")
	require.NoError(t, err)
	var file struct {
		Groups []struct {
			Name  string
			Rules []struct {
				Alert, Expr, For    string
				Labels, Annotations map[string]string
			}
		}
	}
	require.NoError(t, yaml.Unmarshal(raw, &file))
	known := series(t)
	known["up"] = nil
	names := map[string]bool{}
	for _, g := range file.Groups {
		for _, r := range g.Rules {
			require.False(t, names[r.Alert], r.Alert)
			names[r.Alert] = true
			require.Contains(t, []string{"warning", "critical"}, r.Labels["severity"], r.Alert)
			require.NotEmpty(t, r.Annotations["summary"], r.Alert)
			require.NotEmpty(t, r.Annotations["description"], r.Alert)
			if !strings.HasPrefix(r.Expr, "up{") {
				checkQuery(t, known, r.Expr)
			}
		}
	}
	require.NotEmpty(t, names)
}

// unit reads a systemd unit; of a key that is repeated, the last holds.
func unit(t *testing.T) map[string]string {
	t.Helper()
	raw, err := os.ReadFile("assay-sidecar.service")
	require.NoError(t, err)
	keys := map[string]string{}
	for line := range strings.Lines(string(raw)) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), "="); ok && !strings.HasPrefix(name, "#") {
			keys[name] = value
		}
	}
	return keys
}

func TestUnit(t *testing.T) {
	u := unit(t)
	installed := config.Default(config.SystemHome)
	require.Equal(t, config.SystemPath, u["ConditionPathExists"])
	require.Equal(t, config.SystemHome, "/var/lib/"+u["StateDirectory"])
	require.Equal(t, config.SystemRun, "/run/"+u["RuntimeDirectory"])
	require.True(t, strings.HasPrefix(installed.API.Socket, config.SystemRun+"/"), installed.API.Socket)
	for _, key := range []string{"TimeoutStopSec", "WatchdogSec"} {
		seconds, err := time.ParseDuration(u[key] + "s")
		require.NoError(t, err)
		require.GreaterOrEqual(t, seconds, 2*installed.API.DrainTimeout.Duration, "%s: draining takes %s", key, installed.API.DrainTimeout)
	}
	require.Equal(t, "continue", u["OOMPolicy"], "a prover that is killed does not take the sidecar along")
	require.Equal(t, "0", u["StartLimitIntervalSec"])
}

// What the unit expects of the daemon: it says when it is ready, and gives signs of life.
func TestDaemonNotifies(t *testing.T) {
	source, err := os.ReadFile("../inference-sidecar/daemon.go")
	require.NoError(t, err)
	require.Equal(t, "notify", unit(t)["Type"])
	for _, call := range []string{"telemetry.Notify(", "telemetry.StateReady", "telemetry.StateStopping", "telemetry.Watchdog("} {
		require.Contains(t, string(source), call)
	}
}

func TestPackageLists(t *testing.T) {
	raw, err := os.ReadFile("nfpm.yaml")
	require.NoError(t, err)
	var list struct {
		Contents []struct{ Src, Dst, Type string }
		Scripts  map[string]string
	}
	require.NoError(t, yaml.Unmarshal(raw, &list))
	destinations := map[string]bool{}
	for _, c := range list.Contents {
		destinations[c.Dst] = true
		if c.Src != "" && c.Type != "symlink" && !strings.HasPrefix(c.Src, "$") {
			require.FileExists(t, "../"+c.Src)
		}
	}
	for _, want := range []string{"/usr/bin/assay-sidecar", "/usr/lib/assay/libonnxruntime.so.1", "/lib/systemd/system/assay-sidecar.service", "/etc/assay-sidecar"} {
		require.True(t, destinations[want], want)
	}
	require.False(t, destinations[config.SystemPath], "init makes it, and replaces none")
	for _, script := range list.Scripts {
		require.FileExists(t, "../"+script)
		if sh, err := exec.LookPath("sh"); err == nil {
			out, err := exec.Command(sh, "-n", "../"+script).CombinedOutput()
			require.NoError(t, err, "%s", out)
		}
	}
}
