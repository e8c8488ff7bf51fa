package proving

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/consensys/gnark/backend/groth16"

	"github.com/assay-chain/assay/inference-sidecar/journal"
	"github.com/assay-chain/assay/statement"
)

// ErrVersionUnknown is to be returned by Options.Version for an id that verified state says does not exist.
var ErrVersionUnknown = errors.New("version does not exist")

// Options of a Service. Version, KeyByDigest, ChainID and Device have no default.
type Options struct {
	ChainID string
	Device  []byte // account address, 20 bytes
	// Version returns what verified state says about a version id. ErrVersionUnknown fails the entry; with any other
	// error the version's entries wait.
	Version func(ctx context.Context, id string) (Version, error)
	// KeyByDigest returns the bytes of a verifying key; they are compared with the digest.
	KeyByDigest func(ctx context.Context, digest [32]byte) ([]byte, error)

	Parallel    int           // jobs at a prover at once; default 1
	JobTimeout  time.Duration // after which a job counts as lost; default 30 minutes
	MaxAttempts int           // that count, of an entry: the prover died, was too slow or gave a wrong answer; default 5
	MaxWaiting  int           // proofs that wait for the chain, before no more are made; default 256
	Batch       int           // claims in one submission, at most the chain's max_proofs_per_msg; default 8
	Linger      time.Duration // how long a proof waits for others to go with; default 2 seconds
	Backoff     Backoff       // default 1 second to 5 minutes

	Observer Observer
	Logger   *slog.Logger
	Now      func() time.Time
	Random   func() float64 // in [0, 1), for jitter
}

func (o Options) withDefaults() (Options, error) {
	if o.Version == nil || o.KeyByDigest == nil {
		return o, errors.New("proving: expected a source of versions and one of verifying keys")
	}
	b := statement.Binding{ChainID: o.ChainID, Device: o.Device, Version: "v", Nonce: []byte{0}}
	if _, err := b.Context(); err != nil {
		return o, fmt.Errorf("proving: %w", err)
	}
	for _, x := range []struct {
		v         *int
		otherwise int
	}{{&o.Parallel, 1}, {&o.MaxAttempts, 5}, {&o.MaxWaiting, 256}, {&o.Batch, 8}} {
		if *x.v == 0 {
			*x.v = x.otherwise
		}
		if *x.v < 0 {
			return o, fmt.Errorf("proving: parallel, attempts, waiting and batch: expected none below 0, got %d", *x.v)
		}
	}
	for _, x := range []struct {
		v         *time.Duration
		otherwise time.Duration
	}{{&o.JobTimeout, 30 * time.Minute}, {&o.Linger, 2 * time.Second}, {&o.Backoff.Min, time.Second}, {&o.Backoff.Max, 5 * time.Minute}} {
		if *x.v == 0 {
			*x.v = x.otherwise
		}
		if *x.v < 0 {
			return o, fmt.Errorf("proving: timeout, linger and back-off: expected none below 0, got %s", *x.v)
		}
	}
	if o.Observer == nil {
		o.Observer = nobody{}
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Random == nil {
		o.Random = rand.Float64
	}
	return o, nil
}

// Service proves what the journal holds and puts it on record.
type Service struct {
	options   Options
	journal   *journal.Journal
	prover    Prover
	submitter Submitter
	checker   checker

	mu    sync.Mutex
	holds map[string]*hold // by version; "" for all of them
}

// hold says that nothing is tried until a time, after failures in a row.
type hold struct {
	failures int
	until    time.Time
}

// NewService returns a service over an open journal.
func NewService(j *journal.Journal, p Prover, s Submitter, o Options) (*Service, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	return &Service{
		options: o, journal: j, prover: p, submitter: s, holds: map[string]*hold{},
		checker: checker{fetch: o.KeyByDigest, keys: map[[32]byte]groth16.VerifyingKey{}},
	}, nil
}

// Run proves and submits until ctx ends, which is no error, or the journal does not serve any more.
func (s *Service) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var wg sync.WaitGroup
	loop := func(work func(context.Context) error) {
		wg.Go(func() {
			for ctx.Err() == nil {
				if err := work(ctx); err != nil && ctx.Err() == nil {
					cancel(err)
				}
			}
		})
	}
	for range s.options.Parallel {
		loop(s.proveNext)
	}
	loop(s.submitNext)
	wg.Wait()
	if err := context.Cause(ctx); !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("proving: %w", err)
	}
	return nil
}

// proveNext takes one entry to a proof. Its error is the journal's.
func (s *Service) proveNext(ctx context.Context) error {
	if err := s.waitForRoom(ctx); err != nil {
		return err
	}
	r, err := s.journal.Next(ctx)
	if err != nil {
		return err
	}
	start := s.options.Now()
	job, err := s.job(ctx, &r)
	var p Proof
	if err == nil {
		p, err = s.prove(ctx, &job)
	}
	if err != nil {
		return gone(s.notProved(ctx, &r, err))
	}
	if p.Taken != nil {
		defer p.Taken()
	}
	if err := s.checker.check(ctx, &job, &p); err != nil {
		return gone(s.notProved(ctx, &r, err))
	}
	s.resume(r.Version)
	took := s.options.Now().Sub(start)
	err = s.journal.Proved(ctx, r.ID, journal.Proof{Proof: p.Proof, InputDigest: p.InputDigest})
	if err == nil {
		s.options.Logger.Debug("proved", "id", r.ID.String(), "version", r.Version, "took", took)
		s.options.Observer.Observe(Event{Kind: EventProved, Version: r.Version, Took: took})
	}
	return gone(err)
}

