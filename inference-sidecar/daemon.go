package sidecar

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/cosmos/cosmos-sdk/version"

	"github.com/assay-chain/assay/inference-sidecar/artifacts"
	"github.com/assay-chain/assay/inference-sidecar/chain"
	"github.com/assay-chain/assay/inference-sidecar/config"
	"github.com/assay-chain/assay/inference-sidecar/engine"
	"github.com/assay-chain/assay/inference-sidecar/journal"
	"github.com/assay-chain/assay/inference-sidecar/oip"
	"github.com/assay-chain/assay/inference-sidecar/proving"
	"github.com/assay-chain/assay/inference-sidecar/queue"
	"github.com/assay-chain/assay/inference-sidecar/slots"
	"github.com/assay-chain/assay/inference-sidecar/telemetry"
	"github.com/assay-chain/assay/zkml/ort"
)

// attestedTimeout is how long verified state may take to show an attestation whose transaction is in a block.
const attestedTimeout = 2 * time.Minute

var graphLevels = map[string]ort.Optimization{
	"all": ort.OptimizeAll, "extended": ort.OptimizeExtended, "basic": ort.OptimizeBasic, "none": ort.OptimizeNone,
}

// Daemon is a sidecar. Make it with New, run it once.
type Daemon struct {
	config config.Config
	log    *slog.Logger
	now    func() time.Time
	began  time.Time
	seams  seams

	key      *chain.Key
	runtime  error // why ONNX Runtime does not work; nil if it does
	store    *artifacts.Store
	queue    *queue.Queue
	services []*service
	server   *oip.Server
	sender   *chain.Sender
	reporter *chain.Reporter
	follower *follower

	journal    *journal.Journal // nil where nothing is proved
	journalErr error            // why nothing is proved, though it should be: the journal, or the prover
	prover     closer           // local or pool
	proving    *proving.Service
	observed   *observer
	metrics    *telemetry.Server
	tracing    *telemetry.Tracing // nil: none
}

type closer interface {
	proving.Prover
	Close() error
}

// New opens everything that is on disk, and loads what was served last. It makes no request. Errors are of the
// configuration, the key, the store and the slots; whatever else does not work is for Status to tell.
func New(c config.Config, log *slog.Logger) (*Daemon, error) {
	return newDaemon(c, log, seams{now: time.Now})
}

// seams are where tests take the place of the world: the clock, the patience of downloads, the loading of models.
type seams struct {
	now       func() time.Time
	artifacts func(*artifacts.Options) // nil: as they are
	slots     func(*slots.Options)     // nil: as they are
}

func newDaemon(c config.Config, log *slog.Logger, world seams) (_ *Daemon, err error) {
	d := &Daemon{config: c, log: log, now: world.now, began: world.now(), seams: world}
	defer func() {
		if err != nil {
			d.close(context.Background())
		}
	}()
	if d.key, err = chain.ReadKey(c.Device.KeyFile); err != nil {
		return nil, hint(err, "make one with: assay-sidecar init --home %s", c.Home)
	}
	if d.sender, err = d.newSender(); err != nil {
		return nil, err
	}
	d.openRuntime()
	d.openTelemetry()
	if d.store, err = d.openStore(); err != nil {
		return nil, err
	}
	if err = d.openSlots(); err != nil {
		return nil, err
	}
	d.queue = queue.New(queue.Options{
		Parallel: c.Scheduler.Parallel, Capacity: c.Scheduler.Capacity, StreamDeadline: c.Scheduler.StreamDeadline.Duration, Now: d.now,
	})
	d.newFollower()
	if err = d.openProving(); err != nil {
		return nil, err
	}
	if d.server, err = d.newServer(); err != nil {
		return nil, err
	}
	d.observed.metrics.SetSource(d.gauges)
	return d, nil
}

