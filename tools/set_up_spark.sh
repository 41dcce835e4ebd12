#!/usr/bin/env bash
# Spark for the example of examples/java/spark lives in .venv-spark, away from the package's own environment.
set -euo pipefail
cd "$(dirname "$0")/.."
wanted="pyspark==4.0.*" # runs on JDK 17 and 21
[ "$(cat .venv-spark/installed 2>/dev/null || true)" = "$wanted" ] && exit 0
echo "set-up: installing $wanted (430 MB)"
.venv/bin/python -m venv --clear .venv-spark
timeout 600 .venv-spark/bin/python -m pip install --disable-pip-version-check --quiet "$wanted"
echo "$wanted" >.venv-spark/installed
