package keeper_test

import (
	"context"

	corestore "cosmossdk.io/core/store"
)

// operations are the operations on a store, and the bytes read and written.
type operations struct{ reads, writes, iterators, steps, bytesRead, bytesWritten int }

// countingService counts the operations on the stores of a service.
type countingService struct {
	corestore.KVStoreService
	ops *operations
}

func (s countingService) OpenKVStore(ctx context.Context) corestore.KVStore {
	return countingStore{s.KVStoreService.OpenKVStore(ctx), s.ops}
}

type countingStore struct {
	corestore.KVStore
	ops *operations
}

func (s countingStore) Get(key []byte) ([]byte, error) {
	v, err := s.KVStore.Get(key)
	s.ops.reads++
	s.ops.bytesRead += len(v)
	return v, err
}

func (s countingStore) Has(key []byte) (bool, error) {
	s.ops.reads++
	return s.KVStore.Has(key)
}

func (s countingStore) Set(key, value []byte) error {
	s.ops.writes++
	s.ops.bytesWritten += len(value)
	return s.KVStore.Set(key, value)
}

func (s countingStore) Delete(key []byte) error {
	s.ops.writes++
	return s.KVStore.Delete(key)
}

func (s countingStore) Iterator(start, end []byte) (corestore.Iterator, error) {
	s.ops.iterators++
	it, err := s.KVStore.Iterator(start, end)
	return countingIterator{it, s.ops}, err
}

func (s countingStore) ReverseIterator(start, end []byte) (corestore.Iterator, error) {
	s.ops.iterators++
	it, err := s.KVStore.ReverseIterator(start, end)
	return countingIterator{it, s.ops}, err
}

type countingIterator struct {
	corestore.Iterator
	ops *operations
}

func (i countingIterator) Next() {
	i.ops.steps++
	i.Iterator.Next()
}
