package circuit

import (
	"math/big"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark/backend/groth16"
	groth16_bn254 "github.com/consensys/gnark/backend/groth16/bn254"
	gnarkwitness "github.com/consensys/gnark/backend/witness"
	"github.com/consensys/gnark/constraint"
	"github.com/consensys/gnark/constraint/solver"
	fcs "github.com/consensys/gnark/frontend/cs"
	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/statement"
	"github.com/assay-chain/assay/zkml/onnx"
)

// oneOutput is a matMul of four inputs and one output, with a uint8 output that has no sign wires.
func oneOutput(multiplier float32) *onnx.Graph {
	value := func(name string, t onnx.DType, n int, zero int32) onnx.Value {
		return onnx.Value{Name: name, Type: t, Shape: []int{1, n}, Scale: 1, Zero: zero}
	}
	return &onnx.Graph{
		Name:   "test",
		Values: []onnx.Value{value("x", onnx.Uint8, 4, 0), value("y", onnx.Uint8, 1, 100)},
		Nodes: []onnx.Node{{Name: "n", Op: onnx.OpMatMul, In: []int{0}, Out: 1, MatMul: &onnx.MatMul{
			Weights: []int32{11, -7, 101, -90}, WeightType: onnx.Int8, WeightZero: []int32{0},
			WeightScale: []float32{multiplier}, Bias: []int32{5}, Multiplier: []float32{multiplier},
		}}},
		Input: 0, Output: 1,
	}
}

// forge changes the output by delta and makes everything else consistent with it that a cheating
// prover can: quotient, rows, multiplicities, public inputs. What is left is a remainder out of range.
func forge(t *testing.T, w *witness, delta int64) {
	t.Helper()
	p := w.plan
	l := p.layers[0].(*matMul)
	s, v := l.steps[0], l.y.wires[0]
	x := int64(l.m.Bias[0])
	for k, wire := range l.x.wires {
		x += l.weight(k, 0) * (w.get(wire) + l.x.offset())
	}
	before := w.get(v)
	after := before + delta
	require.True(t, before > 0 && before < 255 && after > 0 && after < 255)
	move := func(t *table, from, to int64) {
		w.values[t.first-w.first+wire(from)]--
		w.values[t.first-w.first+wire(to)]++
	}
	// least makes the least limb absorb a change and takes back its lookup, as it has no row.
	least := func(limb wire, change int64) {
		if change != 0 {
			w.values[p.tables.limb.first-w.first+wire(w.get(limb))]--
			w.set(limb, w.get(limb)+change)
		}
	}
	w.set(v, after)
	move(p.tables.byte, before, after)
	switch s.rule.mode {
	case modeClamp:
		move(p.tables.clamp, before-p.tables.clampLow, after-p.tables.clampLow)
		least(v+1, -delta<<s.rule.shift)
	case modeWide:
		if delta != 0 {
			rest := (x*s.rule.mul + s.rule.add) & (1<<p.tables.limbBits - 1)
			w.values[p.tables.limb.first-w.first+wire(rest)]--
		}
	case modeSteps:
		move(s.rule.low, before, after)
		move(s.rule.high, before, after)
		least(v+1, s.thresholds[before]-s.thresholds[after])
		least(v+1+wire(s.rule.limbs), s.thresholds[after+1]-s.thresholds[before+1])
	}
}

// forged is the witness of a run whose output is forged by delta.
func forged(t *testing.T, c *Compiled, delta int64) gnarkwitness.Witness {
	t.Helper()
	input := []byte{200, 30, 50, 60}
	w, err := c.plan.evaluate(input)
	require.NoError(t, err)
	forge(t, w, delta)
	digest, err := statement.Digest(input)
	require.NoError(t, err)
	public, err := statement.PublicInputs(digest, c.plan.output.raw(w), statement.Binding{
		ChainID: "z", Device: make([]byte, statement.DeviceBytes), Version: "a/b@1.0.0", Nonce: []byte("n"),
	})
	require.NoError(t, err)
	full, err := w.full(public)
	require.NoError(t, err)
	return full
}

