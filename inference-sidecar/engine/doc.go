// Package engine runs a model version in ONNX Runtime for many callers, for years: loaded once, warmed
// up before it counts as ready, with buffers that are made at load and used again.
//
// One ONNX Runtime session serves all runs of a model. Each run has a frame of its own, whose buffers
// are the session's input and output tensors, so nothing is copied and weights are held once. At most
// Options.Parallel runs are under way at a time.
//
// # Trust
//
// A model file is untrusted until it was read here as the canonical form: ONNX Runtime, a large C++
// library in this process, sees nothing else. That is not a sandbox; who published the file and its
// digest are checked by others before. Callers' bytes are only ever numbers of a tensor of a fixed
// size. A frame is cleared when it is given back, so one caller's input never meets another's eyes.
//
// The package does not choose who runs next (package queue) or which version (package slots).
package engine
