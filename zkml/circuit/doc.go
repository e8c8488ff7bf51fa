// Package circuit turns a model in the canonical form (zkml/onnx) into a rank-1 constraint system
// over the BN254 scalar field, and inputs of the model into witnesses of it.
//
// The weights are constants of the circuit, so a circuit, and with it a verifying key, is one
// version of one model. Its public inputs are those of package statement: input digest, output
// elements, context. Its one claim: the prover knows input bytes with that digest, on which the
// integer arithmetic of the graph gives that output. The digest is a plain hash: of few possible
// inputs it tells which one it was (see package prover).
//
// # How it is built
//
// Every element of every tensor is one wire that holds v = q - Type.Min(), an integer in [0, 255].
// A linear layer is a linear combination of such wires; what costs constraints is to bring an
// accumulator back to eight bits (see rule.go), tables, pooling and the two hashes (hash.go).
// Ranges and tables are proved by one log-derivative argument over one Pedersen commitment to all
// wires that the prover chooses (lookup.go). Planning, constraints and witness are separate passes
// over the same list of layers, one file per operator; every gadget states beside its code why it
// is sound.
//
// # Trust
//
// The graph decides what is proved, so it has to be trusted or compared by digest: compiling the
// same graph again gives the same constraint system, byte for byte, on every platform. Nothing
// here is constant time. This package does not read ONNX files, makes no keys and proves nothing.
package circuit
