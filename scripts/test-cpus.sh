#!/bin/sh
# Runs every canonical model in ONNX Runtime natively and on five CPUs that QEMU acts as, and
# compares all bytes with the reference executor. Installs what is missing where it may (root and apt).
set -eu
cd "$(dirname "$0")/.."

fail() {
	echo "test-cpus: error: $1" >&2
	[ -z "${2-}" ] || echo "hint: $2" >&2
	exit 1
}

[ "$(uname -m)" = x86_64 ] || fail "machine: expected x86_64, got $(uname -m)" "the other CPUs are emulated from there"

packages=
need() { # a file or command, and the Debian package that has it
	if ! command -v "$1" >/dev/null && [ ! -e "$1" ]; then packages="$packages $2"; fi
}
need qemu-x86_64-static qemu-user-static
need qemu-aarch64-static qemu-user-static
need aarch64-linux-gnu-gcc gcc-aarch64-linux-gnu
need /usr/aarch64-linux-gnu/include/stdio.h libc6-dev-arm64-cross
need /usr/aarch64-linux-gnu/lib/libstdc++.so.6 libstdc++6-arm64-cross
if [ -n "$packages" ]; then
	hint="apt-get install$packages"
	[ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || fail "missing:$packages" "$hint"
	echo "test-cpus: installing$packages"
	# shellcheck disable=SC2086 # a list of words
	{ apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages; } >/dev/null ||
		fail "$hint" "install them by hand"
fi

if [ -n "${ASSAY_ORT_LIB-}" ]; then scripts/ort.sh arm64; else scripts/ort.sh; fi

echo "test-cpus: building for amd64 and arm64"
mkdir -p build/cpus
CGO_ENABLED=1 go build -o build/cpus/runner-amd64 ./tests/cpus/runner
CGO_ENABLED=1 GOARCH=arm64 CC=aarch64-linux-gnu-gcc go build -o build/cpus/runner-arm64 ./tests/cpus/runner

ASSAY_CPUS=1 go test -count=1 -timeout "${TEST_TIMEOUT:-30m}" -v ./tests/cpus
