package keeper_test

import (
	"context"

	"github.com/assay-chain/assay/x/proof/verifier"
)

// engine is the real verifier, watched.
type engine struct {
	*verifier.Engine
	panics                bool // in Prepare
	alone, hits, prepared int
}

func newEngine() *engine { return &engine{Engine: verifier.NewEngine(verifier.Config{})} }

func (e *engine) Verify(ctx context.Context, r verifier.Request) error {
	before := e.Stats()
	err := e.Engine.Verify(ctx, r)
	after := e.Stats()
	e.alone += int(after.Misses - before.Misses)
	e.hits += int(after.Hits - before.Hits)
	return err
}

func (e *engine) Prepare(ctx context.Context, requests []verifier.Request) (verifier.Prepared, error) {
	if e.panics {
		panic("engine: on purpose")
	}
	done, err := e.Engine.Prepare(ctx, requests)
	e.prepared += done.Verified
	return done, err
}
