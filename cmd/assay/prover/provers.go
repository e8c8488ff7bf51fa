package prover

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"

	"github.com/assay-chain/assay/inference-sidecar/proving"
)

// provers are as many Local provers as proofs may be made at once. Each keeps the keys of its last jobs.
type provers struct {
	all  []*proving.Local
	free chan *proving.Local
}

func newProvers(fetch proving.Fetcher, o *options, memory int64, log *slog.Logger) (*provers, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	if o.parallel < 1 {
		return nil, fmt.Errorf("--parallel: expected at least 1, got %d", o.parallel)
	}
	p := &provers{free: make(chan *proving.Local, o.parallel)}
	for range o.parallel {
		l, err := proving.NewLocal(fetch, proving.LocalOptions{
			Command: []string{self, "prover", childCommand}, Memory: memory, Threads: o.threads, Nice: o.nice, Logger: log,
		})
		if err != nil {
			return nil, err
		}
		p.all = append(p.all, l)
		p.free <- l
	}
	return p, nil
}

// Prove waits for a free prover.
func (p *provers) Prove(ctx context.Context, j proving.Job) (proving.Proof, error) {
	select {
	case l := <-p.free:
		defer func() { p.free <- l }()
		return l.Prove(ctx, j)
	case <-ctx.Done():
		return proving.Proof{}, ctx.Err()
	}
}

// Close ends all.
func (p *provers) Close() error {
	var errs []error
	for _, l := range p.all {
		errs = append(errs, l.Close())
	}
	return errors.Join(errs...)
}
