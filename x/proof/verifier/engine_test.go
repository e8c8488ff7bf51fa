package verifier_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254"
	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/x/proof/verifier"
	"github.com/assay-chain/assay/x/proof/verifier/verifiertest"
)

// requests makes n good requests under one key with a commitment.
func requests(tb testing.TB, n int) []verifier.Request {
	tb.Helper()
	f, _ := newKey(tb, 3, 1)
	out := make([]verifier.Request, n)
	for i := range out {
		inputs := verifiertest.Inputs(3, uint64(i))
		out[i] = verifier.Request{Key: f.Key, Inputs: inputs, Proof: prove(tb, f, inputs)}
	}
	return out
}

func TestEngineSameAnswerOnEveryPath(t *testing.T) {
	ctx := context.Background()
	good := requests(t, 5)
	wrong, cut, large, noKey := good[1], good[2], good[3], good[4]
	wrong.Inputs = good[0].Inputs
	cut.Proof = cut.Proof[:40]
	large.Proof = make([]byte, verifier.MaxProofBytes+1)
	noKey.Key = noKey.Key[:99]
	for _, c := range []struct {
		name    string
		request verifier.Request
		want    error
	}{
		{"success: good", good[0], nil},
		{"failure: rejected", wrong, verifier.ErrRejected},
		{"failure: truncated proof", cut, verifier.ErrTruncated},
		{"failure: oversize proof", large, verifier.ErrSize},
		{"failure: bad key", noKey, verifier.ErrTruncated},
	} {
		t.Run(c.name, func(t *testing.T) {
			alone := verifier.NewEngine(verifier.Config{})
			first, second := alone.Verify(ctx, c.request), alone.Verify(ctx, c.request)
			prepared := verifier.NewEngine(verifier.Config{})
			_, err := prepared.Prepare(ctx, append(good[:3:3], c.request))
			require.NoError(t, err)
			third := prepared.Verify(ctx, c.request)
			require.Equal(t, fmt.Sprint(first), fmt.Sprint(second))
			require.Equal(t, fmt.Sprint(first), fmt.Sprint(third))
			if c.want == nil {
				require.NoError(t, first)
				return
			}
			for _, err := range []error{first, second, third} {
				require.ErrorIs(t, err, c.want)
			}
		})
	}
}

func TestEnginePrepare(t *testing.T) {
	ctx := context.Background()
	rs := requests(t, 6)
	bad := rs[5]
	bad.Inputs = rs[4].Inputs
	noKey := verifier.Request{Key: []byte{1}}
	e := verifier.NewEngine(verifier.Config{Workers: 2})
	require.NoError(t, e.Verify(ctx, rs[0]))
	done, err := e.Prepare(ctx, []verifier.Request{rs[0], rs[1], rs[1], rs[2], bad, noKey})
	require.NoError(t, err)
	require.Equal(t, verifier.Prepared{Known: 2, Skipped: 1, Verified: 3, Rejected: 1}, done)
	require.NoError(t, e.Verify(ctx, rs[1]))
	require.ErrorIs(t, e.Verify(ctx, bad), verifier.ErrRejected)
	require.Equal(t, verifier.Stats{
		Hits: 2, Misses: 1, Batches: 1, Batched: 3, LargestBatch: 3, Rejected: 1,
		KeyHits: 1, KeyMisses: 2, Verdicts: 4,
	}, e.Stats())
}

func TestEngineInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	rs := requests(t, 2)
	e := verifier.NewEngine(verifier.Config{})
	require.ErrorIs(t, e.Verify(ctx, rs[0]), verifier.ErrInterrupted)
	_, err := e.Prepare(ctx, rs)
	require.ErrorIs(t, err, verifier.ErrInterrupted)
	require.ErrorIs(t, err, context.Canceled)
	require.Zero(t, e.Stats().Verdicts)
	require.NoError(t, e.Verify(context.Background(), rs[0]))
}

func TestEngineForgetsKeys(t *testing.T) {
	a, b := requests(t, 1)[0], requests(t, 1)[0]
	k, err := verifier.ParseKey(a.Key)
	require.NoError(t, err)
	e := verifier.NewEngine(verifier.Config{KeyBytes: k.MemoryBytes() * 3 / 2}) // room for one
	for _, key := range [][]byte{a.Key, a.Key, b.Key, b.Key, a.Key} {
		_, err := e.Key(key)
		require.NoError(t, err)
	}
	require.Equal(t, uint64(2), e.Stats().KeyHits)
	require.Equal(t, uint64(3), e.Stats().KeyMisses)
}

func TestEngineConcurrent(t *testing.T) {
	rs := requests(t, 8)
	bad := rs[7]
	bad.Inputs = rs[0].Inputs
	e := verifier.NewEngine(verifier.Config{Verdicts: 4, Workers: 2})
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			for i := range rs {
				if _, err := e.Prepare(context.Background(), rs[:i]); err != nil {
					t.Error(err)
				}
				if err := e.Verify(context.Background(), rs[(i+g)%7]); err != nil {
					t.Error(err)
				}
				if err := e.Verify(context.Background(), bad); err == nil {
					t.Error("expected a bad proof to be rejected, got nil")
				}
			}
		})
	}
	wg.Wait()
}

func TestCache(t *testing.T) {
	id := func(i int) verifier.VerdictID {
		return verifier.NewVerdictID([verifier.DigestBytes]byte{}, nil, fmt.Append(nil, i))
	}
	c := verifier.NewCache(10)
	_, ok := c.Verdict(id(0))
	require.False(t, ok)
	c.Record(id(0), nil)
	for i := 1; i <= 1000; i++ { // bad verdicts do not evict good ones
		c.Record(id(i), verifier.ErrRejected)
		require.LessOrEqual(t, c.Len(), 11)
	}
	verdict, ok := c.Verdict(id(0))
	require.True(t, ok)
	require.NoError(t, verdict)
	verdict, ok = c.Verdict(id(1000))
	require.True(t, ok)
	require.ErrorIs(t, verdict, verifier.ErrRejected)
	_, ok = c.Verdict(id(1))
	require.False(t, ok)
	for i := 2000; i < 2100; i++ { // what is used stays
		c.Record(id(i), nil)
		_, ok := c.Verdict(id(0))
		require.True(t, ok)
	}
}

// TestEngineTrustsTheRegistration asks about a key whose β in G1 is another one, which ParseKey refuses to register and on which no
// verdict depends.
func TestEngineTrustsTheRegistration(t *testing.T) {
	ctx := context.Background()
	good := requests(t, 1)[0]
	_, _, g1, _ := bn254.Generators()
	b := g1.Bytes()
	other := good
	other.Key = put(good.Key, atBeta1, b[:])
	_, err := verifier.ParseKey(other.Key)
	require.ErrorIs(t, err, verifier.ErrKeyMismatch)
	e := verifier.NewEngine(verifier.Config{})
	require.NoError(t, e.Verify(ctx, good))
	require.NoError(t, e.Verify(ctx, other))
	other.Inputs = verifiertest.Inputs(3, 9)
	require.ErrorIs(t, e.Verify(ctx, other), verifier.ErrRejected)
	other.Key = put(good.Key, atBeta2, outsideSubgroup())
	require.ErrorIs(t, e.Verify(ctx, other), verifier.ErrSubgroup)
	other.Key = put(good.Key, atGamma, infinity(64))
	require.ErrorIs(t, e.Verify(ctx, other), verifier.ErrInfinity)
}
