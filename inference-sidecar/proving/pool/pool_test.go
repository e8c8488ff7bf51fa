package pool

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/inference-sidecar/artifacts"
	"github.com/assay-chain/assay/inference-sidecar/proving"
	"github.com/assay-chain/assay/inference-sidecar/proving/pool/embedded"
	"github.com/assay-chain/assay/zkml/model"
)

var device = []byte("twenty bytes address")

func job(n int) proving.Job {
	return proving.Job{
		ID: [16]byte{byte(n), 1}, ChainID: "hub-1", Device: device, Version: "acme/m@1.0.0", Input: []byte{byte(n)}, Output: []byte("not sent"),
		Artifacts: []artifacts.Artifact{{Name: model.CanonicalFile, Size: 1}, {Name: model.ProvingFile, Size: 1}},
	}
}

// proofOf is what the provers of these tests answer; that it verifies is another package's matter.
func proofOf(n int) proving.Proof {
	return proving.Proof{Proof: []byte{byte(n)}, Output: []byte{byte(n), 2}, InputDigest: bytes.Repeat([]byte{byte(n)}, 32)}
}

// proverFunc is a prover of one function.
type proverFunc func(ctx context.Context, j proving.Job) (proving.Proof, error)

func (f proverFunc) Prove(ctx context.Context, j proving.Job) (proving.Proof, error) {
	return f(ctx, j)
}

var honest = proverFunc(func(_ context.Context, j proving.Job) (proving.Proof, error) { return proofOf(int(j.Input[0])), nil })

func logger(t *testing.T) *slog.Logger { return slog.New(slog.NewTextHandler(t.Output(), nil)) }

func server(t *testing.T, o embedded.Options) *embedded.Server {
	t.Helper()
	if o.StoreDir == "" {
		o.StoreDir = t.TempDir()
	}
	s, err := embedded.Start(o)
	require.NoError(t, err)
	t.Cleanup(s.Close)
	return s
}

// quick is a connection whose back-off does not keep tests waiting.
func quick(t *testing.T, s *embedded.Server) Connection {
	return Connection{InProcess: s, Backoff: proving.Backoff{Min: time.Millisecond, Max: 20 * time.Millisecond}, Logger: logger(t)}
}

func pool(t *testing.T, c Connection) *Pool {
	t.Helper()
	p, err := New(device, c)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, p.Close()) })
	return p
}

// work runs a worker until the test ends, or the returned function is called.
func work(t *testing.T, c Connection, p proving.Prover, change ...func(*WorkerOptions)) (stop func()) {
	t.Helper()
	o := WorkerOptions{Connection: c}
	for _, f := range change {
		f(&o)
	}
	w, err := NewWorker(p, o)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { w.Run(ctx) })
	stop = sync.OnceFunc(func() { cancel(); wg.Wait() })
	t.Cleanup(stop)
	return stop
}

// prove is Prove, again for as long as the pool is not ready.
func prove(t *testing.T, p *Pool, j proving.Job) (proving.Proof, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for {
		proof, err := p.Prove(ctx, j)
		if !errors.Is(err, proving.ErrUnavailable) || ctx.Err() != nil {
			return proof, err
		}
		time.Sleep(time.Millisecond)
	}
}

// proved checks a proof of job n, and takes it.
func proved(t *testing.T, p *Pool, n int) {
	t.Helper()
	got, err := prove(t, p, job(n))
	require.NoError(t, err)
	got.Taken()
	got.Taken = nil
	require.Equal(t, proofOf(n), got)
}

// streams gives a test the queues.
func streams(t *testing.T, s *embedded.Server) jetstream.JetStream {
	t.Helper()
	nc, err := nats.Connect("", nats.InProcessServer(s))
	require.NoError(t, err)
	t.Cleanup(nc.Close)
	js, err := jetstream.New(nc)
	require.NoError(t, err)
	return js
}

func messages(t *testing.T, js jetstream.JetStream, stream string) uint64 {
	t.Helper()
	s, err := js.Stream(t.Context(), stream)
	require.NoError(t, err)
	info, err := s.Info(t.Context())
	require.NoError(t, err)
	return info.State.Msgs
}

