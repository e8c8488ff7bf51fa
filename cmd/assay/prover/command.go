package prover

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/assay-chain/assay/inference-sidecar/artifacts"
	"github.com/assay-chain/assay/inference-sidecar/proving"
	"github.com/assay-chain/assay/inference-sidecar/proving/pool"
)

// childCommand is the subcommand that a worker starts itself as.
const childCommand = "worker-child"

// options are the flags.
type options struct {
	url, creds, tokenFile string
	ca, cert, key         string
	dir                   string
	fileRoots             []string
	memory, cache         string
	parallel, threads     int
	nice                  int
	grace                 time.Duration
	jsonLogs, verbose     bool
}

// Command returns `prover`. Logs go to stderr.
func Command() *cobra.Command {
	o := &options{}
	cmd := &cobra.Command{
		Use:   "prover --nats URL --dir CACHE",
		Short: "Prove results for devices, over NATS",
		Long: `Take jobs from the queue of one or many devices, and prove them. Run as many of these as there is work for: a job whose
worker dies goes to another.

Whoever runs this sees the inputs that are proved. The devices verify every proof, and trust this program with nothing else.

Stop it with SIGTERM or SIGINT: it takes no more jobs, has --grace for those under way, and gives back what is not finished.`,
		Example: "  assay prover --nats tls://device.example.org:4222 --token-file token --dir /var/cache/assay-prover --memory 4GiB",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGINT, syscall.SIGTERM)
			defer stop()
			return run(ctx, o)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.url, "nats", "", "address of the NATS server, such as nats://10.0.0.5:4222 or tls://…")
	f.StringVar(&o.creds, "creds", "", "file with the user's JWT and seed")
	f.StringVar(&o.tokenFile, "token-file", "", "file with the server's token")
	f.StringVar(&o.ca, "tls-ca", "", "PEM file with the authority that signed the server's certificate")
	f.StringVar(&o.cert, "tls-cert", "", "PEM file with this worker's certificate")
	f.StringVar(&o.key, "tls-key", "", "PEM file with the certificate's key")
	f.StringVar(&o.dir, "dir", "", "folder for artifacts; one worker has it at a time")
	f.StringSliceVar(&o.fileRoots, "file-root", nil, "folder from which file:// artifacts may be read (repeatable)")
	f.StringVar(&o.memory, "memory", "4GiB", "what one proof may take")
	f.StringVar(&o.cache, "cache", "16GiB", "what the folder may take")
	f.IntVar(&o.parallel, "parallel", 1, "proofs at once, each with --memory")
	f.IntVar(&o.threads, "threads", 0, "CPUs that one proof may use (0: all)")
	f.IntVar(&o.nice, "nice", 0, "priority of proofs, 0 to 19 (lowest)")
	f.DurationVar(&o.grace, "grace", time.Minute, "how long proofs under way may take when told to stop")
	f.BoolVar(&o.verbose, "verbose", false, "log more")
	_ = cmd.MarkFlagRequired("nats")
	_ = cmd.MarkFlagRequired("dir")
	cmd.PreRun = func(cmd *cobra.Command, _ []string) { o.jsonLogs, _ = cmd.Flags().GetBool("json") }
	cmd.AddCommand(child())
	return cmd
}

// child proves what its parent tells it to, and ends with it.
func child() *cobra.Command {
	return &cobra.Command{
		Use:    childCommand,
		Short:  "Prove for the worker that started this process",
		Hidden: true,
		Args:   cobra.NoArgs,
		RunE:   func(*cobra.Command, []string) error { return proving.Serve(os.Stdin, os.Stdout) },
	}
}

func run(ctx context.Context, o *options) (err error) {
	log := o.logger()
	memory, err := parseBytes(o.memory)
	if err != nil {
		return fmt.Errorf("--memory: %w", err)
	}
	cache, err := parseBytes(o.cache)
	if err != nil {
		return fmt.Errorf("--cache: %w", err)
	}
	connection, err := o.connection(log)
	if err != nil {
		return err
	}
	store, err := artifacts.Open(filepath.Join(o.dir, "artifacts"), artifacts.Options{Limit: cache, FileRoots: o.fileRoots, Logger: log})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	provers, err := newProvers(store, o, memory, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, provers.Close()) }()
	worker, err := pool.NewWorker(provers, pool.WorkerOptions{Connection: connection, Parallel: o.parallel, Grace: o.grace})
	if err != nil {
		return err
	}
	log.Info("prover is ready", "nats", o.url, "parallel", o.parallel, "memory", memory)
	worker.Run(ctx)
	log.Info("prover is stopped")
	return nil
}

func (o *options) logger() *slog.Logger {
	level := slog.LevelInfo
	if o.verbose {
		level = slog.LevelDebug
	}
	handlerOptions := &slog.HandlerOptions{Level: level}
	if o.jsonLogs {
		return slog.New(slog.NewJSONHandler(os.Stderr, handlerOptions))
	}
	return slog.New(slog.NewTextHandler(os.Stderr, handlerOptions))
}

func (o *options) connection(log *slog.Logger) (pool.Connection, error) {
	c := pool.Connection{URL: o.url, CredsFile: o.creds, Logger: log}
	if o.tokenFile != "" {
		token, err := os.ReadFile(o.tokenFile)
		if err != nil {
			return c, fmt.Errorf("--token-file: %w", err)
		}
		if c.Token = strings.TrimSpace(string(token)); c.Token == "" {
			return c, fmt.Errorf("--token-file: %q is empty", o.tokenFile)
		}
	}
	var err error
	c.TLS, err = pool.ClientTLS(o.ca, o.cert, o.key)
	return c, err
}
