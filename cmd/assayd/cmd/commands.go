package cmd

import (
	"github.com/spf13/cobra"

	"github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/client/debug"
	"github.com/cosmos/cosmos-sdk/client/flags"
	"github.com/cosmos/cosmos-sdk/client/keys"
	"github.com/cosmos/cosmos-sdk/client/pruning"
	"github.com/cosmos/cosmos-sdk/client/rpc"
	"github.com/cosmos/cosmos-sdk/client/snapshot"
	"github.com/cosmos/cosmos-sdk/server"
	authcli "github.com/cosmos/cosmos-sdk/x/auth/client/cli"
	genutilcli "github.com/cosmos/cosmos-sdk/x/genutil/client/cli"

	"github.com/assay-chain/assay/app"
)

// nodeCommands are the top commands that read, and at first write, a node's configuration.
var nodeCommands = map[string]bool{
	"start": true, "init": true, "export": true, "comet": true, "rollback": true, "prune": true,
	"snapshots": true, "genesis": true, "module-hash-by-height": true,
}

func addCommands(root *cobra.Command, wiring *app.App) {
	server.AddCommands(root, defaultHome(), newApp, exportApp, func(*cobra.Command) {})
	root.AddCommand(
		initCommand(wiring),
		testnetCommand(wiring),
		genutilcli.Commands(wiring.TxConfig(), wiring.Basics, defaultHome()),
		queryCommand(),
		txCommand(),
		keys.Commands(),
		server.StatusCommand(),
		debug.Cmd(),
		pruning.Cmd(newApp, defaultHome()),
		snapshot.Cmd(newApp),
	)
}

func queryCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "query", Aliases: []string{"q"}, Short: "Ask a node for state, blocks and transactions",
		DisableFlagParsing: false, SuggestionsMinimumDistance: 2, RunE: client.ValidateCmd,
	}
	cmd.AddCommand(
		rpc.WaitTxCmd(),
		server.QueryBlockCmd(), server.QueryBlocksCmd(), server.QueryBlockResultsCmd(),
		authcli.QueryTxCmd(), authcli.QueryTxsByEventsCmd(),
	)
	return cmd
}

func txCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "tx", Short: "Make, sign and send transactions",
		DisableFlagParsing: false, SuggestionsMinimumDistance: 2, RunE: client.ValidateCmd,
	}
	cmd.AddCommand(
		authcli.GetSignCommand(), authcli.GetSignBatchCommand(),
		authcli.GetMultiSignCommand(), authcli.GetMultiSignBatchCmd(), authcli.GetValidateSignaturesCommand(),
		authcli.GetBroadcastCommand(), authcli.GetEncodeCommand(), authcli.GetDecodeCommand(), authcli.GetSimulateCmd(),
	)
	cmd.PersistentFlags().String(flags.FlagChainID, "", "the chain's id")
	return cmd
}
