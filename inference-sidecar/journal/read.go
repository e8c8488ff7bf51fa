package journal

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.etcd.io/bbolt"
)

// Next waits for an entry to prove and hands it out: the oldest that somebody was promised, else the oldest. It is
// Proving until Proved, Fail, Retry or Release is called for it. Errors are ctx's, ErrClosed and ErrCorrupt.
func (j *Journal) Next(ctx context.Context) (Record, error) {
	for {
		j.mu.Lock()
		it, wait := j.index.pick(j.options.Now())
		changed := j.changed
		if it != nil {
			j.index.lease(it)
		}
		j.mu.Unlock()
		if it != nil {
			r, err := j.handOut(ctx, it)
			if r != nil || err != nil {
				return *r, err
			}
			continue
		}
		if err := j.wait(ctx, changed, wait); err != nil {
			return Record{}, err
		}
	}
}

// handOut reads a leased entry. One that does not read is settled as failed, and the result is nil.
func (j *Journal) handOut(ctx context.Context, it *item) (*Record, error) {
	r, err := j.read(it)
	if err == nil {
		r.State = Proving
		return &r, nil
	}
	if errors.Is(err, ErrNotFound) { // evicted meanwhile
		j.Release(it.id, time.Time{})
		return nil, nil
	}
	if !errors.Is(err, errSeal) {
		j.Release(it.id, time.Time{})
		return &Record{}, err
	}
	j.options.Logger.Error("journal entry is damaged", "id", it.id.String(), "err", err)
	j.count(func(t *Totals) { t.Corrupt++ })
	if err := j.Fail(ctx, it.id, fmt.Errorf("damaged: %w", err)); err != nil && !errors.Is(err, ErrNotFound) {
		return &Record{}, err
	}
	return nil, nil
}

func (j *Journal) wait(ctx context.Context, changed <-chan struct{}, d time.Duration) error {
	var due <-chan time.Time
	if d > 0 {
		timer := time.NewTimer(d)
		defer timer.Stop()
		due = timer.C
	}
	select {
	case <-changed:
		return nil
	case <-due:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-j.closing:
		return ErrClosed
	}
}

// Ready returns up to n entries whose proofs wait to be submitted, oldest first.
func (j *Journal) Ready(n int) ([]Record, error) {
	j.mu.Lock()
	var items []*item
	if j.index.states[Proved] > 0 {
		for e := j.index.order.Front(); e != nil && len(items) < n; e = e.Next() {
			if it := e.Value.(*item); it.state == Proved {
				items = append(items, it)
			}
		}
	}
	j.mu.Unlock()
	var out []Record
	for _, it := range items {
		r, err := j.read(it)
		switch {
		case err == nil && r.State == Proved:
			out = append(out, r)
		case errors.Is(err, errSeal):
			j.count(func(t *Totals) { t.Corrupt++ })
			if err := j.Fail(context.Background(), it.id, fmt.Errorf("damaged: %w", err)); err != nil {
				return nil, err
			}
		case err != nil && !errors.Is(err, ErrNotFound):
			return nil, err
		}
	}
	return out, nil
}

// Find returns an entry with where it stands.
func (j *Journal) Find(id ID) (Record, error) {
	j.mu.Lock()
	it := j.index.find(id)
	leased := it != nil && it.leased
	j.mu.Unlock()
	if it == nil {
		return Record{}, fmt.Errorf("%w: %s", ErrNotFound, id)
	}
	r, err := j.read(it)
	if leased && r.State == Pending {
		r.State = Proving
	}
	return r, err
}

func (j *Journal) read(it *item) (Record, error) {
	var r Record
	err := j.access(func(db *bbolt.DB) error {
		return db.View(func(tx *bbolt.Tx) error {
			k := key(it)
			sealed, err := value(tx, entriesBucket, k)
			if err != nil {
				return err
			}
			data, err := j.seal.open(place(entriesBucket, k), sealed)
			if err != nil {
				return fmt.Errorf("entry %s: %w", it.id, err)
			}
			if r.Entry, err = decodeEntry(data); err != nil {
				return fmt.Errorf("entry %s: %w: %w", it.id, errSeal, err)
			}
			s, err := j.readStanding(tx, it)
			if err != nil {
				return err
			}
			r.State, r.Attempts, r.Attestation, r.Reason, r.Proof = s.state, int(s.attempts), s.attestation, s.reason, s.proof
			if s.settled != 0 {
				r.Settled = time.Unix(0, s.settled).UTC()
			}
			return nil
		})
	})
	return r, err
}

