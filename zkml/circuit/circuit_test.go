package circuit_test

import (
	"math/rand/v2"
	"os"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark/constraint"
	"github.com/consensys/gnark/logger"
	"github.com/stretchr/testify/require"

	"github.com/assay-chain/assay/statement"
	"github.com/assay-chain/assay/zkml/circuit"
	"github.com/assay-chain/assay/zkml/onnx"
)

// The solver alone computes the commitment's challenge at random, which is what these tests want,
// and gnark says so in the log each time.
func TestMain(m *testing.M) {
	logger.Disable()
	os.Exit(m.Run())
}

func binding() statement.Binding {
	return statement.Binding{
		ChainID: "zone-1", Device: make([]byte, statement.DeviceBytes), Version: "acme/test@1.0.0", Nonce: []byte("n"),
	}
}

// inputs are the extreme inputs and n random ones.
func inputs(x *onnx.Value, n int) [][]byte {
	r := rand.New(rand.NewPCG(7, 7))
	fill := func(f func(i int) int32) []byte {
		out := make([]byte, x.Len())
		for i := range out {
			out[i] = byte(f(i))
		}
		return out
	}
	out := [][]byte{
		fill(func(int) int32 { return x.Type.Min() }),
		fill(func(int) int32 { return x.Type.Max() }),
		fill(func(i int) int32 { return []int32{x.Type.Min(), x.Type.Max()}[i%2] }),
	}
	for range n {
		out = append(out, fill(func(int) int32 { return r.Int32N(256) }))
	}
	return out
}

// agree runs inputs through the reference executor and the circuit, and solves the circuit.
func agree(t *testing.T, g *onnx.Graph, c *circuit.Compiled, inputs [][]byte) {
	t.Helper()
	for _, input := range inputs {
		want, err := g.Trace(input)
		require.NoError(t, err)
		got, err := c.Trace(input)
		require.NoError(t, err)
		require.NoError(t, c.Diff(got, want))
		a, err := c.Assign(input, binding())
		require.NoError(t, err)
		require.Equal(t, onnx.Bytes(want[g.Output]), a.Output)
		_, err = c.System.Solve(a.Witness)
		require.NoError(t, c.Locate(err))
	}
}

func TestOperators(t *testing.T) {
	for _, tc := range cases() {
		t.Run("success: "+tc.name, func(t *testing.T) {
			c, err := circuit.Compile(tc.graph)
			require.NoError(t, err)
			agree(t, tc.graph, c, inputs(&tc.graph.Values[0], min(5, 50_000/c.Stats.Constraints)))
		})
		t.Run("success: "+tc.name+", no other run", func(t *testing.T) {
			c, err := circuit.Compile(tc.graph)
			require.NoError(t, err)
			c.RequireOneRun(t, inputs(&tc.graph.Values[0], 1)[3])
		})
		t.Run("failure: "+tc.name+", any wire changed", func(t *testing.T) {
			c, err := circuit.Compile(tc.graph)
			require.NoError(t, err)
			refuses(t, c, inputs(&tc.graph.Values[0], 1)[3])
		})
	}
}

// refuses changes one witness element at a time, public ones and secret ones, and demands that the
// constraints notice. The last one is the mask, which is free.
func refuses(t *testing.T, c *circuit.Compiled, input []byte) {
	t.Helper()
	a, err := c.Assign(input, binding())
	require.NoError(t, err)
	values := a.Witness.Vector().(fr.Vector)
	r := rand.New(rand.NewPCG(3, 3))
	budget := max(8, 100_000/c.Stats.Constraints) // wires to change, so that large circuits are quick as well
	stride := max(1, len(values)/budget)
	for i := 0; i < len(values)-1; i++ {
		// The context is tied to the proof by taking part in a constraint, not by its value.
		if i == len(a.Public)-1 || i >= len(a.Public) && r.IntN(stride) != 0 {
			continue
		}
		before, delta := values[i], []int64{1, -1, 256}[r.IntN(3)]
		values[i].Add(&values[i], new(fr.Element).SetInt64(delta))
		_, err := c.System.Solve(a.Witness)
		require.Errorf(t, err, "witness element %d of %d, changed by %d", i, len(values), delta)
		values[i] = before
	}
	_, err = c.System.Solve(a.Witness)
	require.NoError(t, err)
}

func TestRandomGraphs(t *testing.T) {
	for seed := range uint64(20) {
		g := everything(100 + seed)
		c, err := circuit.Compile(g)
		require.NoError(t, err)
		agree(t, g, c, inputs(&g.Values[0], 2))
	}
}

