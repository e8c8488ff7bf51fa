package config

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pelletier/go-toml/v2"
	"github.com/stretchr/testify/require"
)

// example is a configuration that says only what has to be said.
const example = `
[chain]
id = "zone-1"
endpoints = ["http://127.0.0.1:26657"]
[[model]]
name = "channel-0:acme/vibration"
`

func TestTemplateHasEveryKey(t *testing.T) {
	var raw map[string]any
	require.NoError(t, toml.Unmarshal([]byte(template), &raw))
	var inTemplate []string
	var list func(section string, m map[string]any)
	list = func(section string, m map[string]any) {
		for name, v := range m {
			switch v := v.(type) {
			case map[string]any:
				list(dotted(section, name), v)
			case []any:
				if len(v) == 1 && section == "" {
					list(name, v[0].(map[string]any))
					continue
				}
				inTemplate = append(inTemplate, dotted(section, name))
			default:
				inTemplate = append(inTemplate, dotted(section, name))
			}
		}
	}
	list("", raw)
	require.ElementsMatch(t, keyNames(&Config{}), inTemplate)
}

func TestTemplateDocumentsEveryKey(t *testing.T) {
	documented := false // a comment, or a key below one without a blank line between
	for line := range strings.Lines(template) {
		switch line = strings.TrimSpace(line); {
		case line == "":
			documented = false
		case strings.HasPrefix(line, "#"):
			documented = true
		case strings.HasPrefix(line, "[["), strings.HasPrefix(line, "[model."):
		case strings.HasPrefix(line, "["):
			require.True(t, documented, line)
			documented = false
		default:
			require.True(t, documented, line)
		}
		require.LessOrEqual(t, len(line), 125, line)
	}
}

// The template is what Template makes of the defaults, so both its layout and its values are theirs.
func TestTemplateIsTheDefault(t *testing.T) {
	require.Equal(t, template, string(Template(Default(SystemHome))))
	require.Equal(t, []Model{DefaultModel("channel-0:acme/vibration")}, Default("/").Models)
}

func TestTemplateRoundTrip(t *testing.T) {
	full := Default("/srv/device")
	full.Chain.ID, full.Chain.Endpoints = "zone-1", []string{"http://a:1", "https://b:2"}
	full.Chain.TrustHeight, full.Chain.TrustHash = 7, make(Hex, 32)
	full.Chain.TrustPeriod = Duration{9*day + 3*time.Hour}
	full.Device.Memo = "a \"quoted\" \\ path\n\u007f ü"
	full.Device.GasAdjustment = 2
	full.Artifacts.FileRoots = []string{"/srv/models", "/srv/device/models"}
	full.Telemetry.TraceShare = 1e-9
	full.Models = []Model{DefaultModel("channel-0:acme/vibration"), DefaultModel("acme/keyword-spotting")}
	full.Models[1].ServeAs = "kws"
	full.Models[1].Prove = Prove{First: 0, Share: 1, MinInterval: Duration{90 * time.Minute}}

	got, err := Parse(Template(full), "/elsewhere", nil)
	require.NoError(t, err)
	require.Equal(t, full, got)
	require.Contains(t, string(Template(full)), `file_roots = ["/srv/models", "models"]`)
	require.Contains(t, string(Template(full)), `trust_period = "9d3h"`)

	t.Run("success: without models the example is a comment", func(t *testing.T) {
		none := full
		none.Models = nil
		text := string(Template(none))
		require.Contains(t, text, "\n#[[model]]\n")
		got, err := decode([]byte(text))
		require.NoError(t, err)
		require.Empty(t, got.Models)
	})
}

func TestDefault(t *testing.T) {
	t.Run("success: an installed sidecar", func(t *testing.T) {
		c := Default(SystemHome)
		require.Equal(t, "/run/assay-sidecar/sidecar.sock", c.API.Socket)
		require.Equal(t, "/var/lib/assay-sidecar/device.key", c.Device.KeyFile)
		require.Equal(t, SystemPath, Path(SystemHome+"/"))
	})
	t.Run("success: another home", func(t *testing.T) {
		c := Default("/srv/device/")
		require.Equal(t, "/srv/device/run/sidecar.sock", c.API.Socket)
		require.Equal(t, "/srv/device/run/grpc.sock", c.API.GRPCSocket)
		require.Equal(t, "/srv/device/artifacts", c.Artifacts.Dir)
		require.Equal(t, "/srv/device/config.toml", Path("/srv/device"))
	})
}