func (j *Journal) readStanding(tx *bbolt.Tx, it *item) (*standing, error) {
	k := key(it)
	sealed, err := value(tx, standingsBucket, k)
	if err != nil {
		return nil, err
	}
	s, err := openStanding(j.seal, k, sealed)
	if len(s.proof.Proof) == 0 {
		s.proof = Proof{}
	}
	return &s, err
}

func openStanding(seal sealer, k, sealed []byte) (standing, error) {
	data, err := seal.open(place(standingsBucket, k), sealed)
	if err != nil {
		return standing{}, fmt.Errorf("standing of %x: %w", k, err)
	}
	s, err := decodeStanding(data)
	if err != nil {
		return standing{}, fmt.Errorf("standing of %x: %w: %w", k, errSeal, err)
	}
	return s, nil
}

func value(tx *bbolt.Tx, bucket, k []byte) ([]byte, error) {
	b := tx.Bucket(bucket)
	if b == nil {
		return nil, fmt.Errorf("%w: no bucket %q", ErrCorrupt, bucket)
	}
	v := b.Get(k)
	if v == nil {
		return nil, fmt.Errorf("%w: %x", ErrNotFound, k)
	}
	return v, nil
}

// Totals count what happened since the journal was opened.
type Totals struct {
	Writes         uint64 // to the file, each of many changes
	Appended       uint64
	Proved         uint64
	Submitted      uint64
	Failed         uint64
	Expired        uint64 // settled, and their audit window ended
	DroppedBusy    uint64 // offered while the buffer was full
	DroppedWrite   uint64 // offered, and the write failed or had no room
	DroppedPending uint64 // evicted before they were proved
	DroppedProved  uint64 // evicted before they were submitted
	DroppedSettled uint64 // evicted before their audit window ended
	Corrupt        uint64 // did not read
}

func (t *Totals) add(o *Totals) {
	t.Writes += o.Writes
	t.Appended += o.Appended
	t.Proved += o.Proved
	t.Submitted += o.Submitted
	t.Failed += o.Failed
	t.Expired += o.Expired
	t.DroppedBusy += o.DroppedBusy
	t.DroppedWrite += o.DroppedWrite
	t.DroppedPending += o.DroppedPending
	t.DroppedProved += o.DroppedProved
	t.DroppedSettled += o.DroppedSettled
	t.Corrupt += o.Corrupt
}

// Stats says what a journal holds.
type Stats struct {
	Totals
	Entries, MaxEntries         int
	Bytes, MaxBytes             int64
	Pending, Proving            int // apart
	ProofsWaiting               int // in state Proved
	SubmittedKept, FailedKept   int // in their audit window
	Promised                    int // requested and not settled
	OldestPending               time.Time
	BufferedEntries, BufferedBy int64 // handed over by Offer and not yet on disk, and their bytes
	Damage                      string
	Broken                      error // the file does not read any more; a restart moves it aside
}

// Stats returns what the journal holds now.
func (j *Journal) Stats() Stats {
	j.mu.Lock()
	defer j.mu.Unlock()
	x := &j.index
	s := Stats{
		Totals: j.totals, Entries: x.order.Len(), MaxEntries: j.options.MaxEntries, Bytes: x.bytes, MaxBytes: j.options.MaxBytes,
		Pending: x.states[Pending] - x.leased, Proving: x.leased, ProofsWaiting: x.states[Proved],
		SubmittedKept: x.states[Submitted], FailedKept: x.states[Failed], Promised: x.promised,
		BufferedEntries: j.offered.Load(), BufferedBy: j.buffered.Load(), Damage: j.damage, Broken: j.broken,
	}
	if x.states[Pending] > 0 {
		for e := x.order.Front(); e != nil; e = e.Next() {
			if it := e.Value.(*item); it.state == Pending {
				s.OldestPending = time.Unix(0, it.time).UTC()
				break
			}
		}
	}
	return s
}