// TestAccumulatorEnds runs the inputs that bring accumulators of a first layer to both ends of their
// ranges, where the last steps, quotients and limbs are.
func TestAccumulatorEnds(t *testing.T) {
	graphs := map[string]*onnx.Graph{"demo": model(t, "demo")}
	for _, tc := range cases() {
		if tc.graph.Nodes[0].Op == onnx.OpMatMul && tc.graph.Values[0].Shape[0] == 1 {
			graphs[tc.name] = tc.graph
		}
	}
	require.Greater(t, len(graphs), 4)
	for name, g := range graphs {
		t.Run("success: "+name, func(t *testing.T) {
			c, err := circuit.Compile(g)
			require.NoError(t, err)
			x, m := &g.Values[0], g.Nodes[0].MatMul
			for column := range min(3, len(m.Bias)) {
				ends := make([][]byte, 2)
				acc := [2]int64{int64(m.Bias[column]), int64(m.Bias[column])}
				for i := range x.Len() {
					w := int64(m.Weights[i*len(m.Bias)+column] - m.WeightZero[column])
					for end := range ends {
						q := x.Type.Min()
						if w > 0 == (end == 1) {
							q = x.Type.Max()
						}
						ends[end] = append(ends[end], byte(q))
						acc[end] += w * int64(q-x.Zero)
					}
				}
				lo, hi := g.AccumulatorRange(0, column)
				require.Equal(t, [2]int64{lo, hi}, acc)
				agree(t, g, c, ends)
			}
		})
	}
}

func TestOneCommitment(t *testing.T) {
	for _, tc := range cases() {
		c, err := circuit.Compile(tc.graph)
		require.NoError(t, err)
		commitments := c.System.GetCommitments().(constraint.Groth16Commitments)
		require.Len(t, commitments, 1, tc.name)
		require.Len(t, commitments[0].PrivateCommitted, c.System.GetNbSecretVariables(), tc.name)
		require.Empty(t, commitments[0].PublicAndCommitmentCommitted, tc.name)
	}
}

func TestModels(t *testing.T) {
	for name, n := range map[string]int{"demo": 20, "ad": 5, "kws": 0} {
		t.Run("success: "+name, func(t *testing.T) {
			if name == "kws" && testing.Short() {
				t.Skip("short")
			}
			g := model(t, name)
			c, err := circuit.Compile(g)
			require.NoError(t, err)
			agree(t, g, c, inputs(&g.Values[0], n))
			if name != "kws" { // which has the same gadgets and takes half a minute
				c.RequireOneRun(t, inputs(&g.Values[0], 1)[3])
			}
		})
	}
}

func TestRejects(t *testing.T) {
	g := everything(1)
	c, err := circuit.Compile(g)
	require.NoError(t, err)
	t.Run("failure: input too short", func(t *testing.T) {
		_, err := c.Assign(make([]byte, 3), binding())
		require.ErrorIs(t, err, circuit.ErrInput)
		_, err = c.Trace(nil)
		require.ErrorIs(t, err, circuit.ErrInput)
	})
	t.Run("failure: no nonce", func(t *testing.T) {
		b := binding()
		b.Nonce = nil
		_, err := c.Assign(make([]byte, g.Values[0].Len()), b)
		require.ErrorIs(t, err, statement.ErrSize)
	})
	t.Run("failure: malformed graph", func(t *testing.T) {
		_, err := circuit.Compile(&onnx.Graph{Name: "empty"})
		require.ErrorIs(t, err, circuit.ErrGraph)
		require.ErrorIs(t, err, onnx.ErrInvalidGraph)
	})
	t.Run("failure: batch of convolutions", func(t *testing.T) {
		b := newGraph(1, onnx.Int8, 2, 1, 3, 3)
		y := b.last()
		_, err := circuit.Compile(b.node(onnx.Node{Op: onnx.OpMaxPool, MaxPool: &onnx.MaxPool{Window: window(1, 1, 1, 0, 0)}}, y).Graph)
		require.ErrorIs(t, err, circuit.ErrUnsupported)
		require.ErrorContains(t, err, `node "node0"`)
	})
	t.Run("failure: another executor's value", func(t *testing.T) {
		ours, err := c.Trace(make([]byte, g.Values[0].Len()))
		require.NoError(t, err)
		theirs := make([][]int32, len(ours))
		theirs[2] = append([]int32{}, ours[2]...)
		theirs[2][4]++
		err = c.Diff(ours, theirs)
		require.ErrorIs(t, err, circuit.ErrMismatch)
		require.ErrorContains(t, err, `node "node1", element 4`)
	})
	t.Run("failure: the layer of a constraint is named", func(t *testing.T) {
		a, err := c.Assign(make([]byte, g.Values[0].Len()), binding())
		require.NoError(t, err)
		a.Public[0].SetOne()
		a.Witness.Vector().(fr.Vector)[0].SetOne()
		_, err = c.System.Solve(a.Witness)
		require.ErrorContains(t, c.Locate(err), `layer "hashes"`)
	})
}
