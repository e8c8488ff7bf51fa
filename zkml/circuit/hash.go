package circuit

import (
	"slices"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr/poseidon2"
	"github.com/consensys/gnark/constraint"
)

// weighted is coefficient times wire, with a coefficient of any size.
type weighted struct {
	wire  wire
	coeff fr.Element
}

// expression is a sum of weighted wires.
type expression []weighted

// reduced sorts by wire and merges the terms of one wire.
func (x expression) reduced() expression {
	slices.SortStableFunc(x, func(a, b weighted) int { return int(a.wire) - int(b.wire) })
	out := x[:0]
	for _, t := range x {
		if n := len(out); n > 0 && out[n-1].wire == t.wire {
			out[n-1].coeff.Add(&out[n-1].coeff, &t.coeff)
			continue
		}
		out = append(out, t)
	}
	return out
}

// plus returns a*x + b*y + c.
func plus(a int64, x expression, b int64, y expression, c fr.Element) expression {
	out := make(expression, 0, len(x)+len(y)+1)
	for _, t := range x {
		out = append(out, weighted{t.wire, times(t.coeff, a)})
	}
	for _, t := range y {
		out = append(out, weighted{t.wire, times(t.coeff, b)})
	}
	if !c.IsZero() {
		out = append(out, weighted{oneWire, c})
	}
	return out.reduced()
}

func (b *builder) linear(x expression) constraint.LinearExpression {
	out := make(constraint.LinearExpression, 0, len(x))
	for _, t := range x {
		out = append(out, constraint.Term{CID: b.coeff(&t.coeff), VID: t.wire})
	}
	if len(out) == 0 {
		return b.sum(0)
	}
	return out
}

// constant returns the value of a reduced expression without wires.
func (x expression) constant() (c fr.Element, ok bool) {
	switch {
	case len(x) == 0:
		return c, true
	case len(x) == 1 && x[0].wire == oneWire:
		return x[0].coeff, true
	}
	return c, false
}

// single is the expression of one wire.
func single(w wire) expression { return expression{{w, fr.One()}} }

// materialize returns a wire that equals x.
func (b *builder) materialize(x expression) expression {
	w := b.internal()
	b.equal(b.linear(x), b.sum(0, term{w, 1}))
	return single(w)
}

// digest is statement.Digest over n bytes that are packed into elements: Poseidon2 in
// Merkle–Damgård, width 2, from a zero state, the length first.
func (b *builder) digest(n int, packed []expression) expression {
	var length fr.Element
	length.SetUint64(uint64(n))
	state := b.compress(nil, expression{{oneWire, length}})
	for _, x := range packed {
		state = b.compress(state, b.materialize(x)) // one wire, as it spreads into every round
	}
	return state
}

// compress is the second half of the permutation of (left, right), plus right.
func (b *builder) compress(left, right expression) expression {
	var zero fr.Element
	_, out := b.permute(left, right)
	return plus(1, out, 1, right, zero)
}

// permute is the Poseidon2 permutation of width 2: the linear layers cost nothing, each x^5 three constraints.
func (b *builder) permute(x, y expression) (expression, expression) {
	params := poseidon2.GetDefaultParameters()
	var zero fr.Element
	half := params.NbFullRounds / 2
	x, y = plus(2, x, 1, y, zero), plus(1, x, 2, y, zero)
	for i, keys := range params.RoundKeys {
		x = b.fifth(plus(1, x, 0, nil, keys[0]))
		if i < half || i >= half+params.NbPartialRounds {
			y = b.fifth(plus(1, y, 0, nil, keys[1]))
			x, y = plus(2, x, 1, y, zero), plus(1, x, 2, y, zero)
		} else {
			x, y = plus(2, x, 1, y, zero), plus(1, x, 3, y, zero)
		}
	}
	return x, y
}

// fifth returns x^5. Three constraints are the fewest: two products reach degree four. A constant costs
// none, which folds the whole first block of a digest, the length, into a constant state.
func (b *builder) fifth(x expression) expression {
	if c, ok := x.constant(); ok {
		var fifth fr.Element
		fifth.Square(&c).Square(&fifth).Mul(&fifth, &c)
		return expression{{oneWire, fifth}}
	}
	square, fourth, fifth := b.internal(), b.internal(), b.internal()
	lx := b.linear(x)
	b.product(lx, lx, b.sum(0, term{square, 1}))
	b.product(b.sum(0, term{square, 1}), b.sum(0, term{square, 1}), b.sum(0, term{fourth, 1}))
	b.product(lx, b.sum(0, term{fourth, 1}), b.sum(0, term{fifth, 1}))
	return single(fifth)
}
