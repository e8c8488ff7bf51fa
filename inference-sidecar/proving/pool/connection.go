package pool

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/assay-chain/assay/inference-sidecar/proving"
)

// Names of the queues, and of the consumer that all workers share.
const (
	jobsStream    = "ASSAY_JOBS"
	answersStream = "ASSAY_ANSWERS"
	workers       = "provers"

	jobsSubject    = "assay.jobs"
	answersSubject = "assay.answers"
)

const (
	requestTimeout = 10 * time.Second
	// What a queue that is made here may hold. In a cluster the operator makes them beforehand to choose otherwise.
	defaultMaxAge     = 24 * time.Hour
	defaultMaxBytes   = 256 << 20
	defaultAckWait    = 30 * time.Second
	defaultMaxDeliver = 5
	maxDuplicates     = time.Hour
	maxAnswersAtOnce  = 256
	forgetDevice      = 30 * 24 * time.Hour
)

// Connection says how to reach NATS, and what the queues hold where they have to be made.
type Connection struct {
	URL       string                     // such as nats://10.0.0.5:4222 or tls://…; "" with InProcess
	InProcess nats.InProcessConnProvider // an embedded server
	Token     string
	CredsFile string      // a user's JWT and seed
	TLS       *tls.Config // for a private certificate authority, or a client certificate
	Name      string      // that the server shows

	MaxAge     time.Duration // of a job or an answer; default a day
	MaxBytes   int64         // of each queue; default 256 MiB. A full one takes no more jobs
	AckWait    time.Duration // after which a silent worker counts as dead; default 30 seconds
	MaxDeliver int           // how many workers a job is given to; default 5
	Replicas   int           // in a cluster; default 1

	Backoff proving.Backoff // between attempts to reach NATS; default 0.5 to 30 seconds
	Logger  *slog.Logger
}

func (c Connection) withDefaults() (Connection, error) {
	if (c.URL == "") == (c.InProcess == nil) {
		return c, errors.New("nats: expected a url or an embedded server")
	}
	if c.Token != "" && c.CredsFile != "" {
		return c, errors.New("nats: expected a token or credentials, got both")
	}
	if c.MaxAge < 0 || c.MaxBytes < 0 || c.AckWait < 0 || c.MaxDeliver < 0 || c.Replicas < 0 {
		return c, errors.New("nats: expected no limit below 0")
	}
	or := func(d *time.Duration, otherwise time.Duration) {
		if *d == 0 {
			*d = otherwise
		}
	}
	or(&c.MaxAge, defaultMaxAge)
	or(&c.AckWait, defaultAckWait)
	or(&c.Backoff.Min, 500*time.Millisecond)
	or(&c.Backoff.Max, 30*time.Second)
	if c.MaxBytes == 0 {
		c.MaxBytes = defaultMaxBytes
	}
	if c.MaxDeliver == 0 {
		c.MaxDeliver = defaultMaxDeliver
	}
	if c.Replicas == 0 {
		c.Replicas = 1
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c, nil
}

// dial returns at once: the client connects, and connects again, in the background for ever.
func (c Connection) dial() (*nats.Conn, jetstream.JetStream, error) {
	options := []nats.Option{
		nats.Name(c.Name), nats.MaxReconnects(-1), nats.RetryOnFailedConnect(true),
		nats.CustomReconnectDelay(func(attempts int) time.Duration { return c.Backoff.Delay(attempts, rand.Float64) }),
		nats.ReconnectBufSize(-1), // nothing is sent later than the caller thinks
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) { c.Logger.Warn("nats is disconnected", "err", err) }),
		nats.ConnectHandler(func(*nats.Conn) { c.Logger.Info("nats is connected") }),
		nats.ReconnectHandler(func(*nats.Conn) { c.Logger.Info("nats is connected") }),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { c.Logger.Warn("nats", "err", err) }),
	}
	options = append(options, c.credentials()...)
	nc, err := nats.Connect(c.URL, options...)
	if err != nil {
		return nil, nil, fmt.Errorf("nats: %w", err)
	}
	js, err := jetstream.New(nc, jetstream.WithDefaultTimeout(requestTimeout))
	if err != nil {
		nc.Close()
		return nil, nil, fmt.Errorf("nats: %w", err)
	}
	return nc, js, nil
}

// credentials are the options that say where the server is, and who asks.
func (c Connection) credentials() (options []nats.Option) {
	if c.InProcess != nil {
		options = append(options, nats.InProcessServer(c.InProcess))
	}
	if c.Token != "" {
		options = append(options, nats.Token(c.Token))
	}
	if c.CredsFile != "" {
		options = append(options, nats.UserCredentials(c.CredsFile))
	}
	if c.TLS != nil {
		options = append(options, nats.Secure(c.TLS))
	}
	return options
}

// queues makes the streams that are missing. Those that exist are left as they are.
func (c Connection) queues(ctx context.Context, js jetstream.JetStream) error {
	for _, s := range []struct{ name, subject, what string }{
		{jobsStream, jobsSubject, "results to prove"},
		{answersStream, answersSubject, "answers of provers"},
	} {
		_, err := js.Stream(ctx, s.name)
		if errors.Is(err, jetstream.ErrStreamNotFound) {
			_, err = js.CreateStream(ctx, jetstream.StreamConfig{
				Name: s.name, Description: s.what, Subjects: []string{s.subject + ".>"}, Retention: jetstream.WorkQueuePolicy,
				Discard: jetstream.DiscardNew, MaxAge: c.MaxAge, MaxBytes: c.MaxBytes, Replicas: c.Replicas, Storage: jetstream.FileStorage,
				Duplicates: min(c.MaxAge, maxDuplicates),
			})
			if errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) { // somebody was faster
				err = nil
			}
		}
		if err != nil {
			return fmt.Errorf("queue %s: %w", s.name, err)
		}
	}
	return nil
}

// consumer returns a consumer of a queue, made where it is missing.
func (c Connection) consumer(ctx context.Context, js jetstream.JetStream, stream string, config jetstream.ConsumerConfig) (jetstream.Consumer, error) {
	if err := c.queues(ctx, js); err != nil {
		return nil, err
	}
	consumer, err := js.Consumer(ctx, stream, config.Durable)
	if errors.Is(err, jetstream.ErrConsumerNotFound) {
		consumer, err = js.CreateConsumer(ctx, stream, config)
		if errors.Is(err, jetstream.ErrConsumerExists) {
			consumer, err = js.Consumer(ctx, stream, config.Durable)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("consumer %s of %s: %w", config.Durable, stream, err)
	}
	return consumer, nil
}

// again runs work until ctx ends, with a growing wait after each failure.
func (c Connection) again(ctx context.Context, work func(context.Context) error) {
	for failures := 0; ctx.Err() == nil; {
		start := time.Now()
		err := work(ctx)
		if ctx.Err() != nil {
			return
		}
		if failures++; time.Since(start) > c.Backoff.Max {
			failures = 1
		}
		delay := c.Backoff.Delay(failures, rand.Float64)
		c.Logger.Warn("nats queue is not served", "failures", failures, "wait", delay, "err", err)
		timer := time.NewTimer(delay)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
		}
	}
}
