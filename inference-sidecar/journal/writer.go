package journal

import (
	"container/list"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"time"
	"unique"

	"go.etcd.io/bbolt"
)

const (
	// One write takes at most this much; the rest waits for the next.
	maxBatch      = 256
	maxBatchBytes = 32 << 20
)

var (
	entriesBucket   = []byte("entries")
	standingsBucket = []byte("standings")
)

// change is one thing to write: an append, a transition, or a look for what is out of date.
type change struct {
	id     ID
	data   []byte   // append: the encoded entry
	first  standing // append: where it starts
	from   []State  // transition: of which states
	to     func(*standing)
	due    time.Time // transition that gives back: not handed out before
	prune  bool
	settle func(error) // told when the change is on disk, or why not
}

func (j *Journal) appending(e Entry) (*change, error) {
	if e.Time.IsZero() {
		e.Time = j.options.Now()
	}
	if err := e.validate(); err != nil {
		return nil, err
	}
	c := &change{id: e.ID, data: encodeEntry(&e)}
	c.first = standing{id: e.ID, state: Pending, version: e.Version, requested: e.Requested, time: e.Time.UnixNano()}
	return c, nil
}

func (j *Journal) transitioning(id ID, from []State, to func(*standing)) *change {
	return &change{id: id, from: from, to: to}
}

// write is one key of the file. A nil value deletes.
type write struct {
	bucket, key, value []byte
}

// plan is what a batch of changes comes to. Nothing of it holds before it is on disk.
type plan struct {
	j         *Journal
	tx        *bbolt.Tx
	now       time.Time
	writes    []write
	after     []func() // changes of the index
	bytes     int64
	entries   int
	seq       uint64
	standings map[ID]*standing // as they are after the changes so far
	gone      map[ID]bool
	cursor    *list.Element // where the search for victims goes on
	totals    Totals        // to be added
}

// run is the one goroutine that writes. Changes that come while it writes share the next write.
func (j *Journal) run() {
	defer close(j.stopped)
	tick := time.NewTicker(pruneInterval)
	defer tick.Stop()
	for {
		select {
		case c := <-j.intake:
			j.commit(j.collect(c))
		case <-tick.C:
			j.commit([]*change{{prune: true, settle: j.pruned}})
		case <-j.closing:
			for {
				select {
				case c := <-j.intake:
					j.commit(j.collect(c))
				default:
					return
				}
			}
		}
	}
}

func (j *Journal) pruned(err error) {
	if err != nil {
		j.options.Logger.Warn("journal is not pruned", "err", err)
	}
}

func (j *Journal) collect(first *change) []*change {
	batch, bytes := []*change{first}, len(first.data)
	for len(batch) < maxBatch && bytes < maxBatchBytes {
		select {
		case c := <-j.intake:
			batch = append(batch, c)
			bytes += len(c.data)
		default:
			return batch
		}
	}
	return batch
}

// commit writes a batch in one transaction and tells each change what became of it. A change that is refused
// leaves the others alone; where the write fails, all fail.
func (j *Journal) commit(batch []*change) {
	errs := make([]error, len(batch))
	var p *plan
	err := j.access(func(db *bbolt.DB) error {
		return db.Update(func(tx *bbolt.Tx) error {
			p = j.plan(tx, batch, errs)
			return p.apply()
		})
	})
	if errors.Is(err, errNothing) {
		err = nil
	} else if err == nil {
		p.totals.Writes = 1
	}
	if err == nil {
		j.mu.Lock()
		for _, f := range p.after {
			f()
		}
		j.totals.add(&p.totals)
		if len(p.after) > 0 {
			j.notify()
		}
		j.mu.Unlock()
	}
	for i, c := range batch {
		if errs[i] == nil && err != nil {
			errs[i] = fmt.Errorf("write journal %q: %w", j.path, err)
		}
		c.settle(errs[i])
	}
}

func (j *Journal) plan(tx *bbolt.Tx, batch []*change, errs []error) *plan {
	j.mu.Lock()
	defer j.mu.Unlock()
	p := &plan{
		j: j, tx: tx, now: j.options.Now(), bytes: j.index.bytes, entries: j.index.order.Len(), seq: j.lastSeq(),
		standings: map[ID]*standing{}, gone: map[ID]bool{}, cursor: j.index.order.Front(),
	}
	for i, c := range batch {
		switch {
		case c.prune:
			errs[i] = p.prune()
		case c.data != nil:
			errs[i] = p.append(c)
		default:
			errs[i] = p.transition(c)
		}
	}
	return p
}

func (j *Journal) lastSeq() uint64 {
	if e := j.index.order.Back(); e != nil {
		j.seq = max(j.seq, e.Value.(*item).seq)
	}
	return j.seq
}

// errNothing ends a transaction without a write, which would cost two syncs.
var errNothing = errors.New("nothing to write")

