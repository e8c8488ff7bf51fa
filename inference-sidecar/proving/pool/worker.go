package pool

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/assay-chain/assay/inference-sidecar/proving"
)

const (
	defaultGrace = time.Minute
	pullWait     = 20 * time.Second
	// A server that forgot its consumers is silent; after two heartbeats they are made again.
	heartbeat = 2 * time.Second
)

// WorkerOptions of a Worker.
type WorkerOptions struct {
	Connection
	Parallel int           // jobs at once; default 1
	Grace    time.Duration // for proofs under way when the worker is told to stop; default a minute
}

// Worker takes jobs off the queue and proves them.
type Worker struct {
	options WorkerOptions
	prover  proving.Prover
	nc      *nats.Conn
	js      jetstream.JetStream
}

// NewWorker returns a worker that proves with p. It returns at once, whether or not NATS can be reached.
func NewWorker(p proving.Prover, o WorkerOptions) (*Worker, error) {
	if o.Name == "" {
		host, _ := os.Hostname() // a name for people; any will do
		o.Name = "assay-prover " + host
	}
	var err error
	if o.Connection, err = o.withDefaults(); err != nil {
		return nil, fmt.Errorf("worker: %w", err)
	}
	if o.Parallel == 0 {
		o.Parallel = 1
	}
	if o.Grace == 0 {
		o.Grace = defaultGrace
	}
	if o.Parallel < 1 || o.Grace < 0 {
		return nil, fmt.Errorf("worker: parallel and grace: expected none below 0, got %d and %s", o.Parallel, o.Grace)
	}
	w := &Worker{options: o, prover: p}
	if w.nc, w.js, err = o.dial(); err != nil {
		return nil, fmt.Errorf("worker: %w", err)
	}
	return w, nil
}

// Run works until ctx ends. Proofs under way have the grace to be finished; then their jobs are given back.
func (w *Worker) Run(ctx context.Context) {
	defer w.nc.Close()
	work, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(w.options.Grace, cancel) })
	defer stop()
	var wg sync.WaitGroup
	for range w.options.Parallel {
		wg.Go(func() {
			w.options.again(ctx, func(ctx context.Context) error { return w.pull(ctx, work) })
		})
	}
	wg.Wait()
}

// pull takes one job after the other until something fails. work outlives ctx by the grace.
func (w *Worker) pull(ctx, work context.Context) error {
	consumer, err := w.consumer(ctx)
	if err != nil {
		return err
	}
	for ctx.Err() == nil {
		m, err := next(ctx, consumer)
		if err != nil {
			return err
		}
		if m != nil {
			w.do(work, &delivery{m, consumer.CachedInfo().Config})
		}
	}
	return ctx.Err()
}

func (w *Worker) consumer(ctx context.Context) (jetstream.Consumer, error) {
	timed, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	return w.options.consumer(timed, w.js, jobsStream, jetstream.ConsumerConfig{
		Durable: workers, AckPolicy: jetstream.AckExplicitPolicy, AckWait: w.options.AckWait, MaxDeliver: w.options.MaxDeliver,
	})
}

// next waits for a job; nil if none came for a while.
func next(ctx context.Context, consumer jetstream.Consumer) (jetstream.Msg, error) {
	timed, cancel := context.WithTimeout(ctx, pullWait)
	defer cancel()
	batch, err := consumer.Fetch(1, jetstream.FetchContext(timed), jetstream.FetchHeartbeat(heartbeat))
	if err != nil {
		return nil, err
	}
	for m := range batch.Messages() {
		return m, nil
	}
	if err := batch.Error(); err != nil && timed.Err() == nil && !errors.Is(err, nats.ErrTimeout) {
		return nil, err
	}
	return nil, nil
}

// delivery is a job with the rules under which it was delivered, which are the queue's and not this worker's.
type delivery struct {
	jetstream.Msg
	rules jetstream.ConsumerConfig
}

// do proves a job and answers. Whatever happens, the message is settled, or delivered again when AckWait is over.
func (w *Worker) do(ctx context.Context, m *delivery) {
	log := w.options.Logger.With("subject", m.Subject())
	j, err := w.decode(m)
	if err != nil {
		log.Warn("job is refused", "err", err)
		w.settle(log.Warn, m.TermWithReason("malformed"))
		return
	}
	beat := w.heartbeat(m)
	defer beat()
	start := time.Now()
	proof, err := w.prover.Prove(ctx, j)
	if ctx.Err() != nil {
		log.Info("job is given back")
		w.settle(log.Warn, m.Nak())
		return
	}
	if err != nil && w.again(m, err) {
		log.Warn("job is given back", "err", err)
		w.settle(log.Warn, m.NakWithDelay(m.rules.AckWait))
		return
	}
	if proof.Taken != nil {
		defer proof.Taken()
	}
	if err := w.answer(ctx, &j, &proving.Answer{ID: j.ID, Proof: proof, Err: err}); err != nil {
		log.Warn("answer is not delivered", "err", err)
		w.settle(log.Warn, m.Nak())
		return
	}
	log.Info("job is done", "version", j.Version, "took", time.Since(start), "err", err)
	w.settle(log.Warn, m.Ack())
}

// settle reports that a message was not settled: it is delivered again then.
func (w *Worker) settle(warn func(string, ...any), err error) {
	if err != nil {
		warn("job is not settled", "err", err)
	}
}

func (w *Worker) decode(m *delivery) (proving.Job, error) {
	j, err := proving.DecodeJob(m.Data())
	if err != nil {
		return j, err
	}
	if want := fmt.Sprintf("%s.%x.%x", jobsSubject, j.Device, j.ID); m.Subject() != want {
		return j, fmt.Errorf("subject: expected %q, got %q", want, m.Subject())
	}
	return j, nil
}

// again says whether another worker, or this one later, may do better.
func (w *Worker) again(m *delivery, err error) bool {
	for _, final := range []error{proving.ErrJob, proving.ErrArtifact, proving.ErrCircuit} {
		if errors.Is(err, final) {
			return false
		}
	}
	meta, metaErr := m.Metadata()
	return metaErr == nil && meta.NumDelivered < uint64(m.rules.MaxDeliver)
}

// heartbeat tells the queue that the job is worked on, until the returned function is called.
func (w *Worker) heartbeat(m *delivery) (stop func()) {
	done := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		tick := time.NewTicker(max(m.rules.AckWait/3, time.Millisecond))
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				if err := m.InProgress(); err != nil {
					w.options.Logger.Warn("heartbeat is not sent", "subject", m.Subject(), "err", err)
				}
			case <-done:
				return
			}
		}
	})
	return func() { close(done); wg.Wait() }
}

// answer publishes until it is stored: a proof is worth waiting for NATS to come back.
func (w *Worker) answer(ctx context.Context, j *proving.Job, a *proving.Answer) error {
	data := proving.EncodeAnswer(a)
	subject := strings.Join([]string{answersSubject, hex.EncodeToString(j.Device), hex.EncodeToString(j.ID[:])}, ".")
	ctx, cancel := context.WithTimeout(ctx, w.options.MaxAge)
	defer cancel()
	var err error
	w.options.again(ctx, func(again context.Context) error {
		timed, stop := context.WithTimeout(again, requestTimeout)
		defer stop()
		if _, err = w.js.Publish(timed, subject, data, jetstream.WithMsgID(messageID(j)), jetstream.WithRetryAttempts(0)); err == nil {
			cancel()
		}
		return err
	})
	return err
}