func (d *Daemon) newSender() (*chain.Sender, error) {
	c := d.config
	return chain.NewSender(chain.SenderOptions{
		ChainID: c.Chain.ID, Endpoints: c.Chain.Endpoints, Key: d.key, FeeGranter: c.Device.FeeGranter,
		GasPrices: c.Device.GasPrices, GasAdjustment: c.Device.GasAdjustment, GasLimit: c.Device.GasLimit, Memo: c.Device.Memo, Logger: d.log,
	})
}

func (d *Daemon) engineOptions() engine.Options {
	r := d.config.Runtime
	return engine.Options{
		Library: r.Library, Provider: r.Provider, Optimization: graphLevels[r.GraphLevel], Threads: r.Threads,
		DisableArena: !r.Arena, Parallel: r.Parallel,
	}
}

// openRuntime says early what is wrong with ONNX Runtime. Without it nothing is served; the daemon stays up to say so.
func (d *Daemon) openRuntime() {
	if d.runtime = d.engineOptions().Check(); d.runtime != nil {
		d.log.Error("onnx runtime does not work: nothing is served", "error", d.runtime)
		return
	}
	d.log.Info("onnx runtime", "version", ort.Version(), "provider", d.config.Runtime.Provider)
}

// openTelemetry makes metrics and traces, and what tells them.
func (d *Daemon) openTelemetry() {
	t := d.config.Telemetry
	m := telemetry.NewMetrics(telemetry.Build{
		Version: version.Version, Commit: version.Commit, Runtime: ort.Version(), Provider: d.config.Runtime.Provider,
	})
	d.observed = newObserver(m)
	d.reporter = chain.NewReporter(d.sender, d.now, d.log, d.observed.reported)
	d.metrics = telemetry.NewServer(telemetry.ServerOptions{
		Metrics: m, Ready: d.ready, Status: func() any { return d.Status() }, Pprof: t.Pprof, Logger: d.log,
	})
	var err error
	d.tracing, err = telemetry.NewTracing(context.Background(), telemetry.TraceOptions{
		Endpoint: t.OTLPEndpoint, Insecure: t.OTLPInsecure, Share: t.TraceShare, Version: version.Version, Device: d.key.String(),
		Metrics: m, Logger: d.log,
	})
	if err != nil {
		d.log.Error("no traces are made", "error", err)
	}
}

// ready is nil where every model has a version that answers.
func (d *Daemon) ready() error {
	for _, s := range d.services {
		if err := s.slots.Ready(""); err != nil {
			if d.runtime != nil {
				return fmt.Errorf("%w: %w", err, d.runtime)
			}
			return err
		}
	}
	return nil
}

func (d *Daemon) openStore() (*artifacts.Store, error) {
	a := d.config.Artifacts
	o := artifacts.Options{
		Limit: a.Limit.Bytes, FileRoots: a.FileRoots, MinRate: a.MinRate.Bytes, Window: a.IdleTimeout.Duration, Now: d.now, Logger: d.log,
	}
	if d.seams.artifacts != nil {
		d.seams.artifacts(&o)
	}
	return artifacts.Open(a.Dir, o)
}

func (d *Daemon) openSlots() error {
	for _, m := range d.config.Models {
		o := slots.Options{
			Dir: filepath.Join(d.config.Home, "slots"), Store: d.store, Engine: d.engineOptions(), WarmUp: d.config.Runtime.WarmUp,
			Progress: d.progress, Now: d.now, Logger: d.log,
		}
		if d.seams.slots != nil {
			d.seams.slots(&o)
		}
		s, err := slots.New(m.Name, o)
		if err != nil {
			return err
		}
		d.services = append(d.services, &service{name: m.ServeAs, chainName: m.Name, slots: s})
		d.observed.look(s.Status()) // a swap is counted from here on
	}
	return nil
}

func (d *Daemon) progress(p slots.Progress) {
	d.observed.progress(p)
	d.reporter.Report(p)
}

