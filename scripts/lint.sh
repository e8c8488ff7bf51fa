#!/usr/bin/env bash
# Lints Go and protobuf with the pinned tools.
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p build/bin
(cd tools/lint && go build -o ../../build/bin/ tool)
build/bin/golangci-lint run --timeout 20m ./...
