#!/usr/bin/env bash
# Makes sure that there is a JDK (javac and java): JAVA_HOME, the PATH, /usr/lib/jvm. On Debian and Ubuntu it is
# installed when run as root; elsewhere this says how to install one and fails.
set -euo pipefail

runs() { "$1javac" -version >/dev/null 2>&1 && "$1java" -version >/dev/null 2>&1; }

find_jdk() {
    local bin
    for bin in "${JAVA_HOME:+$JAVA_HOME/bin/}" "" /usr/lib/jvm/*/bin/; do
        runs "$bin" && return 0
    done
    return 1
}

find_jdk && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "set-up: no JDK found, installing default-jdk-headless"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq && apt-get install -y -qq --no-install-recommends default-jdk-headless </dev/null
    find_jdk && exit 0
fi
cat >&2 <<'HOW'
set-up: no JDK found (javac and java, version 8 or later), looked at JAVA_HOME, the PATH and /usr/lib/jvm. Install one:
  Debian, Ubuntu   sudo apt-get install default-jdk-headless
  Fedora           sudo dnf install java-latest-openjdk-devel
  macOS            brew install openjdk, then set JAVA_HOME to $(brew --prefix openjdk)
or set JAVA_HOME to the folder of one.
HOW
exit 1
