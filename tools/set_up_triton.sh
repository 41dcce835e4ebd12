#!/usr/bin/env bash
# A Triton server for CPUs lives in .venv-triton: the one inside NVIDIA's package pytriton, and the NumPy it was compiled for.
set -euo pipefail
cd "$(dirname "$0")/.."
room=.venv-triton
fail() {
    echo "set-up: $*" >&2
    exit 1
}
recipe=$(cksum <tools/set_up_triton.sh; .venv/bin/python --version)
[ "$(cat "$room/installed" 2>/dev/null || true)" = "$recipe" ] && exit 0
version=$(.venv/bin/python -c 'import sys; print("%d.%d" % sys.version_info[:2])')
case $version in
    3.11 | 3.12) ;;
    *) fail "Triton runs models in Python 3.11 or 3.12 here, but .venv has $version: PYTHON=python3.12 make acceptance" ;;
esac
echo "set-up: installing a Triton server (75 MB)"
rm -rf "$room"
timeout 600 .venv/bin/python -m pip install --disable-pip-version-check --quiet --no-deps --only-binary :all: \
    --target "$room" "nvidia-pytriton==0.7.0" "numpy<2"
stub=$room/pytriton/tritonserver/python_backend_stubs/$version/triton_python_backend_stub
library=$(.venv/bin/python -c 'import sysconfig; print(sysconfig.get_config_var("LIBDIR"))')
missing() { LD_LIBRARY_PATH=$room/nvidia_pytriton.libs:$library ldd "$stub" | awk '/not found/ { print $1 }'; }
lost=$(missing)
if [ -n "$lost" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "set-up: $lost is missing, installing libpython$version"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq || true # one broken source of packages need not matter
    apt-get install -y -qq --no-install-recommends "libpython$version" </dev/null >/dev/null || true
    lost=$(missing)
fi
[ -z "$lost" ] || fail "Triton lacks $lost: on Debian or Ubuntu, sudo apt-get install libpython$version"
echo "$recipe" >"$room/installed"
