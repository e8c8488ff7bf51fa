package verifier_test

import (
	"fmt"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/x/proof/verifier"
	"github.com/assay-chain/assay/x/proof/verifier/verifiertest"
)

// newKey makes a fixture and parses its key.
func newKey(tb testing.TB, publics, commitments int) (*verifiertest.Fixture, *verifier.Key) {
	tb.Helper()
	f, err := verifiertest.NewFixtureWithCommitments(publics, commitments)
	require.NoError(tb, err)
	k, err := verifier.ParseKey(f.Key)
	require.NoError(tb, err)
	return f, k
}

// prove makes a proof of the inputs.
func prove(tb testing.TB, f *verifiertest.Fixture, inputs []fr.Element) []byte {
	tb.Helper()
	b, err := f.Prove(inputs...)
	require.NoError(tb, err)
	return b
}

func parse(tb testing.TB, b []byte) *verifier.Proof {
	tb.Helper()
	p, err := verifier.ParseProof(b)
	require.NoError(tb, err)
	return p
}

func TestVerifyAgreesWithGnark(t *testing.T) {
	for _, commitments := range []int{0, 1, 2, 3} {
		for _, publics := range []int{1, 3, 10, 20} {
			t.Run(fmt.Sprintf("success: %d inputs, %d commitments", publics, commitments), func(t *testing.T) {
				f, k := newKey(t, publics, commitments)
				require.Equal(t, publics, k.PublicInputs())
				require.Equal(t, commitments, k.Commitments())
				require.Equal(t, f.Key, k.Bytes())
				inputs := verifiertest.Inputs(publics, 7)
				b := prove(t, f, inputs)
				p := parse(t, b)
				require.Equal(t, b, p.Bytes())
				require.Len(t, b, verifier.ProofBytes(commitments))
				require.NoError(t, verifier.Verify(k, p, inputs))
				require.NoError(t, f.GnarkVerify(b, inputs))

				other := verifiertest.Inputs(publics, 8)
				require.ErrorIs(t, verifier.Verify(k, p, other), verifier.ErrRejected)
				require.Error(t, f.GnarkVerify(b, other))
			})
		}
	}
}

func TestVerifyCounts(t *testing.T) {
	f, k := newKey(t, 2, 1)
	plain, _ := newKey(t, 2, 0)
	inputs := verifiertest.Inputs(2, 1)
	good, bare := prove(t, f, inputs), prove(t, plain, inputs)
	for _, c := range []struct {
		name   string
		proof  []byte
		inputs []fr.Element
		want   error
	}{
		{"success: as the key says", good, inputs, nil},
		{"failure: one input too few", good, inputs[:1], verifier.ErrInputCount},
		{"failure: one input too many", good, append(inputs[:2:2], fr.One()), verifier.ErrInputCount},
		{"failure: no inputs", good, nil, verifier.ErrInputCount},
		{"failure: no commitment", bare, inputs, verifier.ErrCommitmentCount},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := verifier.Verify(k, parse(t, c.proof), c.inputs)
			require.ErrorIs(t, err, c.want)
			require.Equal(t, c.want == nil, f.GnarkVerify(c.proof, c.inputs) == nil)
		})
	}
}
