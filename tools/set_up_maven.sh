#!/usr/bin/env bash
# Makes sure that there is a Maven. On Debian and Ubuntu one is installed when run as root; elsewhere this says how to
# install one and fails.
set -euo pipefail

command -v mvn >/dev/null && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "set-up: no Maven found, installing maven"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq || true # one broken source of packages need not matter
    apt-get install -y -qq --no-install-recommends maven </dev/null >/dev/null || true
fi
if ! command -v mvn >/dev/null; then
    echo "set-up: no mvn on PATH; install Maven 3.6.3 or later (Debian and Ubuntu: apt-get install maven; macOS: brew" \
        "install maven)" >&2
    exit 1
fi
