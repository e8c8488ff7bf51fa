package proving

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"

	"github.com/consensys/gnark/logger"

	"github.com/assay-chain/assay/inference-sidecar/journal/record"
)

const (
	childFormat  = 1
	maxPathBytes = 4096
	// slackBytes is private memory that the heap's limit does not count: stacks of threads, arenas that are taken in
	// pieces of 64 MiB.
	slackBytes = 384 << 20
)

// childConfig is the first frame that a child gets.
type childConfig struct {
	memory  int64 // bytes
	threads int   // that run Go code; 0: one for each CPU
	nice    int   // 0 to 19
}

func encodeChildConfig(c childConfig) []byte {
	var w record.Writer
	w.Byte(childFormat)
	w.Uint64(uint64(c.memory))
	w.Uint32(uint32(c.threads))
	w.Uint32(uint32(c.nice))
	return w.Data
}

func decodeChildConfig(data []byte) (childConfig, error) {
	var c childConfig
	r := record.NewReader(data)
	if f := r.Byte("format"); f != childFormat {
		r.Fail("format: expected %d, got %d", childFormat, f)
	}
	c.memory = int64(r.Uint64("memory"))
	c.threads = r.Count("threads", 0, 1<<10)
	c.nice = r.Count("nice", 0, 19)
	return c, r.End()
}

func encodeRequest(r *request) []byte {
	var w record.Writer
	w.String(r.canonical)
	w.String(r.key)
	w.Fixed(EncodeJob(&r.job))
	return w.Data
}

func decodeRequest(data []byte) (*request, error) {
	var q request
	r := record.NewReader(data)
	q.canonical = r.String("canonical file", 1, maxPathBytes)
	q.key = r.String("proving key", 1, maxPathBytes)
	rest := r.Rest()
	if err := r.End(); err != nil {
		return nil, fmt.Errorf("request: %w", err)
	}
	var err error
	q.job, err = DecodeJob(rest)
	return &q, err
}

// Serve is the child process of Local: it proves what it is told to on in and answers on out, one job after the other,
// until in ends. Then the process exits at once, in the middle of a proof too: whoever started it is gone. Call it from a
// command that does nothing else. A standard output that is out must not be written to by anybody else.
func Serve(in io.Reader, out io.Writer) error {
	logger.Disable() // gnark's goes to standard output
	first, err := readFrame(in)
	if err != nil {
		return fmt.Errorf("prove worker: configuration: %w", err)
	}
	config, err := decodeChildConfig(first)
	if err != nil {
		return fmt.Errorf("prove worker: configuration: %w", err)
	}
	if err := config.apply(); err != nil {
		return fmt.Errorf("prove worker: %w", err)
	}
	requests := make(chan []byte)
	go func() {
		for {
			data, err := readFrame(in)
			if err != nil {
				os.Exit(0)
			}
			requests <- data
		}
	}()
	proofs := newCircuits(config.memory)
	for data := range requests {
		if err := writeFrame(out, EncodeAnswer(proofs.answer(data))); err != nil {
			return fmt.Errorf("prove worker: answer: %w", err)
		}
	}
	return nil
}

func (c childConfig) apply() error {
	if c.threads > 0 {
		runtime.GOMAXPROCS(c.threads)
	}
	debug.SetMemoryLimit(c.memory)
	return errors.Join(lowPriority(c.nice), limitMemory(c.memory+slackBytes))
}

// answer proves one request; a panic of the prover's own goroutine is an answer too.
func (c *circuits) answer(data []byte) (a *Answer) {
	a = &Answer{}
	defer func() {
		if x := recover(); x != nil {
			a.Err = fmt.Errorf("%w: panic: %v", ErrProver, x)
		}
	}()
	r, err := decodeRequest(data)
	if err != nil {
		a.Err = fmt.Errorf("%w: %w", ErrJob, err)
		return a
	}
	a.ID = r.job.ID
	a.Proof, a.Err = c.prove(r)
	return a
}