func (d *Daemon) newFollower() {
	c := d.config.Chain
	models := map[string]*slots.Model{}
	var names []string
	for _, s := range d.services {
		models[s.chainName] = s.slots
		names = append(names, s.chainName)
	}
	d.follower = &follower{
		light: lightConfig(d.config, d.now, d.log),
		watch: chain.WatcherOptions{
			Address: d.key.Address(), Models: names, Interval: c.PollInterval.Duration, Now: d.now, Logger: d.log,
		},
		models: models, sender: d.sender, device: d.key, fleet: d.config.Device.Fleet, now: d.now, log: d.log,
		onState: d.observed.state, onError: d.observed.chainError,
	}
}

// openProving opens the journal and what proves. A journal that does not open keeps the device from proving, not from
// serving.
func (d *Daemon) openProving() error {
	p := d.config.Proving
	if p.Mode == config.ProvingOff {
		return nil
	}
	var key []byte
	if p.JournalKeyFile != "" {
		var err error
		if key, err = journal.ReadKey(p.JournalKeyFile); err != nil {
			d.journalErr = err
			d.log.Error("journal's key does not read: nothing is proved", "error", err)
			return nil
		}
	}
	window := p.AuditWindow.Duration
	if window == 0 {
		window = -1
	}
	j, err := journal.Open(p.Journal, journal.Options{
		MaxBytes: p.JournalLimit.Bytes, MaxEntries: p.JournalEntries, AuditWindow: window, Key: key, Now: d.now, Logger: d.log,
	})
	if err != nil {
		d.journalErr = err
		d.log.Error("journal does not open: nothing is proved", "path", p.Journal, "error", err)
		return nil
	}
	d.journal = j
	if d.prover, err = d.newProver(); err != nil {
		d.journalErr = err
		d.log.Error("no prover: results are kept, and proved after a start that has one", "mode", p.Mode, "error", err)
		return d.newRecorders()
	}
	d.proving, err = proving.NewService(j, d.prover, chain.NewSubmitter(d.sender, d.follower.attested, attestedTimeout), proving.Options{
		ChainID: d.config.Chain.ID, Device: d.key.Address(), Version: d.follower.version, KeyByDigest: d.follower.verifyingKey,
		Batch: p.SubmitBatch, Linger: p.SubmitInterval.Duration, Observer: d.observed, Logger: d.log, Now: d.now,
	})
	if err != nil {
		return err
	}
	return d.newRecorders()
}

func (d *Daemon) newRecorders() error {
	for i, m := range d.config.Models {
		sampler, err := proving.NewSampler(proving.Sampling{
			First: m.Prove.First, Share: m.Prove.Share, MinInterval: m.Prove.MinInterval.Duration,
		}, d.now, rand.Float64)
		if err != nil {
			return fmt.Errorf("model %q: %w", m.Name, err)
		}
		d.services[i].prover = &recorder{
			chainID: d.config.Chain.ID, device: d.key.String(), journal: d.journal, sampler: sampler, now: d.now, log: d.log,
		}
	}
	return nil
}

func (d *Daemon) newServer() (*oip.Server, error) {
	a := d.config.API
	o := oip.Options{
		Software: version.Version, MaxConnections: a.MaxConnections, MaxMessage: int(a.GRPCMaxMessage.Bytes), BodyTimeout: a.ReadTimeout.Duration,
		Observe: d.observed.request, Logger: d.log, Now: d.now,
	}
	if a.TLSCert != "" {
		o.TLS = &oip.TLS{Certificate: a.TLSCert, Key: a.TLSKey, ClientCA: a.ClientCA}
	}
	if a.TokensFile != "" {
		tokens, err := oip.LoadTokens(a.TokensFile)
		if err != nil {
			return nil, err
		}
		o.Tokens = tokens
	}
	b := newBackend(d.services, d.queue, d.config.Scheduler.DefaultTimeout.Duration, d.tracing, d.now)
	if len(d.services) > 0 && d.services[0].prover != nil {
		return oip.NewServer(receipts{b, d.services[0].prover}, o)
	}
	return oip.NewServer(b, o)
}

