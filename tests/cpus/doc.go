// Package cpus shows that a canonical model gives the same bytes on every CPU. It runs ONNX Runtime
// and the reference executor natively and on five machines that QEMU acts as, two x86 and three Arm,
// each of which makes ONNX Runtime choose other kernels, and compares.
//
// scripts/test-cpus.sh brings what it needs and runs it. QEMU 7.2 has no VNNI, AVX-512 or AMX, so
// kernels for those are argued for in docs/portability.md, not run.
package cpus
