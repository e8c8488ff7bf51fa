package verifier

import (
	"crypto/sha256"
	"encoding/binary"
	"math/big"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254"
	"github.com/consensys/gnark-crypto/ecc/bn254/fp"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/stretchr/testify/require"
)

// testScalar is a scalar that follows from the seed alone.
func testScalar(seed uint64) fr.Element {
	h := sha256.Sum256(binary.BigEndian.AppendUint64([]byte("scalar"), seed))
	var e fr.Element
	return *e.SetBytes(h[:])
}

func testCoefficient(seed uint64) coefficient {
	h := sha256.Sum256(binary.BigEndian.AppendUint64([]byte("coefficient"), seed))
	return coefficient{binary.BigEndian.Uint64(h[:]), binary.BigEndian.Uint64(h[8:])}
}

func mulG1(p *bn254.G1Affine, s fr.Element) bn254.G1Affine {
	var out bn254.G1Affine
	return *out.ScalarMultiplication(p, s.BigInt(new(big.Int)))
}

func testG1(seed uint64) bn254.G1Affine {
	_, _, g, _ := bn254.Generators()
	return mulG1(&g, testScalar(seed))
}

func testG2(seed uint64) bn254.G2Affine {
	_, _, _, g := bn254.Generators()
	s := testScalar(seed)
	var out bn254.G2Affine
	return *out.ScalarMultiplication(&g, s.BigInt(new(big.Int)))
}

// outsideG2 is a point of the twist outside the subgroup.
func outsideG2(seed uint64) bn254.G2Affine {
	var x bn254.E2
	x.A0.SetUint64(seed)
	x.A1.SetUint64(1)
	for {
		jac := bn254.GeneratePointNotInG2(x)
		var p bn254.G2Affine
		p.FromJacobian(&jac)
		if !p.IsInfinity() && p.IsOnCurve() && !p.IsInSubGroup() {
			return p
		}
		x.A0.Add(&x.A0, new(fp.Element).SetOne())
	}
}

func TestEndomorphism(t *testing.T) {
	p := testG1(1)
	phi := p
	phi.X.Mul(&phi.X, &omega)
	require.Equal(t, mulG1(&p, lambda), phi)
}

func TestDigits(t *testing.T) {
	for width := 2; width <= 12; width++ {
		for _, v := range []uint64{0, 1, 1<<64 - 1, 1 << 63, 1<<63 - 1, 0xaaaaaaaaaaaaaaaa, testCoefficient(1).a} {
			out := make([]int16, digitCount(width))
			digits(out, v, width)
			sum := new(big.Int)
			for i := len(out) - 1; i >= 0; i-- {
				require.LessOrEqual(t, max(out[i], -out[i]), int16(1)<<(width-1))
				sum.Lsh(sum, uint(width)).Add(sum, big.NewInt(int64(out[i])))
			}
			require.Equalf(t, new(big.Int).SetUint64(v), sum, "width %d", width)
		}
	}
}

func TestScaleAll(t *testing.T) {
	cs := []coefficient{{0, 0}, {1, 0}, {0, 1}, {^uint64(0), ^uint64(0)}, {8, 8}, {1 << 63, 1 << 63}, {7, 1<<64 - 8}}
	for i := range 20 {
		cs = append(cs, testCoefficient(uint64(i)))
	}
	points := make([]bn254.G1Affine, len(cs))
	for i := range points {
		if i != 5 { // one at infinity
			points[i] = testG1(uint64(i))
		}
	}
	got := scaleAll(&lanes{}, points, cs)
	for i := range cs {
		require.Equalf(t, mulG1(&points[i], cs[i].scalar()), got[i], "lane %d", i)
		require.Equal(t, got[i:i+1], scaleAll(&lanes{}, points[i:i+1], cs[i:i+1]))
	}
}

func TestWeightedSums(t *testing.T) {
	for _, n := range []int{1, 2, 3, 4, 5, 17, 64, 200} {
		cs := make([]coefficient, n)
		sets := [][]bn254.G1Affine{make([]bn254.G1Affine, n), make([]bn254.G1Affine, n), make([]bn254.G1Affine, n)}
		var want [3]bn254.G1Affine
		for i := range cs {
			cs[i] = testCoefficient(uint64(i % 7)) // repeated, so buckets hold equal points
			for s := range sets {
				sets[s][i] = testG1(uint64(i%5 + 10*s))
				if s == 1 && i%3 == 0 {
					sets[s][i].SetInfinity()
				}
				if s == 2 && i%2 == 1 { // cancels the point before it where the coefficients agree
					sets[s][i].Neg(&sets[s][i-1])
				}
				term := mulG1(&sets[s][i], cs[i].scalar())
				want[s].Add(&want[s], &term)
			}
		}
		require.Equalf(t, want[:], weightedSums(&lanes{}, sets, cs), "%d points", n)
	}
}

