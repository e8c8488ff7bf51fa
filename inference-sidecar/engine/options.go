package engine

import (
	"errors"
	"fmt"
	"maps"

	"github.com/assay-chain/assay/zkml/ort"
)

// The errors of loading and running that have no name in package ort. What else Load and Run return
// wraps ort.ErrNoLibrary, ort.ErrVersion, ort.ErrOpened, ort.ErrModel or ort.ErrRun.
var (
	// ErrProvider names what the execution provider misses, and which are available.
	ErrProvider = ort.ErrProvider
	// ErrClosed is returned by a model that was closed.
	ErrClosed = ort.ErrClosed
	// ErrOptions is returned by Load for an option out of range.
	ErrOptions = errors.New("engine options")
	// ErrFrame is returned by Run for a frame of another model, or one that is not in the caller's hands.
	ErrFrame = errors.New("engine frame")
)

// Bounds of options. They catch a slip in a configuration; no machine that this runs on is near them.
const (
	MaxParallel = 64
	MaxThreads  = 64
)

// DefaultParallel is the number of runs side by side.
const DefaultParallel = 2

// Options are the operator's, per device. What changes a result is in the version's manifest instead.
// The zero value is the CPU with the runtime's defaults, one thread, the arena, and DefaultParallel runs.
type Options struct {
	// Library is the path of libonnxruntime, or "" for the one that ort.Find finds. A process has one.
	Library string
	// Provider is "" or "cpu", "cuda", "tensorrt". Only the CPU gives the bits that proofs are about.
	Provider string
	// Optimization is the graph level. It changes speed, and in a canonical file never a bit.
	Optimization ort.Optimization
	// Threads is the number of intra-op threads of one run, 1 to MaxThreads; 0 means 1, the caller's
	// own. The others are shared by the runs that go side by side, and sleep between runs.
	Threads int
	// DisableArena gives scratch memory back to the system after each run, for time.
	DisableArena bool
	// Parallel is the number of runs side by side, 1 to MaxParallel; 0 means DefaultParallel.
	Parallel int
}

// withDefaults checks ranges and fills in what is zero.
func (o Options) withDefaults() (Options, error) {
	if o.Threads < 0 || o.Threads > MaxThreads {
		return o, fmt.Errorf("%w: threads: expected 0 to %d, got %d", ErrOptions, MaxThreads, o.Threads)
	}
	if o.Parallel < 0 || o.Parallel > MaxParallel {
		return o, fmt.Errorf("%w: parallel: expected 0 to %d, got %d", ErrOptions, MaxParallel, o.Parallel)
	}
	if o.Optimization < ort.OptimizeDefault || o.Optimization > ort.OptimizeAll {
		return o, fmt.Errorf("%w: optimization: expected %d to %d, got %d",
			ErrOptions, ort.OptimizeDefault, ort.OptimizeAll, o.Optimization)
	}
	if o.Parallel == 0 {
		o.Parallel = DefaultParallel
	}
	return o, nil
}

// spinning says whether the threads of a session burn the CPU between runs, waiting for the next. By
// the runtime's default they do, and at a camera's rate never sleep.
const spinning = "session.intra_op.allow_spinning"

// session adds to the manifest's entries what they leave open and changes no result.
func (o Options) session(config map[string]string) ort.Options {
	entries := map[string]string{spinning: "0"}
	maps.Copy(entries, config)
	return ort.Options{
		Config:       entries,
		Optimization: o.Optimization,
		Threads:      o.Threads,
		DisableArena: o.DisableArena,
		Provider:     o.Provider,
	}
}

// Check says whether Load could work on this machine: the library is there, of the right series, and
// has the provider. It loads no model.
func (o Options) Check() error {
	if _, err := o.withDefaults(); err != nil {
		return err
	}
	if err := ort.Open(o.Library); err != nil {
		return err
	}
	return ort.CheckProvider(o.Provider)
}
