package sidecar

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/cometbft/cometbft/types"
	"github.com/spf13/cobra"

	"github.com/assay-chain/assay/inference-sidecar/artifacts"
	"github.com/assay-chain/assay/inference-sidecar/chain"
	"github.com/assay-chain/assay/inference-sidecar/config"
	"github.com/assay-chain/assay/inference-sidecar/engine"
	"github.com/assay-chain/assay/inference-sidecar/slots"
	"github.com/assay-chain/assay/inference-sidecar/telemetry"
	lightclient "github.com/assay-chain/assay/light-client"
)

// settlePause is how often it is looked whether versions are ready.
const settlePause = 100 * time.Millisecond

func bundleCmd(t *terminal) *cobra.Command {
	cmd := &cobra.Command{Use: "bundle", Short: "Take state from a file, on a device without a network"}
	var (
		timeout time.Duration
		folder  string
	)
	apply := &cobra.Command{
		Use:   "apply FILE",
		Short: "Verify a bundle, and put its orders in force",
		Long: `Verify a bundle of headers and state, which assay bundle make wrote, from the newest verified header on, and put its
orders for this device in force: versions are brought, checked and loaded as in a running sidecar, and served from its
next start on. Who carries the file is trusted with nothing. For a device that never saw the chain the bundle has to begin
with the header of chain.trust_height.

Stop the sidecar first. Files of versions that are not in the store yet are looked for in the folder of --artifacts, by
size and digest whatever their names. Make the bundle with --device and a --model for each that is configured, so that it
holds what is ordered for the device, from the header on that assay-sidecar trust show has:
  assay bundle make --device ADDRESS --model NAME --trust-height HEIGHT --trust-hash HASH …`,
		Example: "  assay-sidecar bundle apply /media/stick/plant-7.bundle --artifacts /media/stick/models",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, cancel := context.WithTimeout(contextOf(cmd), timeout)
			defer cancel()
			return applyBundle(ctx, t, args[0], folder, time.Now)
		},
	}
	apply.Flags().DurationVar(&timeout, "timeout", 10*time.Minute, "how long versions may take to be ready; the rest is done at the next start")
	apply.Flags().StringVar(&folder, "artifacts", "", "folder with the files of versions")
	cmd.AddCommand(apply)
	return cmd
}

// bundleResult is what a bundle brought.
type bundleResult struct {
	Height   int64         `json:"height"` // of the newest verified header
	Hash     config.Hex    `json:"hash"`
	Time     time.Time     `json:"time"`
	Standing string        `json:"standing"`
	Models   []ModelStatus `json:"models"` // those with an order
	Error    string        `json:"error,omitempty"`
}

func (r *bundleResult) print(w io.Writer) {
	fmt.Fprintf(w, "verified  height %d of %s\n          hash %s\ndevice    %s\n", r.Height, stamp(r.Time), r.Hash, orDash(r.Standing))
	for _, m := range r.Models {
		m.print(w)
	}
}

func applyBundle(ctx context.Context, t *terminal, name, folder string, now func() time.Time) error {
	c, err := t.load()
	if err != nil {
		return err
	}
	if err := ownState(c); err != nil {
		return err
	}
	key, err := chain.ReadKey(c.Device.KeyFile)
	if err != nil {
		return err
	}
	files, err := filesIn(folder)
	if err != nil {
		return err
	}
	b, err := readBundle(name)
	if err != nil {
		return err
	}
	log, _, err := telemetry.NewLogger(t.stderr, c.Telemetry.LogLevel, c.Telemetry.LogFormat)
	if err != nil {
		return err
	}
	a := &applier{config: c, key: key, files: files, now: now, log: log}
	r, err := a.apply(ctx, b)
	if r == nil {
		return err
	}
	r.Error = text(err)
	return errors.Join(t.result(r, r.print), err)
}

// readBundle reads at most what a bundle may have and a byte more.
func readBundle(name string) (*lightclient.Bundle, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, lightclient.MaxBundleBytes+1))
	if err != nil {
		return nil, err
	}
	b, err := lightclient.DecodeBundle(raw)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return b, nil
}

