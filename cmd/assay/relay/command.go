package relay

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

const defaultConfigFile = "relay-v2.toml"

// options are the flags that all subcommands share.
type options struct {
	config  string
	verbose bool
}

// Command returns `relay`. Logs go to stderr, as JSON with the flag --json of its parent; results to stdout.
func Command() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "relay",
		Short: "Carry packets between two chains",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(v2Command())
	return cmd
}

func v2Command() *cobra.Command {
	o := &options{}
	cmd := &cobra.Command{
		Use:   "v2",
		Short: "An IBC v2 relayer between two Cosmos chains",
		Long: `Carry IBC v2 packets between two Cosmos chains:

  assay relay v2 init --config relay.toml      write a configuration to fill in
  assay relay v2 connect --config relay.toml   make a client on each chain and pair them, once
  assay relay v2 run --config relay.toml       relay until stopped
  assay relay v2 status --config relay.toml    clients, and packets that are not settled
  assay relay v2 update --config relay.toml    update both clients

It may be killed at any moment, and several may run at once.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.PersistentFlags().StringVar(&o.config, "config", defaultConfigFile, "configuration file")
	cmd.PersistentFlags().BoolVar(&o.verbose, "verbose", false, "log more")
	cmd.AddCommand(initCommand(o), o.command("connect", "Make a client on each chain and pair them; goes on where it stopped", connectAndList),
		o.command("run", "Relay until stopped", (*relayer).runPaired), o.command("status", "Show clients, and packets that are not settled", printStatus),
		o.command("update", "Update both clients once", func(r *relayer, ctx context.Context, _ *cobra.Command) error { return r.updateClients(ctx) }))
	return cmd
}

func initCommand(o *options) *cobra.Command {
	var chains []string
	cmd := &cobra.Command{
		Use:   "init",
		Short: "Write a configuration with every key explained",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if len(chains) != 2 {
				return fmt.Errorf("--chains: expected two ids, got %d", len(chains))
			}
			if err := writeNew(o.config, renderTemplate(chains[0], chains[1])); err != nil {
				return err
			}
			_, err := fmt.Fprintf(cmd.OutOrStdout(), "wrote %s: fill in nodes and keys, then run connect\n", o.config)
			return err
		},
	}
	cmd.Flags().StringSliceVar(&chains, "chains", []string{"hub-1", "zone-1"}, "ids of the two chains")
	return cmd
}

// writeNew writes a file that must not exist.
func writeNew(path, text string) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return hint(err, "move the old one away, or name another with --config")
	}
	if err != nil {
		return err
	}
	_, err = file.WriteString(text)
	return errors.Join(err, file.Close())
}

// command is a subcommand that needs the chains.
func (o *options) command(use, short string, do func(*relayer, context.Context, *cobra.Command) error) *cobra.Command {
	return &cobra.Command{
		Use:   use,
		Short: short,
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			cfg, err := loadConfig(o.config)
			if err != nil {
				return err
			}
			r, err := openRelayer(cfg, o.logger(cmd))
			if err != nil {
				return err
			}
			return do(r, ctx, cmd)
		},
	}
}

func (o *options) logger(cmd *cobra.Command) *slog.Logger {
	opts := &slog.HandlerOptions{}
	if o.verbose {
		opts.Level = slog.LevelDebug
	}
	if asJSON(cmd) {
		return slog.New(slog.NewJSONHandler(cmd.ErrOrStderr(), opts))
	}
	return slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), opts))
}

// asJSON is the parent's flag; it is off where there is none.
func asJSON(cmd *cobra.Command) bool {
	on, err := cmd.Flags().GetBool("json")
	return err == nil && on
}

func (r *relayer) runPaired(ctx context.Context, _ *cobra.Command) error {
	if err := r.paired(); err != nil {
		return err
	}
	return r.run(ctx)
}

func connectAndList(r *relayer, ctx context.Context, cmd *cobra.Command) error {
	if err := r.connect(ctx); err != nil {
		return err
	}
	for _, e := range r.ends {
		if _, err := fmt.Fprintf(cmd.OutOrStdout(), "%s %s\n", e.chain.id(), e.clientID); err != nil {
			return err
		}
	}
	return nil
}

func printStatus(r *relayer, ctx context.Context, cmd *cobra.Command) error {
	if err := r.paired(); err != nil {
		return err
	}
	report, err := r.report(ctx)
	if err != nil {
		return err
	}
	return report.print(cmd.OutOrStdout(), asJSON(cmd))
}
