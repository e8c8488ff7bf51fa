#!/bin/sh
# Runs every canonical model in ONNX Runtime natively and on five CPUs that QEMU acts as, and
# compares all bytes with the reference executor. Installs what is missing where it may (root and apt).
set -eu
cd "$(dirname "$0")/.."

program=test-cpus
. scripts/emulation.sh

echo "test-cpus: building for amd64 and arm64"
mkdir -p build/cpus
CGO_ENABLED=1 go build -o build/cpus/runner-amd64 ./tests/cpus/runner
CGO_ENABLED=1 GOARCH=arm64 CC=aarch64-linux-gnu-gcc go build -o build/cpus/runner-arm64 ./tests/cpus/runner

ASSAY_CPUS=1 go test -count=1 -timeout "${TEST_TIMEOUT:-30m}" -v ./tests/cpus
