package cmd

import (
	"fmt"
	"os"
	"path/filepath"
	"text/template"
	"time"

	cmtcfg "github.com/cometbft/cometbft/config"

	clientconfig "github.com/cosmos/cosmos-sdk/client/config"
	srvconfig "github.com/cosmos/cosmos-sdk/server/config"
	"github.com/cosmos/cosmos-sdk/telemetry"

	"github.com/assay-chain/assay/app"
)

const (
	// defaultGasPrice is what a node asks per unit of gas. A proof then costs some hundred uassay.
	defaultGasPrice = "0.001" + app.BaseDenom
	// snapshotInterval is the number of blocks between state sync snapshots.
	snapshotInterval = 1000
	snapshotsKept    = 2
	// metricsRetention is how long, in seconds, a metric stays visible after its last change.
	metricsRetention = 600

	// queryGasLimit bounds one query: some hundred proofs of the dry run, some ten thousand records.
	queryGasLimit = 50_000_000

	mempoolTxs   = 20_000
	mempoolBytes = 256 << 20
)

// appConfig is the content of a new app.toml: REST, gRPC, snapshots and metrics are on.
func appConfig() srvconfig.Config {
	c := *srvconfig.DefaultConfig()
	c.MinGasPrices = defaultGasPrice
	c.API.Enable = true
	c.QueryGasLimit = queryGasLimit
	c.StateSync.SnapshotInterval = snapshotInterval
	c.StateSync.SnapshotKeepRecent = snapshotsKept
	c.Telemetry = telemetry.Config{ //nolint:staticcheck // the SDK's modules still report through it
		Enabled: true, ServiceName: app.Name, PrometheusRetentionTime: metricsRetention,
		GlobalLabels: [][]string{}, MetricsSink: "mem",
	}
	return c
}

// appConfigTemplate is the SDK's app.toml with what is ours.
func appConfigTemplate() string { return srvconfig.DefaultConfigTemplate + proofConfig }

const proofConfig = `
###############################################################################
###                             Proofs                                      ###
###############################################################################

[proof]

# Verify proofs before the mempool takes a transaction. Off, bad proofs reach blocks, where they fail.
check-tx = true
`

// cometConfig is the content of a new config.toml.
func cometConfig() *cmtcfg.Config {
	c := cmtcfg.DefaultConfig()
	c.Consensus.TimeoutCommit = app.BlockTime
	c.Consensus.TimeoutPropose = 3 * time.Second
	c.Instrumentation.Prometheus = true
	c.Instrumentation.Namespace = "cometbft"
	c.Mempool.Size = mempoolTxs
	c.Mempool.MaxTxsBytes = mempoolBytes
	c.Mempool.CacheSize = 2 * mempoolTxs
	c.RPC.MaxBodyBytes = 4 << 20
	return c
}

func clientFile(home string) string { return filepath.Join(home, "config", "client.toml") }

// clientTemplate is the SDK's client.toml: the client reads these keys and no others.
var clientTemplate = template.Must(template.New("client.toml").Parse(`# Settings of the command line; flags and ASSAYD_… environment variables win over them.

# The chain that transactions are signed for.
chain-id = "{{.ChainID}}"
# Where keys are kept: os, file, kwallet, pass, test or memory.
keyring-backend = "{{.KeyringBackend}}"
# The key that signs when --from is not given.
keyring-default-keyname = "{{.KeyringDefaultKeyName}}"
# Output format: text or json.
output = "{{.Output}}"
# The node's RPC address.
node = "{{.Node}}"
# Wait for the node's check of a transaction (sync), or not (async).
broadcast-mode = "{{.BroadcastMode}}"
`))

// writeClientFile writes client.toml, which prepare then reads.
func writeClientFile(home string, conf *clientconfig.ClientConfig) error {
	f, err := os.OpenFile(clientFile(home), os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("client configuration: %w", err)
	}
	if err := clientTemplate.Execute(f, conf); err != nil {
		_ = f.Close()
		return fmt.Errorf("client configuration: %w", err)
	}
	return f.Close()
}
