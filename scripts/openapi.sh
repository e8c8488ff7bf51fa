#!/usr/bin/env bash
# Generates the OpenAPI document of our REST routes from the protobuf definitions, with the tools pinned in tools/protogen.
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p build/bin
(cd tools/protogen && go build -o ../../build/bin/ tool)
scripts/protodeps.sh
rm -rf build/openapi && mkdir -p build/openapi
build/bin/buf generate --template buf.gen.openapi.yaml
go run app/openapi/finish.go <build/openapi/assay.swagger.json >app/openapi/openapi.json.tmp
mv app/openapi/openapi.json.tmp app/openapi/openapi.json
