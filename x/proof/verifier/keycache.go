package verifier

import (
	"container/list"
	"sync"
	"unsafe"

	"github.com/consensys/gnark-crypto/ecc/bn254"
)

// keyCache keeps parsed keys, least recently used out first, up to a number of bytes of memory. It
// is safe for concurrent use.
type keyCache struct {
	mu    sync.Mutex
	limit int
	used  int
	order *list.List // of *Key, most recently used first
	keys  map[[DigestBytes]byte]*list.Element
}

func newKeyCache(limit int) *keyCache {
	return &keyCache{limit: limit, order: list.New(), keys: make(map[[DigestBytes]byte]*list.Element)}
}

func (c *keyCache) get(digest [DigestBytes]byte) (*Key, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	at, ok := c.keys[digest]
	if !ok {
		return nil, false
	}
	c.order.MoveToFront(at)
	return at.Value.(*Key), true
}

func (c *keyCache) put(k *Key) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.keys[k.digest]; ok || k.MemoryBytes() > c.limit {
		return
	}
	c.keys[k.digest] = c.order.PushFront(k)
	for c.used += k.MemoryBytes(); c.used > c.limit; {
		last := c.order.Back()
		old := c.order.Remove(last).(*Key)
		delete(c.keys, old.digest)
		c.used -= old.MemoryBytes()
	}
}

// MemoryBytes estimates the memory that the key takes: the lines of its fixed points and the combs,
// built yet or not, mostly.
func (k *Key) MemoryBytes() int {
	n := int(unsafe.Sizeof(*k)) + len(k.k)*int(unsafe.Sizeof(bn254.G1Affine{}))
	n += len(k.commitmentKeys) * int(unsafe.Sizeof(commitmentKey{})+unsafe.Sizeof(lines{}))
	if k.takesCombs() {
		n += (len(k.k) + 1) * int(unsafe.Sizeof(comb{}))
	}
	for _, list := range k.committed {
		n += len(list) * int(unsafe.Sizeof(0))
	}
	return n
}