func TestCombs(t *testing.T) {
	points := []bn254.G1Affine{testG1(1), {}, testG1(3)}
	combs := newCombs(points)
	minusOne := fr.One()
	minusOne.Neg(&minusOne)
	for _, scalars := range [][]fr.Element{
		{fr.NewElement(0), fr.NewElement(0), fr.NewElement(0)},
		{fr.One(), fr.One(), fr.One()},
		{minusOne, minusOne, minusOne},
		{testScalar(1), testScalar(2), testScalar(3)},
	} {
		var want bn254.G1Affine
		for i := range points {
			term := mulG1(&points[i], scalars[i])
			want.Add(&want, &term)
		}
		require.Equal(t, want, combine(combs, scalars))
	}
}

func TestMillerLoop(t *testing.T) {
	for _, n := range []int{1, 2, 5} {
		var a pairs
		for i := range n {
			a.p = append(a.p, testG1(uint64(i)))
			a.q = append(a.q, testG2(uint64(i+100)))
		}
		want, err := bn254.Pair(append(a.p, testG1(50), bn254.G1Affine{}), append(a.q, testG2(60), testG2(61)))
		require.NoError(t, err)
		l, l2 := bn254.PrecomputeLines(testG2(60)), bn254.PrecomputeLines(testG2(61))
		a.fixedP, a.fixed = []bn254.G1Affine{testG1(50), {}}, []*lines{&l, &l2}
		f, outside := millerLoop(a)
		require.Empty(t, outside)
		got := bn254.FinalExponentiation(&f)
		require.True(t, got.Equal(&want))
	}
}

func TestMillerLoopFindsPointsOutsideTheSubgroup(t *testing.T) {
	a := pairs{}
	var want []int
	for i := range 24 {
		a.p = append(a.p, testG1(uint64(i)))
		if i%3 == 1 {
			q := outsideG2(uint64(i))
			if i%2 == 0 { // of an order that divides the cofactor
				q.ScalarMultiplication(&q, fr.Modulus())
			}
			a.q = append(a.q, q)
			want = append(want, i)
			continue
		}
		a.q = append(a.q, testG2(uint64(i)))
	}
	_, outside := millerLoop(a)
	require.Equal(t, want, outside)
}

// TestSubgroupNorm checks the fact that the subgroup check of millerLoop rests on.
func TestSubgroupNorm(t *testing.T) {
	big1 := func(v int64) *big.Int { return big.NewInt(v) }
	mul := func(a, b *big.Int) *big.Int { return new(big.Int).Mul(a, b) }
	add := func(a ...*big.Int) *big.Int {
		s := new(big.Int)
		for _, v := range a {
			s.Add(s, v)
		}
		return s
	}
	neg := func(a *big.Int) *big.Int { return new(big.Int).Neg(a) }
	x, _ := new(big.Int).SetString("4965661367192848881", 10)
	p, r := fp.Modulus(), fr.Modulus()
	trace := add(mul(big1(6), mul(x, x)), big1(1))
	cofactor := add(p, trace, big1(-1))
	// π² = trace·π - p, so η = 6x+2 + π - π² + π³ = a + bπ.
	a := add(mul(big1(6), x), big1(2), p, neg(mul(trace, p)))
	b := add(big1(1), neg(trace), mul(trace, trace), neg(p))
	norm := add(mul(a, a), mul(mul(a, b), trace), mul(mul(b, b), p))
	quotient, rest := new(big.Int).DivMod(norm, r, new(big.Int))
	require.Zero(t, rest.Sign(), "the order divides the norm")
	require.NotZero(t, new(big.Int).Mod(quotient, r).Sign(), "once")
	require.Equal(t, big1(1), new(big.Int).GCD(nil, nil, norm, cofactor), "the norm is prime to the cofactor")
	require.Equal(t, big1(1), new(big.Int).GCD(nil, nil, r, cofactor), "the subgroup is the whole r-torsion over the field")
	// The cofactor is right: it and r annihilate a point of the twist.
	q := outsideG2(5)
	q.ScalarMultiplication(&q, fr.Modulus())
	require.False(t, q.IsInfinity())
	var jac bn254.G2Jac
	acc := bn254.G2Jac{}
	acc.FromAffine(&bn254.G2Affine{})
	jac.FromAffine(&q)
	for i := cofactor.BitLen() - 1; i >= 0; i-- {
		acc.DoubleAssign()
		if cofactor.Bit(i) == 1 {
			acc.AddAssign(&jac)
		}
	}
	require.True(t, acc.Z.IsZero())
}

func BenchmarkParts(b *testing.B) {
	const n = 100
	var a pairs
	cs := make([]coefficient, n)
	for i := range n {
		a.p, a.q = append(a.p, testG1(uint64(i))), append(a.q, testG2(uint64(i)))
		cs[i] = testCoefficient(uint64(i))
	}
	per := func(b *testing.B) {
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/item")
	}
	b.Run("miller", func(b *testing.B) {
		for b.Loop() {
			millerLoop(a)
		}
		per(b)
	})
	b.Run("scale", func(b *testing.B) {
		for b.Loop() {
			scaleAll(&lanes{}, a.p, cs)
		}
		per(b)
	})
	b.Run("sums-3", func(b *testing.B) {
		for b.Loop() {
			weightedSums(&lanes{}, [][]bn254.G1Affine{a.p, a.p, a.p}, cs)
		}
		per(b)
	})
}
