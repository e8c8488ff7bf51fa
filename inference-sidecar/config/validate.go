package config

import (
	"errors"
	"fmt"
	"math"
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

const (
	maxSocketPath = 107 // bytes, of Linux
	maxEndpoints  = 16  // each is asked at every update
	maxModels     = 64
	maxParallel   = 64
	maxMemo       = 256 // bytes, of the chain
	hashBytes     = 32
	maxTimeout    = time.Hour
	maxWindow     = 10 * 365 * day
)

// KeyError is a value that cannot be used.
type KeyError struct {
	Key      string // such as chain.poll_interval, or model[2].name for the second model
	Value    any
	Expected string
}

func (e *KeyError) Error() string {
	switch v := e.Value.(type) {
	case nil:
		return fmt.Sprintf("%s: expected %s", e.Key, e.Expected)
	case int, int64, uint64, float64, bool:
		return fmt.Sprintf("%s: expected %s, got %v", e.Key, e.Expected, v)
	default:
		return fmt.Sprintf("%s: expected %s, got %.200q", e.Key, e.Expected, fmt.Sprint(v))
	}
}

// Is makes a KeyError an ErrInvalid.
func (e *KeyError) Is(target error) bool { return target == ErrInvalid }

// checks collects what is wrong.
type checks []error

// that adds an error unless ok.
func (c *checks) that(ok bool, key string, value any, format string, args ...any) {
	if !ok {
		*c = append(*c, &KeyError{Key: key, Value: value, Expected: fmt.Sprintf(format, args...)})
	}
}

func (c *checks) between(key string, value, least, most int64) {
	c.that(value >= least && value <= most, key, value, "%d to %d", least, most)
}

func (c *checks) duration(key string, d Duration, least, most time.Duration) {
	c.that(d.Duration >= least && d.Duration <= most, key, d, "%s to %s", Duration{least}, Duration{most})
}

func (c *checks) size(key string, s Size, least, most int64) {
	c.that(s.Bytes >= least && s.Bytes <= most, key, s, "%s to %s", Size{least}, Size{most})
}

func (c *checks) share(key string, f float64) {
	c.that(f >= 0 && f <= 1, key, f, "0 to 1") // not a number is neither
}

func (c *checks) oneOf(key, value string, allowed ...string) {
	c.that(slices.Contains(allowed, value), key, value, "one of %s", strings.Join(allowed, ", "))
}

// Validate says everything that is wrong. The errors are *KeyError, joined.
func (c Config) Validate() error {
	var bad checks
	for _, k := range keysOf("", &c) {
		if s, ok := k.value.Interface().(string); ok {
			bad.that(utf8.ValidString(s) && !strings.ContainsRune(s, 0), k.String(), s, "text in UTF-8 without a zero byte")
		}
	}
	c.Chain.validate(&bad)
	c.Device.validate(&bad)
	c.validateModels(&bad)
	c.Runtime.validate(&bad)
	c.Scheduler.validate(&bad)
	c.Artifacts.validate(&bad)
	c.API.validate(&bad)
	c.Proving.validate(&bad)
	c.Telemetry.validate(&bad)
	c.validateAddresses(&bad)
	return errors.Join(bad...)
}

var chainID = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,49}$`)

func (c Chain) validate(bad *checks) {
	bad.that(chainID.MatchString(c.ID), "chain.id", c.ID, "the zone's chain id, of at most 50 letters, digits, '-', '_' and '.'")
	bad.that(len(c.Endpoints) >= 1 && len(c.Endpoints) <= maxEndpoints, "chain.endpoints", len(c.Endpoints), "1 to %d addresses", maxEndpoints)
	for i, e := range c.Endpoints {
		bad.that(isURL(e, "http", "https", "tcp"), fmt.Sprintf("chain.endpoints[%d]", i+1), e, "an address such as https://rpc.example.com:26657")
		bad.that(!slices.Contains(c.Endpoints[:i], e), fmt.Sprintf("chain.endpoints[%d]", i+1), e, "each endpoint once")
	}
	bad.between("chain.trust_height", c.TrustHeight, 0, math.MaxInt64)
	if c.TrustHeight > 0 {
		bad.that(len(c.TrustHash) == hashBytes, "chain.trust_hash", c.TrustHash, "the %d hexadecimal digits of the header at trust_height", 2*hashBytes)
	} else {
		bad.that(len(c.TrustHash) == 0, "chain.trust_hash", c.TrustHash, "none, as trust_height is 0")
	}
	if c.TrustPeriod.Duration != 0 {
		bad.duration("chain.trust_period", c.TrustPeriod, time.Minute, maxWindow)
	}
	bad.duration("chain.max_clock_drift", c.MaxClockDrift, time.Second, time.Hour)
	bad.duration("chain.poll_interval", c.PollInterval, 50*time.Millisecond, 24*time.Hour)
	bad.between("chain.headers_kept", int64(c.HeadersKept), 2, 10_000)
}

var (
	address   = regexp.MustCompile(`^assay1[02-9ac-hj-np-z]{38}([02-9ac-hj-np-z]{20})?$`) // 20 bytes or 32
	gasPrices = regexp.MustCompile(`^(\d{1,18}(\.\d{1,18})?[a-zA-Z][a-zA-Z0-9/:._-]{2,127}(,|$))*$`)
)

func (d Device) validate(bad *checks) {
	bad.that(d.KeyFile != "", "device.key_file", d.KeyFile, "the path of the device's key")
	bad.that(d.FeeGranter == "" || address.MatchString(d.FeeGranter), "device.fee_granter", d.FeeGranter, "an address that begins with assay1, or nothing")
	bad.that(gasPrices.MatchString(d.GasPrices) && !strings.HasSuffix(d.GasPrices, ","), "device.gas_prices", d.GasPrices, "an amount and a denomination such as 0.001uassay")
	bad.that(d.GasAdjustment >= 1 && d.GasAdjustment <= 10, "device.gas_adjustment", d.GasAdjustment, "1 to 10")
	bad.that(d.GasLimit <= math.MaxInt64, "device.gas_limit", d.GasLimit, "at most %d", int64(math.MaxInt64))
	bad.that(len(d.Memo) <= maxMemo, "device.memo", d.Memo, "at most %d bytes", maxMemo)
}

var (
	modelName = regexp.MustCompile(`^([a-z0-9-]{1,62}-\d{1,20}:)?[a-z][a-z0-9-]{1,38}[a-z0-9]/[a-z][a-z0-9-]{1,38}[a-z0-9]$`)
	serveAs   = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$`)
)