// applier takes a bundle over.
type applier struct {
	config config.Config
	key    *chain.Key
	files  carried
	now    func() time.Time
	log    *slog.Logger
}

// apply returns what came of it, also beside an error that leaves the headers verified; nil where nothing was.
func (a *applier) apply(ctx context.Context, b *lightclient.Bundle) (*bundleResult, error) {
	if b.ChainID != a.config.Chain.ID {
		return nil, fmt.Errorf("%w: chain: expected %q, got %q", lightclient.ErrBundle, a.config.Chain.ID, b.ChainID)
	}
	light := lightConfig(a.config, a.now, a.log)
	light.Endpoints = []string{"bundle"}
	light.Dial = func(string) (lightclient.Remote, error) { return carrier{b}, nil }
	client, err := lightclient.Open(ctx, light)
	if err != nil {
		return nil, a.hintOn(err, nil)
	}
	defer client.Close()
	head, err := client.Apply(b)
	if err != nil {
		return nil, a.hintOn(err, client)
	}
	r := &bundleResult{Height: head.Height, Hash: head.Hash, Time: head.Time}
	state, err := a.state(ctx, client)
	if err != nil {
		return r, hint(fmt.Errorf("headers taken over, orders not: %w", err),
			"make the bundle with --device %s%s, so that it holds what is ordered for this device", a.key, a.modelFlags())
	}
	r.Standing = state.Standing()
	r.Models, err = a.order(ctx, state.Orders)
	return r, err
}

// modelFlags name the configured models for assay bundle make: those without an order too, which is proven then.
func (a *applier) modelFlags() string {
	var flags strings.Builder
	for _, m := range a.config.Models {
		flags.WriteString(" --model " + m.Name)
	}
	return flags.String()
}

func (a *applier) hintOn(err error, client *lightclient.Client) error {
	switch {
	case errors.Is(err, lightclient.ErrBundleGap) && client != nil:
		head, _ := client.Head()
		return hint(err, "make it from this device's newest header on: assay bundle make --trust-height %d --trust-hash %s", head.Height, config.Hex(head.Hash))
	case errors.Is(err, lightclient.ErrTrustExpired):
		return hint(err, "the newest verified header is too old: make a bundle that begins with a recent header that somebody vouches for, move %s away, "+
			"and name that header in chain.trust_height and chain.trust_hash", filepath.Join(a.config.Home, "light"))
	case errors.Is(err, lightclient.ErrTrust), errors.Is(err, lightclient.ErrUnavailable):
		return hint(err, "the first bundle of a device begins with the header of chain.trust_height: assay bundle make --trust-height %d --trust-hash %s",
			a.config.Chain.TrustHeight, a.config.Chain.TrustHash)
	case errors.Is(err, lightclient.ErrHalted):
		return hint(err, "assay-sidecar trust show")
	case errors.Is(err, lightclient.ErrFutureHeader):
		return hint(err, "the clock of this device is behind: timedatectl")
	}
	return err
}

// state reads what the bundle says about this device.
func (a *applier) state(ctx context.Context, client *lightclient.Client) (chain.State, error) {
	var models []string
	for _, m := range a.config.Models {
		models = append(models, m.Name)
	}
	w := chain.NewWatcher(chain.WatcherOptions{
		Address: a.key.Address(), Models: models, Now: a.now, Logger: a.log,
		Snapshot: func(ctx context.Context) (chain.Snapshot, error) { return client.Snapshot(ctx) },
	})
	state, _, err := w.Look(ctx)
	return state, err
}

