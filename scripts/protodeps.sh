#!/usr/bin/env bash
# Copies the protobuf definitions that ours import from the pinned Go modules to build/protodeps.
set -euo pipefail
cd "$(dirname "$0")/.."
dst=build/protodeps
rm -rf "$dst.tmp" && mkdir -p "$dst.tmp"
from() { # module, folder inside it, subfolders to take
  local dir; dir=$(go list -m -f '{{.Dir}}' "$1")
  [ -n "$dir" ] || { go mod download "$1"; dir=$(go list -m -f '{{.Dir}}' "$1"); }
  local base=$dir/$2 out=$PWD/$dst.tmp; shift 2
  for sub in "$@"; do
    (cd "$base" && find "$sub" -name '*.proto' -print0 | xargs -0 cp --parents -t "$out")
  done
}
from github.com/cosmos/gogoproto . gogoproto
from github.com/grpc-ecosystem/grpc-gateway third_party/googleapis google/api/annotations.proto google/api/http.proto
from github.com/cosmos/cosmos-proto proto cosmos_proto
from github.com/cosmos/cosmos-sdk proto amino cosmos/base/v1beta1 cosmos/base/query cosmos/msg cosmos/app
chmod -R u+w "$dst.tmp"
rm -rf "$dst" && mv "$dst.tmp" "$dst"
