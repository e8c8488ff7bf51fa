package verifier

import (
	"context"
	"runtime"
	"testing"
	"time"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/stretchr/testify/require"
)

// forged makes a good request under each of n keys, which are all different.
func forged(t *testing.T, n int) []Request {
	t.Helper()
	out := make([]Request, n)
	for i := range out {
		door := trapdoor{
			alpha: testScalar(1), beta: testScalar(2), gamma: testScalar(3), delta: testScalar(4),
			k: []fr.Element{testScalar(5), testScalar(uint64(6 + i))},
		}
		bytes := door.key()
		key, err := parseAccepted([DigestBytes]byte{}, bytes)
		require.NoError(t, err)
		inputs := []fr.Element{fr.NewElement(uint64(i))}
		p := door.forge(key, inputs, testScalar(7), testScalar(8), nil)
		out[i] = Request{Key: bytes, Inputs: inputs, Proof: p.Bytes()}
	}
	return out
}

// TestPrepareParsesEachKeyOnce has more keys than the cache has room for, in an order in which it would forget each before
// its next use. Answers on record need no key at all.
func TestPrepareParsesEachKeyOnce(t *testing.T) {
	const keys, rounds = 5, 3
	ctx := context.Background()
	good := forged(t, keys)
	var requests []Request
	for i := range rounds * keys {
		r := good[i%keys]
		if i >= keys {
			r.Inputs = []fr.Element{fr.NewElement(uint64(100 + i))}
		}
		requests = append(requests, r)
	}
	e := NewEngine(Config{KeyBytes: 1})
	done, err := e.Prepare(ctx, requests)
	require.NoError(t, err)
	require.Equal(t, Prepared{Verified: rounds * keys, Rejected: (rounds - 1) * keys}, done)
	for i, r := range requests {
		if err := e.Verify(ctx, r); i < keys {
			require.NoError(t, err)
		} else {
			require.ErrorIs(t, err, ErrRejected)
		}
	}
	require.Equal(t, uint64(keys), e.Stats().KeyMisses)
	require.Equal(t, uint64(rounds*keys), e.Stats().Hits)
}

func TestPrepareManyKeys(t *testing.T) {
	ctx := context.Background()
	requests := forged(t, 2*keysAtOnce+3)
	bad := keysAtOnce + 1
	requests[bad].Inputs = []fr.Element{fr.NewElement(1 << 40)}
	malformed := Request{Key: requests[3].Key[1:], Inputs: requests[3].Inputs, Proof: requests[3].Proof}
	e := NewEngine(Config{KeyBytes: 1})
	done, err := e.Prepare(ctx, append(requests, malformed, malformed, requests[0]))
	require.NoError(t, err)
	require.Equal(t, Prepared{Known: 2, Skipped: 1, Verified: len(requests), Rejected: 1}, done)
	for i, r := range requests {
		if err := e.Verify(ctx, r); i == bad {
			require.ErrorIs(t, err, ErrRejected)
		} else {
			require.NoError(t, err)
		}
	}
	require.ErrorIs(t, e.Verify(ctx, malformed), ErrTruncated)
	require.Equal(t, uint64(len(requests)), e.Stats().LargestBatch)
}

func TestWindow(t *testing.T) {
	var open []question
	for i := range keysAtOnce + 1 {
		for range 3 {
			open = append(open, question{key: [DigestBytes]byte{byte(i)}})
		}
	}
	require.Equal(t, 3*keysAtOnce, window(open))
	require.Equal(t, 3*keysAtOnce, window(open[:3*keysAtOnce]))
	require.Equal(t, 3, window(open[3*keysAtOnce:]))
	require.Zero(t, window(nil))
}

// TestPanicReachesTheCaller breaks a key in a way that parsing cannot, and verifies with it on several goroutines.
func TestPanicReachesTheCaller(t *testing.T) {
	r := forged(t, 1)[0]
	key, err := ParseKey(r.Key)
	require.NoError(t, err)
	items := make([]Item, 3*minChunk)
	for i := range items {
		items[i] = Item{Key: key, Inputs: r.Inputs, Proof: r.Proof}
	}
	key.pre.uses.Store(combsAfter)
	key.pre.buildCombs.Do(func() { key.pre.combs = make([]comb, 9) })
	before := runtime.NumGoroutine()
	require.Panics(t, func() { _, _ = VerifyBatchContext(context.Background(), items, 3) })
	RequireGoroutines(t, before)
}

// TestCombsChangeNoSum compares the sums of a key before and after it has tables.
func TestCombsChangeNoSum(t *testing.T) {
	key, err := ParseKey(forged(t, 1)[0].Key)
	require.NoError(t, err)
	scalars := []fr.Element{testScalar(1), testScalar(2)}
	inputs, alpha, size := key.combineInputs(scalars), key.scaleAlphaNeg(scalars[0]), key.MemoryBytes()
	require.Nil(t, key.pre.combs)
	for range combsAfter {
		require.Equal(t, inputs, key.combineInputs(scalars))
		require.Equal(t, alpha, key.scaleAlphaNeg(scalars[0]))
	}
	require.Len(t, key.pre.combs, 3)
	require.Equal(t, size, key.MemoryBytes())
}

// RequireGoroutines waits until at most limit goroutines are left: one that has said it is done may take
// a moment to end.
func RequireGoroutines(t *testing.T, limit int) {
	t.Helper()
	for range 1000 {
		if runtime.NumGoroutine() <= limit {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("expected at most %d goroutines, got %d", limit, runtime.NumGoroutine())
}
