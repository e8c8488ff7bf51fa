package journal

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// epoch is where the clock of tests starts.
var epoch = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// clock is a clock that a test moves.
type clock struct{ now time.Time }

func (c *clock) Now() time.Time { return c.now }

func entry(n int) Entry {
	return Entry{
		ID: ID{byte(n), byte(n >> 8), byte(n >> 16), 1}, Model: "acme/m", Version: "acme/m@1.0.0", Input: fmt.Appendf(nil, "input %d", n),
		Output: fmt.Appendf(nil, "output %d", n), Time: epoch.Add(time.Duration(n)), Order: Order{Number: 3, Generation: 4, Height: 5},
	}
}

func requested(n int) Entry {
	e := entry(n)
	e.Requested = true
	return e
}

var proof = Proof{Proof: make([]byte, 196), InputDigest: make([]byte, 32)}

func openAt(t testing.TB, path string, o Options) *Journal {
	t.Helper()
	o.unsynced = true
	j, err := Open(path, o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, j.Close()) })
	return j
}

func open(t testing.TB, o Options) *Journal {
	t.Helper()
	return openAt(t, filepath.Join(t.TempDir(), "journal"), o)
}

// next is Next where there is an entry.
func next(t testing.TB, j *Journal) Record {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	r, err := j.Next(ctx)
	require.NoError(t, err)
	return r
}

// none checks that Next has nothing to hand out.
func none(t testing.TB, j *Journal) {
	t.Helper()
	j.mu.Lock()
	defer j.mu.Unlock()
	it, _ := j.index.pick(j.options.Now())
	require.Nil(t, it)
}

func TestLife(t *testing.T) {
	clock := &clock{epoch}
	path := filepath.Join(t.TempDir(), "deep", "journal")
	o := Options{Now: clock.Now, AuditWindow: time.Hour}
	j, err := Open(path, o)
	require.NoError(t, err)
	ctx := t.Context()
	e := requested(1)
	require.NoError(t, j.Append(ctx, e))
	r := next(t, j)
	require.Equal(t, Record{Entry: e, State: Proving}, r)
	none(t, j)
	require.NoError(t, j.Retry(ctx, e.ID, errors.New("prover died"), epoch.Add(time.Minute)))
	none(t, j)
	clock.now = epoch.Add(time.Minute)
	require.Equal(t, 1, next(t, j).Attempts)
	require.NoError(t, j.Proved(ctx, e.ID, proof))

	require.NoError(t, j.Close()) // everything but the lease outlives the process
	j = openAt(t, path, o)
	ready, err := j.Ready(5)
	require.NoError(t, err)
	require.Len(t, ready, 1)
	require.Equal(t, proof, ready[0].Proof)
	require.NoError(t, j.Done(ctx, e.ID, Outcome{Attestation: 42}))

	r, err = j.Find(e.ID)
	require.NoError(t, err)
	require.Equal(t, Record{Entry: e, State: Submitted, Attempts: 1, Attestation: 42, Settled: clock.now}, r)
	clock.now = clock.now.Add(time.Hour - 1)
	require.NoError(t, j.Prune())
	_, err = j.Find(e.ID)
	require.NoError(t, err, "in its audit window")
	clock.now = clock.now.Add(1)
	require.NoError(t, j.Prune())
	_, err = j.Find(e.ID)
	require.ErrorIs(t, err, ErrNotFound)
	s := j.Stats()
	require.Zero(t, s.Entries)
	require.Zero(t, s.Bytes)
	require.EqualValues(t, 1, s.Expired)
}

