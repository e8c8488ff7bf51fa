package onnx

import "github.com/assay-chain/assay/zkml/onnx/internal/onnxpb"

// Limits. They keep reading a hostile file cheap and are far above what can be proved in
// reasonable time: a proof of 2.5 million multiplications takes seconds and a gigabyte.
const (
	// MaxFileBytes bounds an ONNX file.
	MaxFileBytes = 64 << 20
	// MaxNodes bounds the nodes of an ONNX graph.
	MaxNodes = onnxpb.MaxNodes
	// MaxRank bounds the dimensions of a tensor.
	MaxRank = onnxpb.MaxRank
	// MaxElements bounds the elements of one tensor that flows between nodes.
	MaxElements = 1 << 22
	// MaxActivations bounds the elements of all tensors that flow between nodes, together.
	MaxActivations = 1 << 24
	// MaxWeights bounds the elements of one constant.
	MaxWeights = onnxpb.MaxElements
	// MaxDerived bounds the elements of all constants that Import computes from others, together.
	MaxDerived = 1 << 25
	// MaxTerms bounds the products in one accumulator: their sum fits 32 bits even before zero
	// points are subtracted, as ONNX Runtime's kernels compute it.
	MaxTerms = 33_000
	// MaxMACs bounds the multiplications of one inference.
	MaxMACs = 1 << 32
	// MaxWindow bounds kernel, stride, dilation and padding of a sliding window, in each direction.
	MaxWindow = 1 << 12
)