// order puts orders in force and waits until versions are ready, or cannot be.
func (a *applier) order(ctx context.Context, orders []slots.Order) (out []ModelStatus, err error) {
	r := a.config.Runtime
	o := engine.Options{
		Library: r.Library, Provider: r.Provider, Optimization: graphLevels[r.GraphLevel], Threads: r.Threads, DisableArena: !r.Arena, Parallel: r.Parallel,
	}
	if err := o.Check(); err != nil { // or versions would count as failed that are good
		return nil, hint(fmt.Errorf("headers taken over, orders not: %w", err), "assay-sidecar doctor")
	}
	s := a.config.Artifacts
	store, err := artifacts.Open(s.Dir, artifacts.Options{
		Limit: s.Limit.Bytes, FileRoots: a.files.roots(s.FileRoots), Rounds: 1, Now: a.now, Logger: a.log,
	})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	for _, x := range orders {
		a.files.name(x.Version)
		a.files.name(x.Candidate)
		m, failed := a.orderOne(ctx, store, o, x)
		out, err = append(out, m), errors.Join(err, failed)
	}
	return out, err
}

func (a *applier) orderOne(ctx context.Context, store *artifacts.Store, o engine.Options, x slots.Order) (ModelStatus, error) {
	name := x.Model
	m, err := slots.New(name, slots.Options{
		Dir: filepath.Join(a.config.Home, "slots"), Store: store, Engine: o, WarmUp: a.config.Runtime.WarmUp, Now: a.now, Logger: a.log,
	})
	if err != nil {
		return ModelStatus{Name: name, ChainName: name, Error: err.Error()}, err
	}
	err = m.Apply(x)
	if err == nil {
		settle(ctx, m)
	}
	s := m.Status()
	out := modelStatus(name, s)
	if err == nil && (s.Behind || s.Version != "" && s.Serving == "") {
		err = hint(fmt.Errorf("%s: %s is not ready", name, s.Version), "the cause is above; the next start tries again")
	}
	return out, errors.Join(err, m.Close(context.WithoutCancel(ctx)))
}

// settle waits until nothing is prepared any more, or each attempt failed once, or the context ends.
func settle(ctx context.Context, m *slots.Model) {
	tick := time.NewTicker(settlePause)
	defer tick.Stop()
	for {
		working := false
		for _, p := range m.Status().Preparing {
			working = working || p.Err == nil
		}
		if !working {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// carried are the files of a folder, by their size.
type carried struct {
	dir    string // absolute; "": none
	bySize map[int64][]string
}

// filesIn lists the regular files of a folder and of those in it.
func filesIn(dir string) (carried, error) {
	if dir == "" {
		return carried{}, nil
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return carried{}, err
	}
	c, seen := carried{dir, map[int64][]string{}}, 0
	err = filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		if seen++; seen > maxEntries {
			return fmt.Errorf("%s: expected at most %d files", dir, maxEntries)
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		c.bySize[info.Size()] = append(c.bySize[info.Size()], path)
		return nil
	})
	if err != nil {
		return carried{}, fmt.Errorf("--artifacts: %w", err)
	}
	return c, nil
}

func (c carried) roots(configured []string) []string {
	if c.dir == "" {
		return configured
	}
	return append(slices.Clone(configured), c.dir)
}

// name adds the files that an artifact may be to its addresses. The store takes the one with its digest.
func (c carried) name(s *slots.Spec) {
	if s == nil {
		return
	}
	for i := range s.Artifacts {
		a := &s.Artifacts[i]
		for _, path := range c.bySize[a.Size] {
			a.URIs = append(a.URIs, (&url.URL{Scheme: "file", Path: path}).String())
		}
	}
}

// carrier gives the headers of a bundle to a light client that has none yet, and knows nothing else.
type carrier struct{ bundle *lightclient.Bundle }

var errCarrier = fmt.Errorf("%w in the bundle", lightclient.ErrNotFound)

func (c carrier) Tip(context.Context) (int64, error) {
	return c.bundle.Blocks[len(c.bundle.Blocks)-1].Height, nil
}

func (c carrier) LightBlock(_ context.Context, height int64) (*types.LightBlock, error) {
	for _, b := range c.bundle.Blocks {
		if b.Height == height {
			return b, nil
		}
	}
	return nil, errCarrier
}

func (c carrier) Query(context.Context, string, []byte, int64) (*lightclient.Answer, error) {
	return nil, errCarrier
}

func (c carrier) ReportEvidence(context.Context, types.Evidence) error { return errCarrier }
