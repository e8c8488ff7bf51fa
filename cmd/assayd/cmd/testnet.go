package cmd

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/assay-chain/assay/app"
)

const (
	maxValidators = 64
	// portsPerNode is the distance between two nodes' ports on one host.
	portsPerNode = 10
)

var errTestnet = errors.New("testnet")

// testnetOptions say what chain to make.
type testnetOptions struct {
	validators       int
	outputDir        string
	chainID          string
	singleHost       bool
	hostPrefix       string
	startingPort     int
	commitTimeout    time.Duration
	snapshotInterval uint64
	minGasPrices     string
	accounts         []string
	zoneOperator     string
	asJSON           bool
}

// testnet describes a chain that was made. All addresses are host:port.
type testnet struct {
	ChainID   string           `json:"chain_id"`
	OutputDir string           `json:"output_dir"`
	Denom     string           `json:"denom"`
	GasPrices string           `json:"gas_prices"`
	Nodes     []testnetNode    `json:"nodes"`
	Accounts  []testnetAccount `json:"accounts"`
}

type testnetNode struct {
	Name      string `json:"name"`
	Home      string `json:"home"`
	NodeID    string `json:"node_id"`
	Account   string `json:"account"`   // of the key of that name, in the node's test keyring
	Validator string `json:"validator"` // operator address
	P2P       string `json:"p2p"`
	RPC       string `json:"rpc"`
	GRPC      string `json:"grpc"`
	API       string `json:"api"`
	Metrics   string `json:"metrics"` // CometBFT's; those of modules are at API /metrics?format=prometheus
}

type testnetAccount struct {
	Name    string `json:"name"`
	Address string `json:"address"`
	Home    string `json:"home"` // whose test keyring holds the key
}

func testnetCommand(wiring *app.App) *cobra.Command {
	var o testnetOptions
	cmd := &cobra.Command{
		Use:   "testnet",
		Short: "Make the files of a new chain with several validators",
		Long: `Make keys, genesis and configuration for a chain with several validators, one folder a node.

With --single-host every node has ports of its own on 127.0.0.1: node I listens at
STARTING-PORT + 10*I for peers, and one to four above for RPC, gRPC, REST and CometBFT's metrics.
Keys are in each folder's test keyring, which has no password: this is not for chains that matter.`,
		Example: "  assayd testnet --v 4 --output-dir ./net --single-host --json\n" +
			"  assayd start --home ./net/node0",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			net, err := makeTestnet(wiring, o)
			if err != nil {
				return fmt.Errorf("%w: %w", errTestnet, err)
			}
			return net.print(cmd.OutOrStdout(), o.asJSON)
		},
	}
	f := cmd.Flags()
	f.IntVar(&o.validators, "v", 4, "number of validators")
	f.StringVar(&o.outputDir, "output-dir", "./testnet", "folder for the nodes' folders; must not exist or be empty")
	f.StringVar(&o.chainID, "chain-id", "assay-testnet-1", "the chain's id")
	f.BoolVar(&o.singleHost, "single-host", false, "give every node ports of its own on 127.0.0.1")
	f.StringVar(&o.hostPrefix, "host-prefix", "node", "without --single-host: node I is reached at HOST-PREFIX I")
	f.IntVar(&o.startingPort, "starting-port", 26600, "first port with --single-host")
	f.DurationVar(&o.commitTimeout, "commit-timeout", app.BlockTime, "pause after each block")
	f.Uint64Var(&o.snapshotInterval, "snapshot-interval", snapshotInterval, "blocks between state sync snapshots; 0 for none")
	f.StringVar(&o.minGasPrices, "minimum-gas-prices", defaultGasPrice, "what the nodes ask per unit of gas")
	f.StringSliceVar(&o.accounts, "account", nil, "name of a funded account to add, its key in the first node's keyring (repeatable)")
	f.StringVar(&o.zoneOperator, "zone-operator", "", "name of an account of --account that is the zone's operator (see assayd tx rollout set-policy)")
	f.BoolVar(&o.asJSON, "json", false, "describe the nodes as JSON")
	return cmd
}

func (o testnetOptions) validate() error {
	last := o.startingPort + portsPerNode*o.validators
	switch {
	case o.validators < 1 || o.validators > maxValidators:
		return fmt.Errorf("--v: expected 1 to %d, got %d", maxValidators, o.validators)
	case o.chainID == "":
		return errors.New("--chain-id: expected a name, got none")
	case o.singleHost && (o.startingPort < 1024 || last > 65535):
		return fmt.Errorf("--starting-port: expected 1024 to %d, got %d", 65535-portsPerNode*o.validators, o.startingPort)
	case o.commitTimeout < 0:
		return fmt.Errorf("--commit-timeout: expected 0s or more, got %s", o.commitTimeout)
	}
	entries, err := os.ReadDir(o.outputDir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if len(entries) > 0 {
		return fmt.Errorf("--output-dir: expected an empty folder, got %q with %d entries", o.outputDir, len(entries))
	}
	return nil
}

// makeTestnet writes the files of all nodes.
func makeTestnet(wiring *app.App, o testnetOptions) (*testnet, error) {
	if err := o.validate(); err != nil {
		return nil, err
	}
	dir, err := filepath.Abs(o.outputDir)
	if err != nil {
		return nil, err
	}
	b := testnetBuilder{options: o, dir: dir, wiring: wiring}
	for i := range o.validators {
		if err := b.addNode(i); err != nil {
			return nil, fmt.Errorf("node %d: %w", i, err)
		}
	}
	for _, name := range o.accounts {
		if err := b.addAccount(name); err != nil {
			return nil, fmt.Errorf("account %q: %w", name, err)
		}
	}
	return b.write()
}

// print describes the chain: as JSON, or as the commands that start it.
func (n *testnet) print(w io.Writer, asJSON bool) error {
	if asJSON {
		enc := json.NewEncoder(w)
		enc.SetIndent("", "  ")
		return enc.Encode(n)
	}
	if _, err := fmt.Fprintf(w, "chain %s with %d validators in %s\n", n.ChainID, len(n.Nodes), n.OutputDir); err != nil {
		return err
	}
	for _, node := range n.Nodes {
		if _, err := fmt.Fprintf(w, "  %s start --home %s   # rpc %s, grpc %s, rest %s\n",
			program, node.Home, node.RPC, node.GRPC, node.API); err != nil {
			return err
		}
	}
	return nil
}
