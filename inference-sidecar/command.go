package sidecar

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/consensys/gnark/logger"
	"github.com/spf13/cobra"

	"github.com/cosmos/cosmos-sdk/version"

	"github.com/assay-chain/assay/inference-sidecar/config"
	"github.com/assay-chain/assay/inference-sidecar/proving"
	"github.com/assay-chain/assay/inference-sidecar/telemetry"
)

// Main runs the command line args and returns the exit status: 0 for success, 1 for an error, which is printed to
// stderr with a hint where there is one. Results go to stdout, logs to stderr.
func Main(args []string, stdout, stderr io.Writer) int {
	logger.Disable() // gnark's: not in the log's form
	root := newRoot(stdout, stderr)
	root.SetArgs(args)
	err := root.Execute()
	if err == nil {
		return 0
	}
	fmt.Fprintf(stderr, "assay-sidecar: error: %v\n", err)
	var h interface{ Hint() string }
	if errors.As(err, &h) {
		fmt.Fprintf(stderr, "hint: %s\n", h.Hint())
	}
	return 1
}

// terminal is where a command's output goes, and how.
type terminal struct {
	stdout, stderr io.Writer
	json           bool
	home           string
	file           string // of the configuration; "" is the home's
}

func newRoot(stdout, stderr io.Writer) *cobra.Command {
	t := &terminal{stdout: stdout, stderr: stderr}
	root := &cobra.Command{
		Use:   "assay-sidecar",
		Short: "Serve the models that a zone orders, and prove what they compute",
		Long: `assay-sidecar runs on a device. It follows a zone through a light client, serves the model versions that the zone's
verified state orders over the Open Inference Protocol, and proves results.

  assay-sidecar init --chain-id ZONE --endpoint URL … --model NAME --fleet N    a key and a configuration
  (the fleet's operator enrols the device's address)
  assay-sidecar start                                                          serve
  assay-sidecar status                                                         how it stands
  assay-sidecar doctor                                                         what is wrong, and what to do
  assay-sidecar trust show | set | resume                                      after a divergence, or a long time off
  assay-sidecar bundle apply FILE                                              state for a device without a network`,
		Version:       version.Version,
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetOut(stdout)
	root.SetErr(stderr)
	root.PersistentFlags().BoolVar(&t.json, "json", false, "print the result as JSON")
	root.PersistentFlags().StringVar(&t.home, "home", config.SystemHome, "folder of the sidecar's state")
	root.PersistentFlags().StringVar(&t.file, "config", "", "configuration file (the home's by default)")
	root.AddCommand(initCmd(t), startCmd(t), statusCmd(t), doctorCmd(t), trustCmd(t), bundleCmd(t), proveWorkerCmd())
	return root
}

// path is the configuration file.
func (t *terminal) path() string {
	if t.file != "" {
		return t.file
	}
	return config.Path(t.home)
}

func (t *terminal) load() (config.Config, error) {
	c, err := config.Load(t.path())
	if errors.Is(err, os.ErrNotExist) {
		return c, hint(err, "assay-sidecar init --home %s", t.home)
	}
	return c, err
}

// result prints v as JSON, or as text does it.
func (t *terminal) result(v any, text func(io.Writer)) error {
	if !t.json {
		text(t.stdout)
		return nil
	}
	enc := json.NewEncoder(t.stdout)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

func startCmd(t *terminal) *cobra.Command {
	return &cobra.Command{
		Use:   "start",
		Short: "Serve until interrupted",
		Long: `Serve until SIGINT or SIGTERM; requests under way are answered first. SIGHUP reads certificates and tokens again.

Without the network, or the chain, it serves what it verified last.`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return start(t) },
	}
}

func start(t *terminal) error {
	c, err := t.load()
	if err != nil {
		return err
	}
	log, _, err := telemetry.NewLogger(t.stderr, c.Telemetry.LogLevel, c.Telemetry.LogFormat)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	d, err := New(c, log)
	if err != nil {
		return err
	}
	defer d.reloadOn(syscall.SIGHUP)()
	return d.Run(ctx)
}

// reloadOn reads certificates and tokens again at a signal, until the function that it returns is called.
func (d *Daemon) reloadOn(s os.Signal) (stop func()) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, s)
	go func() {
		for range signals {
			if err := d.server.Reload(); err != nil {
				d.log.Error("certificates and tokens stay as they were", "error", err)
				continue
			}
			d.log.Info("certificates and tokens read again")
		}
	}()
	return func() { signal.Stop(signals); close(signals) }
}

func proveWorkerCmd() *cobra.Command {
	return &cobra.Command{
		Use:    "prove-worker",
		Short:  "Prove jobs from standard input; the daemon starts it",
		Args:   cobra.NoArgs,
		Hidden: true,
		RunE:   func(*cobra.Command, []string) error { return proving.Serve(os.Stdin, os.Stdout) },
	}
}
