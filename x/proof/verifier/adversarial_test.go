package verifier

import (
	"fmt"
	"math/big"
	"math/rand"
	"os"
	"strconv"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254"
	"github.com/consensys/gnark-crypto/ecc/bn254/fp"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/x/proof/verifier/verifiertest"
)

// hostileRounds is the number of batches of TestHostileBatches; ASSAY_HOSTILE_ROUNDS asks for more.
func hostileRounds(t *testing.T) int {
	t.Helper()
	s := os.Getenv("ASSAY_HOSTILE_ROUNDS")
	if s == "" {
		return 6
	}
	n, err := strconv.Atoi(s)
	require.NoError(t, err)
	return n
}

// chooser draws what a hostile prover would: discrete logarithms that make points coincide or vanish.
type chooser struct{ *rand.Rand }

func (c chooser) scalar(zero bool) fr.Element {
	small := []int64{1, -1, 2, -2, 3}
	if zero && c.Intn(4) == 0 {
		return fr.Element{}
	}
	if c.Intn(3) > 0 {
		var e fr.Element
		return *e.SetInt64(small[c.Intn(len(small))])
	}
	return testScalar(c.Uint64())
}

func (c chooser) scalars(n int, zero bool) []fr.Element {
	out := make([]fr.Element, n)
	for i := range out {
		out[i] = c.scalar(zero)
	}
	return out
}

func (c chooser) trapdoor() trapdoor {
	t := trapdoor{alpha: c.scalar(false), beta: c.scalar(false), gamma: c.scalar(false), delta: c.scalar(false), base: c.scalar(false)}
	inputs, commitments := 1+c.Intn(3), c.Intn(4)
	t.sigma = c.scalars(commitments, false)
	t.k = append(append(c.scalars(1, true), c.scalars(inputs, false)...), c.scalars(commitments, true)...)
	return t
}

// outside are points of the twist outside the subgroup: of each prime order that there is, of mixed
// orders, and sums with points of the subgroup.
func outsidePoints() []bn254.G2Affine {
	var out []bn254.G2Affine
	for i, s := range cofactorPrimes {
		prime, _ := new(big.Int).SetString(s, 10)
		small, inside := pointOfOrder(prime, uint64(i)), testG2(uint64(i))
		var negated, mixed bn254.G2Affine
		negated.Neg(&small)
		mixed.Add(&small, &inside)
		out = append(out, small, negated, mixed)
	}
	var sum bn254.G2Affine
	sum.Add(&out[0], &out[3])
	q := outsideG2(77)
	return append(out, sum, twistMul(&q, fr.Modulus()), q)
}

// spoil changes a valid proof, mostly so that it is bad.
func (c chooser) spoil(p *Proof, outside []bn254.G2Affine) {
	_, _, g, _ := bn254.Generators()
	if c.Intn(2) == 0 {
		g.Neg(&g)
	}
	switch c.Intn(9) {
	case 0:
		p.a.Add(&p.a, &g)
	case 1:
		p.c.Add(&p.c, &g)
	case 2:
		p.pok.Add(&p.pok, &g) // nobody looks at it without commitments
	case 3:
		if len(p.commitments) > 0 {
			p.commitments[0].Add(&p.commitments[0], &g)
		}
	case 4:
		p.a.Neg(&p.a)
		p.b.Neg(&p.b) // still valid
	case 5:
		p.b = outside[c.Intn(len(outside))]
	case 6:
		p.b = outside[c.Intn(len(outside))]
		p.a.SetInfinity()
	case 7:
		small := outside[c.Intn(4)*3]
		p.b.Add(&p.b, &small) // the same pairing value, were it not for the check
	case 8:
		p.commitments = append(p.commitments, g)
	}
}

// TestHostileBatches compares gnark, verification alone and batches on proofs that are forged with trapdoors:
// valid ones and bad ones whose points are at infinity, equal, opposite, or outside the subgroup.
func TestHostileBatches(t *testing.T) {
	outside := outsidePoints()
	accepted, refused := 0, 0
	for round := range hostileRounds(t) {
		c := chooser{rand.New(rand.NewSource(int64(round)))}
		var items []Item
		var want []bool
		for range 1 + c.Intn(3) {
			door := c.trapdoor()
			bytes := door.key()
			key, err := ParseKey(bytes)
			require.NoError(t, err)
			for range 1 + c.Intn(12) {
				inputs := c.scalars(door.inputs(), true)
				p := door.forge(key, inputs, c.scalar(true), c.scalar(true), c.scalars(len(door.sigma), true))
				spoilt := c.Intn(3) == 0
				if spoilt {
					c.spoil(&p, outside)
				}
				item := Item{Key: key, Inputs: inputs, Proof: p.Bytes()}
				ok := verifiertest.GnarkVerify(bytes, item.Proof, inputs) == nil
				require.Truef(t, ok || spoilt, "round %d: gnark refuses a forged proof", round)
				items, want = append(items, item), append(want, ok)
			}
		}
		c.Shuffle(len(items), func(i, j int) {
			items[i], items[j], want[i], want[j] = items[j], items[i], want[j], want[i]
		})
		for i, err := range VerifyBatch(items) {
			alone := Check(items[i])
			require.Equalf(t, want[i], alone == nil, "round %d, item %d alone: %v", round, i, alone)
			require.Equalf(t, fmt.Sprint(alone), fmt.Sprint(err), "round %d, item %d", round, i)
			if alone == nil {
				accepted++
			} else {
				refused++
			}
		}
	}
	require.Greater(t, accepted, 10)
	require.Greater(t, refused, 10)
}

