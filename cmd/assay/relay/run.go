package relay

import (
	"context"
	"time"
)

// run makes passes until the context ends. Errors are waited out: whatever they left undone, the next pass
// reads from the chains' state again.
func (r *relayer) run(ctx context.Context) error {
	r.log.Info("relaying", "chain_a", r.ends[0].chain.id(), "client_a", r.ends[0].clientID,
		"chain_b", r.ends[1].chain.id(), "client_b", r.ends[1].clientID)
	poll := time.Duration(r.cfg.PollInterval)
	after := backoff{first: max(poll, time.Millisecond), longest: time.Duration(r.cfg.MaxBackoff)}
	for {
		wait := poll
		_, err := r.pass(ctx)
		switch {
		case ctx.Err() != nil:
		case err != nil:
			wait = after.fail()
			r.logFailure(err, wait)
		case after.errors > 0:
			after.succeed()
			r.log.Info("going on")
		}
		if sleep(ctx, wait) != nil {
			r.log.Info("stopped")
			return nil
		}
	}
}

func (r *relayer) logFailure(err error, wait time.Duration) {
	args := []any{"error", err, "retry_in", wait.Round(time.Millisecond).String()}
	if h := hintOf(err); h != "" {
		args = append(args, "hint", h)
	}
	r.log.Warn("pass ended early", args...)
}

// updateClients brings both clients up to their chains' tips.
func (r *relayer) updateClients(ctx context.Context) error {
	if err := r.paired(); err != nil {
		return err
	}
	if err := r.look(ctx); err != nil {
		return err
	}
	for i, e := range r.ends {
		src := r.other(i)
		if err := e.client.usable(); err != nil {
			return err
		}
		updates, err := updateMessages(ctx, src.chain, e.client, src.tip.height, e.chain.signer)
		if err != nil {
			return err
		}
		if err := e.submit.updateOnly(ctx, updates); err != nil {
			return err
		}
	}
	return nil
}
