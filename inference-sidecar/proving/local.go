package proving

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"sync"
	"time"

	"github.com/assay-chain/assay/inference-sidecar/artifacts"
)

const (
	// MinMemory is the least budget of a prover.
	MinMemory     = 64 << 20
	defaultMemory = 1 << 30
	defaultIdle   = 2 * time.Minute
	// maxComplaint bounds what is kept of a child's standard error.
	maxComplaint = 2 << 10
)

// Fetcher brings an artifact to a path; *artifacts.Store is one.
type Fetcher interface {
	Fetch(ctx context.Context, a artifacts.Artifact) (path string, err error)
}

// LocalOptions of a Local prover.
type LocalOptions struct {
	// Command runs Serve on its standard input and output. Default: this program with the argument "prove-worker".
	Command []string
	Memory  int64         // budget of a proof in bytes; default 1 GiB, at least MinMemory
	Threads int           // CPUs that a proof may use; 0: all
	Nice    int           // added to the priority of the child: 0 (as this process) to 19 (lowest)
	Idle    time.Duration // after which the child is ended and its memory free; default 2 minutes
	Logger  *slog.Logger
}

// Local proves in a child process: one proof at a time, at the lowest priority, in bounded memory. The child keeps
// circuits and keys between jobs; it ends when it is idle, when a proof is called off, and when this process dies. Whatever
// kills it costs one attempt.
type Local struct {
	fetch   Fetcher
	options LocalOptions
	turn    chan struct{} // holds one token: who has it may use child

	child *child
	idle  *time.Timer

	mu     sync.Mutex
	closed bool
}

