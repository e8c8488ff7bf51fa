package vm

import (
	"container/list"
	"sync"
)

// Cache keeps compiled modules by the digest of their code, the least recently used of which go first. Modules
// take no more than a bound together, unless more is pinned. It is safe for concurrent use. Whether a module is
// in the cache changes how long a call takes, never what it gives or costs.
type Cache struct {
	mu      sync.Mutex
	max     int
	bytes   int
	entries map[[32]byte]*list.Element // of *entry
	recent  *list.List                 // unpinned and pinned, the most recently used first
	pinned  map[[32]byte]bool
	flights map[[32]byte]*flight
}

type entry struct {
	digest [32]byte
	module *Module
}

// flight is a compilation under way, which all who ask for the same digest wait for.
type flight struct {
	done   chan struct{}
	module *Module
	err    error
}

// NewCache makes a cache of at most so many bytes, as Module.Size counts them.
func NewCache(maxBytes int) *Cache {
	return &Cache{
		max:     maxBytes,
		entries: make(map[[32]byte]*list.Element),
		recent:  list.New(),
		pinned:  make(map[[32]byte]bool),
		flights: make(map[[32]byte]*flight),
	}
}

// Get gives the module with a digest, and compiles it if it is not there. Compilations of the same digest at the
// same time are one; its error goes to all who wait and is not kept. A module that is larger than the cache is
// given and not kept, unless it is pinned.
func (c *Cache) Get(digest [32]byte, compile func() (*Module, error)) (*Module, error) {
	c.mu.Lock()
	if e, ok := c.entries[digest]; ok {
		c.recent.MoveToFront(e)
		m := e.Value.(*entry).module //nolint:forcetypeassert // nothing else is put there
		c.mu.Unlock()
		return m, nil
	}
	if f, ok := c.flights[digest]; ok {
		c.mu.Unlock()
		<-f.done
		return f.module, f.err
	}
	f := &flight{done: make(chan struct{}), err: errAbandoned}
	c.flights[digest] = f
	c.mu.Unlock()
	defer c.land(digest, f)
	f.module, f.err = compile()
	return f.module, f.err
}

// land ends a flight, also when its compilation panicked.
func (c *Cache) land(digest [32]byte, f *flight) {
	c.mu.Lock()
	delete(c.flights, digest)
	if f.err == nil && f.module != nil && (f.module.Size() <= c.max || c.pinned[digest]) {
		c.entries[digest] = c.recent.PushFront(&entry{digest: digest, module: f.module})
		c.bytes += f.module.Size()
		c.evict()
	}
	c.mu.Unlock()
	close(f.done)
}

// evict drops what was not used for longest until the rest fits, pinned modules excepted.
func (c *Cache) evict() {
	for e := c.recent.Back(); e != nil && c.bytes > c.max; {
		before := e.Prev()
		v := e.Value.(*entry) //nolint:forcetypeassert // nothing else is put there
		if !c.pinned[v.digest] {
			c.recent.Remove(e)
			delete(c.entries, v.digest)
			c.bytes -= v.module.Size()
		}
		e = before
	}
}

// Pin keeps the module with a digest in the cache, from when it is next compiled if it is not there.
func (c *Cache) Pin(digest [32]byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pinned[digest] = true
}

// Unpin undoes Pin.
func (c *Cache) Unpin(digest [32]byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.pinned, digest)
	c.evict()
}

// Bytes is what the modules in the cache take together.
func (c *Cache) Bytes() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.bytes
}

// Len is how many modules are in the cache.
func (c *Cache) Len() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.recent.Len()
}