func TestPool(t *testing.T) {
	s := server(t, embedded.Options{})
	p := pool(t, quick(t, s))
	work(t, quick(t, s), honest, func(o *WorkerOptions) { o.Parallel = 3 })
	var wg sync.WaitGroup
	for n := range 10 {
		wg.Go(func() { proved(t, p, n) })
	}
	wg.Wait()
	js := streams(t, s)
	require.Eventually(t, func() bool { return messages(t, js, jobsStream) == 0 }, 10*time.Second, time.Millisecond)
	require.Zero(t, messages(t, js, answersStream), "the device took them")
	stats := p.Stats()
	require.Equal(t, Stats{Connected: true, Published: 10, Answered: 10}, stats)
}

// An answer stays in the queue until the device says that it has it.
func TestPoolTaken(t *testing.T) {
	s := server(t, embedded.Options{})
	p := pool(t, quick(t, s))
	work(t, quick(t, s), honest)
	proof, err := prove(t, p, job(1))
	require.NoError(t, err)
	js := streams(t, s)
	require.EqualValues(t, 1, messages(t, js, answersStream))
	proof.Taken()
	require.Zero(t, messages(t, js, answersStream))
}

// The output stays on the device: a worker finds it by itself.
func TestPoolKeepsOutput(t *testing.T) {
	s := server(t, embedded.Options{})
	p := pool(t, quick(t, s))
	seen := make(chan proving.Job, 1)
	work(t, quick(t, s), proverFunc(func(ctx context.Context, j proving.Job) (proving.Proof, error) {
		seen <- j
		return honest(ctx, j)
	}))
	proved(t, p, 1)
	got := <-seen
	want := job(1)
	want.Output = nil
	require.Equal(t, want, got)
}

func TestPoolWorkerErrors(t *testing.T) {
	for _, tc := range []struct {
		name  string
		err   error
		tries int
	}{
		{"failure: for good", proving.ErrCircuit, 1},
		{"failure: perhaps another worker", proving.ErrMemory, 3},
		{"failure: perhaps later", artifacts.ErrFetch, 3},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := server(t, embedded.Options{})
			c := quick(t, s)
			c.AckWait, c.MaxDeliver = 50*time.Millisecond, 3
			p := pool(t, c)
			tries := 0
			work(t, c, proverFunc(func(context.Context, proving.Job) (proving.Proof, error) { tries++; return proving.Proof{}, tc.err }))
			_, err := prove(t, p, job(1))
			require.ErrorIs(t, err, proving.ErrProver)
			require.NotErrorIs(t, err, tc.err, "no worker is believed that a job cannot be proved")
			require.Contains(t, err.Error(), tc.err.Error())
			require.Equal(t, tc.tries, tries)
			require.EqualValues(t, 1, p.Stats().Failed)
		})
	}
}

// dead is a worker that takes a job and is never heard of again.
func dead(t *testing.T, s *embedded.Server, js jetstream.JetStream, c Connection) {
	t.Helper()
	c, err := c.withDefaults()
	require.NoError(t, err)
	w := &Worker{options: WorkerOptions{Connection: c}, js: js}
	consumer, err := w.consumer(t.Context())
	require.NoError(t, err)
	for {
		m, err := next(t.Context(), consumer)
		require.NoError(t, err)
		if m != nil {
			return
		}
	}
}