func (c Config) validateModels(bad *checks) {
	bad.that(len(c.Models) >= 1 && len(c.Models) <= maxModels, "model", len(c.Models), "1 to %d [[model]] sections", maxModels)
	names, served := map[string]bool{}, map[string]bool{}
	for i, m := range c.Models {
		at := fmt.Sprintf("model[%d]", i+1)
		bad.that(modelName.MatchString(m.Name), at+".name", m.Name, "publisher/model or source:publisher/model, such as channel-0:acme/vibration")
		bad.that(!names[m.Name], at+".name", m.Name, "each model once")
		bad.that(serveAs.MatchString(m.ServeAs), at+".serve_as", m.ServeAs, "at most 128 letters, digits, '-', '_' and '.'")
		bad.that(!served[m.ServeAs], at+".serve_as", m.ServeAs, "a name that no other model is served as")
		names[m.Name], served[m.ServeAs] = true, true
		bad.between(at+".prove.first", int64(m.Prove.First), 0, 1_000_000)
		bad.share(at+".prove.share", m.Prove.Share)
		bad.duration(at+".prove.min_interval", m.Prove.MinInterval, 0, maxWindow)
	}
}

func (r Runtime) validate(bad *checks) {
	bad.oneOf("runtime.provider", r.Provider, "cpu", "cuda", "tensorrt")
	bad.oneOf("runtime.graph_level", r.GraphLevel, "all", "extended", "basic", "none")
	bad.between("runtime.threads", int64(r.Threads), 1, maxParallel)
	bad.between("runtime.parallel", int64(r.Parallel), 1, maxParallel)
	bad.between("runtime.warm_up", int64(r.WarmUp), 0, 1000)
}

func (s Scheduler) validate(bad *checks) {
	bad.between("scheduler.parallel", int64(s.Parallel), 1, maxParallel)
	bad.between("scheduler.capacity", int64(s.Capacity), 1, 100_000)
	bad.duration("scheduler.stream_deadline", s.StreamDeadline, time.Millisecond, time.Hour)
	bad.duration("scheduler.default_timeout", s.DefaultTimeout, 0, maxTimeout)
}

func (a Artifacts) validate(bad *checks) {
	bad.that(a.Dir != "", "artifacts.dir", a.Dir, "a folder")
	bad.size("artifacts.limit", a.Limit, 1<<20, 1<<50)
	bad.size("artifacts.min_rate", a.MinRate, 1, 1<<40)
	bad.duration("artifacts.idle_timeout", a.IdleTimeout, time.Second, time.Hour)
	for i, root := range a.FileRoots {
		bad.that(root != "" && root != "/", fmt.Sprintf("artifacts.file_roots[%d]", i+1), root, "a folder other than the root of the file system")
	}
}

