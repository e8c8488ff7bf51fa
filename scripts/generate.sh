#!/usr/bin/env bash
# Lints the protobuf definitions and generates Go and the OpenAPI document from them, with the tools pinned in tools/protogen.
# The inference protocol's definition is not the chain's: it is a buf module of its own, beside the package that speaks it.
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p build/bin
(cd tools/protogen && go build -o ../../build/bin/ tool)
scripts/protodeps.sh
build/bin/buf lint
build/bin/buf lint inference-sidecar/oip/proto
rm -rf build/gen && mkdir -p build/gen
build/bin/buf generate
find x -name '*.pb.go' -delete -o -name '*.pb.gw.go' -delete
cp -r build/gen/github.com/assay-chain/assay/. .
find inference-sidecar/oip/inferencepb -name '*.pb.go' -delete
build/bin/buf generate inference-sidecar/oip/proto --template inference-sidecar/oip/proto/buf.gen.yaml
scripts/openapi.sh