func TestTransitionsRefused(t *testing.T) {
	j := open(t, Options{})
	ctx := t.Context()
	for n := range 3 {
		require.NoError(t, j.Append(ctx, entry(n)))
	}
	require.NoError(t, j.Proved(ctx, entry(1).ID, proof))
	require.NoError(t, j.Fail(ctx, entry(2).ID, errors.New("yanked")))
	for _, tc := range []struct {
		name string
		do   func() error
		want error
	}{
		{"failure: submit what is not proved", func() error { return j.Done(ctx, entry(0).ID, Outcome{Attestation: 1}) }, ErrState},
		{"failure: no attestation", func() error { return j.Done(ctx, entry(1).ID, Outcome{}) }, ErrEntry},
		{"failure: prove again", func() error { return j.Proved(ctx, entry(1).ID, proof) }, ErrState},
		{"failure: prove what failed", func() error { return j.Proved(ctx, entry(2).ID, proof) }, ErrState},
		{"failure: fail again", func() error { return j.Fail(ctx, entry(2).ID, nil) }, ErrState},
		{"failure: retry what is proved", func() error { return j.Retry(ctx, entry(1).ID, nil, epoch) }, ErrState},
		{"failure: unknown", func() error { return j.Proved(ctx, entry(9).ID, proof) }, ErrNotFound},
		{"failure: no proof", func() error { return j.Proved(ctx, entry(0).ID, Proof{}) }, ErrEntry},
		{"failure: long proof", func() error {
			return j.Proved(ctx, entry(0).ID, Proof{make([]byte, MaxProofBytes+1), proof.InputDigest})
		}, ErrEntry},
		{"failure: again", func() error { return j.Append(ctx, entry(0)) }, ErrDuplicate},
		{"failure: no id", func() error { return j.Append(ctx, Entry{Version: "v", Input: []byte{1}, Output: []byte{1}}) }, ErrEntry},
		{"failure: no input", func() error { e := entry(7); e.Input = nil; return j.Append(ctx, e) }, ErrEntry},
		{"failure: no output", func() error { e := entry(7); e.Output = nil; return j.Append(ctx, e) }, ErrEntry},
		{"failure: long version", func() error { e := entry(7); e.Version = string(make([]byte, 257)); return j.Append(ctx, e) }, ErrEntry},
		{"failure: before the epoch", func() error { e := entry(7); e.Time = time.Unix(-1, 0); return j.Append(ctx, e) }, ErrEntry},
		{"failure: negative height", func() error { e := entry(7); e.Order.Height = -1; return j.Offer(e) }, ErrEntry},
	} {
		t.Run(tc.name, func(t *testing.T) {
			before := j.Stats()
			require.ErrorIs(t, tc.do(), tc.want)
			require.Equal(t, before, j.Stats())
		})
	}
}

func TestNextOrder(t *testing.T) {
	clock := &clock{epoch}
	j := open(t, Options{Now: clock.Now})
	ctx := t.Context()
	other := entry(4)
	other.Version = "acme/m@2.0.0"
	for _, e := range []Entry{entry(1), requested(2), entry(3), other, requested(5)} {
		require.NoError(t, j.Append(ctx, e))
	}
	require.Equal(t, entry(2).ID, next(t, j).ID, "promised ones first")
	j.Hold("acme/m@1.0.0", epoch.Add(time.Minute))
	require.Equal(t, entry(4).ID, next(t, j).ID, "the version that is not held")
	none(t, j)
	j.Hold("acme/m@1.0.0", time.Time{})
	require.Equal(t, entry(5).ID, next(t, j).ID)
	j.Hold("", epoch.Add(time.Minute))
	none(t, j)
	clock.now = epoch.Add(time.Minute)
	require.Equal(t, entry(1).ID, next(t, j).ID, "the hold is over")
	j.Release(entry(1).ID, time.Time{})
	require.Equal(t, entry(1).ID, next(t, j).ID, "given back")
	require.Equal(t, entry(3).ID, next(t, j).ID)
	none(t, j)
	require.Equal(t, 5, j.Stats().Proving)
}

func TestNextWaits(t *testing.T) {
	j := open(t, Options{})
	got := make(chan Record)
	go func() {
		r, err := j.Next(t.Context())
		if err != nil {
			t.Error(err)
		}
		got <- r
	}()
	require.NoError(t, j.Offer(entry(1)))
	require.Equal(t, entry(1).ID, (<-got).ID)

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := j.Next(ctx)
	require.ErrorIs(t, err, context.Canceled)
	require.NoError(t, j.Close())
	_, err = j.Next(t.Context())
	require.ErrorIs(t, err, ErrClosed)
	require.ErrorIs(t, j.Append(t.Context(), entry(2)), ErrClosed)
	require.ErrorIs(t, j.Offer(entry(2)), ErrClosed)
}

