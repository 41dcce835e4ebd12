#!/usr/bin/env bash
# Several versions of ONNX Runtime, each in a folder of its own under .venv-onnxruntimes, away from the package's own:
# the oldest that installs on this Python, the newest there is, and two between. Quick when they are there already.
set -euo pipefail
cd "$(dirname "$0")/.."
room=.venv-onnxruntimes
pip=(.venv/bin/python -m pip --disable-pip-version-check --quiet install --no-deps --only-binary :all:)
recipe=$(cksum <tools/set_up_onnxruntimes.sh; .venv/bin/python --version)
[ "$(cat "$room/installed" 2>/dev/null || true)" = "$recipe" ] && exit 0
echo "set-up: installing four versions of ONNX Runtime"
rm -rf "$room"
mkdir "$room"

# Wheels up to 1.18 were built for NumPy 1; a folder holds nothing but ONNX Runtime and the NumPy it needs.
add() {
    local folder=$room/$1 numpy=numpy
    case $1 in 1.15.* | 1.16.* | 1.17.* | 1.18.*) numpy='numpy<2' ;; esac
    "${pip[@]}" --target "$folder" "onnxruntime==$1" "$numpy" 2>"$room/log" || {
        rm -rf "$folder"
        return 1
    }
}

# The first of each line is the oldest with wheels for that Python.
case $(.venv/bin/python -c 'import sys; print("%d.%d" % sys.version_info[:2])') in
    3.11) older=(1.15.0 1.18.1 1.23.2) ;;
    3.12) older=(1.17.0 1.20.1 1.23.2) ;;
    3.13) older=(1.20.0 1.23.2 1.26.0) ;;
    *) older=(1.24.1 1.26.0 1.28.0) ;;
esac
for version in "${older[@]}"; do
    add "$version" || {
        echo "set-up: onnxruntime $version does not install:" >&2
        cat "$room/log" >&2
        exit 1
    }
done
"${pip[@]}" --target "$room/newest" --upgrade onnxruntime numpy
rm -f "$room/log"
echo "$recipe" >"$room/installed"
