// Package onnx turns a quantized ONNX file into Assay's canonical form, and computes what that
// form computes.
//
// Import reads QDQ and QOperator files and rewrites them to a Graph: integer tensors between
// layers, static shapes, constant weights, a handful of operators (DESIGN, decision 1). Marshal
// writes a Graph as an ONNX file that devices run; ReadCanonical reads such a file back and
// refuses every other byte sequence. Executor is the integer reference: no ONNX Runtime, no
// platform differences, plain IEEE single precision where requantization is defined by it.
//
// A file is untrusted: sizes are bounded (see the Max constants), shapes are computed here and
// never believed, and everything that the form cannot express is refused with a sentinel and the
// place. What is trusted is the arithmetic that the operators of graph.go document; that ONNX
// Runtime does the same on every CPU is checked elsewhere (zkml/ort).
//
// The package is not a general ONNX importer: no float layers, no dynamic shapes, no control flow.
package onnx