// entryBytes is what one entry of a megabyte counts.
func big(n int, e Entry) Entry {
	e.Input = make([]byte, n)
	return e
}

func TestEviction(t *testing.T) {
	ctx := t.Context()
	ids := func(j *Journal) (ids []int) {
		for e := j.index.order.Front(); e != nil; e = e.Next() {
			ids = append(ids, int(e.Value.(*item).id[0]))
		}
		return ids
	}
	t.Run("success: by number, oldest first, promised ones stay", func(t *testing.T) {
		j := open(t, Options{MaxEntries: 4})
		require.NoError(t, j.Append(ctx, requested(1)))
		for n := 2; n <= 4; n++ {
			require.NoError(t, j.Append(ctx, entry(n)))
		}
		require.NoError(t, j.Proved(ctx, entry(3).ID, proof))
		require.NoError(t, j.Fail(ctx, entry(4).ID, errors.New("x")))
		for n := 5; n <= 7; n++ {
			require.NoError(t, j.Append(ctx, entry(n)))
		}
		require.Equal(t, []int{1, 5, 6, 7}, ids(j))
		s := j.Stats()
		require.Equal(t, []uint64{1, 1, 1}, []uint64{s.DroppedPending, s.DroppedProved, s.DroppedSettled})
	})
	t.Run("success: by bytes", func(t *testing.T) {
		j := open(t, Options{MaxBytes: MinBytes})
		for n := 1; n <= 4; n++ {
			require.NoError(t, j.Append(ctx, big(300<<10, entry(n))))
		}
		require.Equal(t, []int{2, 3, 4}, ids(j))
		require.LessOrEqual(t, j.Stats().Bytes, int64(MinBytes))
	})
	t.Run("success: a settled promise may go", func(t *testing.T) {
		j := open(t, Options{MaxEntries: 1, AuditWindow: time.Hour})
		require.NoError(t, j.Append(ctx, requested(1)))
		require.NoError(t, j.Fail(ctx, entry(1).ID, errors.New("x")))
		require.NoError(t, j.Append(ctx, entry(2)))
		require.Equal(t, []int{2}, ids(j))
	})
	t.Run("success: what is being proved stays", func(t *testing.T) {
		j := open(t, Options{MaxEntries: 2})
		require.NoError(t, j.Append(ctx, entry(1)))
		next(t, j)
		for n := 2; n <= 3; n++ {
			require.NoError(t, j.Append(ctx, entry(n)))
		}
		require.Equal(t, []int{1, 3}, ids(j))
	})
	t.Run("failure: only promises", func(t *testing.T) {
		j := open(t, Options{MaxEntries: 2})
		for n := 1; n <= 2; n++ {
			require.NoError(t, j.Append(ctx, requested(n)))
		}
		require.ErrorIs(t, j.Append(ctx, requested(3)), ErrFull)
		require.ErrorIs(t, j.Append(ctx, entry(3)), ErrFull)
		require.Equal(t, []int{1, 2}, ids(j))
	})
	t.Run("failure: larger than the journal, and nothing goes for it", func(t *testing.T) {
		j := open(t, Options{MaxBytes: MinBytes})
		require.NoError(t, j.Append(ctx, entry(1)))
		require.ErrorIs(t, j.Append(ctx, big(MinBytes, entry(2))), ErrFull)
		require.Equal(t, []int{1}, ids(j))
	})
}

func TestEvictedWhileProved(t *testing.T) {
	j := open(t, Options{MaxEntries: 1})
	require.NoError(t, j.Append(t.Context(), entry(1)))
	require.NoError(t, j.Append(t.Context(), entry(2)))
	require.ErrorIs(t, j.Proved(t.Context(), entry(1).ID, proof), ErrNotFound)
}

