package circuit

import (
	"testing"

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
