package proving

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/assay-chain/assay/inference-sidecar/journal"
)

// submitNext submits one batch. Its error is the journal's.
func (s *Service) submitNext(ctx context.Context) error {
	batch, err := s.nextBatch(ctx)
	if err != nil {
		return err
	}
	for failures := 1; len(batch) > 0; failures++ {
		before := len(batch)
		var cause error
		if batch, cause, err = s.submit(ctx, batch); err != nil {
			return err
		}
		if cause == nil {
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if len(batch) < before {
			failures = 1
		}
		s.options.Observer.Observe(Event{Kind: EventUnavailable, Err: cause})
		delay := s.options.Backoff.Delay(failures, s.options.Random)
		s.options.Logger.Warn("submission failed", "claims", len(batch), "failures", failures, "wait", delay, "err", cause)
		if err := sleep(ctx, delay); err != nil {
			return err
		}
	}
	return nil
}

// nextBatch waits for proofs, and a little longer for a full batch.
func (s *Service) nextBatch(ctx context.Context) ([]journal.Record, error) {
	var linger <-chan time.Time
	for {
		changed := s.journal.Changed()
		batch, err := s.journal.Ready(s.options.Batch)
		if err != nil || len(batch) >= s.options.Batch {
			return batch, err
		}
		if len(batch) > 0 && linger == nil {
			timer := time.NewTimer(s.options.Linger)
			defer timer.Stop()
			linger = timer.C
		}
		select {
		case <-changed:
		case <-linger:
			return batch, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// submit hands a batch to the chain. It returns what is left to be tried again and why, or the journal's error.
func (s *Service) submit(ctx context.Context, batch []journal.Record) (left []journal.Record, cause, err error) {
	for len(batch) > 0 {
		claims := make([]Claim, len(batch))
		for i := range batch {
			claims[i] = claimOf(&batch[i])
		}
		ids, cause := s.submitter.Submit(ctx, claims)
		if cause == nil && len(ids) != len(claims) {
			cause = fmt.Errorf("submit %d claims: expected as many attestations, got %d", len(claims), len(ids))
		}
		var refusal *RefusalError
		switch {
		case cause == nil:
			return nil, nil, s.attested(ctx, batch, ids)
		case !errors.As(cause, &refusal):
			return batch, cause, nil
		case refusal.Index < 0 && errors.Is(cause, ErrRevoked):
			return nil, nil, s.failAll(ctx, batch, cause)
		case refusal.Index < 0 && len(batch) > 1:
			return s.submitApart(ctx, batch)
		case refusal.Index >= len(batch):
			return batch, fmt.Errorf("refusal of %d claims: %w", len(batch), cause), nil
		}
		i := max(refusal.Index, 0)
		again, err := s.refused(ctx, &batch[i], claims[i], cause)
		if again != nil || err != nil {
			return batch, again, err
		}
		batch = append(batch[:i:i], batch[i+1:]...)
	}
	return nil, nil, nil
}

// submitApart finds the claims that a batch was refused for, by halves.
func (s *Service) submitApart(ctx context.Context, batch []journal.Record) (left []journal.Record, cause, err error) {
	half := len(batch) / 2
	for _, part := range [][]journal.Record{batch[:half:half], batch[half:]} {
		rest, why, err := s.submit(ctx, part)
		if err != nil {
			return nil, nil, err
		}
		if why != nil {
			left, cause = append(left, rest...), why
		}
	}
	return left, cause, nil
}

func (s *Service) attested(ctx context.Context, batch []journal.Record, ids []uint64) error {
	for i := range batch {
		if err := s.done(ctx, &batch[i], ids[i]); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) done(ctx context.Context, r *journal.Record, attestation uint64) error {
	err := s.journal.Done(ctx, r.ID, journal.Outcome{Attestation: attestation})
	if err == nil {
		s.options.Logger.Info("attested", "id", r.ID.String(), "version", r.Version, "attestation", attestation)
		s.options.Observer.Observe(Event{Kind: EventSubmitted, Version: r.Version})
	}
	return gone(err)
}

// refused settles a claim that the chain does not take. again says that it is not known yet how.
func (s *Service) refused(ctx context.Context, r *journal.Record, c Claim, cause error) (again, err error) {
	finder, ok := s.submitter.(Finder)
	if !errors.Is(cause, ErrNonceUsed) || !ok {
		return nil, gone(s.fail(ctx, r, cause))
	}
	attestation, err := finder.Find(ctx, c)
	switch {
	case err == nil && attestation > 0:
		return nil, s.done(ctx, r, attestation)
	case err == nil, errors.Is(err, ErrNotAttested):
		return nil, gone(s.fail(ctx, r, cause))
	}
	return fmt.Errorf("find attestation: %w", err), nil
}

func (s *Service) failAll(ctx context.Context, batch []journal.Record, cause error) error {
	for i := range batch {
		if err := gone(s.fail(ctx, &batch[i], cause)); err != nil {
			return err
		}
	}
	return nil
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