func TestParse(t *testing.T) {
	c, err := Parse([]byte(example+"[model.prove]\nshare = 1\n"), "/srv/device", nil)
	require.NoError(t, err)
	require.Equal(t, time.Second, c.Chain.PollInterval.Duration)
	require.Equal(t, SystemHome+"/device.key", c.Device.KeyFile)
	require.Equal(t, int64(2<<30), c.Artifacts.Limit.Bytes)
	require.Equal(t, []Model{{
		Name: "channel-0:acme/vibration", ServeAs: "vibration",
		Prove: Prove{First: 3, Share: 1, MinInterval: Duration{time.Minute}},
	}}, c.Models)

	t.Run("success: a home relative to the file", func(t *testing.T) {
		c, err := Parse([]byte("home = \"state\"\n"+example), "/srv/device", nil)
		require.NoError(t, err)
		require.Equal(t, "/srv/device/state", c.Home)
		require.Equal(t, "/srv/device/state/journal", c.Proving.Journal)
		require.Equal(t, "/run/assay-sidecar/sidecar.sock", c.API.Socket)
	})
}

func TestParseRefuses(t *testing.T) {
	for name, test := range map[string]struct {
		file string
		err  error
		says string
	}{
		"failure: not TOML":              {"[chain\n", ErrSyntax, "line 1"},
		"failure: a key twice":           {example + "[telemetry]\nmetrics = \"\"\nmetrics = \"\"\n", ErrSyntax, "key metrics is already defined"},
		"failure: a key spelled wrong":   {example + "[telemetry]\nmetric = \"\"\n", ErrUnknownKey, `line 8: unknown key "telemetry.metric", did you mean "telemetry.metrics"?`},
		"failure: a key in a wrong part": {example + "[api]\nstream_deadline = \"1s\"\n", ErrUnknownKey, `line 8: unknown key "api.stream_deadline", did you mean "scheduler.stream_deadline"?`},
		"failure: a section like no other": {
			example + "[zzzzzzzzzzzz]\nq = 1\n", ErrUnknownKey,
			`line 7: unknown key "zzzzzzzzzzzz"`,
		},
		"failure: a model's key":          {example + "serve = \"x\"\n", ErrUnknownKey, `"model.serve", did you mean "model.serve_as"?`},
		"failure: a number as a duration": {example + "[api]\nread_timeout = 5\n", ErrSyntax, `line 8, column 16: syntax: api.read_timeout: toml: expected a duration such as 150ms, 1h30m or 14d, got "5"`},
		"failure: a text as a number":     {example + "[api]\nmax_connections = \"5\"\n", ErrSyntax, "line 8"},
		"failure: a number too large":     {example + "[api]\nmax_connections = 99999999999999999999\n", ErrSyntax, "line 8"},
		"failure: one model as a table":   {"[model]\nname = \"a\"\n", ErrSyntax, "line 1"},
		"failure: an escaped key":         {example + "[\"t\\u0065lem\"]\n\"\\u0061\" = 1\n", ErrSyntax, "expected keys without escapes"},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := Parse([]byte(test.file), "/", nil)
			require.ErrorIs(t, err, test.err)
			require.ErrorContains(t, err, test.says)
			require.Equal(t, Config{}, c)
		})
	}
}

