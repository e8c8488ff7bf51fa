package verifier

import (
	"github.com/consensys/gnark-crypto/ecc/bn254"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
)

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
