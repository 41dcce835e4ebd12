#!/usr/bin/env bash
# Makes sure that there is a Chromium, for the test of the page of `triplicate serve`. On Debian and Ubuntu one is
# installed when run as root; elsewhere this says how to install one and fails.
set -euo pipefail

found() { command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null; }

found && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "set-up: no Chromium found, installing chromium"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq || true # one broken source of packages need not matter
    apt-get install -y -qq --no-install-recommends chromium </dev/null >/dev/null || true
fi
if ! found; then
    echo "set-up: no chromium on PATH; install it (Debian: apt-get install chromium)" >&2
    exit 1
fi
