package onnx

import (
	"errors"
	"math"
	"testing"
)

func TestValidate(t *testing.T) {
	dense := func(t *testing.T) *Graph { return mustImport(t, denseFile()) }
	conv := func(t *testing.T) *Graph { return mustImport(t, convFile()) }
	all := func(t *testing.T) *Graph { return mustImport(t, everythingFile()) }
	find := func(g *Graph, op Op) *Node {
		for i := range g.Nodes {
			if g.Nodes[i].Op == op {
				return &g.Nodes[i]
			}
		}
		panic(op)
	}
	cases := []struct {
		name   string
		graph  func(*testing.T) *Graph
		damage func(*Graph)
		want   error
	}{
		{"success: dense", dense, func(*Graph) {}, nil},
		{"success: convolution", conv, func(*Graph) {}, nil},
		{"success: everything", all, func(*Graph) {}, nil},
		{"success: a version id as a name", dense, func(g *Graph) { g.Name = "acme/vibration@1.0.0" }, nil},
		{"failure: no nodes", dense, func(g *Graph) { g.Nodes = nil }, ErrInvalidGraph},
		{"failure: a value too few", dense, func(g *Graph) { g.Values = g.Values[:1] }, ErrInvalidGraph},
		{"failure: input elsewhere", dense, func(g *Graph) { g.Input = 1 }, ErrInvalidGraph},
		{"failure: output elsewhere", dense, func(g *Graph) { g.Output = 0 }, ErrInvalidGraph},
		{"failure: no name", dense, func(g *Graph) { g.Name = "" }, ErrInvalidGraph},
		{"failure: name with a space", dense, func(g *Graph) { g.Name = "a b" }, ErrInvalidGraph},
		{"failure: node's name with a dot", dense, func(g *Graph) { g.Nodes[0].Name = "a.b" }, ErrInvalidGraph},
		{"failure: value's name with a dot", dense, func(g *Graph) { g.Values[0].Name = "x.u8" }, ErrInvalidGraph},
		{"failure: name twice", dense, func(g *Graph) { g.Nodes[0].Name = g.Values[0].Name }, ErrInvalidGraph},
		{"failure: unknown operator", dense, func(g *Graph) { g.Nodes[0].Op = 99 }, ErrInvalidGraph},
		{"failure: constants of another operator", dense, func(g *Graph) { g.Nodes[0].Perm = []int{0} }, ErrInvalidGraph},
		{"failure: constants missing", dense, func(g *Graph) { g.Nodes[0].MatMul = nil }, ErrInvalidGraph},
		{"failure: constant operand elsewhere", dense, func(g *Graph) { g.Nodes[0].Const = &Const{} }, ErrInvalidGraph},
		{"failure: too many inputs", dense, func(g *Graph) { g.Nodes[0].In = []int{0, 0} }, ErrInvalidGraph},
		{"failure: input after the node", dense, func(g *Graph) { g.Nodes[0].In = []int{1} }, ErrInvalidGraph},
		{"failure: input below 0", dense, func(g *Graph) { g.Nodes[0].In = []int{-1} }, ErrInvalidGraph},
		{"failure: output out of order", dense, func(g *Graph) { g.Nodes[0].Out = 0 }, ErrInvalidGraph},
		{"failure: unused value", all, func(g *Graph) { find(g, OpTable).In = []int{0}; g.Nodes[1].In = []int{0} }, ErrInvalidGraph},
		{"failure: no dimensions", dense, func(g *Graph) { g.Values[0].Shape = nil }, ErrShape},
		{"failure: dimension 0", dense, func(g *Graph) { g.Values[0].Shape = []int{1, 0} }, ErrShape},
		{"failure: too many elements", dense, func(g *Graph) { g.Values[0].Shape = []int{1 << 30, 1 << 30, 1 << 30} }, ErrTooLarge},
		{"failure: element type", dense, func(g *Graph) { g.Values[0].Type = 0 }, ErrQuantization},
		{"failure: zero point", dense, func(g *Graph) { g.Values[0].Zero = 128 }, ErrQuantization},
		{"failure: scale", dense, func(g *Graph) { g.Values[0].Scale = float32(math.NaN()) }, ErrScale},
		{"failure: depth of a product", dense, func(g *Graph) { g.Values[0].Shape = []int{1, 4} }, ErrShape},
		{"failure: columns of a product", dense, func(g *Graph) { g.Values[1].Shape = []int{1, 3} }, ErrShape},
		{"failure: weight out of range", dense, func(g *Graph) { g.Nodes[0].MatMul.Weights[0] = 128 }, ErrQuantization},
		{"failure: weight zero point", dense, func(g *Graph) { g.Nodes[0].MatMul.WeightZero[0] = -129 }, ErrQuantization},
		{"failure: weight type", dense, func(g *Graph) { g.Nodes[0].MatMul.WeightType = 7 }, ErrQuantization},
		{"failure: weight scale", dense, func(g *Graph) { g.Nodes[0].MatMul.WeightScale[0] = 0 }, ErrScale},
		{"failure: multiplier", dense, func(g *Graph) { g.Nodes[0].MatMul.Multiplier[1] *= 1.0000001 }, ErrScale},
		{"failure: multiplier not normal", dense, func(g *Graph) {
			g.Values[0].Scale, g.Values[1].Scale, g.Nodes[0].MatMul.WeightScale = MinScale, MaxScale, []float32{MinScale, MinScale}
			g.deriveMultipliers()
		}, ErrScale},
		{"failure: scales missing", dense, func(g *Graph) { g.Nodes[0].MatMul.WeightScale = nil }, ErrShape},
		{"failure: bias missing", dense, func(g *Graph) { g.Nodes[0].MatMul.Bias = nil }, ErrShape},
		{"failure: accumulator above 32 bits", dense, func(g *Graph) { g.Nodes[0].MatMul.Bias[0] = math.MaxInt32 }, ErrOverflow},
		{"failure: accumulator below 32 bits", dense, func(g *Graph) { g.Nodes[0].MatMul.Bias[1] = math.MinInt32 }, ErrOverflow},
		{"failure: too many terms", func(*testing.T) *Graph {
			n := MaxTerms + 1
			m := &MatMul{Weights: make([]int32, n), WeightType: Int8, WeightZero: []int32{0}, WeightScale: []float32{1}, Bias: []int32{0}}
			return single(Node{Op: OpMatMul, MatMul: m}, value("x", Int8, 0, 1, n), value("y", Int8, 0, 1, 1))
		}, func(*Graph) {}, ErrTooLarge},
		{"failure: groups", conv, func(g *Graph) { g.Nodes[0].Conv.Group = 3 }, ErrShape},
		{"failure: no groups", conv, func(g *Graph) { g.Nodes[0].Conv.Group = 0 }, ErrShape},
		{"failure: stride 0", conv, func(g *Graph) { g.Nodes[0].Conv.Stride[1] = 0 }, ErrShape},
		{"failure: negative padding", conv, func(g *Graph) { g.Nodes[0].Conv.PadEnd[1] = -1 }, ErrShape},
		{"failure: window too large", conv, func(g *Graph) { g.Nodes[0].Conv.Dilation[0] = 100 }, ErrShape},
		{"failure: output of a convolution", conv, func(g *Graph) { g.Values[1].Shape[3]++ }, ErrShape},
		{"failure: weight zero points differ", conv, func(g *Graph) { g.Nodes[0].Conv.WeightZero[1] = 1 }, ErrQuantization},
		{"failure: short table", all, func(g *Graph) { n := find(g, OpTable); n.Table = n.Table[1:] }, ErrShape},
		{"failure: table out of range", all, func(g *Graph) { find(g, OpTable).Table[0] = 128 }, ErrQuantization},
		{"failure: permutation", all, func(g *Graph) { find(g, OpTranspose).Perm[0] = 1 }, ErrShape},
		{"failure: short permutation", all, func(g *Graph) { n := find(g, OpTranspose); n.Perm = n.Perm[:2] }, ErrShape},
		{"failure: reshape", all, func(g *Graph) { g.Values[find(g, OpReshape).Out].Shape[0]++ }, ErrShape},
		{"failure: reshape with another scale", all, func(g *Graph) { g.Values[find(g, OpReshape).Out].Scale *= 2 }, ErrQuantization},
		{"failure: operand's data", all, func(g *Graph) { n := &g.Nodes[3]; n.Const.Data = n.Const.Data[1:] }, ErrShape},
		{"failure: operand's name", all, func(g *Graph) { g.Nodes[3].Const.Name = "c" }, ErrInvalidGraph},
		{"failure: operand's scale", all, func(g *Graph) { g.Nodes[3].Const.Scale = -1 }, ErrScale},
		{"failure: operand's shape", all, func(g *Graph) { g.Nodes[3].Const.Shape[1] = 3 }, ErrShape},
		{"failure: pooling window in the padding", all, func(g *Graph) { find(g, OpMaxPool).MaxPool.PadBegin[0] = 2 }, ErrShape},
		{"failure: pooling with another zero point", all, func(g *Graph) { g.Values[find(g, OpMaxPool).Out].Zero++ }, ErrQuantization},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			g := c.graph(t)
			c.damage(g)
			if err := g.Validate(); !errors.Is(err, c.want) {
				t.Fatalf("expected %v, got %v", c.want, err)
			}
			if c.want == nil {
				return
			}
			if _, err := g.Marshal(); !errors.Is(err, c.want) {
				t.Errorf("Marshal: expected %v, got %v", c.want, err)
			}
			if _, err := NewExecutor(g); !errors.Is(err, c.want) {
				t.Errorf("NewExecutor: expected %v, got %v", c.want, err)
			}
		})
	}
}

func TestAccumulatorRange(t *testing.T) {
	g := mustImport(t, denseFile())
	// x-1 lies in -129 to 126; columns 1, 3, -5 and -2, 4, 6; biases 10 and -20
	for c, want := range [][2]int64{{10 - 129*4 - 126*5, 10 + 126*4 + 129*5}, {-20 - 129*10 - 126*2, -20 + 126*10 + 129*2}} {
		if lo, hi := g.AccumulatorRange(0, c); lo != want[0] || hi != want[1] {
			t.Errorf("channel %d: expected %v, got %d to %d", c, want, lo, hi)
		}
	}
	if n := g.Channels(0); n != 2 {
		t.Errorf("channels: expected 2, got %d", n)
	}
	if n := g.MACs(); n != 6 {
		t.Errorf("multiplications: expected 6, got %d", n)
	}
}
