// Package oip speaks the Open Inference Protocol, version 2, over REST and gRPC: health, metadata and inference, with
// Triton's binary tensor data extension over HTTP and raw contents over gRPC. What answers is a Backend; the package
// decodes a request straight into the memory that the backend lends for it, and says in each response which version ran.
//
// # Trust
//
// Callers are not trusted. Everything that they send is bounded before it is kept: connections, header and body sizes,
// the memory of all bodies together, nesting, names, counts, and the time that a slow caller may take. A request that
// breaks a rule is answered with what was expected and what came, and leaves no trace. A model is asked for only once the
// whole request has arrived, so that a slow caller holds no version and no buffer of one.
//
// A Unix socket is guarded by its file mode. Other listeners are as open as the network that they listen on, unless TLS
// and tokens are configured; without TLS a token can be read on the way.
//
// # What it is not
//
// It neither chooses versions nor runs models, and keeps no queue: that is the backend's. Of the protocol it has what
// models with one input and one output of 8-bit integers need: no strings, no floats, no batching, no shared memory, no
// model control.
package oip
