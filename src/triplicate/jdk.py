"""Finding a Java development kit on this machine, and calling it."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from triplicate.runtime.errors import ToolError

__all__ = ["Jdk", "find_jdk", "find_jdks"]

USUAL_PLACES = (
    "/usr/lib/jvm/*",
    "/usr/java/*",
    "/opt/java/*",
    "/opt/*jdk*",
    "/Library/Java/JavaVirtualMachines/*/Contents/Home",
    "/opt/homebrew/opt/openjdk*",
)
HOME_PLACES = (".sdkman/candidates/java/*", ".jdks/*")
OLDEST = 8
MEMORY_PER_BYTE = 20  # of source: javac needs between 10 and 20
SHORT_RUN = ("-J-XX:+UseSerialGC", "-J-XX:TieredStopAtLevel=1")  # a third of javac's usual processor time
HOW_TO_INSTALL = (
    "install a JDK, version 8 or later (Debian and Ubuntu: apt-get install default-jdk-headless; macOS: brew install "
    "openjdk; Windows: winget install EclipseAdoptium.Temurin.21.JDK), or let JAVA_HOME name the folder of one"
)


@dataclass(frozen=True, slots=True)
class Jdk:
    """A Java development kit: the paths of its compiler and launcher, and its major version."""

    javac: Path
    java: Path
    version: int

    def compile(self, sources: Sequence[Path], classes: Path, *, timeout: float = 300.0) -> None:
        """Compile for Java 8 in one call, with every warning an error; ToolError holds javac's output.

        A javac that has dropped Java 8 compiles for its own version.
        """
        memory = max(1 << 30, MEMORY_PER_BYTE * sum(source.stat().st_size for source in sources)) >> 20
        lint: list[str | Path] = ["-Xlint:all,-options", "-Werror", "-encoding", "US-ASCII", "-d", classes, *sources]
        command: list[str | Path] = [self.javac, f"-J-Xmx{memory}m", *SHORT_RUN]
        if self.version > OLDEST:
            try:
                run([*command, "--release", str(OLDEST), *lint], timeout)
                return
            except ToolError as refusal:
                if f"release version {OLDEST} not supported" not in str(refusal):
                    raise
        run([*command, *lint], timeout)

    def run(self, arguments: Sequence[str | Path], *, timeout: float = 300.0) -> str:
        """Run the launcher with these arguments and return its standard output; ToolError holds the rest."""
        return run([self.java, *arguments], timeout)


def find_jdk() -> Jdk:
    """Return the JDK of JAVA_HOME, else that of PATH, else one from the usual places; ToolError if none works."""
    first = next(_working(), None)
    if first is None:
        raise ToolError(f"no javac found (looked in JAVA_HOME, PATH and the usual folders): {HOW_TO_INSTALL}")
    return first


def find_jdks() -> tuple[Jdk, ...]:
    """Return every JDK on this machine once, the one that find_jdk returns first."""
    return tuple(_working())


def _working() -> Iterator[Jdk]:
    seen: set[Path] = set()
    for javac in _compilers():
        home = javac.resolve().parent
        if home in seen:
            continue
        seen.add(home)
        java = shutil.which("java", path=str(home))
        version = _version(javac)
        if java is not None and version >= OLDEST:
            yield Jdk(javac, Path(java), version)


def _compilers() -> Iterator[Path]:
    """Yield the places of javac in the order of preference."""
    folders = []
    if os.environ.get("JAVA_HOME"):
        folders.append(Path(os.environ["JAVA_HOME"]) / "bin")
    folders += [Path(folder) for folder in os.environ.get("PATH", "").split(os.pathsep) if folder]
    for pattern in USUAL_PLACES:
        folders += [home / "bin" for home in sorted(Path("/").glob(pattern.lstrip("/")))]
    for pattern in HOME_PLACES:
        folders += [home / "bin" for home in sorted(Path.home().glob(pattern))]
    for folder in folders:
        javac = shutil.which("javac", path=str(folder))
        if javac is not None:
            yield Path(javac)


def _version(javac: Path) -> int:
    """Return the major version that javac states (1.8.0_402 is 8), 0 if it does not run."""
    try:
        text = run([javac, "-version"], 60.0)
    except ToolError:
        return 0
    found = re.search(r"javac (?:1\.)?(\d+)", text)
    return int(found.group(1)) if found else 0


def run(command: Sequence[str | Path], timeout: float) -> str:
    """Run a program and return what it printed, both streams together; ToolError if it fails or hangs."""
    name = Path(command[0]).name
    try:
        done = subprocess.run(  # noqa: S603 - the command is a JDK's program with our own arguments
            [str(part) for part in command],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            timeout=timeout,
            check=False,
        )
    except OSError as reason:
        raise ToolError(f"{command[0]}: cannot be started ({reason.strerror or reason})") from reason
    except subprocess.TimeoutExpired as reason:
        raise ToolError(f"{name}: not finished after {timeout:.0f} s") from reason
    text = done.stdout.decode("utf-8", errors="replace")
    if done.returncode != 0:
        raise ToolError(f"{name}: exit code {done.returncode}\n{text[-8000:]}")
    return text