// gone forgives that an entry was evicted while it was worked on.
func gone(err error) error {
	if errors.Is(err, journal.ErrNotFound) {
		return nil
	}
	return err
}

// waitForRoom keeps proofs from piling up while the chain cannot be reached.
func (s *Service) waitForRoom(ctx context.Context) error {
	for {
		changed := s.journal.Changed()
		if s.journal.Stats().ProofsWaiting < s.options.MaxWaiting {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (s *Service) job(ctx context.Context, r *journal.Record) (Job, error) {
	v, err := s.options.Version(ctx, r.Version)
	if err != nil {
		return Job{}, fmt.Errorf("version %q: %w", r.Version, err)
	}
	if v.Yanked {
		return Job{}, fmt.Errorf("version %q: %w", r.Version, ErrYanked)
	}
	j := Job{
		ID: r.ID, Attempt: r.Attempts, ChainID: s.options.ChainID, Device: s.options.Device, Version: r.Version,
		Input: r.Input, Output: r.Output, Artifacts: v.Artifacts, CircuitDigest: v.CircuitDigest, KeyDigest: v.KeyDigest,
	}
	return j, j.Validate()
}

func (s *Service) prove(ctx context.Context, j *Job) (Proof, error) {
	timed, cancel := context.WithTimeout(ctx, s.options.JobTimeout)
	defer cancel()
	p, err := s.prover.Prove(timed, *j)
	if err != nil && ctx.Err() == nil && timed.Err() != nil {
		return p, fmt.Errorf("no answer within %s: %w", s.options.JobTimeout, err)
	}
	return p, err
}

// notProved decides what an error means: for good, one attempt fewer, or later.
func (s *Service) notProved(ctx context.Context, r *journal.Record, err error) error {
	switch {
	case ctx.Err() != nil:
		s.journal.Release(r.ID, time.Time{})
		return ctx.Err()
	case errors.Is(err, ErrMismatch):
		s.options.Observer.Observe(Event{Kind: EventMismatch, Version: r.Version, Err: err})
		s.options.Logger.Error("runtime and circuit disagree: the result is not submitted", "id", r.ID.String(), "version", r.Version, "err", err)
		return s.fail(ctx, r, err)
	case errors.Is(err, ErrUnavailable):
		s.options.Observer.Observe(Event{Kind: EventUnavailable, Err: err})
		s.postpone(r, "", err)
		return nil
	case errors.Is(err, ErrProver), errors.Is(err, ErrProof):
		return s.attempted(ctx, r, err)
	case errors.Is(err, ErrJob), errors.Is(err, ErrArtifact), errors.Is(err, ErrCircuit), errors.Is(err, ErrMemory),
		errors.Is(err, ErrYanked), errors.Is(err, ErrVersionUnknown):
		return s.fail(ctx, r, err)
	}
	s.options.Observer.Observe(Event{Kind: EventRetry, Version: r.Version, Err: err})
	s.postpone(r, r.Version, err)
	return nil
}

// attempted counts an attempt that the prover failed.
func (s *Service) attempted(ctx context.Context, r *journal.Record, err error) error {
	kind := EventRetry
	if errors.Is(err, ErrProof) {
		kind = EventRefused
	}
	s.options.Observer.Observe(Event{Kind: kind, Version: r.Version, Err: err})
	n := r.Attempts + 1
	if n >= s.options.MaxAttempts {
		return s.fail(ctx, r, fmt.Errorf("%d attempts: %w", n, err))
	}
	s.options.Logger.Warn("attempt to prove failed", "id", r.ID.String(), "version", r.Version, "attempt", n, "err", err)
	return s.journal.Retry(ctx, r.ID, err, s.options.Now().Add(s.options.Backoff.Delay(n, s.options.Random)))
}

func (s *Service) fail(ctx context.Context, r *journal.Record, err error) error {
	s.options.Observer.Observe(Event{Kind: EventFailed, Version: r.Version, Err: err})
	s.options.Logger.Warn("entry failed", "id", r.ID.String(), "version", r.Version, "requested", r.Requested, "err", err)
	return s.journal.Fail(ctx, r.ID, err)
}

// postpone gives an entry back and puts off everything of its version, or of all with "".
func (s *Service) postpone(r *journal.Record, version string, cause error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	h := s.holds[version]
	if h == nil {
		if len(s.holds) >= maxVersions {
			clear(s.holds)
		}
		h = &hold{}
		s.holds[version] = h
	}
	now := s.options.Now()
	if !h.until.After(now) { // else another job of the same time has said so already
		h.failures++
		delay := s.options.Backoff.Delay(h.failures, s.options.Random)
		h.until = now.Add(delay)
		s.options.Logger.Warn("proving waits", "version", version, "failures", h.failures, "wait", delay, "err", cause)
	}
	s.journal.Hold(version, h.until)
	s.journal.Release(r.ID, time.Time{})
}

// resume ends what postpone began.
func (s *Service) resume(version string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, v := range []string{"", version} {
		if s.holds[v] != nil {
			delete(s.holds, v)
			s.journal.Hold(v, time.Time{})
		}
	}
}
