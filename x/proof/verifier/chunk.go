package verifier

import (
	"math/big"

	"github.com/consensys/gnark-crypto/ecc/bn254"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
)

// entry is an item of a chunk, decoded. B is on the twist; whether it is in the subgroup is known
// only after a Miller loop.
type entry struct {
	index  int
	item   *Item
	proof  Proof
	values []fr.Element     // the public inputs and the values of the commitments
	sum    bn254.G1Affine   // of the commitments
	folded []bn254.G1Affine // the commitments, weighted with powers of the fold coefficient
	scaled bn254.G1Affine   // A, weighted with the entry's coefficient
	weight coefficient
}

// decode reads the proof and prepares the entry.
func (e *entry) decode() error {
	if err := e.proof.decode(e.item.Proof, decodeTwist); err != nil {
		return err
	}
	if e.proof.a.IsInfinity() && !e.proof.b.IsInSubGroup() {
		return ErrSubgroup // the Miller loop skips this pair, so it would not notice
	}
	return e.prepare()
}

// prepare derives what verification needs from the proof and the inputs.
func (e *entry) prepare() error {
	key, p := e.item.Key, &e.proof
	if err := checkCounts(key, p, e.item.Inputs); err != nil {
		return err
	}
	var err error
	if e.values, err = extendInputs(key, p, e.item.Inputs); err != nil {
		return err
	}
	for i := range p.commitments {
		e.sum.Add(&e.sum, &p.commitments[i])
	}
	e.folded, err = foldCommitments(p, e.values[len(e.item.Inputs):])
	return err
}

// chunk is a set of items that are verified together. It belongs to one goroutine.
type chunk struct {
	entries []entry // sorted by key
	weight  fr.Element
	lanes   lanes
	budget  int // of bisection, in the unit of the costs below
	errs    []error
}

func (c *chunk) verify() {
	if len(c.entries) == 0 {
		return
	}
	c.assignWeights()
	product, outside := c.evaluate(c.entries)
	if len(outside) > 0 {
		c.drop(outside)
		product, _ = c.evaluate(c.entries)
	}
	c.budget = aloneCost * len(c.entries) / 3
	c.bisect(c.entries, &product)
}

// assignWeights derives the coefficients and weights each A with its own.
func (c *chunk) assignWeights() {
	t := newTranscript(c.entries)
	c.weight = t.commitmentWeight()
	weights := t.coefficients(len(c.entries))
	as := make([]bn254.G1Affine, len(c.entries))
	for i := range c.entries {
		c.entries[i].weight = weights[i]
		as[i] = c.entries[i].proof.a
	}
	for i, p := range scaleAll(&c.lanes, as, weights) {
		c.entries[i].scaled = p
	}
}

// drop removes the entries that are outside the subgroup, with the verdict that they get alone.
func (c *chunk) drop(outside []int) {
	kept := c.entries[:0]
	for i := range c.entries {
		if len(outside) > 0 && outside[0] == i {
			outside = outside[1:]
			c.errs[c.entries[i].index] = Check(*c.entries[i].item)
			continue
		}
		kept = append(kept, c.entries[i])
	}
	c.entries = kept
}

// Costs of an evaluation for each entry, for each key and by itself, and of verifying an entry
// alone. The unit is an entry's share, about 0.15 ms.
const (
	entryCost, keyCost, evaluationCost = 1, 4, 2
	aloneCost                          = 7
)

// bisect finds the bad entries, given the product over all of them. The product over one half
// gives that over the other by a division, so each level evaluates half of the entries. Once
// the budget is spent, what is left is verified one by one. The budget is a third of what that costs
// for all entries, so a chunk full of bad proofs costs at most about 1.5 times as much as verifying
// alone, and with a key for each proof twice as much; and a few bad proofs among many are still found
// by bisection alone.
func (c *chunk) bisect(entries []entry, product *bn254.GT) {
	if len(entries) == 0 || product.IsOne() {
		return
	}
	half := entries[:len(entries)/2]
	cost := evaluationCost + entryCost*len(half) + keyCost*len(groupByKey(half))
	if len(entries) == 1 || c.budget < cost {
		for i := range entries {
			c.errs[entries[i].index] = Check(*entries[i].item)
		}
		return
	}
	c.budget -= cost
	left, _ := c.evaluate(half)
	var right bn254.GT
	right.Conjugate(&left).Mul(&right, product) // the inverse, since left is a root of unity
	c.bisect(half, &left)
	c.bisect(entries[len(half):], &right)
}

