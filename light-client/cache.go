package lightclient

import (
	"container/list"
	"strconv"
	"sync"
)

// cache keeps proven answers by height, store and key; the least recently used give way. Values must not be changed.
type cache struct {
	mu      sync.Mutex
	limit   int
	size    int
	order   *list.List // of *cached, most recent first
	entries map[string]*list.Element
}

type cached struct {
	key  string
	size int
	p    Proven
}

// overheadBytes is about what an entry takes beside its key and values.
const overheadBytes = 256

func newCache(limit int) *cache {
	return &cache{limit: limit, order: list.New(), entries: make(map[string]*list.Element)}
}

func cacheKey(height int64, store string, key []byte) string {
	return strconv.FormatInt(height, 10) + "/" + store + "/" + string(key)
}

func (c *cache) get(height int64, store string, key []byte) (Proven, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.entries[cacheKey(height, store, key)]
	if !ok {
		return Proven{}, false
	}
	c.order.MoveToFront(e)
	return e.Value.(*cached).p, true
}

func (c *cache) put(height int64, store string, key []byte, p Proven) {
	entry := &cached{key: cacheKey(height, store, key), p: p}
	entry.size = cost(entry.key, p)
	c.mu.Lock()
	defer c.mu.Unlock()
	if entry.size > c.limit {
		return
	}
	if old, ok := c.entries[entry.key]; ok {
		c.drop(old)
	}
	for c.size+entry.size > c.limit {
		c.drop(c.order.Back())
	}
	c.entries[entry.key] = c.order.PushFront(entry)
	c.size += entry.size
}

// cost is what an entry counts for, in bytes.
func cost(key string, p Proven) int {
	size := overheadBytes + len(key) + len(p.Value)
	for _, n := range []*Entry{p.Left, p.Right} {
		if n != nil {
			size += len(n.Key) + len(n.Value)
		}
	}
	return size
}

// clear is for when heights mean other headers.
func (c *cache) clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.order.Init()
	clear(c.entries)
	c.size = 0
}

func (c *cache) drop(e *list.Element) {
	entry := c.order.Remove(e).(*cached)
	delete(c.entries, entry.key)
	c.size -= entry.size
}
