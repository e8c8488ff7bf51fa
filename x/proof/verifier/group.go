package verifier

import (
	"math/big"

	"github.com/consensys/gnark-crypto/ecc/bn254"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
)

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
