#!/usr/bin/env bash
# Makes .venv, a virtual environment of Python 3.11 or later that can build the wheel. Quick when it is there already.
# PYTHON names the interpreter; without it the first of python3, python3.14, … that is new enough is taken.
set -euo pipefail
cd "$(dirname "$0")/.."

fail() {
    echo "set-up: $*" >&2
    exit 1
}

new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }
identity() { "$1" -c 'import sys; print(sys.version, sys.base_prefix)' 2>/dev/null; }

python=${PYTHON:-}
if [ -z "$python" ]; then
    for candidate in python3 python3.14 python3.13 python3.12 python3.11; do
        if new_enough "$candidate"; then
            python=$candidate
            break
        fi
    done
fi
if [ -z "$python" ] || ! new_enough "$python"; then
    found=$("${python:-python3}" --version 2>&1) || found="not found"
    fail "Python 3.11 or later is needed, but ${python:-python3} is: $found. Name another one: PYTHON=python3.12 make …"
fi

# An environment is kept while it starts and was made by the interpreter that was asked for (if one was).
# pip's first line holds the environment's own path, so a checkout that was moved is noticed here too.
if [ -d .venv ]; then
    if ! new_enough .venv/bin/python || ! .venv/bin/pip --version >/dev/null 2>&1; then
        echo "set-up: .venv does not start, making it anew"
        rm -rf .venv
    elif [ -n "${PYTHON:-}" ] && [ "$(identity .venv/bin/python)" != "$(identity "$PYTHON")" ]; then
        echo "set-up: .venv was made by another Python, making it anew with $PYTHON"
        rm -rf .venv
    fi
fi
[ -e .venv/ready ] && exit 0

# Debian and Ubuntu ship Python without its venv module.
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    package=$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        echo "set-up: installing $package, the venv module of $python"
        export DEBIAN_FRONTEND=noninteractive
        apt-get update -qq || true # one broken source of packages need not matter
        apt-get install -y -qq --no-install-recommends "$package" </dev/null >/dev/null
    else
        fail "$python has no venv module. On Debian or Ubuntu: sudo apt-get install $package"
    fi
fi

echo "set-up: making .venv with $("$python" --version)"
"$python" -m venv --clear .venv
.venv/bin/python -m pip install --quiet --disable-pip-version-check 'setuptools>=77' 'build>=1.2'
touch .venv/ready
