#!/usr/bin/env bash
# Every test: the plain packages first, then what starts real chains.
set -euo pipefail
cd "$(dirname "$0")/.."
export ASSAY_ORT_LIB=${ASSAY_ORT_LIB:-$PWD/build/ort/$(go env GOARCH)/libonnxruntime.so.1}
timeout=${TEST_TIMEOUT:-30m}
go test -timeout "$timeout" ./...
go test -timeout "$timeout" -parallel 3 -tags e2e ./tests/e2e/...
