#!/bin/sh
# Builds the sidecar for arm64, and runs its tests that need no chain on an emulated Cortex-A57 with the arm64 ONNX Runtime;
# and those of the interpreter of contracts, whose results, gas and traps are the committed ones on every machine.
# That models compute the same bytes there as on amd64 is for test-cpus.sh.
set -eu
cd "$(dirname "$0")/.."
program=test-arm64
. scripts/emulation.sh

scripts/deb.sh arm64

export CGO_ENABLED=1 GOARCH=arm64 CC=aarch64-linux-gnu-gcc
export ASSAY_ORT_LIB="$PWD/build/ort/arm64/libonnxruntime.so.1"
export QEMU_CPU=cortex-a57 QEMU_LD_PREFIX=/usr/aarch64-linux-gnu
echo "test-arm64: $(qemu-aarch64-static build/deb/arm64/assay-sidecar --version)"
# One package at a time: emulated, each takes a core. Left out are tests that kill a process of their own: it would be started
# without the emulator.
go test -p 1 -short -vet=off -timeout "${TEST_TIMEOUT:-30m}" -exec qemu-aarch64-static -skip '^(TestKill.*|TestDiskFull)$' \
	./zkml/ort ./inference-sidecar/engine ./inference-sidecar/queue ./inference-sidecar/artifacts ./inference-sidecar/slots \
	./inference-sidecar/oip/... ./inference-sidecar/journal/... ./inference-sidecar/config ./inference-sidecar/telemetry
CGO_ENABLED=0 go test -p 1 -short -vet=off -timeout "${TEST_TIMEOUT:-30m}" -exec qemu-aarch64-static \
	./x/contract/vm ./x/contract/vm/binary ./x/contract/vm/validate ./x/contract/vm/difftest ./x/contract/vm/spectest