// evaluate returns the weighted product of the entries' equations, which is one if all of them
// hold, or the positions of the entries whose B is outside the subgroup.
func (c *chunk) evaluate(entries []entry) (bn254.GT, []int) {
	var a pairs
	var position []int
	for i := range entries {
		if e := &entries[i]; !e.scaled.IsInfinity() && !e.proof.b.IsInfinity() {
			a.p, a.q = append(a.p, e.scaled), append(a.q, e.proof.b)
			position = append(position, i)
		}
	}
	for _, g := range groupByKey(entries) {
		c.fixedPairs(&a, g)
	}
	f, outside := millerLoop(a)
	if len(outside) > 0 {
		for i, lane := range outside {
			outside[i] = position[lane]
		}
		return bn254.GT{}, outside
	}
	return bn254.FinalExponentiation(&f), nil
}

// groupByKey cuts sorted entries where the key changes.
func groupByKey(entries []entry) [][]entry {
	var groups [][]entry
	for start := 0; start < len(entries); {
		end := start + 1
		for end < len(entries) && entries[end].item.Key.digest == entries[start].item.Key.digest {
			end++
		}
		groups = append(groups, entries[start:end])
		start = end
	}
	return groups
}

// fixedPairs appends the pairs with the points of one key, merged over all its proofs.
func (c *chunk) fixedPairs(a *pairs, group []entry) {
	key := group[0].item.Key
	sums := c.sumGroup(group)
	scalars := combineScalars(group)
	inputs := key.combineInputs(scalars)
	inputs.Add(&inputs, &sums.commitments)
	a.fix(inputs, &key.pre.gammaNeg)
	a.fix(sums.c, &key.pre.deltaNeg)
	a.fix(key.scaleAlphaNeg(scalars[0]), &key.pre.beta)
	for i := range sums.folded {
		a.fix(scale(&sums.folded[i], &c.weight), &key.pre.commitmentGSigma[i])
	}
	if len(sums.folded) > 0 {
		a.fix(scale(&sums.pok, &c.weight), &key.pre.commitmentG)
	}
}

// groupSums are sums over the proofs of one key, weighted with their coefficients.
type groupSums struct {
	c, pok, commitments bn254.G1Affine
	folded              []bn254.G1Affine
}

func (c *chunk) sumGroup(group []entry) groupSums {
	commitments := group[0].item.Key.Commitments()
	sets := 1
	if commitments > 0 {
		sets = 3 + commitments
	}
	points, weights := make([][]bn254.G1Affine, sets), make([]coefficient, len(group))
	for i := range group {
		e := &group[i]
		weights[i] = e.weight
		points[0] = append(points[0], e.proof.c)
		if commitments > 0 {
			points[1] = append(points[1], e.proof.pok)
			points[2] = append(points[2], e.sum)
			for k := range e.folded {
				points[3+k] = append(points[3+k], e.folded[k])
			}
		}
	}
	if commitments == 1 {
		points = points[:3] // the sum of one commitment is the commitment
	}
	s := weightedSums(&c.lanes, points, weights)
	switch commitments {
	case 0:
		return groupSums{c: s[0]}
	case 1:
		return groupSums{c: s[0], pok: s[1], commitments: s[2], folded: s[2:]}
	default:
		return groupSums{c: s[0], pok: s[1], commitments: s[2], folded: s[3:]}
	}
}

// combineScalars returns the scalars of the key's points K: the weighted sums of one and of each value.
func combineScalars(group []entry) []fr.Element {
	scalars := make([]fr.Element, 1+len(group[0].values))
	for i := range group {
		r := group[i].weight.scalar()
		scalars[0].Add(&scalars[0], &r)
		for j := range group[i].values {
			var term fr.Element
			term.Mul(&group[i].values[j], &r)
			scalars[1+j].Add(&scalars[1+j], &term)
		}
	}
	return scalars
}

func scale(p *bn254.G1Affine, s *fr.Element) bn254.G1Affine {
	var out bn254.G1Affine
	return *out.ScalarMultiplication(p, s.BigInt(new(big.Int)))
}
