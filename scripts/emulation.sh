# shellcheck shell=sh
# Installs, where it may (root and apt), what runs arm64 programs on an x86_64 machine. Sourced, in the repository's root,
# after `program`, for messages, is set.

fail() { # MESSAGE [HINT]
	echo "$program: error: $1" >&2
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
	echo "$program: installing$packages"
	# shellcheck disable=SC2086 # a list of words
	{ apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages; } >/dev/null ||
		fail "$hint" "install them by hand"
fi
if [ -n "${ASSAY_ORT_LIB-}" ]; then scripts/ort.sh arm64; else scripts/ort.sh; fi
