// Package enginetest has a model for tests and benchmarks of the engine and of what is above it. It is trusted as
// tests are, and proves nothing about real models.
package enginetest

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/assay-chain/assay/zkml/onnx"
)

// Camera is a made model with the shape of the front of a vision network: an image of 3×224×224 and
// some strided convolutions. It takes milliseconds, which no third-party model here does.
func Camera(t testing.TB) *onnx.Graph {
	t.Helper()
	g := &onnx.Graph{Name: "camera", Values: []onnx.Value{
		{Name: "image", Type: onnx.Uint8, Shape: []int{1, 3, 224, 224}, Scale: 0.5, Zero: 128},
	}}
	rng := rand.New(rand.NewPCG(1, 1))
	for _, channels := range []int{24, 48, 96, 96} {
		addConv(g, rng, channels)
	}
	g.Output = len(g.Nodes)
	if err := g.Validate(); err != nil {
		t.Fatal(err)
	}
	return g
}

func addConv(g *onnx.Graph, rng *rand.Rand, channels int) {
	x := g.Values[len(g.Nodes)]
	id := len(g.Nodes) + 1
	y := onnx.Value{
		Name: fmt.Sprintf("y%d", id), Type: onnx.Uint8, Scale: 0.5, Zero: 128,
		Shape: []int{1, channels, x.Shape[2] / 2, x.Shape[3] / 2},
	}
	conv := &onnx.Conv{
		Window: onnx.Window{
			Kernel: [2]int{3, 3}, Stride: [2]int{2, 2}, Dilation: [2]int{1, 1}, PadBegin: [2]int{1, 1},
		},
		Group: 1, WeightType: onnx.Uint8, Weights: make([]int32, channels*x.Shape[1]*9),
	}
	for i := range conv.Weights {
		conv.Weights[i] = rng.Int32N(256)
	}
	for range channels {
		conv.WeightZero = append(conv.WeightZero, 128)
		conv.WeightScale = append(conv.WeightScale, 1.0/1024)
		conv.Bias = append(conv.Bias, rng.Int32N(2000)-1000)
		scale := x.Scale * conv.WeightScale[0]
		conv.Multiplier = append(conv.Multiplier, scale/y.Scale)
	}
	g.Values = append(g.Values, y)
	g.Nodes = append(g.Nodes, onnx.Node{Name: fmt.Sprintf("conv%d", id), Op: onnx.OpConv, In: []int{id - 1}, Out: id, Conv: conv})
}
