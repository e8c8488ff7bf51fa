package onnx_test

import (
	"fmt"
	"os"

	"github.com/assay-chain/assay/zkml/onnx"
)

// A canonical file is read back strictly and computed without ONNX Runtime.
func ExampleReadCanonical() {
	data, err := os.ReadFile("testdata/everything.onnx")
	if err != nil {
		panic(err)
	}
	g, err := onnx.ReadCanonical(data)
	if err != nil {
		panic(err)
	}
	e, err := onnx.NewExecutor(g)
	if err != nil {
		panic(err)
	}
	output, err := e.Run(make([]byte, g.Values[g.Input].Len()))
	if err != nil {
		panic(err)
	}
	in, out := g.Values[g.Input], g.Values[g.Output]
	fmt.Println(in.Type, in.Shape, "to", out.Type, out.Shape)
	fmt.Println(len(g.Nodes), "nodes,", g.MACs(), "multiplications")
	fmt.Println(len(output), "bytes")

	_, err = onnx.ReadCanonical(append(data, 0x32, 0x01, 'x'))
	fmt.Println(err)
	// Output:
	// int8 [1 2 4 4] to int8 [1 3]
	// 16 nodes, 350 multiplications
	// 3 bytes
	// onnx: not the canonical form: writing the graph gives other bytes
}
