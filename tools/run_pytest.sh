#!/usr/bin/env bash
# Runs pytest against the installed wheel, from a temporary copy of the tests, with the source folders out of reach.
# The arguments go to pytest; its exit code is this script's.
set -euo pipefail
cd "$(dirname "$0")/.."
checkout=$PWD

room=$(mktemp -d "${TMPDIR:-/tmp}/triplicate-tests-XXXXXX")
trap 'rm -rf "$room"' EXIT
for name in tests docs examples benchmarks pyproject.toml README.md ARCHITECTURE.md CHANGELOG.md; do
    if [ -e "$name" ]; then
        cp -R "$name" "$room/"
    fi
done

# The data folder may be named relative to the checkout.
if [ -n "${TRIPLICATE_DATA:-}" ]; then
    TRIPLICATE_DATA=$(cd "$TRIPLICATE_DATA" && pwd)
    export TRIPLICATE_DATA
fi
unset PYTHONPATH # it could name the checkout
export TRIPLICATE_CHECKOUT=$checkout # tests of the packaging compare the wheel and the sdist with it
cd "$room"
"$checkout/.venv/bin/python" -P -m pytest -p no:cacheprovider "$@"
