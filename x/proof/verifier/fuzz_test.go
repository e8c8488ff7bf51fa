package verifier_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	groth16bn254 "github.com/consensys/gnark/backend/groth16/bn254"
	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/x/proof/verifier"
)

// FuzzParseKey checks that what is parsed is encoded the same, and is what gnark reads. The committed
// corpus holds a key with no, one and two commitments.
func FuzzParseKey(f *testing.F) {
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		k, err := verifier.ParseKey(b)
		if err != nil {
			require.Nil(t, k)
			return
		}
		require.Equal(t, b, k.Bytes())
		var vk groth16bn254.VerifyingKey
		n, err := vk.ReadFrom(bytes.NewReader(b))
		require.NoError(t, err)
		require.Equal(t, int64(len(b)), n)
		require.Equal(t, len(vk.G1.K)-1-len(vk.CommitmentKeys), k.PublicInputs())
		require.Equal(t, len(vk.PublicAndCommitmentCommitted), k.Commitments())
	})
}

// FuzzParseProof does the same for proofs.
func FuzzParseProof(f *testing.F) {
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := verifier.ParseProof(b)
		if err != nil {
			require.Nil(t, p)
			return
		}
		require.Equal(t, b, p.Bytes())
		require.Len(t, b, verifier.ProofBytes(p.Commitments()))
		var proof groth16bn254.Proof
		n, err := proof.ReadFrom(bytes.NewReader(b))
		require.NoError(t, err)
		require.Equal(t, int64(len(b)), n)
	})
}

// FuzzVerify checks that gnark, verification alone and in a batch agree, on any proof under a stored
// key, with its inputs changed as tweak says. Proofs whose layout or point encoding is
// refused do not go to gnark: it allocates what a length announces, and reads uncompressed points.
func FuzzVerify(f *testing.F) {
	vectors := loadVectors(f)
	items, keys := make([]verifier.Item, len(vectors)), make([][]byte, len(vectors))
	for i, v := range vectors {
		items[i], keys[i] = v.item(f)
	}
	f.Fuzz(func(t *testing.T, which, tweak byte, proof []byte) {
		i := int(which) % len(items)
		item := items[i]
		item.Proof = proof
		if tweak != 0 {
			item.Inputs = append([]fr.Element(nil), item.Inputs...)
			delta := fr.NewElement(uint64(tweak))
			item.Inputs[int(tweak)%len(item.Inputs)].Add(&item.Inputs[0], &delta)
		}
		alone := verifier.Check(item)
		for _, refused := range []error{verifier.ErrSize, verifier.ErrTruncated, verifier.ErrTrailing, verifier.ErrPointEncoding} {
			if errors.Is(alone, refused) {
				errs := verifier.VerifyBatch([]verifier.Item{item, items[i]})
				require.EqualError(t, errs[0], alone.Error())
				require.NoError(t, errs[1])
				return
			}
		}
		_ = agree(t, keys[i], item, items[i])
	})
}