func TestMaxAge(t *testing.T) {
	clock := &clock{epoch}
	j := open(t, Options{Now: clock.Now, MaxAge: time.Hour, AuditWindow: time.Hour})
	require.NoError(t, j.Append(t.Context(), requested(1)))
	clock.now = epoch.Add(2 * time.Hour)
	require.NoError(t, j.Append(t.Context(), Entry{ID: ID{2}, Version: "v", Input: []byte{1}, Output: []byte{1}}))
	require.NoError(t, j.Prune())
	r, err := j.Find(entry(1).ID)
	require.NoError(t, err)
	require.Equal(t, Failed, r.State)
	require.Contains(t, r.Reason, "expired")
	require.Equal(t, ID{2}, next(t, j).ID)
	require.Zero(t, j.Stats().Promised)
}

// stall keeps the writer busy until the returned function is called, or the test ends.
func stall(j *Journal) (release func()) {
	entered, done := make(chan struct{}), make(chan struct{})
	j.intake <- &change{prune: true, settle: func(error) { close(entered); <-done }}
	<-entered
	return sync.OnceFunc(func() { close(done) })
}

func TestOfferBounds(t *testing.T) {
	j := open(t, Options{BufferEntries: 2, BufferBytes: 1 << 10})
	release := stall(j)
	defer release()
	require.NoError(t, j.Offer(entry(1)))
	require.ErrorIs(t, j.Offer(big(1<<10, entry(2))), ErrBusy)
	require.NoError(t, j.Offer(entry(3)))
	require.ErrorIs(t, j.Offer(entry(4)), ErrBusy)
	s := j.Stats()
	require.EqualValues(t, 2, s.DroppedBusy)
	require.EqualValues(t, 2, s.BufferedEntries)
	release()
	require.Equal(t, entry(1).ID, next(t, j).ID)
	require.Equal(t, entry(3).ID, next(t, j).ID)
	require.NoError(t, j.Prune()) // the writer has settled the offers
	require.Zero(t, j.Stats().BufferedEntries)
	require.Zero(t, j.buffered.Load())
}

func TestOfferCopies(t *testing.T) {
	j := open(t, Options{})
	e := entry(1)
	require.NoError(t, j.Offer(e))
	clear(e.Input)
	clear(e.Output)
	require.Equal(t, entry(1).Input, next(t, j).Input)
}

func TestAppendGroups(t *testing.T) {
	j := open(t, Options{})
	release := stall(j)
	defer release()
	const n = 50
	errs := make(chan error, n)
	for i := range n {
		go func() { errs <- j.Append(t.Context(), entry(i)) }()
	}
	for len(j.intake) < n { // all of them wait
		time.Sleep(time.Millisecond)
	}
	release()
	for range n {
		require.NoError(t, <-errs)
	}
	require.EqualValues(t, 1, j.Stats().Writes, "one write for all")
	require.Equal(t, n, j.Stats().Entries)
}

func TestOptionsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal")
	for _, o := range []Options{
		{MaxBytes: MinBytes - 1}, {MaxBytes: -1}, {MaxEntries: -1}, {MaxEntries: MaxEntries + 1}, {BufferBytes: -1}, {MaxAge: -1}, {AuditWindow: -1},
	} {
		_, err := Open(path, o)
		require.Error(t, err)
		require.NoFileExists(t, path)
	}
	_, err := Open(path, Options{Key: make([]byte, 31)})
	require.ErrorIs(t, err, ErrKey)
}

func TestSmallerLimits(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal")
	j, err := Open(path, Options{unsynced: true})
	require.NoError(t, err)
	for n := range 20 {
		require.NoError(t, j.Append(t.Context(), big(1<<20, entry(n))))
	}
	require.NoError(t, j.Close())
	j = openAt(t, path, Options{MaxBytes: 2 << 20})
	require.NoError(t, j.Append(t.Context(), entry(30)))
	require.LessOrEqual(t, j.Stats().Bytes, int64(2<<20))
}