func TestWorkerDies(t *testing.T) {
	s := server(t, embedded.Options{})
	c := quick(t, s)
	c.AckWait, c.MaxDeliver = 100*time.Millisecond, 3
	t.Run("success: another one goes on", func(t *testing.T) {
		p := pool(t, c)
		done := make(chan struct{})
		go func() { defer close(done); proved(t, p, 1) }()
		dead(t, s, streams(t, s), c)
		work(t, c, honest)
		<-done
	})
	t.Run("failure: all of them", func(t *testing.T) {
		s := server(t, embedded.Options{})
		c := quick(t, s)
		c.AckWait, c.MaxDeliver = 50*time.Millisecond, 2
		p := pool(t, c)
		failed := make(chan error)
		go func() {
			_, err := prove(t, p, job(1))
			failed <- err
		}()
		js := streams(t, s)
		for range 2 {
			dead(t, s, js, c)
		}
		// The server tells when a worker asks once more.
		work(t, c, honest)
		require.ErrorIs(t, <-failed, proving.ErrProver)
		require.Eventually(t, func() bool { return messages(t, js, jobsStream) == 0 }, 10*time.Second, time.Millisecond, "withdrawn")
	})
}

// A worker that takes its time is not taken for dead: the job is delivered once.
func TestWorkerHeartbeat(t *testing.T) {
	s := server(t, embedded.Options{})
	c := quick(t, s)
	c.AckWait = 150 * time.Millisecond
	nc, err := nats.Connect("", nats.InProcessServer(s))
	require.NoError(t, err)
	t.Cleanup(nc.Close)
	beats := make(chan struct{}, 100)
	_, err = nc.Subscribe("$JS.ACK."+jobsStream+".>", func(m *nats.Msg) {
		if string(m.Data) == "+WPI" {
			beats <- struct{}{}
		}
	})
	require.NoError(t, err)
	require.NoError(t, nc.Flush())
	p := pool(t, c)
	tries := 0
	work(t, c, proverFunc(func(ctx context.Context, j proving.Job) (proving.Proof, error) {
		tries++
		for range 9 { // three times AckWait
			<-beats
		}
		return honest(ctx, j)
	}), func(o *WorkerOptions) { o.Parallel = 2 })
	proved(t, p, 1)
	require.Equal(t, 1, tries)
}

func TestWorkerStops(t *testing.T) {
	t.Run("success: finishes", func(t *testing.T) {
		s := server(t, embedded.Options{})
		p := pool(t, quick(t, s))
		started, finish := make(chan struct{}), make(chan struct{})
		stop := work(t, quick(t, s), proverFunc(func(ctx context.Context, j proving.Job) (proving.Proof, error) {
			close(started)
			<-finish
			return honest(ctx, j)
		}))
		go func() { <-started; go stop(); close(finish) }()
		proved(t, p, 1)
		stop()
	})
	t.Run("success: gives back", func(t *testing.T) {
		s := server(t, embedded.Options{})
		c := quick(t, s)
		c.AckWait = time.Hour // a job that is not given back stays away
		p := pool(t, c)
		started := make(chan struct{})
		stop := work(t, c, proverFunc(func(ctx context.Context, _ proving.Job) (proving.Proof, error) {
			close(started)
			<-ctx.Done()
			return proving.Proof{}, ctx.Err()
		}), func(o *WorkerOptions) { o.Grace = time.Millisecond })
		go func() { <-started; stop(); work(t, c, honest) }()
		proved(t, p, 1)
	})
}

// restartable is a server on an address that it can come back to.
func restartable(t *testing.T, dir string) (s *embedded.Server, c Connection, again func(dir string)) {
	t.Helper()
	s = server(t, embedded.Options{StoreDir: dir, Listen: "127.0.0.1:0"})
	c = quick(t, s)
	c.InProcess, c.URL, c.AckWait = nil, s.ClientURL(), 200*time.Millisecond
	return s, c, func(dir string) {
		server(t, embedded.Options{StoreDir: dir, Listen: strings.TrimPrefix(c.URL, "nats://")})
	}
}

// The server goes away in the middle of a proof and comes back with its store: what was under way is finished.
func TestServerRestarts(t *testing.T) {
	dir := t.TempDir()
	s, c, again := restartable(t, dir)
	p := pool(t, c)
	started, finish := make(chan struct{}, 9), make(chan struct{})
	work(t, c, proverFunc(func(ctx context.Context, j proving.Job) (proving.Proof, error) {
		started <- struct{}{}
		<-finish
		return honest(ctx, j)
	}))
	done := make(chan struct{})
	go func() { defer close(done); proved(t, p, 1); proved(t, p, 2) }()
	<-started
	s.Close()
	require.Eventually(t, func() bool { return !p.Stats().Connected }, 10*time.Second, time.Millisecond)
	_, err := p.Prove(t.Context(), job(9))
	require.ErrorIs(t, err, proving.ErrUnavailable)
	close(finish)
	again(dir)
	<-done
}

