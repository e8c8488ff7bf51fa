package relay

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
)

// end is one chain with the client on it that follows the other chain.
type end struct {
	chain    *chain
	clientID string
	finder   *finder
	submit   *submitter

	client clientView // as of this pass
	tip    tip        // as of this pass
	past   int64      // the provable height of the pass before, or 0
}

// relayer serves both directions between two ends.
type relayer struct {
	cfg   *config
	state stateFile
	log   *slog.Logger
	ends  [2]*end
	saved [2]int64 // cursors in the state file
}

func (r *relayer) other(i int) *end { return r.ends[1-i] }

// openRelayer opens both chains, with what connect wrote down.
func openRelayer(cfg *config, log *slog.Logger) (*relayer, error) {
	r := &relayer{cfg: cfg, state: stateFile{cfg.State}, log: log}
	s, err := r.state.load()
	if err != nil {
		return nil, err
	}
	for i, cc := range cfg.Chains {
		c, err := openChain(cc, log)
		if err != nil {
			return nil, err
		}
		saved := s.of(cc.ChainID)
		id := saved.ClientID
		if cc.ClientID != "" {
			id = cc.ClientID
		}
		r.saved[i] = saved.Cursor
		r.ends[i] = &end{
			chain: c, clientID: id, submit: newSubmitter(c),
			finder: newFinder(c.rpc, c.log, id, saved.Cursor, cfg.ScanBlocks),
		}
	}
	return r, nil
}

// paired is an error if connect has not been run.
func (r *relayer) paired() error {
	for _, e := range r.ends {
		if e.clientID == "" {
			return hint(fmt.Errorf("%s: no client of the other chain", e.chain.id()), "run: assay relay v2 connect")
		}
	}
	return nil
}

// look reads where both chains and their clients are. Clients come first: a chain is at least as far as its
// clients, so a tip that is read afterwards is not below what the client has.
func (r *relayer) look(ctx context.Context) (err error) {
	for _, e := range r.ends {
		if e.client, err = e.chain.client(ctx, e.clientID); err != nil {
			return err
		}
	}
	for _, e := range r.ends {
		if e.tip, err = e.chain.tip(ctx); err != nil {
			return err
		}
	}
	return r.checkClients()
}

// checkClients refuses clients that follow another chain.
func (r *relayer) checkClients() error {
	for i, e := range r.ends {
		if got, want := e.client.state.ChainId, r.other(i).chain.id(); got != want {
			return hint(fmt.Errorf("%s: client %s: expected one of chain %q, got %q", e.chain.id(), e.clientID, want, got), "correct client_id")
		}
	}
	return nil
}

// traffic reads both directions; the first is from the first chain to the second.
func (r *relayer) traffic(ctx context.Context) (t [2]traffic, err error) {
	for i, e := range r.ends {
		if t[i], err = readTraffic(ctx, e, r.other(i)); err != nil {
			return t, err
		}
	}
	return t, nil
}

// pass does once all that there is to do, and returns how many packet messages it brought.
func (r *relayer) pass(ctx context.Context) (int, error) {
	if err := r.look(ctx); err != nil {
		return 0, err
	}
	t, err := r.traffic(ctx)
	if err != nil {
		return 0, err
	}
	var done [2]int
	var errs [2]error
	var wait sync.WaitGroup
	plans, err := r.plan(ctx, t)
	if err != nil {
		return 0, err
	}
	for i := range r.ends {
		wait.Go(func() { done[i], errs[i] = r.deliver(ctx, i, plans[i]) })
	}
	wait.Wait()
	return done[0] + done[1], errors.Join(errors.Join(errs[:]...), r.settle(t))
}

// deliver brings the steps of one pass to an end, with an update of its client where it is needed: to prove
// something, or because a third of its trusting period has passed.
func (r *relayer) deliver(ctx context.Context, i int, steps []plannedStep) (int, error) {
	e, src := r.ends[i], r.other(i)
	if len(steps) == 0 && !e.client.stale(src.tip.time) {
		return 0, nil
	}
	if err := e.client.usable(); err != nil {
		return 0, fmt.Errorf("%s: %w", e.chain.id(), err)
	}
	updates, err := updateMessages(ctx, src.chain, e.client, src.tip.height, e.chain.signer)
	if err != nil {
		return 0, err
	}
	items, err := prove(prover{ctx: ctx, chain: src.chain, header: src.tip.height}, steps, e.chain.signer)
	if err != nil {
		return 0, err
	}
	done, err := e.submit.deliver(ctx, updates, items)
	if err != nil {
		return done, fmt.Errorf("%s: %w", e.chain.id(), err)
	}
	return done, nil
}
