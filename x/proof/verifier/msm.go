package verifier

import "github.com/consensys/gnark-crypto/ecc/bn254"

// smallSum is the number of points below which buckets do not pay.
const smallSum = 4

// weightedSums returns, for each set, the sum of c[i]·set[i]. Every set has as many points as there
// are coefficients. All sets share the batches of additions.
//
// It is Pippenger's bucket method: each coefficient contributes its digits a and b for the points P
// and φ(P), buckets are summed pairwise in affine coordinates, and the running sums of all windows
// advance in lockstep.
func weightedSums(l *lanes, sets [][]bn254.G1Affine, c []coefficient) []bn254.G1Affine {
	if len(c) < smallSum {
		return directSums(l, sets, c)
	}
	b := newBuckets(len(sets), len(c))
	b.fill(sets, c)
	b.collapse(l)
	return b.combine(l)
}

func directSums(l *lanes, sets [][]bn254.G1Affine, c []coefficient) []bn254.G1Affine {
	var points []bn254.G1Affine
	var cs []coefficient
	for _, set := range sets {
		points = append(points, set...)
		cs = append(cs, c...)
	}
	scaled := scaleAll(l, points, cs)
	sums := make([]bn254.G1Affine, len(sets))
	for s := range sums {
		for i := range c {
			sums[s].Add(&sums[s], &scaled[s*len(c)+i])
		}
	}
	return sums
}

// buckets are those of all windows of all sets. Bucket (set, window, k) holds the points whose digit
// is k+1 or -k-1.
type buckets struct {
	sets, windows, width, size int
	points                     []bn254.G1Affine // the points of bucket i are points[start[i]:][:count[i]]
	start, count               []int
}

// newBuckets chooses the window: the number of additions into buckets and of running sums is least.
func newBuckets(sets, n int) *buckets {
	best, width := 0, 0
	for w := 2; w <= 12; w++ {
		if cost := digitCount(w) * (2*n + 2<<(w-1)); width == 0 || cost < best {
			best, width = cost, w
		}
	}
	b := &buckets{sets: sets, windows: digitCount(width), width: width, size: 1 << (width - 1)}
	b.start, b.count = make([]int, sets*b.windows*b.size), make([]int, sets*b.windows*b.size)
	return b
}

func (b *buckets) index(set, window int, d int16) int {
	if d < 0 {
		d = -d
	}
	return (set*b.windows+window)*b.size + int(d) - 1
}

func (b *buckets) fill(sets [][]bn254.G1Affine, c []coefficient) {
	da, db := make([]int16, len(c)*b.windows), make([]int16, len(c)*b.windows)
	for i := range c {
		digits(da[i*b.windows:][:b.windows], c[i].a, b.width)
		digits(db[i*b.windows:][:b.windows], c[i].b, b.width)
	}
	b.layout(da, db, len(c))
	for s, set := range sets {
		for i := range set {
			if set[i].IsInfinity() {
				continue
			}
			phi := set[i]
			phi.X.Mul(&phi.X, &omega)
			for w := range b.windows {
				b.put(s, w, da[i*b.windows+w], &set[i])
				b.put(s, w, db[i*b.windows+w], &phi)
			}
		}
	}
}

// layout reserves room for each bucket: the sets share the coefficients, so they share the counts.
func (b *buckets) layout(da, db []int16, n int) {
	for i := range n {
		for w := range b.windows {
			for _, d := range [2]int16{da[i*b.windows+w], db[i*b.windows+w]} {
				if d != 0 {
					b.count[b.index(0, w, d)]++
				}
			}
		}
	}
	perSet, at := b.windows*b.size, 0
	for i := range b.start {
		b.start[i] = at
		at += b.count[i%perSet]
	}
	clear(b.count)
	b.points = make([]bn254.G1Affine, at)
}

func (b *buckets) put(set, window int, d int16, p *bn254.G1Affine) {
	if d == 0 {
		return
	}
	i := b.index(set, window, d)
	slot := &b.points[b.start[i]+b.count[i]]
	b.count[i]++
	if *slot = *p; d < 0 {
		slot.Y.Neg(&slot.Y)
	}
}

// collapse adds up the points of each bucket, in rounds that halve their number.
func (b *buckets) collapse(l *lanes) {
	left, right := make([]bn254.G1Affine, 0, len(b.points)/2), make([]bn254.G1Affine, 0, len(b.points)/2)
	for {
		left, right = left[:0], right[:0]
		for i, n := range b.count {
			for j := 0; j+1 < n; j += 2 {
				left = append(left, b.points[b.start[i]+j])
				right = append(right, b.points[b.start[i]+j+1])
			}
		}
		if len(left) == 0 {
			return
		}
		l.add(left, right)
		at := 0
		for i, n := range b.count {
			copy(b.points[b.start[i]:], left[at:at+n/2])
			at += n / 2
			if n%2 == 1 {
				b.points[b.start[i]+n/2] = b.points[b.start[i]+n-1]
			}
			b.count[i] = n/2 + n%2
		}
	}
}

// combine weights the buckets by running sums, and the windows by doubling.
func (b *buckets) combine(l *lanes) []bn254.G1Affine {
	n := b.sets * b.windows
	running, total, next := make([]bn254.G1Affine, n), make([]bn254.G1Affine, n), make([]bn254.G1Affine, n)
	for k := b.size - 1; k >= 0; k-- {
		for i := range next {
			if j := i*b.size + k; b.count[j] > 0 {
				next[i] = b.points[b.start[j]]
			} else {
				next[i].SetInfinity()
			}
		}
		l.add(running, next)
		l.add(total, running)
	}
	sums := make([]bn254.G1Affine, b.sets)
	for s := range sums {
		var acc bn254.G1Jac
		acc.FromAffine(&bn254.G1Affine{})
		for w := b.windows - 1; w >= 0; w-- {
			for range b.width {
				acc.DoubleAssign()
			}
			acc.AddMixed(&total[s*b.windows+w])
		}
		sums[s].FromJacobian(&acc)
	}
	return sums
}