func TestEnvironment(t *testing.T) {
	c, err := Parse([]byte(example), "/", []string{
		"PATH=/bin", "ASSAY_SIDECAR_CONFIG=/etc/x", "ASSAY_ORT_LIB=/x",
		"ASSAY_SIDECAR_HOME=/srv/other",
		"ASSAY_SIDECAR_CHAIN_POLL_INTERVAL=300ms", "ASSAY_SIDECAR_CHAIN_ENDPOINTS=http://a:1, http://b:2,",
		"ASSAY_SIDECAR_CHAIN_SEQUENTIAL=true", "ASSAY_SIDECAR_DEVICE_FLEET=18446744073709551615",
		"ASSAY_SIDECAR_CHAIN_TRUST_HEIGHT=0", "ASSAY_SIDECAR_DEVICE_GAS_ADJUSTMENT=1.25",
		"ASSAY_SIDECAR_API_HTTP=127.0.0.1:8000", "ASSAY_SIDECAR_API_SOCKET=", "ASSAY_SIDECAR_PROVING_NATS_STORE_LIMIT=64MiB",
	})
	require.NoError(t, err)
	require.Equal(t, 300*time.Millisecond, c.Chain.PollInterval.Duration)
	require.Equal(t, []string{"http://a:1", "http://b:2"}, c.Chain.Endpoints)
	require.True(t, c.Chain.Sequential)
	require.Equal(t, uint64(1<<64-1), c.Device.Fleet)
	require.InDelta(t, 1.25, c.Device.GasAdjustment, 0)
	require.Equal(t, "127.0.0.1:8000", c.API.HTTP)
	require.Empty(t, c.API.Socket)
	require.Equal(t, int64(64<<20), c.Proving.NATS.StoreLimit.Bytes)
	require.Equal(t, "/srv/other/device.key", c.Device.KeyFile)

	for name, test := range map[string]struct {
		variable string
		err      error
		says     string
	}{
		"failure: unknown":        {"ASSAY_SIDECAR_CHAIN_POL_INTERVAL=1s", ErrUnknownKey, `did you mean "ASSAY_SIDECAR_CHAIN_POLL_INTERVAL"?`},
		"failure: not a bool":     {"ASSAY_SIDECAR_CHAIN_SEQUENTIAL=yes", ErrInvalid, `ASSAY_SIDECAR_CHAIN_SEQUENTIAL: expected true or false, got "yes"`},
		"failure: not a number":   {"ASSAY_SIDECAR_RUNTIME_THREADS=two", ErrInvalid, "expected a whole number"},
		"failure: below zero":     {"ASSAY_SIDECAR_DEVICE_FLEET=-1", ErrInvalid, "expected a whole number of 0 or more"},
		"failure: not a duration": {"ASSAY_SIDECAR_CHAIN_POLL_INTERVAL=1", ErrInvalid, "expected a duration"},
		"failure: no value":       {"ASSAY_SIDECAR_TELEMETRY_TRACE_SHARE", ErrInvalid, `expected a number, got ""`},
		"failure: out of range":   {"ASSAY_SIDECAR_TELEMETRY_TRACE_SHARE=NaN", ErrInvalid, "telemetry.trace_share: expected 0 to 1, got NaN"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Parse([]byte(example), "/", []string{test.variable})
			require.ErrorIs(t, err, test.err)
			require.ErrorContains(t, err, test.says)
		})
	}
}

func TestVariablesAreDistinct(t *testing.T) {
	seen := map[string]bool{}
	for _, k := range allKeys(&Config{}) {
		require.False(t, seen[k.variable()], k.variable())
		seen[k.variable()] = true
	}
}

func TestLoad(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, FileName)
	require.NoError(t, os.WriteFile(path, []byte("home = \"\"\n"+example), 0o600))
	c, err := Load(path)
	require.NoError(t, err)
	require.Equal(t, dir, c.Home)

	t.Run("failure: no file", func(t *testing.T) {
		_, err := Load(filepath.Join(dir, "none.toml"))
		require.ErrorIs(t, err, os.ErrNotExist)
	})
	t.Run("failure: too large", func(t *testing.T) {
		large := filepath.Join(dir, "large.toml")
		require.NoError(t, os.WriteFile(large, []byte(strings.Repeat("# x\n", maxFile)), 0o600))
		_, err := Load(large)
		require.ErrorContains(t, err, "expected at most 1048576 bytes")
	})
	t.Run("failure: what init leaves open", func(t *testing.T) {
		bare := filepath.Join(dir, "bare.toml")
		require.NoError(t, os.WriteFile(bare, Template(Default(dir)), 0o600))
		_, err := Load(bare)
		require.ErrorIs(t, err, ErrInvalid)
		require.ErrorContains(t, err, `chain.id: expected the zone's chain id`)
		require.ErrorContains(t, err, "chain.endpoints: expected 1 to 16 addresses, got 0")
	})
}