func (a API) validate(bad *checks) {
	for _, s := range []struct{ key, path string }{{"api.socket", a.Socket}, {"api.grpc_socket", a.GRPCSocket}} {
		bad.that(len(s.path) <= maxSocketPath, s.key, s.path, "a path of at most %d bytes, as Unix sockets need", maxSocketPath)
	}
	bad.that(a.Socket == "" || a.Socket != a.GRPCSocket, "api.grpc_socket", a.GRPCSocket, "a socket other than api.socket")
	guarded := a.TLSCert != "" || a.TokensFile != ""
	for _, l := range []struct{ key, address string }{{"api.http", a.HTTP}, {"api.grpc", a.GRPC}} {
		if l.address == "" {
			continue
		}
		if !isListen(l.address) {
			bad.that(false, l.key, l.address, "host:port such as 127.0.0.1:8000")
			continue
		}
		bad.that(guarded || isLoopback(l.address), l.key, l.address, "a loopback address, or api.tls_cert or api.tokens_file with it")
	}
	bad.that((a.TLSCert == "") == (a.TLSKey == ""), "api.tls_key", a.TLSKey, "api.tls_cert and api.tls_key together")
	bad.that(a.ClientCA == "" || a.TLSCert != "", "api.client_ca", a.ClientCA, "nothing without api.tls_cert")
	bad.between("api.max_connections", int64(a.MaxConnections), 1, 100_000)
	bad.size("api.grpc_max_message", a.GRPCMaxMessage, 64<<10, 64<<20)
	bad.duration("api.read_timeout", a.ReadTimeout, 100*time.Millisecond, time.Hour)
	bad.duration("api.drain_timeout", a.DrainTimeout, 0, time.Hour)
}

func (p Proving) validate(bad *checks) {
	bad.oneOf("proving.mode", p.Mode, ProvingOff, ProvingLocal, ProvingPool)
	bad.size("proving.memory", p.Memory, 64<<20, 1<<50)
	bad.between("proving.nice", int64(p.Nice), 0, 19)
	bad.that(p.Journal != "", "proving.journal", p.Journal, "the path of the journal")
	bad.size("proving.journal_limit", p.JournalLimit, 1<<20, 1<<50)
	bad.between("proving.journal_entries", int64(p.JournalEntries), 1, 1<<17)
	bad.duration("proving.audit_window", p.AuditWindow, 0, maxWindow)
	bad.between("proving.submit_batch", int64(p.SubmitBatch), 1, 1000)
	bad.duration("proving.submit_interval", p.SubmitInterval, 0, 24*time.Hour)
	p.NATS.validate(bad)
}

func (n NATS) validate(bad *checks) {
	bad.that(n.URL == "" || isURL(n.URL, "nats", "tls", "ws", "wss"), "proving.nats.url", n.URL, "an address such as tls://nats.example.com:4222")
	if n.URL == "" {
		bad.that(isListen(n.Listen), "proving.nats.listen", n.Listen, "host:port such as 127.0.0.1:4222")
		bad.that(!isListen(n.Listen) || isLoopback(n.Listen) || n.TokenFile != "" || n.TLSCA != "",
			"proving.nats.listen", n.Listen, "a loopback address, or proving.nats.token_file or tls_ca with it")
	}
	bad.that((n.TLSCert == "") == (n.TLSKey == ""), "proving.nats.tls_key", n.TLSKey, "proving.nats.tls_cert and tls_key together")
	bad.size("proving.nats.store_limit", n.StoreLimit, 1<<20, 1<<50)
}

func (t Telemetry) validate(bad *checks) {
	bad.that(t.Metrics == "" || isListen(t.Metrics), "telemetry.metrics", t.Metrics, "host:port such as 127.0.0.1:9465, or nothing")
	bad.that(!t.Pprof || !isListen(t.Metrics) || isLoopback(t.Metrics), "telemetry.pprof", t.Pprof, "false, as telemetry.metrics is not a loopback address")
	bad.oneOf("telemetry.log_level", t.LogLevel, "debug", "info", "warn", "error")
	bad.oneOf("telemetry.log_format", t.LogFormat, LogJSON, LogText)
	bad.that(t.OTLPEndpoint == "" || isURL(t.OTLPEndpoint, "grpc", "http", "https"), "telemetry.otlp_endpoint", t.OTLPEndpoint, "an address such as grpc://localhost:4317 or https://otel.example.com/v1/traces")
	bad.share("telemetry.trace_share", t.TraceShare)
}

// validateAddresses refuses one TCP address in two places.
func (c Config) validateAddresses(bad *checks) {
	used := map[string]string{}
	listeners := []struct{ key, address string }{
		{"api.http", c.API.HTTP}, {"api.grpc", c.API.GRPC}, {"telemetry.metrics", c.Telemetry.Metrics},
	}
	if c.Proving.Mode == ProvingPool && c.Proving.NATS.URL == "" {
		listeners = append(listeners, struct{ key, address string }{"proving.nats.listen", c.Proving.NATS.Listen})
	}
	for _, l := range listeners {
		if l.address == "" || strings.HasSuffix(l.address, ":0") {
			continue
		}
		bad.that(used[l.address] == "", l.key, l.address, "an address other than that of %s", used[l.address])
		used[l.address] = l.key
	}
}

func isURL(s string, schemes ...string) bool {
	u, err := url.Parse(s)
	return err == nil && slices.Contains(schemes, u.Scheme) && u.Hostname() != "" && u.Fragment == ""
}

func isListen(s string) bool {
	_, port, err := net.SplitHostPort(s)
	if err != nil {
		return false
	}
	_, err = strconv.ParseUint(port, 10, 16)
	return err == nil
}

func isLoopback(listen string) bool {
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		return false
	}
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || (err == nil && ip.IsLoopback())
}