func TestForgedActivation(t *testing.T) {
	for _, tc := range []struct {
		name       string
		multiplier float32
		mode       mode
	}{{"clamp", 0.0123, modeClamp}, {"wide", 0.0123, modeWide}, {"steps", 1.0 / 128, modeSteps}} {
		for _, delta := range []int64{0, 1, -1, 50} {
			name := "failure: " + tc.name
			if delta == 0 {
				name = "success: " + tc.name + ", not forged"
			}
			t.Run(name, func(t *testing.T) {
				g := oneOutput(tc.multiplier)
				c, err := compile(g, func(s *step) {
					if tc.mode == modeClamp {
						s.count = 100_000 // as if the table paid off
					}
				})
				require.NoError(t, err)
				require.Equal(t, tc.mode, c.plan.steps[0].rule.mode)

				full := forged(t, c, delta)
				_, err = c.System.Solve(full)
				if delta == 0 {
					require.NoError(t, err)
					return
				}
				require.ErrorContains(t, c.Locate(err), `layer "lookups"`)
			})
		}
	}
}

// TestMultiplicitiesAfterChallenge forges an output and then picks a multiplicity that balances the sum
// of the limb table for the challenge that the rest had. With that challenge the system is satisfied,
// so all rests on it: the multiplicity is committed to as well, so a prover never gets that challenge.
func TestMultiplicitiesAfterChallenge(t *testing.T) {
	c, err := Compile(oneOutput(0.0123))
	require.NoError(t, err)
	pk, vk, err := groth16.Setup(c.System)
	require.NoError(t, err)
	full := forged(t, c, 1)
	values := full.Vector().(fr.Vector)
	secrets := values[len(c.plan.public):]

	commitment, err := pk.(*groth16_bn254.ProvingKey).CommitmentKeys[0].Commit(secrets)
	require.NoError(t, err)
	challenge, err := fr.Hash(commitment.Marshal(), []byte(constraint.CommitmentDst), 1)
	require.NoError(t, err)
	x := challenge[0]

	a, limb := newAdversary(t, c), c.plan.tables.limb
	quotient := func(numerator, value fr.Element) fr.Element {
		value.Sub(&x, &value)
		return *numerator.Div(&numerator, &value)
	}
	var missing fr.Element
	for _, q := range a.queries {
		if q.table == limb {
			var value fr.Element
			for _, term := range q.value {
				e := fr.One()
				if term.wire != oneWire {
					e = values[term.wire-1]
				}
				e.Mul(&e, &term.coeff)
				value.Add(&value, &e)
			}
			e := quotient(fr.One(), value)
			missing.Add(&missing, &e)
		}
	}
	for i, row := range limb.rows {
		e := quotient(values[limb.first-1+wire(i)], *new(fr.Element).SetInt64(row))
		missing.Sub(&missing, &e)
	}
	require.False(t, missing.IsZero())
	missing.Mul(&missing, &x) // row 0 has the quotient m/X
	m := &values[limb.first-1]
	m.Add(m, &missing)

	id := solver.GetHintID(fcs.Bsb22CommitmentComputePlaceholder)
	old := solver.OverrideHint(id, func(_ *big.Int, _, out []*big.Int) error { x.BigInt(out[0]); return nil })
	_, err = c.System.Solve(full, old)
	require.NoError(t, err, "with the challenge of before")

	_, err = groth16.Prove(c.System, pk, full)
	require.ErrorContains(t, c.Locate(err), `layer "lookups"`)
	honest := forged(t, c, 0)
	proof, err := groth16.Prove(c.System, pk, honest)
	require.NoError(t, err)
	public, err := honest.Public()
	require.NoError(t, err)
	require.NoError(t, groth16.Verify(proof, vk, public))
}

// compile is Compile with a change to the step functions before their rules are chosen.
func compile(g *onnx.Graph, change func(s *step)) (*Compiled, error) {
	p, err := planned(g)
	if err != nil {
		return nil, err
	}
	for _, s := range p.steps {
		change(s)
	}
	if err := p.finish(); err != nil {
		return nil, err
	}
	return p.compile()
}