func (p *plan) apply() error {
	if len(p.writes) == 0 {
		return errNothing
	}
	for _, w := range p.writes {
		b := p.tx.Bucket(w.bucket)
		if b == nil {
			return fmt.Errorf("%w: no bucket %q", ErrCorrupt, w.bucket)
		}
		var err error
		if w.value == nil {
			err = b.Delete(w.key)
		} else {
			err = b.Put(w.key, w.value)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (p *plan) append(c *change) error {
	if p.standings[c.id] != nil || p.j.index.find(c.id) != nil {
		return fmt.Errorf("append %s: %w", c.id, ErrDuplicate)
	}
	p.seq++
	it := &item{
		id: c.id, seq: p.seq, version: unique.Make(c.first.version), state: Pending, requested: c.first.requested, time: c.first.time,
	}
	value := p.j.seal.seal(place(entriesBucket, key(it)), c.data)
	it.size = int64(len(value)) + entryOverhead
	if err := p.room(it.size); err != nil {
		return fmt.Errorf("append %s: %w", c.id, err)
	}
	p.writes = append(p.writes, write{entriesBucket, key(it), value})
	p.put(it, &c.first)
	p.bytes += it.size
	p.entries++
	p.totals.Appended++
	p.after = append(p.after, func() {
		p.j.index.add(it)
		p.j.seq = max(p.j.seq, it.seq)
	})
	return nil
}

// room evicts the oldest entries that nobody was promised, until size more bytes fit; none if they would not fit even so.
func (p *plan) room(size int64) error {
	var victims []*item
	bytes, entries := p.bytes+size-p.j.options.MaxBytes, p.entries+1-p.j.options.MaxEntries // too many
	e := p.cursor
	for ; (bytes > 0 || entries > 0) && e != nil; e = e.Next() {
		it := e.Value.(*item)
		if it.evictable() && !p.gone[it.id] && p.standings[it.id] == nil {
			victims = append(victims, it)
			bytes -= it.size
			entries--
		}
	}
	if bytes > 0 || entries > 0 {
		return fmt.Errorf("%w: %d bytes in %d entries, and %d more do not fit", ErrFull, p.bytes, p.entries, size)
	}
	p.cursor = e
	for _, it := range victims {
		p.remove(it)
		switch it.state {
		case Pending:
			p.totals.DroppedPending++
		case Proved:
			p.totals.DroppedProved++
		default:
			p.totals.DroppedSettled++
		}
	}
	return nil
}

func (p *plan) remove(it *item) {
	p.gone[it.id] = true
	p.bytes -= it.size
	p.entries--
	p.writes = append(p.writes, write{entriesBucket, key(it), nil}, write{standingsBucket, key(it), nil})
	p.after = append(p.after, func() { p.j.index.remove(it) })
}

// put writes where an entry stands.
func (p *plan) put(it *item, s *standing) {
	p.standings[it.id] = s
	k := key(it)
	p.writes = append(p.writes, write{standingsBucket, k, p.j.seal.seal(place(standingsBucket, k), encodeStanding(s))})
}

func (p *plan) transition(c *change) error {
	it := p.j.index.find(c.id)
	if it == nil || p.gone[c.id] {
		return fmt.Errorf("%w: %s", ErrNotFound, c.id)
	}
	s, err := p.standing(it)
	if err != nil {
		return err
	}
	if !slices.Contains(c.from, s.state) {
		return fmt.Errorf("%w: %s: expected %v, got %s", ErrState, c.id, c.from, s.state)
	}
	next := *s
	c.to(&next)
	p.become(it, &next, c.due)
	return nil
}

func (p *plan) become(it *item, next *standing, due time.Time) {
	if next.state.settled() {
		next.settled = p.now.UnixNano()
	}
	p.put(it, next)
	p.after = append(p.after, func() {
		p.j.index.become(it, next)
		p.j.index.release(it, due)
	})
	switch next.state {
	case Proved:
		p.totals.Proved++
	case Submitted:
		p.totals.Submitted++
	case Failed:
		p.totals.Failed++
	}
}

// standing is where an entry stands after the changes so far.
func (p *plan) standing(it *item) (*standing, error) {
	if s := p.standings[it.id]; s != nil {
		return s, nil
	}
	return p.j.readStanding(p.tx, it)
}

// prune removes what was settled an audit window ago, and fails what waited for longer than MaxAge.
func (p *plan) prune() error {
	for e := p.j.index.order.Front(); e != nil; e = e.Next() {
		it := e.Value.(*item)
		switch {
		case p.gone[it.id] || p.standings[it.id] != nil || it.leased:
		case it.state.settled() && p.now.UnixNano()-it.settled >= int64(p.j.options.AuditWindow):
			p.remove(it)
			p.totals.Expired++
		case !it.state.settled() && p.j.options.MaxAge > 0 && p.now.UnixNano()-it.time >= int64(p.j.options.MaxAge):
			s, err := p.standing(it)
			if err != nil {
				return err
			}
			next := *s
			next.state, next.proof, next.reason = Failed, Proof{}, fmt.Sprintf("expired: not settled within %s", p.j.options.MaxAge)
			p.become(it, &next, time.Time{})
		}
	}
	return nil
}

// Prune removes what was settled an audit window ago, and fails what waited for longer than MaxAge. The journal does
// so by itself every minute.
func (j *Journal) Prune() error {
	done := make(chan error, 1)
	select {
	case j.intake <- &change{prune: true, settle: func(err error) { done <- err }}:
	case <-j.closing:
		return ErrClosed
	}
	select {
	case err := <-done:
		return err
	case <-j.stopped:
		return ErrClosed
	}
}

// key sorts by arrival, and has the id so that a value can be opened by its key alone.
func key(it *item) []byte {
	return append(binary.BigEndian.AppendUint64(make([]byte, 0, 24), it.seq), it.id[:]...)
}

func parseKey(k []byte) (seq uint64, id ID, err error) {
	if len(k) != 24 {
		return 0, id, errors.New("key: expected 24 bytes")
	}
	copy(id[:], k[8:])
	return binary.BigEndian.Uint64(k), id, nil
}

// place is where a value belongs.
func place(bucket, key []byte) []byte {
	return append(append(append([]byte("assay/journal/v1/"), bucket...), '/'), key...)
}
