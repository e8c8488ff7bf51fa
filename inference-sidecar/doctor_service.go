package sidecar

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/assay-chain/assay/inference-sidecar/config"
)

// examineService checks the running sidecar's listeners and its unit.
func (d *doctor) examineService(ctx context.Context) []Finding {
	out := append([]Finding{d.checkDaemon()}, d.checkListeners(ctx)...)
	return append(out, d.checkUnit(ctx))
}

func (d *doctor) checkDaemon() Finding {
	const check = "sidecar"
	metrics := d.config.Telemetry.Metrics
	switch {
	case d.status != nil:
		s := d.status
		ready := "ready"
		if !s.Ready {
			ready = "not ready"
		}
		return fine(check, "version %s runs for %s, %s; metrics at %s", orDash(s.Version), length(s.Uptime), ready, metrics)
	case d.running && metrics == "":
		return warning(check, "it runs, and telemetry.metrics is empty").means("it does not tell how it stands").hint(`telemetry.metrics = "127.0.0.1:9465"`)
	case d.running:
		return wrong(check, "it runs, and does not tell how it stands: %v", d.silent).means("metrics and status are not there; what is served may go on").
			hint("telemetry.metrics: an address that nothing else has; look at the log: journalctl -u assay-sidecar")
	case d.silent != nil && d.key != nil && strings.Contains(d.silent.Error(), "another device"):
		return wrong(check, "%v", d.silent).means("another sidecar of this machine has the address").hint("telemetry.metrics: an address of its own")
	}
	return warning(check, "it does not run").hint("systemctl start assay-sidecar, or assay-sidecar start --home %s", d.config.Home)
}

// checkListeners asks each address for inferences whether it lives.
func (d *doctor) checkListeners(ctx context.Context) []Finding {
	a := d.config.API
	type listener struct{ key, network, address string }
	var all []listener
	for _, l := range []listener{
		{"api.socket", "unix", a.Socket}, {"api.http", "tcp", a.HTTP}, {"api.grpc_socket", "unix", a.GRPCSocket}, {"api.grpc", "tcp", a.GRPC},
	} {
		if l.address != "" {
			all = append(all, l)
		}
	}
	if len(all) == 0 {
		return []Finding{wrong("api", "no address is configured").means("nobody can ask for inferences").hint("api.socket: the path of a Unix socket")}
	}
	if !d.running {
		return []Finding{unchecked("api", "the sidecar does not run; it would listen at %d addresses", len(all))}
	}
	out := make([]Finding, len(all))
	var asked sync.WaitGroup
	for i, l := range all {
		asked.Go(func() {
			if strings.Contains(l.key, "grpc") {
				out[i] = d.listens(l.key, l.address, knock(l.network, l.address))
			} else {
				out[i] = d.listens(l.key, l.address, d.askLive(ctx, l.network, l.address))
			}
		})
	}
	asked.Wait()
	return out
}

func (d *doctor) listens(key, address string, err error) Finding {
	switch {
	case err == nil:
		return fine(key, "%s answers", address)
	case errors.Is(err, fs.ErrPermission):
		return unchecked(key, "%v", err).hint("a user of the socket's group may use it: adduser USER assay")
	}
	return wrong(key, "%s: %v", address, err).means("programs get no inferences there").
		hint("look at the log: journalctl -u assay-sidecar; and whether another program has the address")
}

// knock opens a connection and closes it.
func knock(network, address string) error {
	c, err := net.DialTimeout(network, address, localTimeout)
	if err != nil {
		return err
	}
	return c.Close()
}

