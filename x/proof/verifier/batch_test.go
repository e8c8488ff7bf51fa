package verifier_test

import (
	"context"
	"fmt"
	"runtime"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/x/proof/verifier"
	"github.com/assay-chain/assay/x/proof/verifier/verifiertest"
)

// batch makes n good items, spread over the given numbers of commitments.
func batch(tb testing.TB, n int, commitments ...int) []verifier.Item {
	tb.Helper()
	items := make([]verifier.Item, n)
	for c, count := range commitments {
		f, k := newKey(tb, 2+c, count)
		for i := c; i < n; i += len(commitments) {
			inputs := verifiertest.Inputs(2+c, uint64(i))
			items[i] = verifier.Item{Key: k, Inputs: inputs, Proof: prove(tb, f, inputs)}
		}
	}
	return items
}

// requireSame compares the batch with each item checked alone, and returns how many are bad.
func requireSame(tb testing.TB, items []verifier.Item) int {
	tb.Helper()
	bad := 0
	for _, workers := range []int{1, 3} {
		errs, err := verifier.VerifyBatchContext(context.Background(), items, workers)
		require.NoError(tb, err)
		bad = 0
		for i := range items {
			alone := verifier.Check(items[i])
			if alone == nil {
				require.NoErrorf(tb, errs[i], "item %d", i)
				continue
			}
			bad++
			require.EqualErrorf(tb, errs[i], alone.Error(), "item %d", i)
		}
	}
	return bad
}

func clone(items []verifier.Item) []verifier.Item { return append([]verifier.Item(nil), items...) }

func TestVerifyBatchGood(t *testing.T) {
	for _, n := range []int{0, 1, 2, 3, 5, 40} {
		for _, commitments := range [][]int{{0}, {1}, {2}, {0, 1, 2, 3}} {
			t.Run(fmt.Sprintf("success: %d proofs, commitments %v", n, commitments), func(t *testing.T) {
				require.Zero(t, requireSame(t, batch(t, n, commitments...)))
			})
		}
	}
}

func TestVerifyBatchBad(t *testing.T) {
	good := batch(t, 40, 0, 1, 2)
	for _, c := range []struct {
		name string
		bad  int
		edit func([]verifier.Item)
	}{
		{"failure: first", 1, func(b []verifier.Item) { b[0].Inputs = b[3].Inputs }},
		{"failure: last", 1, func(b []verifier.Item) { b[39].Inputs = b[0].Inputs }},
		{"failure: proofs swapped", 2, func(b []verifier.Item) { b[4].Proof, b[7].Proof = b[7].Proof, b[4].Proof }},
		{"failure: every third", 14, func(b []verifier.Item) {
			for i := 0; i < len(b); i += 3 {
				b[i].Inputs = append([]fr.Element(nil), b[i].Inputs...)
				b[i].Inputs[0].SetUint64(1 << 40)
			}
		}},
		{"failure: all", 40, func(b []verifier.Item) {
			for i := range b {
				b[i].Inputs = append([]fr.Element(nil), b[i].Inputs...)
				b[i].Inputs[1].SetUint64(1 << 40)
			}
		}},
		{"failure: same proof of another key", 1, func(b []verifier.Item) { b[1].Proof = b[0].Proof }},
		{"failure: inputs missing", 1, func(b []verifier.Item) { b[2].Inputs = b[2].Inputs[:1] }},
		{"failure: empty proof", 1, func(b []verifier.Item) { b[2].Proof = nil }},
	} {
		t.Run(c.name, func(t *testing.T) {
			items := clone(good)
			c.edit(items)
			require.Equal(t, c.bad, requireSame(t, items))
		})
	}
}

// TestVerifyBatchCancelling has two bad proofs whose errors cancel in a sum with equal coefficients.
func TestVerifyBatchCancelling(t *testing.T) {
	items := batch(t, 8, 1)
	_, _, g, _ := bn254.Generators()
	shift := func(b []byte, at int, add bool) []byte {
		out := append([]byte(nil), b...)
		var p bn254.G1Affine
		_, err := p.SetBytes(out[at:][:32])
		require.NoError(t, err)
		if add {
			p.Add(&p, &g)
		} else {
			p.Sub(&p, &g)
		}
		enc := p.Bytes()
		copy(out[at:], enc[:])
		return out
	}
	for name, at := range map[string]int{"C": 96, "proof of knowledge": 164} {
		t.Run("failure: "+name, func(t *testing.T) {
			bad := clone(items)
			bad[2].Proof, bad[5].Proof = shift(items[2].Proof, at, true), shift(items[5].Proof, at, false)
			require.Equal(t, 2, requireSame(t, bad))
		})
	}
}

func TestVerifyBatchContext(t *testing.T) {
	items := batch(t, 4, 0)
	before := runtime.NumGoroutine()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	errs, err := verifier.VerifyBatchContext(ctx, items, 2)
	require.ErrorIs(t, err, context.Canceled)
	require.Nil(t, errs)
	verifier.RequireGoroutines(t, before)
}

// TestVerifyBatchChunks verifies more than one chunk holds, with few bad proofs among many.
func TestVerifyBatchChunks(t *testing.T) {
	good := batch(t, 10, 0, 1)
	items := make([]verifier.Item, 700)
	for i := range items {
		items[i] = good[i%len(good)]
	}
	bad := map[int]bool{0: true, 301: true, 302: true, 699: true}
	for i := range bad {
		items[i].Inputs = verifiertest.Inputs(len(items[i].Inputs), 99)
	}
	errs := verifier.VerifyBatch(items)
	for i, err := range errs {
		if bad[i] {
			require.ErrorIsf(t, err, verifier.ErrRejected, "item %d", i)
		} else {
			require.NoErrorf(t, err, "item %d", i)
		}
	}
}
