package slots

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/assay-chain/assay/inference-sidecar/artifacts"
	"github.com/assay-chain/assay/inference-sidecar/engine"
	"github.com/assay-chain/assay/zkml/ort"
)

// ErrOptions is returned by New for options that cannot work.
var ErrOptions = errors.New("slot options")

// Options configure the slots of a model.
type Options struct {
	// Dir is the folder of state files, shared by models.
	Dir string
	// Store holds the artifacts, shared by models.
	Store Store
	// Engine is how models are loaded.
	Engine engine.Options
	// Loader takes the place of engine.Load with Engine.
	Loader Loader
	// WarmUp is the number of runs before a version is ready; 0 means 3.
	WarmUp int
	// Progress hears how far versions came, one call at a time, in order. It should not block for long: what waits is
	// bounded, the oldest is dropped. After a restart the latest is told again.
	Progress func(Progress)
	// Retry is the pause before a version whose preparation gave up is prepared again; it doubles up to MaxRetry. 0
	// means 5 minutes and 6 hours.
	Retry, MaxRetry time.Duration
	// Now is the clock; nil means time.Now.
	Now    func() time.Time
	Logger *slog.Logger
}

// Store is what slots need of *artifacts.Store.
type Store interface {
	Fetch(ctx context.Context, a artifacts.Artifact) (path string, err error)
	Read(a artifacts.Artifact) ([]byte, error)
	RetainFor(owner string, digests ...[32]byte)
}

// Engine is a loaded model, as *engine.Model is.
type Engine interface {
	Input() ort.Tensor
	Output() ort.Tensor
	WarmUp(ctx context.Context, runs int) error
	Frame() *engine.Frame
	Recycle(f *engine.Frame)
	Run(f *engine.Frame) error
	Close() error
}

// Loader loads the canonical file of a version under its session options.
type Loader func(model []byte, session map[string]string) (Engine, error)

func (o Options) withDefaults() (Options, error) {
	if o.Dir == "" || o.Store == nil {
		return o, fmt.Errorf("%w: expected a folder and a store", ErrOptions)
	}
	if o.Loader == nil {
		opts := o.Engine
		o.Loader = func(model []byte, session map[string]string) (Engine, error) {
			m, err := engine.Load(model, session, opts)
			if err != nil {
				return nil, err // not a nil *engine.Model in an interface
			}
			return m, nil
		}
	}
	if o.Progress == nil {
		o.Progress = func(Progress) {}
	}
	if o.WarmUp == 0 {
		o.WarmUp = 3
	}
	if o.Retry == 0 {
		o.Retry = 5 * time.Minute
	}
	if o.MaxRetry == 0 {
		o.MaxRetry = max(6*time.Hour, o.Retry)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o, nil
}
