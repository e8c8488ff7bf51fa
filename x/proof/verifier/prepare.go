package verifier

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
)

// keysAtOnce bounds the keys that Prepare holds parsed at a time beside those in the cache: 0.2 to 0.6 MB each.
const keysAtOnce = 64

// Prepared says what a call of Prepare did.
type Prepared struct {
	Known    int // requests that were on record, or repeated in the call
	Skipped  int // requests whose key or size is refused; Verify says why
	Verified int // requests that were verified now
	Rejected int // of those, how many are bad
}

// question is a request without an answer on record.
type question struct {
	request *Request
	key     [DigestBytes]byte
	id      VerdictID
}

// Prepare verifies in batches what is not on record yet, so that Verify finds it. It never decides:
// errors of requests are for Verify to return. It returns ErrInterrupted if the context ends first; what was
// verified until then is remembered.
//
// Each key is parsed at most once, however many there are and whatever the cache has room for.
func (e *Engine) Prepare(ctx context.Context, requests []Request) (Prepared, error) {
	var done Prepared
	defer func() { e.counters.addBatch(done.Verified) }()
	for open := e.open(requests, &done); len(open) > 0; {
		n := window(open)
		if err := e.answer(ctx, open[:n], &done); err != nil {
			return done, fmt.Errorf("%w: %w", ErrInterrupted, err)
		}
		open = open[n:]
	}
	return done, nil
}

// open returns the requests to verify, sorted by key.
func (e *Engine) open(requests []Request, done *Prepared) []question {
	out := make([]question, 0, len(requests))
	seen := make(map[VerdictID]struct{}, len(requests))
	for i := range requests {
		r := &requests[i]
		if len(r.Proof) > MaxProofBytes {
			done.Skipped++
			continue
		}
		key := sha256.Sum256(r.Key)
		id := NewVerdictID(key, r.Inputs, r.Proof)
		_, known := e.verdicts.Verdict(id)
		if _, repeated := seen[id]; known || repeated {
			done.Known++
			continue
		}
		seen[id] = struct{}{}
		out = append(out, question{r, key, id})
	}
	slices.SortStableFunc(out, func(a, b question) int { return bytes.Compare(a.key[:], b.key[:]) })
	return out
}

// window is the number of questions at the front that are under keysAtOnce keys.
func window(open []question) int {
	keys := 0
	for i := range open {
		if i == 0 || open[i].key != open[i-1].key {
			if keys++; keys > keysAtOnce {
				return i
			}
		}
	}
	return len(open)
}

// answer verifies questions that are sorted by key, and remembers the verdicts.
func (e *Engine) answer(ctx context.Context, questions []question, done *Prepared) error {
	keys, err := e.parse(ctx, questions)
	if err != nil {
		return err
	}
	items, ids := make([]Item, 0, len(questions)), make([]VerdictID, 0, len(questions))
	for i, q := range questions {
		if keys[i] == nil {
			done.Skipped++
			continue
		}
		items, ids = append(items, Item{Key: keys[i], Inputs: q.request.Inputs, Proof: q.request.Proof}), append(ids, q.id)
	}
	errs, err := VerifyBatchContext(ctx, items, e.workers)
	if err != nil {
		return err
	}
	for i, verdict := range errs {
		e.record(ids[i], verdict)
		if verdict != nil {
			done.Rejected++
		}
	}
	done.Verified += len(items)
	return nil
}

// parse returns the key of each question, nil where it is refused.
func (e *Engine) parse(ctx context.Context, questions []question) ([]*Key, error) {
	var first []int // question of each key
	for i := range questions {
		if i == 0 || questions[i].key != questions[i-1].key {
			first = append(first, i)
		}
	}
	keys := make([]*Key, len(questions))
	err := parallel(ctx, e.workers, len(first), func(n int) {
		end := len(questions)
		if n+1 < len(first) {
			end = first[n+1]
		}
		k, err := e.key(questions[first[n]].key, questions[first[n]].request.Key)
		for i := first[n]; err == nil && i < end; i++ {
			keys[i] = k
		}
	})
	return keys, err
}
