// Package cpus shows that a canonical model gives the same bytes on every CPU. It runs ONNX Runtime
// and the reference executor natively and on three machines that QEMU acts as (an x86 with AVX2 and
// no VNNI, an Armv8.0, and an Arm with every extension that QEMU knows), and compares.
//
// scripts/test-cpus.sh brings what it needs and runs it. QEMU 7.2 has no VNNI, AVX-512 or AMX, so
// kernels for those are argued for in docs/portability.md, not run.
package cpus
