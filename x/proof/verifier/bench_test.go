//go:build unix

package verifier_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"syscall"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	groth16bn254 "github.com/consensys/gnark/backend/groth16/bn254"
	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/x/proof/verifier"
	"github.com/assay-chain/assay/x/proof/verifier/verifiertest"
)

// BenchmarkVerify compares gnark's Verify with ours, on proofs with one commitment and three public
// inputs under one key, as the zkml circuits have. Run it with -cpu 1.
//
// gnark gets parsed keys and proofs; ours includes parsing the proofs from bytes, with all checks.
// Metric ns/proof is the time of a proof, and cpu-ns/proof the processor time that it took, which tells
// more than the time on a busy machine.
func BenchmarkVerify(b *testing.B) {
	const n = 1000
	f, k := newKey(b, 3, 1)
	items := make([]verifier.Item, n)
	for i := range items {
		inputs := verifiertest.Inputs(3, uint64(i))
		items[i] = verifier.Item{Key: k, Inputs: inputs, Proof: prove(b, f, inputs)}
	}
	var vk groth16bn254.VerifyingKey
	_, err := vk.ReadFrom(bytes.NewReader(f.Key))
	require.NoError(b, err)
	var p groth16bn254.Proof
	_, err = p.ReadFrom(bytes.NewReader(items[0].Proof))
	require.NoError(b, err)
	measure(b, "gnark", 1, func() error {
		return groth16bn254.Verify(&p, &vk, append(make(fr.Vector, 0, 3), items[0].Inputs...))
	})
	measure(b, "single", 1, func() error { return verifier.Check(items[0]) })
	for _, c := range []struct {
		name string
		size int
	}{{"batch-10", 10}, {"batch-100", 100}, {"batch-1000", 1000}} {
		measure(b, c.name, c.size, func() error {
			errs, err := verifier.VerifyBatchContext(context.Background(), items[:c.size], 1)
			return errors.Join(append(errs, err)...)
		})
	}
}

// BenchmarkVerifyBad measures what bad proofs cost at most: all are bad, under one key and under a
// key for each. Compare with BenchmarkVerify/single.
func BenchmarkVerifyBad(b *testing.B) {
	const n = 64
	oneKey, ownKeys := batch(b, n, 1), make([]verifier.Item, n)
	for i := range ownKeys {
		ownKeys[i] = batch(b, 1, 1)[0]
	}
	for name, items := range map[string][]verifier.Item{"one-key": oneKey, "own-keys": ownKeys} {
		for i := range items {
			items[i].Inputs = verifiertest.Inputs(len(items[i].Inputs), 1<<20)
		}
		measure(b, name, n, func() error {
			errs, err := verifier.VerifyBatchContext(context.Background(), items, 1)
			for _, err := range errs {
				if !errors.Is(err, verifier.ErrRejected) {
					return fmt.Errorf("expected a rejection, got %w", err)
				}
			}
			return err
		})
	}
}

// BenchmarkParseKey measures what checking and preparing a key costs.
func BenchmarkParseKey(b *testing.B) {
	for _, publics := range []int{3, 10, 500} {
		f, _ := newKey(b, publics, 1)
		b.Run(fmt.Sprintf("inputs-%d", publics), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := verifier.ParseKey(f.Key); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// measure runs a benchmark of a call that verifies a number of proofs.
func measure(b *testing.B, name string, size int, once func() error) {
	b.Run(name, func(b *testing.B) {
		b.ReportAllocs()
		start := cpuTime(b)
		for b.Loop() {
			if err := once(); err != nil {
				b.Fatal(err)
			}
		}
		proofs := float64(b.N) * float64(size)
		b.ReportMetric(float64(cpuTime(b)-start)/proofs, "cpu-ns/proof")
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/proofs, "ns/proof")
	})
}

// cpuTime is the processor time that this process has used, in ns.
func cpuTime(b *testing.B) int64 {
	b.Helper()
	var u syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return u.Utime.Nano() + u.Stime.Nano()
}
