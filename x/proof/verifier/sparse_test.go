package verifier

import (
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254"
	"github.com/stretchr/testify/require"
)

func TestMulByLine(t *testing.T) {
	p, q := testG1(1), testG2(2)
	f, err := bn254.Pair([]bn254.G1Affine{p}, []bn254.G2Affine{q})
	require.NoError(t, err)
	want := f
	want.MulBy34(&q.X, &q.Y)
	mulByLine(&f, &q.X, &q.Y)
	require.True(t, f.Equal(&want))
}