// Run serves until the context ends, then drains, for as long as the configuration says, and closes everything. Errors
// are of listeners, and of what would not close.
func (d *Daemon) Run(ctx context.Context) error {
	defer d.close(context.Background())
	listeners, err := d.listen()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var serving, working sync.WaitGroup
	for _, l := range listeners {
		serving.Go(func() {
			if err := l.serve(); err != nil {
				cancel(err)
			}
		})
	}
	for _, work := range d.work() {
		working.Go(func() { work(ctx) })
	}
	d.log.Info("serving", "device", d.key.String(), "chain", d.config.Chain.ID)
	d.notify(telemetry.StateReady)
	<-ctx.Done()

	d.log.Info("draining", "timeout", d.config.API.DrainTimeout.Duration)
	drain, stop := context.WithTimeout(context.Background(), d.config.API.DrainTimeout.Duration)
	defer stop()
	d.notify(telemetry.StateStopping)
	err = errors.Join(d.server.Shutdown(drain), d.metrics.Shutdown(drain))
	serving.Wait()
	working.Wait()
	err = errors.Join(err, d.tracing.Shutdown(drain))
	if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) {
		err = errors.Join(err, cause)
	}
	return err
}

// alive goes through what every request needs.
func (d *Daemon) alive() error {
	d.queue.Stats()
	for _, s := range d.services {
		s.slots.Status()
	}
	return nil
}

// work is what goes on beside serving.
func (d *Daemon) work() []func(context.Context) {
	work := []func(context.Context){d.follower.run, d.reporter.Run, func(ctx context.Context) { telemetry.Watchdog(ctx, d.alive) }}
	if d.proving != nil {
		work = append(work, func(ctx context.Context) {
			if err := d.proving.Run(ctx); err != nil {
				d.log.Error("proving ended: the sidecar serves on", "error", err)
			}
		})
	}
	return work
}

func (d *Daemon) notify(state string) {
	if err := telemetry.Notify(state); err != nil {
		d.log.Warn("service manager not told", "error", err)
	}
}

type listener struct {
	net.Listener
	serve func() error
}

// listen opens all listeners, or none.
func (d *Daemon) listen() (out []listener, err error) {
	defer func() {
		if err != nil {
			for _, l := range out {
				err = errors.Join(err, l.Close())
			}
			out = nil
		}
	}()
	for _, x := range []struct {
		network, address string
		serve            func(net.Listener) error
	}{
		{"unix", d.config.API.Socket, d.server.Serve},
		{"unix", d.config.API.GRPCSocket, d.server.ServeGRPC},
		{"tcp", d.config.API.HTTP, d.server.Serve},
		{"tcp", d.config.API.GRPC, d.server.ServeGRPC},
		{"tcp", d.config.Telemetry.Metrics, d.metrics.Serve},
	} {
		if x.address == "" {
			continue
		}
		l, err := open(x.network, x.address)
		if err != nil && x.address == d.config.Telemetry.Metrics { // whoever wants to know is no reason not to serve
			d.log.Error("metrics are not served", "error", err)
			continue
		}
		if err != nil {
			return out, err
		}
		d.log.Info("listening", "network", x.network, "address", x.address)
		out = append(out, listener{l, func() error { return x.serve(l) }})
	}
	return out, nil
}

func open(network, address string) (net.Listener, error) {
	if network != "unix" {
		return net.Listen(network, address)
	}
	if err := os.MkdirAll(filepath.Dir(address), 0o750); err != nil {
		return nil, err
	}
	return oip.ListenUnix(address, 0)
}

// close ends what New opened, in the reverse order of need.
func (d *Daemon) close(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	var errs []error
	if d.queue != nil {
		errs = append(errs, d.queue.Close(ctx))
	}
	for _, s := range d.services {
		errs = append(errs, s.slots.Close(ctx))
	}
	if d.prover != nil {
		errs = append(errs, d.prover.Close())
	}
	if d.journal != nil {
		errs = append(errs, d.journal.Close())
	}
	if d.store != nil {
		errs = append(errs, d.store.Close())
	}
	if err := errors.Join(errs...); err != nil {
		d.log.Warn("closed with errors", "error", err)
	}
}