// TestMillerLoopAgreesOnTheSubgroup asks about points of every order that the twist has.
func TestMillerLoopAgreesOnTheSubgroup(t *testing.T) {
	for i, s := range cofactorPrimes {
		prime, _ := new(big.Int).SetString(s, 10)
		require.True(t, prime.ProbablyPrime(20))
		p := pointOfOrder(prime, uint64(i))
		p = twistMul(&p, prime)
		require.True(t, p.IsInfinity(), "order %s", s)
	}
	var a pairs
	var want []int
	for i, q := range append(outsidePoints(), testG2(1), testG2(2)) {
		require.True(t, q.IsOnCurve())
		a.p, a.q = append(a.p, testG1(uint64(i))), append(a.q, q)
		if !q.IsInSubGroup() {
			want = append(want, i)
		}
	}
	require.Len(t, want, len(a.q)-2)
	_, outside := millerLoop(a)
	require.Equal(t, want, outside)
}

// TestDegenerateLanes has denominators of zero, which no point of the twist gives (TestNoPointDegenerates), in some
// lanes: they are reported, and the others are not disturbed.
func TestDegenerateLanes(t *testing.T) {
	flat := testG2(1)
	flat.Y.SetZero() // no tangent
	var origin bn254.G2Affine
	a := pairs{}
	for i, q := range []bn254.G2Affine{testG2(2), flat, testG2(3), origin, testG2(4)} {
		a.p, a.q = append(a.p, testG1(uint64(i))), append(a.q, q)
	}
	_, outside := millerLoop(a)
	require.Equal(t, []int{1, 3}, outside)
}

// TestNoPointDegenerates follows the walk of the Miller loop in exponents, modulo each prime order of a point of the twist: no
// denominator is zero, neither inside the subgroup nor outside, and the sum that the loop compares is zero inside alone. What
// holds modulo each prime holds for every point, since a multiple of a point vanishes only where those of its
// parts of prime order do.
func TestNoPointDegenerates(t *testing.T) {
	p := fp.Modulus()
	x, _ := new(big.Int).SetString("4965661367192848881", 10)
	trace := new(big.Int).Mul(x, x)
	trace.Mul(trace, big.NewInt(6)).Add(trace, big.NewInt(1))
	for _, s := range append([]string{fr.Modulus().String()}, cofactorPrimes...) {
		order, _ := new(big.Int).SetString(s, 10)
		zero := func(v *big.Int) bool { return new(big.Int).Mod(v, order).Sign() == 0 }
		add := func(a, b *big.Int) *big.Int { return new(big.Int).Add(a, b) }
		sub := func(a, b *big.Int) *big.Int { return new(big.Int).Sub(a, b) }
		mul := func(a, b *big.Int) *big.Int { return new(big.Int).Mul(a, b) }
		k, one := big.NewInt(1), big.NewInt(1)
		for i := len(bn254.LoopCounter) - 2; i >= 0; i-- {
			bit := big.NewInt(int64(bn254.LoopCounter[i]))
			require.False(t, zero(k), "doubling, step %d", i)
			next := add(add(k, k), bit)
			if bit.Sign() != 0 {
				require.False(t, zero(sub(k, one)) || zero(add(k, one)), "adding, step %d", i)
				require.False(t, zero(next), "adding twice, step %d", i)
			}
			k = next
		}
		// π multiplies points of this order by a root of X² - trace·X + p.
		root := new(big.Int).ModSqrt(new(big.Int).Mod(sub(mul(trace, trace), mul(big.NewInt(4), p)), order), order)
		require.NotNil(t, root)
		half := new(big.Int).ModInverse(big.NewInt(2), order)
		inKernel := 0
		for _, pi := range []*big.Int{mul(add(trace, root), half), mul(sub(trace, root), half)} {
			pi.Mod(pi, order)
			pi2 := mul(pi, pi)
			require.True(t, zero(add(sub(pi2, mul(trace, pi)), p)))
			require.False(t, zero(sub(k, pi)) || zero(add(k, pi)))
			last := add(k, pi)
			require.False(t, zero(sub(last, pi2)) || zero(add(last, pi2)))
			if zero(add(sub(last, pi2), mul(pi2, pi))) {
				inKernel++
			}
		}
		if s == fr.Modulus().String() {
			require.Equal(t, 1, inKernel)
		} else {
			require.Zero(t, inKernel)
		}
	}
}