func TestValidate(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*Config)
		key    string
	}{
		"failure: chain id":               {func(c *Config) { c.Chain.ID = "a b" }, "chain.id"},
		"failure: endpoint's scheme":      {func(c *Config) { c.Chain.Endpoints = []string{"localhost:26657"} }, "chain.endpoints[1]"},
		"failure: an endpoint twice":      {func(c *Config) { c.Chain.Endpoints = []string{"http://a", "http://a"} }, "chain.endpoints[2]"},
		"failure: too many endpoints":     {func(c *Config) { c.Chain.Endpoints = make([]string, 17) }, "chain.endpoints"},
		"failure: height without hash":    {func(c *Config) { c.Chain.TrustHeight = 5 }, "chain.trust_hash"},
		"failure: hash without height":    {func(c *Config) { c.Chain.TrustHash = make(Hex, 32) }, "chain.trust_hash"},
		"failure: height below zero":      {func(c *Config) { c.Chain.TrustHeight = -1 }, "chain.trust_height"},
		"failure: short hash":             {func(c *Config) { c.Chain.TrustHeight, c.Chain.TrustHash = 5, make(Hex, 31) }, "chain.trust_hash"},
		"failure: short trust period":     {func(c *Config) { c.Chain.TrustPeriod.Duration = time.Second }, "chain.trust_period"},
		"failure: poll interval":          {func(c *Config) { c.Chain.PollInterval.Duration = 0 }, "chain.poll_interval"},
		"failure: headers":                {func(c *Config) { c.Chain.HeadersKept = 1 }, "chain.headers_kept"},
		"failure: no key":                 {func(c *Config) { c.Device.KeyFile = "" }, "device.key_file"},
		"failure: another prefix":         {func(c *Config) { c.Device.FeeGranter = "cosmos1qqqq" }, "device.fee_granter"},
		"failure: gas prices":             {func(c *Config) { c.Device.GasPrices = "uassay" }, "device.gas_prices"},
		"failure: gas prices end":         {func(c *Config) { c.Device.GasPrices = "1uassay," }, "device.gas_prices"},
		"failure: gas adjustment":         {func(c *Config) { c.Device.GasAdjustment = 0.5 }, "device.gas_adjustment"},
		"failure: memo":                   {func(c *Config) { c.Device.Memo = strings.Repeat("m", 257) }, "device.memo"},
		"failure: memo's bytes":           {func(c *Config) { c.Device.Memo = "\xff" }, "device.memo"},
		"failure: no model":               {func(c *Config) { c.Models = nil }, "model"},
		"failure: model with a version":   {func(c *Config) { c.Models[0].Name += "@1.0.0" }, "model[1].name"},
		"failure: model's source":         {func(c *Config) { c.Models[0].Name = ":acme/vibration" }, "model[1].name"},
		"failure: a model twice":          {func(c *Config) { c.Models = append(c.Models, c.Models[0]) }, "model[2].name"},
		"failure: two served as one":      {func(c *Config) { c.Models = append(c.Models, DefaultModel("channel-1:acme/vibration")) }, "model[2].serve_as"},
		"failure: served as a path":       {func(c *Config) { c.Models[0].ServeAs = "../x" }, "model[1].serve_as"},
		"failure: share":                  {func(c *Config) { c.Models[0].Prove.Share = 1.5 }, "model[1].prove.share"},
		"failure: provider":               {func(c *Config) { c.Runtime.Provider = "gpu" }, "runtime.provider"},
		"failure: level":                  {func(c *Config) { c.Runtime.GraphLevel = "max" }, "runtime.graph_level"},
		"failure: threads":                {func(c *Config) { c.Runtime.Threads = 0 }, "runtime.threads"},
		"failure: capacity":               {func(c *Config) { c.Scheduler.Capacity = 0 }, "scheduler.capacity"},
		"failure: limit":                  {func(c *Config) { c.Artifacts.Limit.Bytes = 5 }, "artifacts.limit"},
		"failure: root of files":          {func(c *Config) { c.Artifacts.FileRoots = []string{"/"} }, "artifacts.file_roots[1]"},
		"failure: long socket":            {func(c *Config) { c.API.Socket = "/" + strings.Repeat("s", 107) }, "api.socket"},
		"failure: one socket for both":    {func(c *Config) { c.API.GRPCSocket = c.API.Socket }, "api.grpc_socket"},
		"failure: no port":                {func(c *Config) { c.API.HTTP = "localhost" }, "api.http"},
		"failure: open to the network":    {func(c *Config) { c.API.GRPC = "0.0.0.0:8001" }, "api.grpc"},
		"failure: open on every address":  {func(c *Config) { c.API.HTTP = ":8000" }, "api.http"},
		"failure: certificate alone":      {func(c *Config) { c.API.TLSCert = "/c.pem" }, "api.tls_key"},
		"failure: clients' CA alone":      {func(c *Config) { c.API.ClientCA = "/ca.pem" }, "api.client_ca"},
		"failure: mode":                   {func(c *Config) { c.Proving.Mode = "remote" }, "proving.mode"},
		"failure: nice":                   {func(c *Config) { c.Proving.Nice = 20 }, "proving.nice"},
		"failure: journal":                {func(c *Config) { c.Proving.Journal = "" }, "proving.journal"},
		"failure: open bus":               {func(c *Config) { c.Proving.NATS.Listen = "0.0.0.0:4222" }, "proving.nats.listen"},
		"failure: bus address":            {func(c *Config) { c.Proving.NATS.URL = "http://x" }, "proving.nats.url"},
		"failure: metrics address":        {func(c *Config) { c.Telemetry.Metrics = "9465" }, "telemetry.metrics"},
		"failure: profiles for everybody": {func(c *Config) { c.Telemetry.Metrics, c.Telemetry.Pprof = "0.0.0.0:9465", true }, "telemetry.pprof"},
		"failure: log level":              {func(c *Config) { c.Telemetry.LogLevel = "INFO" }, "telemetry.log_level"},
		"failure: trace address":          {func(c *Config) { c.Telemetry.OTLPEndpoint = "localhost:4317" }, "telemetry.otlp_endpoint"},
		"failure: an address twice":       {func(c *Config) { c.API.HTTP = c.Telemetry.Metrics }, "telemetry.metrics"},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := Parse([]byte(example), "/", nil)
			require.NoError(t, err)
			test.change(&c)
			err = c.Validate()
			require.ErrorIs(t, err, ErrInvalid)
			var bad *KeyError
			require.ErrorAs(t, err, &bad)
			require.Equal(t, test.key, bad.Key, err)
		})
	}
	for name, change := range map[string]func(*Config){
		"success: tokens for the network":    func(c *Config) { c.API.HTTP, c.API.TokensFile = "0.0.0.0:8000", "/tokens" },
		"success: TLS for the network":       func(c *Config) { c.API.GRPC, c.API.TLSCert, c.API.TLSKey = "[::]:8001", "/c", "/k" },
		"success: no listener but a socket":  func(c *Config) { c.API.GRPCSocket, c.Telemetry.Metrics = "", "" },
		"success: any free port twice":       func(c *Config) { c.API.HTTP, c.API.GRPC = "127.0.0.1:0", "127.0.0.1:0" },
		"success: a local model":             func(c *Config) { c.Models[0] = DefaultModel("acme/vibration") },
		"success: over a client of IBC v2":   func(c *Config) { c.Models[0] = DefaultModel("07-tendermint-0:acme/vibration") },
		"success: no fees":                   func(c *Config) { c.Device.GasPrices = "" },
		"success: two denominations of fees": func(c *Config) { c.Device.GasPrices = "0.1uassay,2ibc/AB12" },
		"success: a granter":                 func(c *Config) { c.Device.FeeGranter = "assay1" + strings.Repeat("q", 38) },
	} {
		t.Run(name, func(t *testing.T) {
			c, err := Parse([]byte(example), "/", nil)
			require.NoError(t, err)
			change(&c)
			require.NoError(t, c.Validate())
		})
	}
}

