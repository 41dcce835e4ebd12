#!/usr/bin/env bash
# Builds the sdist, the wheel from the sdist, and installs the wheel into .venv; does nothing when no source changed.
# With an argument, the extra of that name is installed as well: tools/install_wheel.sh dev
set -euo pipefail
cd "$(dirname "$0")/.."
extra=${1:-}
pip=(.venv/bin/python -m pip --disable-pip-version-check --quiet)

# The content decides, not the time: a checkout of another branch, a deleted file and a touched file are all told apart.
sources=$(find src trainer exporters importers serving runtime templates java_harness pyproject.toml MANIFEST.in LICENSE README.md \
    -type f ! -path '*/__pycache__/*' ! -path '*.egg-info/*' -exec cksum {} + | LC_ALL=C sort | cksum)
installed=$(cat .venv/installed 2>/dev/null || true)
[ -e dist ] || installed=nothing

if [ "$installed" != "$sources" ]; then
    [ "$installed" = editable ] && echo "set-up: the wheel replaces the editable install (make dev brings it back)"
    # Leftovers of an earlier build would find their way into the new sdist.
    rm -rf build dist ./*.egg-info .venv/installed .venv/extra-*
    echo "set-up: building the sdist, and the wheel from it"
    if ! .venv/bin/python -m build --no-isolation --outdir dist . >.venv/build.log 2>&1; then
        cat .venv/build.log >&2
        exit 1
    fi
    echo "set-up: installing the wheel and what it needs (the first time takes a minute or two)"
    "${pip[@]}" install --force-reinstall --no-deps dist/*.whl
    "${pip[@]}" install dist/*.whl
    echo "$sources" >.venv/installed
fi
if [ -n "$extra" ] && [ ! -e ".venv/extra-$extra" ]; then
    echo "set-up: installing the tools of the extra [$extra]"
    "${pip[@]}" install "$(echo dist/*.whl)[$extra]"
    touch ".venv/extra-$extra"
fi
