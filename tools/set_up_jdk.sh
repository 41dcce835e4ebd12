#!/usr/bin/env bash
# Makes sure that the installed package finds a JDK (javac and java). On Debian and Ubuntu one is installed when run as
# root; elsewhere this says how to install one and fails.
set -euo pipefail
cd "$(dirname "$0")/.."

# The package's own search decides, so that the set-up and the tests never disagree. Exit code 3: there is no JDK.
find_jdk() {
    .venv/bin/python -P - <<'PYTHON'
import sys
from triplicate.jdk import find_jdk
from triplicate.runtime.errors import ToolError
try:
    find_jdk()
except ToolError as error:
    print(f"set-up: {error}", file=sys.stderr)
    sys.exit(3)
PYTHON
}

code=0
message=$(find_jdk 2>&1) || code=$?
if [ "$code" = 3 ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "set-up: no JDK found, installing default-jdk-headless"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq || true # one broken source of packages need not matter
    apt-get install -y -qq --no-install-recommends default-jdk-headless </dev/null >/dev/null || true
    code=0
    message=$(find_jdk 2>&1) || code=$?
fi
if [ "$code" != 0 ]; then
    echo "$message" >&2
    exit 1
fi
