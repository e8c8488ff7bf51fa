package circuit

import (
	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark/constraint"
	cs_bn254 "github.com/consensys/gnark/constraint/bn254"
	"github.com/consensys/gnark/constraint/solver"
	fcs "github.com/consensys/gnark/frontend/cs"
)

// wire is the index of a variable of the constraint system: wire 0 is the constant one, then come
// the public inputs, the secret ones, and the wires that the solver computes.
type wire = uint32

const oneWire wire = 0

// term is coefficient times wire. Coefficients of lookups and layers fit 63 bits by construction.
type term struct {
	wire  wire
	coeff int64
}

// builder writes a constraint system directly, without gnark's frontend: expressions with hundreds
// of terms are the rule here, and the frontend would merge-sort each of them several times.
type builder struct {
	cs   *cs_bn254.R1CS
	gate constraint.BlueprintID
	ids  map[int64]uint32 // coefficient ids of small integers
}

// newBuilder returns a builder for a system with the given public inputs (the constant one not
// counted), then secrets nameless secret inputs.
func newBuilder(public []string, secrets int) *builder {
	b := &builder{cs: cs_bn254.NewR1CS(secrets * 2), ids: make(map[int64]uint32)}
	b.gate = b.cs.AddBlueprint(&constraint.BlueprintGenericR1C{})
	b.cs.AddPublicVariable("1")
	for _, name := range public {
		b.cs.AddPublicVariable(name)
	}
	b.cs.Secret = make([]string, secrets) // as AddSecretVariable("") that many times
	return b
}

// internal returns a new wire for the solver to compute.
func (b *builder) internal() wire { return wire(b.cs.AddInternalVariable()) }

// term returns coeff times w.
func (b *builder) term(w wire, coeff int64) constraint.Term {
	id, ok := b.ids[coeff]
	if !ok {
		var e fr.Element
		e.SetInt64(coeff)
		id = b.coeff(&e)
		b.ids[coeff] = id
	}
	return constraint.Term{CID: id, VID: w}
}

func (b *builder) coeff(e *fr.Element) uint32 {
	var u constraint.U64
	copy(u[:], e[:])
	return b.cs.AddCoeff(u)
}

// sum returns constant + Σ terms.
func (b *builder) sum(constant int64, terms ...term) constraint.LinearExpression {
	out := make(constraint.LinearExpression, 0, len(terms)+1)
	for _, t := range terms {
		if t.coeff != 0 {
			out = append(out, b.term(t.wire, t.coeff))
		}
	}
	if constant != 0 || len(out) == 0 {
		out = append(out, b.term(oneWire, constant))
	}
	return out
}

// product adds the constraint x*y = z. A wire that is not yet known may occur once in it, and is
// then what the solver computes.
func (b *builder) product(x, y, z constraint.LinearExpression) {
	b.cs.AddR1C(constraint.R1C{L: x, R: y, O: z}, b.gate)
}

// equal adds the constraint x = z.
func (b *builder) equal(x, z constraint.LinearExpression) { b.product(x, b.sum(1), z) }

// boolean adds the constraint w*(1-w) = 0.
func (b *builder) boolean(w wire) {
	b.product(b.sum(0, term{w, 1}), b.sum(1, term{w, -1}), b.sum(0))
}

// commit adds the system's one Pedersen commitment, to the secret wires [first, first+n), and
// returns the wire that holds its hash: a challenge that is fixed only after all of them are.
func (b *builder) commit(first wire, n int) (wire, error) {
	var zero fr.Element
	inputs := make([]constraint.LinearExpression, 1, n+1)
	number := constraint.Term{CID: b.coeff(&zero)} // number of the commitment
	number.MarkConstant()
	inputs[0] = constraint.LinearExpression{number}
	committed := make([]int, n)
	for i := range committed {
		committed[i] = int(first) + i
		inputs = append(inputs, constraint.LinearExpression{b.term(first+wire(i), 1)})
	}
	hint := fcs.Bsb22CommitmentComputePlaceholder
	out, err := b.cs.AddSolverHint(hint, solver.GetHintID(hint), inputs, 1)
	if err != nil {
		return 0, err
	}
	err = b.cs.AddCommitment(constraint.Groth16Commitment{
		PublicAndCommitmentCommitted: []int{},
		PrivateCommitted:             committed,
		CommitmentIndex:              out[0],
	})
	return wire(out[0]), err
}
