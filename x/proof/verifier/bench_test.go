package verifier_test

import (
	"bytes"
	"context"
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
// Metric ns/proof is the time of a proof.
func BenchmarkVerify(b *testing.B) {
	const n = 1000
	f, k := newKey(b, 3, 1)
	items := make([]verifier.Item, n)
	for i := range items {
		inputs := verifiertest.Inputs(3, uint64(i))
		items[i] = verifier.Item{Key: k, Inputs: inputs, Proof: prove(b, f, inputs)}
	}
	perProof := func(b *testing.B, size int) {
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(size), "ns/proof")
	}

	b.Run("gnark", func(b *testing.B) {
		var vk groth16bn254.VerifyingKey
		_, err := vk.ReadFrom(bytes.NewReader(f.Key))
		require.NoError(b, err)
		var p groth16bn254.Proof
		_, err = p.ReadFrom(bytes.NewReader(items[0].Proof))
		require.NoError(b, err)
		for b.Loop() {
			inputs := append(make(fr.Vector, 0, 3), items[0].Inputs...)
			if err := groth16bn254.Verify(&p, &vk, inputs); err != nil {
				b.Fatal(err)
			}
		}
		perProof(b, 1)
	})
	b.Run("single", func(b *testing.B) {
		for b.Loop() {
			if err := verifier.Check(items[0]); err != nil {
				b.Fatal(err)
			}
		}
		perProof(b, 1)
	})
	for _, c := range []struct {
		name string
		size int
	}{{"batch-10", 10}, {"batch-100", 100}, {"batch-1000", 1000}} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				errs, err := verifier.VerifyBatchContext(context.Background(), items[:c.size], 1)
				if err != nil {
					b.Fatal(err)
				}
				for _, err := range errs {
					if err != nil {
						b.Fatal(err)
					}
				}
			}
			perProof(b, c.size)
		})
	}
}
