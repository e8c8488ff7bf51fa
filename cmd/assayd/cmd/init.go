package cmd

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	cmtcfg "github.com/cometbft/cometbft/config"
	"github.com/spf13/cobra"

	"github.com/cosmos/cosmos-sdk/client"
	clientconfig "github.com/cosmos/cosmos-sdk/client/config"
	"github.com/cosmos/cosmos-sdk/client/flags"
	"github.com/cosmos/cosmos-sdk/server"
	"github.com/cosmos/cosmos-sdk/telemetry"
	"github.com/cosmos/cosmos-sdk/version"
	"github.com/cosmos/cosmos-sdk/x/genutil"
	genutiltypes "github.com/cosmos/cosmos-sdk/x/genutil/types"

	"github.com/assay-chain/assay/app"
)

var errGenesisExists = errors.New("genesis file exists")

// initResult is what init prints.
type initResult struct {
	Moniker string `json:"moniker"`
	ChainID string `json:"chain_id"`
	NodeID  string `json:"node_id"`
	Home    string `json:"home"`
}

func initCommand(wiring *app.App) *cobra.Command {
	var overwrite bool
	cmd := &cobra.Command{
		Use:   "init MONIKER",
		Short: "Make a node's keys, configuration and an empty genesis",
		Example: "  assayd init alice --chain-id assay-1\n" +
			"  assayd keys add alice && assayd genesis add-genesis-account alice 1000000000uassay\n" +
			"  assayd genesis gentx alice 100000000uassay --chain-id assay-1 && assayd genesis collect-gentxs\n" +
			"  assayd start",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			chainID, err := cmd.Flags().GetString(flags.FlagChainID)
			if err != nil {
				return err
			}
			clientCtx := client.GetClientContextFromCmd(cmd)
			config := server.GetServerContextFromCmd(cmd).Config
			config.SetRoot(clientCtx.HomeDir)
			config.Moniker = args[0]
			result, err := initNode(wiring, config, chainID, overwrite)
			if err != nil {
				return err
			}
			enc := json.NewEncoder(cmd.OutOrStdout())
			enc.SetIndent("", "  ")
			return enc.Encode(result)
		},
	}
	cmd.Flags().String(flags.FlagChainID, "assay-local-1", "the new chain's id")
	cmd.Flags().BoolVarP(&overwrite, "overwrite", "o", false, "replace a genesis file that is there")
	return cmd
}

func initNode(wiring *app.App, config *cmtcfg.Config, chainID string, overwrite bool) (*initResult, error) {
	file := config.GenesisFile()
	if _, err := os.Stat(file); err == nil && !overwrite {
		return nil, fmt.Errorf("%w: %q", errGenesisExists, file)
	}
	nodeID, _, err := genutil.InitializeNodeValidatorFiles(config)
	if err != nil {
		return nil, fmt.Errorf("node keys: %w", err)
	}
	if err := writeGenesis(file, chainID, wiring.DefaultGenesis()); err != nil {
		return nil, err
	}
	if err := writeNodeFiles(config, chainID); err != nil {
		return nil, err
	}
	return &initResult{Moniker: config.Moniker, ChainID: chainID, NodeID: nodeID, Home: config.RootDir}, nil
}

// writeGenesis writes a genesis file with our consensus parameters.
func writeGenesis(file, chainID string, state app.GenesisState) error {
	raw, err := json.MarshalIndent(state, "", "  ")
	if err != nil {
		return fmt.Errorf("genesis: %w", err)
	}
	genesis := &genutiltypes.AppGenesis{
		AppName: app.Name, AppVersion: version.Version, GenesisTime: time.Now().UTC().Round(0),
		ChainID: chainID, InitialHeight: 1, AppState: raw,
		Consensus: &genutiltypes.ConsensusGenesis{Params: app.ConsensusParams()},
	}
	return genutil.ExportGenesisFile(genesis, file)
}

// writeNodeFiles writes config.toml, client.toml and an empty otel.yaml, which the node opens at its start.
func writeNodeFiles(config *cmtcfg.Config, chainID string) error {
	dir := filepath.Join(config.RootDir, "config")
	cmtcfg.WriteConfigFile(filepath.Join(dir, "config.toml"), config)
	conf := clientconfig.DefaultConfig()
	conf.ChainID = chainID
	conf.Node = config.RPC.ListenAddress
	if err := writeClientFile(config.RootDir, conf); err != nil {
		return err
	}
	otel := filepath.Join(dir, telemetry.OtelFileName)
	if err := os.WriteFile(otel, nil, 0o600); err != nil {
		return fmt.Errorf("telemetry configuration: %w", err)
	}
	return nil
}
