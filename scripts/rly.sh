#!/usr/bin/env bash
# Builds rly, the relayer of the tests and the local network, to build/bin/rly: unmodified, at the version pinned in
# tools/relayer. Does nothing where it is up to date.
set -euo pipefail
cd "$(dirname "$0")/.."
out=$PWD/build/bin/rly
[ ! "$out" -nt tools/relayer/go.sum ] || [ ! "$out" -nt tools/relayer/go.mod ] || exit 0
mkdir -p build/bin
cd tools/relayer
module=github.com/cosmos/relayer/v2
version=$(go list -m -f '{{.Version}}' $module)
echo "rly: building $version (some minutes the first time)"
go build -ldflags "-s -w -X $module/cmd.Version=$version" -o "$out" $module
