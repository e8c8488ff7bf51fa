#!/usr/bin/env bash
# Tries the inference protocol with clients that others wrote: Triton's Python client, from PyPI, in a virtual environment
# under build/clients, and curl. tests/clients/requirements.txt pins what is installed.
set -euo pipefail
cd "$(dirname "$0")/.."
python=${PYTHON:-python3}
venv=build/clients/venv
pinned=tests/clients/requirements.txt
command -v "$python" >/dev/null || {
  echo "clients: error: $python not found" >&2
  echo "hint: install Python 3.11 or newer with its venv module, or name it in PYTHON" >&2
  exit 1
}
if ! cmp -s "$pinned" "$venv/requirements.txt"; then
  rm -rf "$venv"
  mkdir -p build/clients
  "$python" -m venv "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check --only-binary :all: --requirement "$pinned"
  cp "$pinned" "$venv/requirements.txt"
fi
ASSAY_CLIENTS_PYTHON=$PWD/$venv/bin/python go test -count=1 "$@" ./tests/clients/
