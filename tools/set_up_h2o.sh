#!/usr/bin/env bash
# H2O lives in .venv-h2o, away from the package's own environment, and is used for its reader alone. Prints the jar.
set -euo pipefail
cd "$(dirname "$0")/.."
version=3.46.0.7 # exports and reads MOJOs; its licence is Apache-2.0
if [ "$(cat .venv-h2o/installed 2>/dev/null || true)" != "$version" ]; then
    echo "set-up: installing h2o==$version (250 MB) into .venv-h2o" >&2
    .venv/bin/python -m venv --clear .venv-h2o
    .venv-h2o/bin/python -m pip install --disable-pip-version-check --quiet --no-deps "h2o==$version"
    echo "$version" >.venv-h2o/installed
fi
find "$PWD/.venv-h2o" -name h2o.jar -path '*/backend/bin/*'
