package cmd

import (
	"fmt"
	"os"
	"strings"

	dbm "github.com/cosmos/cosmos-db"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"cosmossdk.io/log/v2"

	"github.com/cosmos/cosmos-sdk/client"
	clientconfig "github.com/cosmos/cosmos-sdk/client/config"
	"github.com/cosmos/cosmos-sdk/client/flags"
	"github.com/cosmos/cosmos-sdk/server"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"

	"github.com/assay-chain/assay/app"
)

// newRoot returns the root command. The commands of modules are generated from an application that
// is never started.
func newRoot() *cobra.Command {
	wiring := app.New(log.NewNopLogger(), dbm.NewMemDB(), false, noOptions{})
	enc := wiring.Encoding()
	clientCtx := client.Context{}.
		WithCodec(enc.Codec).
		WithInterfaceRegistry(enc.Interfaces).
		WithLegacyAmino(enc.Amino).
		WithTxConfig(enc.Tx).
		WithAccountRetriever(authtypes.AccountRetriever{}).
		WithViper(envPrefix)

	root := &cobra.Command{
		Use:           program,
		Short:         "The Assay node: records models, carries rollouts, verifies proofs of inference",
		SilenceErrors: true,
		SilenceUsage:  true,
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			return prepare(cmd, clientCtx)
		},
	}
	addGlobalFlags(root.PersistentFlags())
	addCommands(root, wiring)
	if err := wiring.AutoCLI(clientCtx).EnhanceRootCommand(root); err != nil {
		panic(fmt.Errorf("command line: %w", err)) // broken wiring
	}
	return root
}

func addGlobalFlags(f *pflag.FlagSet) {
	f.String(flags.FlagHome, defaultHome(), "folder of configuration, keys and data")
	f.String(flags.FlagLogLevel, "info", "log level (trace|debug|info|warn|error|disabled), or '*:LEVEL,KEY:LEVEL'")
	f.String(flags.FlagLogFormat, "plain", "log format (json|plain)")
	f.Bool(flags.FlagLogNoColor, false, "log without colour")
	f.String(flags.FlagVerboseLogLevel, "debug", "log level during upgrades (or none)")
	f.Bool(server.FlagTrace, false, "print full stack traces on errors")
}

// prepare fills the contexts that a command reads: flags from the environment, the client's, and for
// commands of the node the server's. Only those create the configuration files in the home folder.
func prepare(cmd *cobra.Command, ctx client.Context) error {
	cmd.SetOut(cmd.OutOrStdout())
	cmd.SetErr(cmd.ErrOrStderr())
	top := topCommand(cmd)
	if top == "completion" || top == "help" || top == "testnet" || top == cobra.ShellCompRequestCmd || top == cobra.ShellCompNoDescRequestCmd {
		return nil
	}
	if err := flagsFromEnv(cmd.Flags()); err != nil {
		return err
	}
	ctx, err := readClient(cmd, ctx)
	if err != nil {
		return err
	}
	if err := client.SetCmdClientContextHandler(ctx, cmd); err != nil {
		return err
	}
	if !nodeCommands[top] {
		return nil
	}
	return server.InterceptConfigsPreRunHandler(cmd, appConfigTemplate(), appConfig(), cometConfig())
}

// topCommand is the name of cmd's ancestor right below the root, or "" for the root.
func topCommand(cmd *cobra.Command) string {
	for ; cmd.HasParent(); cmd = cmd.Parent() {
		if !cmd.Parent().HasParent() {
			return cmd.Name()
		}
	}
	return ""
}

// flagsFromEnv sets each flag that was not given from ASSAYD_FLAG_NAME, where that is set.
func flagsFromEnv(fs *pflag.FlagSet) error {
	var failed error
	fs.VisitAll(func(f *pflag.Flag) {
		name := envPrefix + "_" + strings.ToUpper(strings.NewReplacer("-", "_", ".", "_").Replace(f.Name))
		value, ok := os.LookupEnv(name)
		if !ok || f.Changed || failed != nil {
			return
		}
		if err := fs.Set(f.Name, value); err != nil {
			failed = fmt.Errorf("environment variable %s: %w", name, err)
		}
	})
	return failed
}

// readClient fills the client's context from flags and client.toml. It does not create that file.
func readClient(cmd *cobra.Command, ctx client.Context) (client.Context, error) {
	ctx = ctx.WithCmdContext(cmd.Context()).WithInput(cmd.InOrStdin()).WithOutput(cmd.OutOrStdout())
	ctx, err := client.ReadPersistentCommandFlags(ctx, cmd.Flags())
	if err != nil {
		return ctx, err
	}
	if ctx, err = readClientFile(ctx); err != nil {
		return ctx, err
	}
	// Flags win over the file.
	if ctx, err = client.ReadPersistentCommandFlags(ctx, cmd.Flags()); err != nil {
		return ctx, err
	}
	return recordRefusals(cmd, ctx), nil
}

func readClientFile(ctx client.Context) (client.Context, error) {
	if _, err := os.Stat(clientFile(ctx.HomeDir)); err == nil {
		return clientconfig.ReadFromClientConfig(ctx)
	}
	conf := clientconfig.DefaultConfig()
	ctx = ctx.WithOutputFormat(conf.Output).WithKeyringDir(ctx.HomeDir).
		WithNodeURI(conf.Node).WithBroadcastMode(conf.BroadcastMode)
	rpc, err := client.NewClientFromNode(conf.Node)
	if err != nil {
		return ctx, err
	}
	ring, err := client.NewKeyringFromBackend(ctx, conf.KeyringBackend)
	return ctx.WithClient(rpc).WithKeyring(ring), err
}

// noOptions answers every option with its default.
type noOptions struct{}

// Get returns nil.
func (noOptions) Get(string) any { return nil }
