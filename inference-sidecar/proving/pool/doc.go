// Package pool hands jobs to provers on other machines over NATS JetStream: Pool is the device's side, a proving.Prover;
// Worker the prover's.
//
// Jobs go into a work queue with explicit acknowledgement. A worker says that it is still at it while it proves; when
// it dies, the job is delivered to another. Answers go into a second queue, addressed to the device, and stay there until
// the device has them on disk. Jobs and answers are identified, so one that is published again is stored once, and one that is
// worked on twice does no harm.
//
// # Trust
//
// Workers see private inputs: let nobody connect who may not see them. Apart from that a worker is trusted with nothing:
// the device verifies every proof, and a worker that answers nonsense, or refuses, costs an attempt. Whoever can publish
// jobs makes a worker fetch artifacts and spend CPU; their files are compared with digests and read in a child
// process with bounded memory. Both sides decode strictly.
//
// Nothing here is needed for what a device has promised: the journal keeps that, and sends again what NATS lost.
package pool