func TestValuesText(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"": 0, "0s": 0, "150ms": 150 * time.Millisecond, "1h30m": 90 * time.Minute, "14d": 14 * day, "1d0.5s": day + 500*time.Millisecond,
		"1h0m5s": time.Hour + 5*time.Second, "10m": 10 * time.Minute, "2h": 2 * time.Hour, "100µs": 100 * time.Microsecond,
	} {
		var d Duration
		require.NoError(t, d.UnmarshalText([]byte(text)), text)
		require.Equal(t, want, d.Duration, text)
		again, err := d.MarshalText()
		require.NoError(t, err)
		var e Duration
		require.NoError(t, e.UnmarshalText(again), "%s", again)
		require.Equal(t, d, e)
	}
	for _, text := range []string{"1", "-1s", "d", "1d-1h", "1d24h", "d1h", "-1d", "99999999999d", "106752d", "1s1d", "1w"} {
		require.Error(t, new(Duration).UnmarshalText([]byte(text)), text)
	}
	for text, want := range map[string]int64{"0B": 0, "1B": 1, "512MiB": 512 << 20, "2GB": 2e9, "1 KiB": 1024, "1TiB": 1 << 40, "4kB": 4000} {
		var s Size
		require.NoError(t, s.UnmarshalText([]byte(text)), text)
		require.Equal(t, want, s.Bytes, text)
	}
	for _, text := range []string{"", "1", "MiB", "-1B", "1.5GiB", "1mib", "1KB", "9000000TiB", "9223372036854775808B", "1  B", "1iB", "0x1B"} {
		require.Error(t, new(Size).UnmarshalText([]byte(text)), text)
	}
	require.Equal(t, "512MiB", Size{512 << 20}.String())
	require.Equal(t, "1500MB", Size{15e8}.String())
	require.Equal(t, "0B", Size{}.String())
	require.Error(t, new(Hex).UnmarshalText([]byte("0x")))
	require.Equal(t, "AB01", Hex{0xab, 1}.String())
}

