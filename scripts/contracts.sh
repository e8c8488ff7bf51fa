#!/bin/sh
# Builds the contracts that come with the chain from their sources, with the compiler that contracts/package-lock.json pins
# and the flags of "assay contract build". The same sources give the same bytes, so a difference in git afterwards is a
# change of a source or of the compiler.
set -eu

fail() {
	echo "contracts: error: $1" >&2
	[ -z "${2-}" ] || echo "hint: $2" >&2
	exit 1
}

cd "$(dirname "$0")/.."
command -v npm >/dev/null || fail "npm not found" "install Node.js 20 or newer; the built contracts are checked in and need none"
npm ci --prefix contracts --silent --ignore-scripts || fail "npm ci" "check the network and npm's registry setting"
for contract in accuracy-gate bounty publisher-guild assay/test; do
	go run ./cmd/assay contract build "contracts/$contract" >/dev/null
	sha256sum "contracts/$contract/$(basename "$contract").wasm"
done
go run ./cmd/assay contract build contracts/simulation -o x/contract/simulation/simulation.wasm >/dev/null
sha256sum x/contract/simulation/simulation.wasm