// The server comes back without its store: Prove is called again, as the service does, and the job is there again.
func TestServerForgets(t *testing.T) {
	s, c, again := restartable(t, t.TempDir())
	p := pool(t, c)
	work(t, c, honest)
	proved(t, p, 1)
	s.Close()
	again(t.TempDir())
	deadline, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for {
		ctx, cancel := context.WithTimeout(deadline, time.Second)
		proof, err := p.Prove(ctx, job(2))
		cancel()
		if err == nil {
			proof.Taken()
			return
		}
		require.NoError(t, deadline.Err(), err)
	}
}

// Answers outlive the device's process, and are not asked for again.
func TestDeviceRestarts(t *testing.T) {
	s := server(t, embedded.Options{})
	c := quick(t, s)
	c.AckWait = time.Second
	first, err := New(device, c)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		js := streams(t, s)
		for messagesOf(js, jobsStream) == 0 {
			time.Sleep(time.Millisecond)
		}
		cancel() // the device goes away with its job in the queue
	}()
	for err = error(proving.ErrUnavailable); errors.Is(err, proving.ErrUnavailable); {
		_, err = first.Prove(ctx, job(1))
	}
	require.ErrorIs(t, err, context.Canceled)
	require.NoError(t, first.Close())

	tries := 0
	stop := work(t, c, proverFunc(func(ctx context.Context, j proving.Job) (proving.Proof, error) { tries++; return honest(ctx, j) }))
	js := streams(t, s)
	require.Eventually(t, func() bool { return messagesOf(js, answersStream) == 1 }, 10*time.Second, time.Millisecond)
	stop()
	second := pool(t, c)
	proved(t, second, 1) // no worker is there
	require.Equal(t, 1, tries)
}

func messagesOf(js jetstream.JetStream, stream string) uint64 {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	s, err := js.Stream(ctx, stream)
	if err != nil {
		return 0
	}
	return s.CachedInfo().State.Msgs
}

func TestJobsDeduplicated(t *testing.T) {
	s := server(t, embedded.Options{})
	p := pool(t, quick(t, s))
	for range 3 {
		ctx, cancel := context.WithCancel(t.Context())
		for err := error(proving.ErrUnavailable); errors.Is(err, proving.ErrUnavailable); {
			err = func() error {
				w, err := p.expect(job(1).ID)
				require.NoError(t, err)
				defer p.forget(job(1).ID, w)
				j := job(1)
				return p.publish(ctx, &j, w)
			}()
		}
		cancel()
	}
	require.EqualValues(t, 1, messages(t, streams(t, s), jobsStream))
	again := job(1)
	again.Attempt = 1
	w, err := p.expect(again.ID)
	require.NoError(t, err)
	require.NoError(t, p.publish(t.Context(), &again, w))
	require.EqualValues(t, 2, messages(t, streams(t, s), jobsStream), "another attempt is another job")
	_, err = p.Prove(t.Context(), job(1))
	require.ErrorIs(t, err, proving.ErrJob, "it is waited for already")
	p.forget(again.ID, w)
}

func TestHostileAnswers(t *testing.T) {
	s := server(t, embedded.Options{})
	p := pool(t, quick(t, s))
	js := streams(t, s)
	require.Eventually(t, func() bool { _, err := js.Stream(t.Context(), answersStream); return err == nil }, 10*time.Second, time.Millisecond)
	publish := func(n int, data []byte) {
		_, err := js.Publish(t.Context(), fmt.Sprintf("%s.%x.%x", answersSubject, device, job(n).ID), data)
		require.NoError(t, err)
	}
	publish(1, []byte("noise"))
	publish(1, nil)
	publish(1, proving.EncodeAnswer(&proving.Answer{ID: job(2).ID, Proof: proofOf(2)})) // about another job
	for n := range maxHeld + 10 {
		publish(100+n, proving.EncodeAnswer(&proving.Answer{ID: job(100 + n).ID, Proof: proofOf(n)})) // nobody asked
	}
	require.Eventually(t, func() bool { return p.Stats().Held == maxHeld && p.Stats().Dropped == 10 }, 10*time.Second, time.Millisecond)
	require.EqualValues(t, 3, p.Stats().Malformed)
	work(t, quick(t, s), honest)
	proved(t, p, 1)
}

