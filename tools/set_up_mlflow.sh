#!/usr/bin/env bash
# MLflow lives in .venv-mlflow. What it does not bring itself, the installed wheel included, comes from .venv, which stands
# behind it on the module path.
set -euo pipefail
cd "$(dirname "$0")/.."
wanted="mlflow-skinny>=3.1,<4"
[ "$(cat .venv-mlflow/installed 2>/dev/null || true)" = "$wanted, $PWD" ] && exit 0
echo "set-up: installing mlflow-skinny"
.venv/bin/python -m venv --clear .venv-mlflow
site='import sysconfig; print(sysconfig.get_path("purelib"))'
.venv/bin/python -c "$site" >"$(.venv-mlflow/bin/python -c "$site")/behind.pth"
timeout 600 .venv-mlflow/bin/python -m pip install --disable-pip-version-check --quiet "$wanted"
echo "$wanted, $PWD" >.venv-mlflow/installed
