package config

// Config is everything that a sidecar is told. Paths are absolute; in the file, relative ones are below Home.
type Config struct {
	// Home holds the sidecar's state. A relative or empty one is taken from the file's folder.
	Home string `toml:"home"`

	Chain     Chain     `toml:"chain"`
	Device    Device    `toml:"device"`
	Models    []Model   `toml:"model"`
	Runtime   Runtime   `toml:"runtime"`
	Scheduler Scheduler `toml:"scheduler"`
	Artifacts Artifacts `toml:"artifacts"`
	API       API       `toml:"api"`
	Proving   Proving   `toml:"proving"`
	Telemetry Telemetry `toml:"telemetry"`
}

// Chain is the zone that is followed, and the header that trust begins with.
type Chain struct {
	ID            string   `toml:"id"`
	Endpoints     []string `toml:"endpoints"`       // CometBFT RPC URLs: http, https or tcp
	TrustHeight   int64    `toml:"trust_height"`    // 0 and no TrustHash: what is in the store already
	TrustHash     Hex      `toml:"trust_hash"`      // 32 bytes
	TrustPeriod   Duration `toml:"trust_period"`    // 0: 14 days; below the unbonding period
	MaxClockDrift Duration `toml:"max_clock_drift"` // how far a header may be ahead of the clock
	PollInterval  Duration `toml:"poll_interval"`
	HeadersKept   int      `toml:"headers_kept"`
	Sequential    bool     `toml:"sequential"`
	Unwitnessed   bool     `toml:"unwitnessed"`
}

// Device is the account that speaks for this device.
type Device struct {
	KeyFile       string  `toml:"key_file" path:"home"`
	Fleet         uint64  `toml:"fleet"`       // whose enrolment is confirmed; 0: none
	FeeGranter    string  `toml:"fee_granter"` // bech32 address, or "": the device pays
	GasPrices     string  `toml:"gas_prices"`  // such as 0.001uassay
	GasAdjustment float64 `toml:"gas_adjustment"`
	GasLimit      uint64  `toml:"gas_limit"` // 0: simulated
	Memo          string  `toml:"memo"`
}

// Model is one model of the zone that this device serves.
type Model struct {
	Name    string `toml:"name"`     // on the chain: channel-0:acme/vibration
	ServeAs string `toml:"serve_as"` // in the API: vibration, which is the default
	Prove   Prove  `toml:"prove"`
}

// Prove says which results of a model are proved without being asked for.
type Prove struct {
	First       int      `toml:"first"`        // of each version
	Share       float64  `toml:"share"`        // of those that follow, 0 to 1
	MinInterval Duration `toml:"min_interval"` // between two
}

// Runtime is how ONNX Runtime is used.
type Runtime struct {
	Library    string `toml:"library" path:"home"` // path, or "": found
	Provider   string `toml:"provider"`            // cpu, cuda or tensorrt
	GraphLevel string `toml:"graph_level"`         // all, extended, basic or none
	Threads    int    `toml:"threads"`             // of one run
	Arena      bool   `toml:"arena"`
	Parallel   int    `toml:"parallel"` // sessions of a version
	WarmUp     int    `toml:"warm_up"`  // runs before a version serves
}

// Scheduler bounds what runs and what waits, over all models.
type Scheduler struct {
	Parallel       int      `toml:"parallel"`
	Capacity       int      `toml:"capacity"`
	StreamDeadline Duration `toml:"stream_deadline"` // of frames that bring none
	DefaultTimeout Duration `toml:"default_timeout"` // of requests that bring none; 0: none
}

// Artifacts is the store of what was fetched.
type Artifacts struct {
	Dir         string   `toml:"dir" path:"home"`
	Limit       Size     `toml:"limit"`
	MinRate     Size     `toml:"min_rate"` // bytes a second; slower servers are left
	IdleTimeout Duration `toml:"idle_timeout"`
	FileRoots   []string `toml:"file_roots" path:"home"` // folders that file URIs may be below
}

// API is where local and other programs ask for inferences. Empty listeners are not opened.
type API struct {
	Socket         string   `toml:"socket" path:"home"` // REST over a Unix socket
	HTTP           string   `toml:"http"`               // REST over TCP, host:port
	GRPCSocket     string   `toml:"grpc_socket" path:"home"`
	GRPC           string   `toml:"grpc"`
	TLSCert        string   `toml:"tls_cert" path:"home"`
	TLSKey         string   `toml:"tls_key" path:"home"`
	ClientCA       string   `toml:"client_ca" path:"home"`
	TokensFile     string   `toml:"tokens_file" path:"home"`
	MaxConnections int      `toml:"max_connections"` // of each listener
	GRPCMaxMessage Size     `toml:"grpc_max_message"`
	ReadTimeout    Duration `toml:"read_timeout"`
	DrainTimeout   Duration `toml:"drain_timeout"`
}

// Proving is how proofs are made and put on record.
type Proving struct {
	Mode           string   `toml:"mode"`   // off, local or pool
	Memory         Size     `toml:"memory"` // of the local prover
	Nice           int      `toml:"nice"`   // of the local prover
	Journal        string   `toml:"journal" path:"home"`
	JournalLimit   Size     `toml:"journal_limit"`
	JournalEntries int      `toml:"journal_entries"`
	JournalKeyFile string   `toml:"journal_key_file" path:"home"` // "": not encrypted
	AuditWindow    Duration `toml:"audit_window"`                 // 0: inputs go as soon as they are settled
	SubmitBatch    int      `toml:"submit_batch"`                 // proofs of one transaction, at most
	SubmitInterval Duration `toml:"submit_interval"`              // how long a proof waits for others
	NATS           NATS     `toml:"nats"`
}

// NATS is the pool's message bus: an embedded server that provers connect to, or a cluster.
type NATS struct {
	URL        string `toml:"url"`    // of a cluster; "": the embedded server
	Listen     string `toml:"listen"` // of the embedded server
	TokenFile  string `toml:"token_file" path:"home"`
	TLSCert    string `toml:"tls_cert" path:"home"`
	TLSKey     string `toml:"tls_key" path:"home"`
	TLSCA      string `toml:"tls_ca" path:"home"`
	StoreLimit Size   `toml:"store_limit"` // of the embedded server, on disk
}

// Telemetry is what the sidecar tells about itself.
type Telemetry struct {
	Metrics      string  `toml:"metrics"` // host:port, or "": none
	Pprof        bool    `toml:"pprof"`   // on the metrics address
	LogLevel     string  `toml:"log_level"`
	LogFormat    string  `toml:"log_format"`    // json or text
	OTLPEndpoint string  `toml:"otlp_endpoint"` // URL; "": no traces
	OTLPInsecure bool    `toml:"otlp_insecure"`
	TraceShare   float64 `toml:"trace_share"` // of requests, 0 to 1
}

// Values of keys that name one of a few.
const (
	ProvingOff   = "off"
	ProvingLocal = "local"
	ProvingPool  = "pool"

	LogJSON = "json"
	LogText = "text"
)
