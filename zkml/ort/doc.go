// Package ort runs an ONNX file in ONNX Runtime, under given session options.
//
// It is the first of the three executors that must agree on every bit; the others are the integer
// reference executor in zkml/onnx and the circuit. What makes ONNX Runtime agree with itself on
// every CPU is the canonical form together with the session options of the version's manifest;
// docs/portability.md says why.
//
// Trust: a model is parsed and run by a large C++ library inside this process. Give it only bytes
// whose digest was checked, and canonical files that onnx.ReadCanonical accepted. The library itself
// is code: it is looked for only where the operator or the build put it, never in the working folder.
//
// The package is not a general binding: one input, one output, static shapes. CUDA and TensorRT can
// be asked for, but agreement on every bit is the CPU's alone. It needs cgo and a shared library of
// ONNX Runtime 1.24 (scripts/ort.sh); there is no fallback without it.
package ort