// askLive asks for /v2/health/live. That the certificate is the right one is for callers to verify.
func (d *doctor) askLive(ctx context.Context, network, address string) error {
	scheme := "http"
	transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, address)
	}}
	defer transport.CloseIdleConnections()
	if network == "tcp" && d.config.API.TLSCert != "" {
		scheme = "https"
		transport.TLSClientConfig = &tls.Config{InsecureSkipVerify: true} // nothing is sent or believed
	}
	ctx, cancel := context.WithTimeout(ctx, localTimeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, scheme+"://sidecar/v2/health/live", nil)
	if err != nil {
		return err
	}
	res, err := transport.RoundTrip(r)
	switch {
	case err != nil && scheme == "https" && d.config.API.ClientCA != "" && strings.Contains(err.Error(), "certificate required"):
		return nil // it lives, and wants one
	case err != nil:
		return err
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusOK && res.StatusCode != http.StatusUnauthorized { // which wants a token
		return fmt.Errorf("/v2/health/live: expected 200, got %s", res.Status)
	}
	return nil
}

const unitName = "assay-sidecar.service"

// checkUnit asks systemd about the installed unit.
func (d *doctor) checkUnit(ctx context.Context) Finding {
	const check = "systemd unit"
	if filepath.Clean(d.config.Home) != config.SystemHome {
		return unchecked(check, "%s is not the home of the installed service", d.config.Home)
	}
	installed := false
	for _, dir := range []string{"/etc/systemd/system", "/run/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system"} {
		_, err := os.Stat(filepath.Join(dir, unitName))
		installed = installed || err == nil
	}
	if !installed {
		return unchecked(check, "not installed")
	}
	ctx, cancel := context.WithTimeout(ctx, localTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, "systemctl", "show", unitName, "--property=ActiveState,SubState,UnitFileState,Result,NRestarts")
	cmd.WaitDelay = time.Second
	raw, err := cmd.Output()
	if err != nil {
		return unchecked(check, "systemctl: %v", err)
	}
	return judgeUnit(string(raw))
}

// judgeUnit reads what `systemctl show` says.
func judgeUnit(shown string) Finding {
	const check, log = "systemd unit", "journalctl -u assay-sidecar -n 50"
	unit := map[string]string{}
	for line := range strings.Lines(shown) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		unit[name] = value
	}
	said := fmt.Sprintf("%s (%s), %s, %s restarts", unit["ActiveState"], unit["SubState"], unit["UnitFileState"], orDash(unit["NRestarts"]))
	switch {
	case unit["ActiveState"] == "failed", unit["SubState"] == "auto-restart":
		return wrong(check, "%s: %s", said, unit["Result"]).means("systemd starts it again and again, or gave up").hint("%s", log)
	case unit["UnitFileState"] == "masked":
		return wrong(check, "%s", said).means("it cannot be started").hint("systemctl unmask assay-sidecar")
	case unit["UnitFileState"] == "disabled":
		return warning(check, "%s", said).means("it does not start with the machine").hint("systemctl enable assay-sidecar")
	case unit["ActiveState"] != "active":
		return warning(check, "%s", said).hint("systemctl start assay-sidecar")
	}
	return fine(check, "%s", said)
}

// serviceEnvironment is the file that the unit takes variables from.
const serviceEnvironment = "/etc/default/assay-sidecar"

// examineEnvironment says where the installed service has variables that this command does not.
func (d *doctor) examineEnvironment(context.Context) []Finding {
	if filepath.Clean(d.config.Home) != config.SystemHome {
		return nil
	}
	text, err := os.ReadFile(serviceEnvironment)
	if err != nil {
		return nil // the unit goes without, too
	}
	return checkEnvironment(string(text), os.Environ())
}

// checkEnvironment compares the variables of a service's file with those of a process. Values may be secret.
func checkEnvironment(file string, environ []string) []Finding {
	var other []string
	for line := range strings.Lines(file) {
		line = strings.TrimSpace(line)
		name, value, ok := strings.Cut(line, "=")
		if ok && strings.HasPrefix(name, "ASSAY_") && !slices.Contains(environ, name+"="+strings.Trim(value, `"'`)) {
			other = append(other, name)
		}
	}
	if len(other) == 0 {
		return nil
	}
	return []Finding{warning("environment", "the service has other values of %s, by %s", strings.Join(other, ", "), serviceEnvironment).
		means("what is checked here is not in all what the service has").hint("set -a; . %s; set +a; and again", serviceEnvironment)}
}
