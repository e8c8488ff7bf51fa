#!/usr/bin/env bash
# Lints the protobuf definitions and generates Go and the OpenAPI document from them, with the tools pinned in tools/protogen.
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p build/bin
(cd tools/protogen && go build -o ../../build/bin/ tool)
scripts/protodeps.sh
build/bin/buf lint
rm -rf build/gen && mkdir -p build/gen
build/bin/buf generate
find x -name '*.pb.go' -delete -o -name '*.pb.gw.go' -delete
cp -r build/gen/github.com/assay-chain/assay/. .
scripts/openapi.sh