// NewLocal returns a prover that starts its child with the first job.
func NewLocal(fetch Fetcher, o LocalOptions) (*Local, error) {
	if len(o.Command) == 0 {
		self, err := os.Executable()
		if err != nil {
			return nil, fmt.Errorf("local prover: %w", err)
		}
		o.Command = []string{self, "prove-worker"}
	}
	if o.Memory == 0 {
		o.Memory = defaultMemory
	}
	if o.Memory < MinMemory {
		return nil, fmt.Errorf("local prover: memory: expected at least %d bytes, got %d", MinMemory, o.Memory)
	}
	if o.Nice < 0 || o.Nice > 19 || o.Threads < 0 || o.Idle < 0 {
		return nil, fmt.Errorf("local prover: expected nice 0 to 19, threads and idle none below 0, got %d, %d, %s", o.Nice, o.Threads, o.Idle)
	}
	if o.Idle == 0 {
		o.Idle = defaultIdle
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	l := &Local{fetch: fetch, options: o, turn: make(chan struct{}, 1)}
	l.turn <- struct{}{}
	return l, nil
}

// Prove waits for its turn, and proves. Where ctx ends the child is killed.
func (l *Local) Prove(ctx context.Context, j Job) (Proof, error) {
	if err := j.Validate(); err != nil {
		return Proof{}, fmt.Errorf("prove %s: %w", name(j.ID), err)
	}
	r, err := l.bring(ctx, j)
	if err != nil {
		return Proof{}, fmt.Errorf("prove %s: %w", name(j.ID), err)
	}
	select {
	case <-l.turn:
		defer func() { l.turn <- struct{}{} }()
	case <-ctx.Done():
		return Proof{}, ctx.Err()
	}
	p, err := l.ask(ctx, r)
	if err != nil {
		return Proof{}, fmt.Errorf("prove %s: %w", name(j.ID), err)
	}
	return p, nil
}

// bring fetches the files of a job. A job that needs none of the network does not wait for others that do.
func (l *Local) bring(ctx context.Context, j Job) (*request, error) {
	canonical, key, err := j.files()
	if err != nil {
		return nil, err
	}
	r := &request{job: j}
	if r.canonical, err = l.fetch.Fetch(ctx, canonical); err != nil {
		return nil, err
	}
	if r.key, err = l.fetch.Fetch(ctx, key); err != nil {
		return nil, err
	}
	return r, nil
}

// ask has the turn.
func (l *Local) ask(ctx context.Context, r *request) (Proof, error) {
	if err := l.wake(); err != nil {
		return Proof{}, err
	}
	defer l.rest()
	c := l.child
	stop := context.AfterFunc(ctx, c.kill)
	defer stop()
	data, err := c.exchange(encodeRequest(r))
	if err != nil {
		l.child = nil
		cause := c.end()
		if errors.Is(ctx.Err(), context.Canceled) {
			return Proof{}, ctx.Err()
		}
		if ctx.Err() != nil {
			return Proof{}, fmt.Errorf("%w: not done in time", ErrProver)
		}
		return Proof{}, fmt.Errorf("%w: %w: %w", ErrProver, err, cause)
	}
	a, err := DecodeAnswer(data)
	if err == nil && a.ID != r.job.ID {
		err = fmt.Errorf("expected an answer about %s, got %s", name(r.job.ID), name(a.ID))
	}
	if err != nil {
		l.child = nil
		c.kill()
		_ = c.end()
		return Proof{}, fmt.Errorf("%w: %w", ErrProver, err)
	}
	return a.Proof, a.Err
}

func (l *Local) wake() error {
	if l.idle != nil {
		l.idle.Stop()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return fmt.Errorf("%w: closed", ErrUnavailable)
	}
	if l.child != nil {
		return nil
	}
	c, err := startChild(l.options)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	l.options.Logger.Debug("prover is started", "pid", c.cmd.Process.Pid, "memory", l.options.Memory)
	l.child = c
	return nil
}

// rest ends the child after it was idle for long enough.
func (l *Local) rest() {
	if l.child == nil {
		return
	}
	l.idle = time.AfterFunc(l.options.Idle, func() {
		select {
		case <-l.turn:
			l.dismiss()
			l.turn <- struct{}{}
		default: // a job has come meanwhile
		}
	})
}

// dismiss has the turn.
func (l *Local) dismiss() {
	if l.child == nil {
		return
	}
	l.child.kill()
	_ = l.child.end()
	l.child = nil
	l.options.Logger.Debug("prover is ended")
}

// Close ends the child; a proof under way is called off by its own ctx, which Close waits for.
func (l *Local) Close() error {
	l.mu.Lock()
	l.closed = true
	l.mu.Unlock()
	<-l.turn
	defer func() { l.turn <- struct{}{} }()
	if l.idle != nil {
		l.idle.Stop()
	}
	l.dismiss()
	return nil
}

// child is a running process.
type child struct {
	cmd       *exec.Cmd
	in        io.WriteCloser
	out       io.ReadCloser
	complaint *head
}

func startChild(o LocalOptions) (*child, error) {
	cmd := exec.Command(o.Command[0], o.Command[1:]...)
	own(cmd)
	c := &child{cmd: cmd, complaint: &head{}}
	cmd.Stderr = c.complaint
	var err error
	if c.in, err = cmd.StdinPipe(); err != nil {
		return nil, err
	}
	if c.out, err = cmd.StdoutPipe(); err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	if err := writeFrame(c.in, encodeChildConfig(childConfig{memory: o.Memory, threads: o.Threads, nice: o.Nice})); err != nil {
		c.kill()
		return nil, errors.Join(err, c.end())
	}
	return c, nil
}

func (c *child) exchange(request []byte) ([]byte, error) {
	if err := writeFrame(c.in, request); err != nil {
		return nil, err
	}
	return readFrame(c.out)
}

func (c *child) kill() { _ = c.cmd.Process.Kill() } // it may be dead already

// end waits for the process and says how it ended.
func (c *child) end() error {
	c.kill()
	_ = c.in.Close()
	err := c.cmd.Wait()
	if text := c.complaint.String(); text != "" {
		return fmt.Errorf("%w: %s", err, text)
	}
	return err
}

// head keeps the first bytes that are written to it.
type head struct {
	mu   sync.Mutex
	data []byte
}

func (h *head) Write(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.data = append(h.data, p[:min(len(p), maxComplaint-len(h.data))]...)
	return len(p), nil
}

func (h *head) String() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return string(h.data)
}
