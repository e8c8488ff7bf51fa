package verifier

import (
	"bytes"
	"cmp"
	"context"
	"runtime"
	"slices"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
)

const (
	// maxChunk bounds the items that are verified together, and so the memory a worker needs: about
	// 5 MB. Larger chunks save little: what a chunk costs beyond its items is less than that of 5 items.
	maxChunk = 256
	// minChunk is the least number of items worth another worker.
	minChunk = 16
)

// Item is one statement with its proof.
type Item struct {
	Key    *Key         // not nil
	Inputs []fr.Element // the public inputs, in the order of the circuit
	Proof  []byte       // as ParseProof reads it
}

// VerifyBatch verifies items under any number of keys on all cores. Element i of the result is
// what Check(items[i]) returns.
func VerifyBatch(items []Item) []error {
	errs, _ := VerifyBatchContext(context.Background(), items, runtime.GOMAXPROCS(0)) // fails only with its context
	return errs
}

// VerifyBatchContext is VerifyBatch with a number of workers (at least one is used). It returns the
// context's error, and no verdicts, if the context ends before all items are verified. All its
// goroutines have ended when it returns.
//
// A chunk that holds bad proofs is bisected until they are found, at a bounded cost: in the worst case,
// with bad proofs everywhere and a key of its own for each, about twice that of Check on each item
// (BenchmarkVerifyBad).
func VerifyBatchContext(ctx context.Context, items []Item, workers int) ([]error, error) {
	errs := make([]error, len(items))
	chunks := split(items, max(workers, 1))
	err := parallel(ctx, workers, len(chunks), func(i int) { verifyChunk(items, chunks[i], errs) })
	if err != nil {
		return nil, err
	}
	return errs, nil
}

// split sorts the items by key and cuts them into chunks of indexes. Which chunk an item falls
// into does not change its verdict.
func split(items []Item, workers int) [][]int {
	order := make([]int, len(items))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(bytes.Compare(items[a].Key.digest[:], items[b].Key.digest[:]), cmp.Compare(a, b))
	})
	size := min(max((len(items)+workers-1)/workers, minChunk), maxChunk)
	return slices.Collect(slices.Chunk(order, size))
}

// verifyChunk writes the verdicts of the items of the given indexes.
func verifyChunk(items []Item, indexes []int, errs []error) {
	if len(indexes) == 1 {
		errs[indexes[0]] = Check(items[indexes[0]])
		return
	}
	c := chunk{errs: errs}
	for _, i := range indexes {
		e := entry{index: i, item: &items[i]}
		if err := e.decode(); err != nil {
			errs[i] = Check(items[i]) // the same error as alone, whatever was found first
			continue
		}
		c.entries = append(c.entries, e)
	}
	c.verify()
}