func TestHostileJobs(t *testing.T) {
	s := server(t, embedded.Options{})
	c := quick(t, s)
	p := pool(t, c)
	tries := 0
	work(t, c, proverFunc(func(ctx context.Context, j proving.Job) (proving.Proof, error) { tries++; return honest(ctx, j) }))
	js := streams(t, s)
	require.Eventually(t, func() bool { _, err := js.Stream(t.Context(), jobsStream); return err == nil }, 10*time.Second, time.Millisecond)
	j := job(7)
	good := proving.EncodeJob(&j)
	for _, x := range []struct {
		subject string
		data    []byte
	}{
		{jobsSubject + ".a.b", []byte("noise")},
		{jobsSubject + ".a.b", good}, // answers would go to another device
		{fmt.Sprintf("%s.%x.%x", jobsSubject, device, j.ID), good[:len(good)-1]},
	} {
		_, err := js.Publish(t.Context(), x.subject, x.data)
		require.NoError(t, err)
	}
	proved(t, p, 1)
	require.Equal(t, 1, tries)
	require.Eventually(t, func() bool { return messages(t, js, jobsStream) == 0 }, 10*time.Second, time.Millisecond)
}

func TestPoolBounds(t *testing.T) {
	s := server(t, embedded.Options{MaxPayload: 64 << 10})
	c := quick(t, s)
	c.MaxBytes = 100 << 10
	p := pool(t, c)
	large := job(1)
	large.Input = make([]byte, 64<<10)
	_, err := prove(t, p, large)
	require.ErrorIs(t, err, proving.ErrJob)

	js := streams(t, s)
	require.Eventually(t, func() bool { _, err := js.Stream(t.Context(), jobsStream); return err == nil }, 10*time.Second, time.Millisecond)
	for n := range 4 { // nobody works: the queue fills, and takes no more
		j := job(n)
		j.Input = make([]byte, 40<<10)
		w, err := p.expect(j.ID)
		require.NoError(t, err)
		err = p.publish(t.Context(), &j, w)
		p.forget(j.ID, w)
		if n >= 2 {
			require.ErrorIs(t, err, proving.ErrUnavailable)
		} else {
			require.NoError(t, err)
		}
	}
}

func TestNotReachable(t *testing.T) {
	p := pool(t, Connection{URL: "nats://127.0.0.1:1"})
	_, err := p.Prove(t.Context(), job(1))
	require.ErrorIs(t, err, proving.ErrUnavailable)
	_, err = p.Prove(t.Context(), proving.Job{})
	require.ErrorIs(t, err, proving.ErrJob)
}

func TestConnectionRefused(t *testing.T) {
	for name, c := range map[string]Connection{
		"failure: nowhere":         {},
		"failure: two logins":      {URL: "nats://x", Token: "t", CredsFile: "f"},
		"failure: negative limit":  {URL: "nats://x", MaxDeliver: -1},
		"failure: no url":          {URL: "://"},
		"failure: both of servers": {URL: "nats://x", InProcess: &embedded.Server{}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := New(device, c)
			require.Error(t, err)
			_, err = NewWorker(honest, WorkerOptions{Connection: c})
			require.Error(t, err)
		})
	}
	_, err := New(device[1:], Connection{URL: "nats://x"})
	require.Error(t, err)
	_, err = NewWorker(honest, WorkerOptions{Connection: Connection{URL: "nats://x"}, Parallel: -1})
	require.Error(t, err)
}
