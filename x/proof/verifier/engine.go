package verifier

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"runtime"
	"sync/atomic"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
)

// ErrInterrupted is returned when a context ends before there is a verdict. It is not a verdict.
var ErrInterrupted = errors.New("verifier: interrupted")

// Config bounds what an Engine uses. A zero field takes its default.
type Config struct {
	// Verdicts is the number of good verdicts that are remembered, and of bad ones: 65,536 by
	// default, about 20 MB when full. It should exceed the proofs of two blocks and of the mempool.
	Verdicts int
	// KeyBytes is the memory for parsed keys: 64 MiB by default, some 350 keys.
	KeyBytes int
	// Workers is the number of goroutines of Prepare: all cores by default.
	Workers int
}

// Request is a question as a node gets it: a serialized verifying key, public inputs, a serialized proof.
type Request struct {
	Key    []byte
	Inputs []fr.Element
	Proof  []byte
}

// Engine verifies with memory: parsed keys and verdicts. It is safe for concurrent use, starts
// no goroutine that outlives a call, and needs no closing.
//
// Its answers depend on the request alone. What it remembers changes only how long they take.
type Engine struct {
	keys     *keyCache
	verdicts *Cache
	workers  int
	counters counters
}

// NewEngine returns an engine with empty caches.
func NewEngine(c Config) *Engine {
	or := func(v, fallback int) int {
		if v <= 0 {
			return fallback
		}
		return v
	}
	return &Engine{
		keys:     newKeyCache(or(c.KeyBytes, 64<<20)),
		verdicts: NewCache(or(c.Verdicts, 1<<16)),
		workers:  or(c.Workers, runtime.GOMAXPROCS(0)),
	}
}

// Key parses a key, or finds it parsed. Its errors are those of ParseKey, but for ErrKeyMismatch: it
// takes a key that ParseKey once accepted, and does not check again what no verification relies on.
func (e *Engine) Key(b []byte) (*Key, error) { return e.key(sha256.Sum256(b), b) }

// key is Key, given the digest of the bytes.
func (e *Engine) key(digest [DigestBytes]byte, b []byte) (*Key, error) {
	if k, ok := e.keys.get(digest); ok {
		e.counters.keyHits.Add(1)
		return k, nil
	}
	e.counters.keyMisses.Add(1)
	k, err := parseAccepted(digest, b)
	if err != nil {
		return nil, err
	}
	e.keys.put(k)
	return k, nil
}

// Verify answers a request from memory, or verifies the proof alone. It returns nil, an error of
// Key, ParseProof or Verify, or ErrInterrupted.
//
// The context is looked at once, before the arithmetic. Consensus code must pass one that never
// ends, since an interruption is not the same on every node.
func (e *Engine) Verify(ctx context.Context, r Request) error {
	if len(r.Proof) > MaxProofBytes {
		_, err := ParseProof(r.Proof)
		return err
	}
	key := sha256.Sum256(r.Key)
	id := NewVerdictID(key, r.Inputs, r.Proof)
	if verdict, ok := e.verdicts.Verdict(id); ok { // before the key is parsed, which may take longer than a proof
		e.counters.hits.Add(1)
		return verdict
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("%w: %w", ErrInterrupted, err)
	}
	k, err := e.key(key, r.Key)
	if err != nil {
		return err
	}
	e.counters.misses.Add(1)
	verdict := Check(Item{Key: k, Inputs: r.Inputs, Proof: r.Proof})
	e.record(id, verdict)
	return verdict
}

func (e *Engine) record(id VerdictID, verdict error) {
	if verdict != nil {
		e.counters.rejected.Add(1)
	}
	e.verdicts.Record(id, verdict)
}

// Stats are counts since the engine was made. Time is for the caller to measure: this package
// looks at no clock.
type Stats struct {
	Hits, Misses       uint64 // verdicts that Verify found on record, and that it had to compute
	Batches, Batched   uint64 // calls of Prepare that verified anything, and the proofs they verified
	LargestBatch       uint64
	Rejected           uint64 // bad proofs found, by either way
	KeyHits, KeyMisses uint64 // parsed keys found, and parsed
	Verdicts           int    // on record now
}

// Stats returns the current counts. Each is exact; together they may be from slightly different moments.
func (e *Engine) Stats() Stats {
	c := &e.counters
	return Stats{
		Hits: c.hits.Load(), Misses: c.misses.Load(),
		Batches: c.batches.Load(), Batched: c.batched.Load(), LargestBatch: c.largest.Load(),
		Rejected: c.rejected.Load(),
		KeyHits:  c.keyHits.Load(), KeyMisses: c.keyMisses.Load(),
		Verdicts: e.verdicts.Len(),
	}
}

type counters struct {
	hits, misses, batches, batched, largest, rejected, keyHits, keyMisses atomic.Uint64
}

func (c *counters) addBatch(n int) {
	if n == 0 {
		return
	}
	c.batches.Add(1)
	c.batched.Add(uint64(n))
	for {
		old := c.largest.Load()
		if uint64(n) <= old || c.largest.CompareAndSwap(old, uint64(n)) {
			return
		}
	}
}
