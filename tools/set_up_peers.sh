#!/usr/bin/env bash
# The libraries that benchmarks compare with live in .venv-peers, away from the package's own environment.
set -euo pipefail
cd "$(dirname "$0")/.."
wanted=$(cksum benchmarks/training/peers.txt)
[ "$(cat .venv-peers/installed 2>/dev/null || true)" = "$wanted" ] && exit 0
echo "set-up: installing the peers of the benchmarks (several GB)"
"${PYTHON:-python3}" -m venv --clear .venv-peers
.venv-peers/bin/python -m pip install --disable-pip-version-check --quiet -r benchmarks/training/peers.txt
echo "$wanted" >.venv-peers/installed
