package verifier

import (
	"crypto/sha256"
	"encoding/binary"
	"sync"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
)

const verdictDomain = "assay/verifier/verdict/v1"

// VerdictID identifies a question: a key, public inputs and proof bytes.
type VerdictID [sha256.Size]byte

// NewVerdictID is the SHA-256 of the domain, the key's digest, the inputs behind their number, and the proof.
func NewVerdictID(key [DigestBytes]byte, inputs []fr.Element, proof []byte) VerdictID {
	h := sha256.New()
	buf := make([]byte, 0, len(verdictDomain)+DigestBytes+4+len(inputs)*fr.Bytes)
	buf = append(append(buf, verdictDomain...), key[:]...)
	buf = binary.BigEndian.AppendUint32(buf, uint32(len(inputs)))
	for i := range inputs {
		b := inputs[i].Bytes()
		buf = append(buf, b[:]...)
	}
	h.Write(buf)
	h.Write(proof)
	var id VerdictID
	h.Sum(id[:0])
	return id
}

// Cache remembers verdicts, good and bad, up to a number of each. It is safe for concurrent use.
//
// What it remembers is the result of a pure function, so a node that finds a verdict here and one that
// computes it agree, whatever either has forgotten. Good and bad verdicts have room of their own:
// a flood of bad proofs, which are cheap to make, cannot evict good verdicts.
type Cache struct {
	mu        sync.Mutex
	good, bad generations[VerdictID, error]
}

// NewCache returns a cache for up to the given number of good verdicts and of bad ones. It takes some
// 150 bytes for each.
func NewCache(entries int) *Cache {
	return &Cache{
		good: newGenerations[VerdictID, error](entries),
		bad:  newGenerations[VerdictID, error](entries),
	}
}

// Verdict returns the verdict on record, nil for a good proof, and whether there is one.
func (c *Cache) Verdict(id VerdictID) (verdict error, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.good.get(id); ok {
		return nil, true
	}
	return c.bad.get(id)
}

// Record stores a verdict, nil for a good proof.
func (c *Cache) Record(id VerdictID, verdict error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if verdict == nil {
		c.good.put(id, nil)
	} else {
		c.bad.put(id, verdict)
	}
}

// Len is the number of verdicts on record.
func (c *Cache) Len() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.good.len() + c.bad.len()
}

// generations is a bounded map that forgets what was not used lately: when the young generation
// is full it becomes the old one, and the old one is dropped. What is found in the old one moves to the
// young. Each operation takes constant time, and there is no list to keep.
type generations[K comparable, V any] struct {
	limit      int // of each generation
	young, old map[K]V
}

func newGenerations[K comparable, V any](entries int) generations[K, V] {
	return generations[K, V]{limit: max(entries/2, 1), young: make(map[K]V)}
}

func (g *generations[K, V]) get(k K) (V, bool) {
	if v, ok := g.young[k]; ok {
		return v, true
	}
	v, ok := g.old[k]
	if ok {
		delete(g.old, k)
		g.put(k, v)
	}
	return v, ok
}

func (g *generations[K, V]) put(k K, v V) {
	if len(g.young) >= g.limit {
		g.old, g.young = g.young, make(map[K]V)
	}
	g.young[k] = v
}

func (g *generations[K, V]) len() int { return len(g.young) + len(g.old) }
