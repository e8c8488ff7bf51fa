#!/usr/bin/env bash
# Installs Hermes, the production relayer, at a pinned version with cargo, to a cache folder that outlives the checkout:
# $ASSAY_HERMES, else ${XDG_CACHE_HOME:-~/.cache}/assay/hermes. Does nothing where it is there. Prints the binary's path.
#
# 1.10.5 is the last version that is built from the crate registry alone. Later ones also speak to Namada and Penumbra: they
# need libclang and protoc, build RocksDB, and download Penumbra's proving keys from a Git LFS server while they are built.
set -euo pipefail
version=1.10.5
root=${ASSAY_HERMES:-${XDG_CACHE_HOME:-$HOME/.cache}/assay/hermes}

fail() { printf 'hermes: error: %s\nhint: %s\n' "$1" "$2" >&2; exit 1; }

if [ "$("$root/bin/hermes" version 2>/dev/null | awk '/^hermes/ { print $2 }')" != "$version" ]; then
  command -v cargo >/dev/null || fail "cargo not found" "install Rust, or use the relayer that needs none: RELAYER=rly"
  echo "hermes: building $version with cargo (ten minutes or more)" >&2
  cargo install ibc-relayer-cli --version "$version" --locked --root "$root" >&2 ||
    fail "cargo install ibc-relayer-cli $version" "see above; it needs a C compiler"
fi
echo "$root/bin/hermes"