func TestHint(t *testing.T) {
	known := []string{"chain.id", "chain.poll_interval", "scheduler.parallel", "runtime.parallel"}
	for name, want := range map[string]string{
		"chain.idd":          "chain.id",
		"chain.pollinterval": "chain.poll_interval",
		"schedular.paralel":  "scheduler.parallel",
		"xyz.parallel":       "scheduler.parallel",
		"something":          "",
		strings.Repeat("chain.poll_interval", 100): "",
	} {
		got := hint(name, known)
		if want == "" {
			require.Empty(t, got, name)
			continue
		}
		require.Contains(t, got, want, name)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(template), "ASSAY_SIDECAR_API_HTTP=127.0.0.1:1")
	f.Add([]byte(example), "ASSAY_SIDECAR_X=1")
	f.Add([]byte("[\"a\\u0062\"]\n"), "")
	f.Add([]byte("model = [{name = \"a/b\", prove = {first = 1}}]\n"), "A")
	f.Fuzz(func(t *testing.T, data []byte, variable string) {
		c, err := Parse(data, "/srv", []string{variable})
		if err != nil {
			if c.Home != "" {
				t.Fatal("a configuration beside an error")
			}
			if !errors.Is(err, ErrSyntax) && !errors.Is(err, ErrUnknownKey) && !errors.Is(err, ErrInvalid) {
				t.Fatalf("no sentinel in %v", err)
			}
			return
		}
		again, err := Parse(Template(c), "/other", nil)
		if err != nil {
			t.Fatalf("what it wrote: %v", err)
		}
		if a, b := string(Template(c)), string(Template(again)); a != b {
			t.Fatalf("round trip: %s\n%s", a, b)
		}
	})
}

func TestKeysAreSorted(t *testing.T) {
	sections := map[string]bool{}
	for _, k := range allKeys(&Config{}) {
		sections[k.section] = true
	}
	require.Equal(t, []string{
		"", "api", "artifacts", "chain", "device", "model", "model.prove", "proving", "proving.nats",
		"runtime", "scheduler", "telemetry",
	}, slices.Sorted(maps.Keys(sections)))
}
