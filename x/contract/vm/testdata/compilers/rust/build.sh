#!/bin/sh
# Builds the Rust sample with rustc 1.95 and its target wasm32-unknown-unknown. The core library comes compiled, with copies of
# 64 bits in it, so wasm-opt lowers what there is of i64; it comes with AssemblyScript, in contracts/node_modules after npm ci
# there. The .wasm files are committed: nothing but a change of the sources needs this.
set -eu
cd "$(dirname "$0")"
wasm_opt=${WASM_OPT:-../../../../../../contracts/node_modules/.bin/wasm-opt}

for level in 2 s; do
	rustc --edition 2021 --target wasm32-unknown-unknown --crate-type cdylib -C target-cpu=mvp -C "opt-level=$level" \
		-C panic=abort -C lto=fat -C strip=symbols -C link-arg=-zstack-size=8192 -C link-arg=--initial-memory=65536 \
		-C link-arg=--max-memory=65536 -o "policy.O$level.wasm" policy.rs
	"$wasm_opt" --mvp-features --enable-sign-ext --enable-bulk-memory --enable-reference-types --remove-non-js-ops --flatten \
		--i64-to-i32-lowering -O2 -o "policy.O$level.wasm" "policy.O$level.wasm"
	chmod 644 "policy.O$level.wasm"
done
