"""Finding and calling a JDK."""

from pathlib import Path

import pytest

from triplicate import jdk
from triplicate.jdk import Jdk, find_jdk, find_jdks
from triplicate.runtime.errors import ToolError

GOOD = "public class Good { public static void main(String[] a) { System.out.print(a[0]); } }"
WARNED = "import java.util.*; public class Warned { List list = new ArrayList(); }"


def fake_jdk(home: Path, version: str) -> Path:
    """Write a JDK whose javac only states its version."""
    (home / "bin").mkdir(parents=True)
    for name in ("javac", "java"):
        program = home / "bin" / name
        program.write_text(f"#!/bin/sh\necho javac {version}\n", encoding="ascii")
        program.chmod(0o755)
    return home


def only_these(monkeypatch: pytest.MonkeyPatch, java_home: Path | None, path: str) -> None:
    """Let nothing but JAVA_HOME and these folders be searched."""
    monkeypatch.setattr(jdk, "USUAL_PLACES", ())
    monkeypatch.setattr(jdk, "HOME_PLACES", ())
    monkeypatch.setenv("PATH", path)
    if java_home is None:
        monkeypatch.delenv("JAVA_HOME", raising=False)
    else:
        monkeypatch.setenv("JAVA_HOME", str(java_home))


@pytest.mark.parametrize(("stated", "version"), [("1.8.0_402", 8), ("11.0.2", 11), ("17", 17), ("25-ea", 25)])
def test_versions_old_and_new(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, stated: str, version: int) -> None:
    """Java 8 calls itself 1.8; later versions say what they are."""
    only_these(monkeypatch, fake_jdk(tmp_path / "jdk", stated), "")
    assert find_jdk().version == version


def test_java_home_comes_before_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The user's explicit choice wins, and find_jdks lists both."""
    path = fake_jdk(tmp_path / "path", "21.0.1") / "bin"
    only_these(monkeypatch, fake_jdk(tmp_path / "home", "17.0.1"), str(path))
    assert [kit.version for kit in find_jdks()] == [17, 21]


def test_the_usual_places_are_searched(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A JDK that is on no path is found where systems install them."""
    fake_jdk(tmp_path / "jvm" / "temurin-21", "21")
    only_these(monkeypatch, None, "")
    monkeypatch.setattr(jdk, "USUAL_PLACES", (f"{tmp_path}/jvm/*",))
    assert find_jdk().javac == tmp_path / "jvm" / "temurin-21" / "bin" / "javac"


def test_one_jdk_reached_twice_is_listed_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A link to a JDK is not another JDK."""
    home = fake_jdk(tmp_path / "jdk", "17")
    (tmp_path / "link").symlink_to(home)
    only_these(monkeypatch, tmp_path / "link", str(home / "bin"))
    assert len(find_jdks()) == 1


@pytest.mark.parametrize("version", ["1.7.0", "nonsense"])
def test_unusable_jdks_are_passed_over(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, version: str) -> None:
    """A javac that is too old, or that states no version, counts as none; the message says what to install."""
    only_these(monkeypatch, fake_jdk(tmp_path / "jdk", version), "")
    with pytest.raises(ToolError, match=r"no javac found .* apt-get install default-jdk-headless"):
        find_jdk()


def test_a_runtime_without_a_compiler_is_no_jdk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A folder with java but no javac is passed over."""
    home = fake_jdk(tmp_path / "jre", "17")
    (home / "bin" / "javac").unlink()
    only_these(monkeypatch, home, str(home / "bin"))
    assert find_jdks() == ()


def test_compile_and_run(tmp_path: Path) -> None:
    """The JDK of this machine compiles for Java 8 and runs what it compiled."""
    (tmp_path / "Good.java").write_text(GOOD, encoding="ascii")
    find_jdk().compile([tmp_path / "Good.java"], tmp_path)
    assert (tmp_path / "Good.class").read_bytes()[6:8] == bytes([0, 52])
    assert find_jdk().run(["-cp", tmp_path, "Good", "hello"]) == "hello"


def test_a_warning_is_an_error(tmp_path: Path) -> None:
    """Javac's warnings fail the compilation, and the error holds them."""
    (tmp_path / "Warned.java").write_text(WARNED, encoding="ascii")
    with pytest.raises(ToolError, match=r"javac: exit code 1\n[\s\S]*rawtypes"):
        find_jdk().compile([tmp_path / "Warned.java"], tmp_path)


def test_a_program_that_fails_or_hangs_is_an_error(tmp_path: Path) -> None:
    """Exit codes, time limits and missing programs become ToolErrors that say so."""
    slow = tmp_path / "slow"
    slow.write_text("#!/bin/sh\nexec sleep 20\n", encoding="ascii")
    slow.chmod(0o755)
    with pytest.raises(ToolError, match=r"slow: not finished after 0 s"):
        Jdk(slow, slow, 17).run([], timeout=0.2)
    with pytest.raises(ToolError, match="exit code 1"):
        find_jdk().run(["-cp", tmp_path, "NoSuchClass"])
    with pytest.raises(ToolError, match="cannot be started"):
        Jdk(tmp_path / "none", tmp_path / "none", 17).run([])


def test_java_8_has_no_release_option(tmp_path: Path) -> None:
    """JDK 8 compiles for itself; later ones are told to compile for 8."""
    for version in ("8", "17"):
        home = tmp_path / version
        fake_jdk(home, version)
        (home / "bin" / "javac").write_text('#!/bin/sh\necho "$@" > "$0.arguments"\n', encoding="ascii")
        Jdk(home / "bin" / "javac", home / "bin" / "java", int(version)).compile([], tmp_path)
    written = [(tmp_path / version / "bin" / "javac.arguments").read_text() for version in ("8", "17")]
    assert ["--release 8" in text for text in written] == [False, True]


def test_a_javac_that_has_dropped_java_8_compiles_for_itself(tmp_path: Path) -> None:
    """Its own words about the release make it try again without; any other refusal stays one."""
    kit = fake_jdk(tmp_path / "new", "99") / "bin"
    said = "error: release version 8 not supported"
    (kit / "javac").write_text(
        f'#!/bin/sh\ncase "$*" in *--release*) echo "{said}"; exit 2;; esac\necho "$@" > "$0.used"\n'
    )
    Jdk(kit / "javac", kit / "java", 99).compile([], tmp_path)
    assert "-Werror" in (kit / "javac.used").read_text()
    (kit / "javac").write_text("#!/bin/sh\necho error: another one; exit 1\n")
    with pytest.raises(ToolError, match="another one"):
        Jdk(kit / "javac", kit / "java", 99).compile([], tmp_path)


def test_large_sources_get_more_memory(tmp_path: Path) -> None:
    """The compiler gets 1 GB, or 20 bytes per byte of source if that is more."""
    kit = fake_jdk(tmp_path / "jdk", "17") / "bin"
    (kit / "javac").write_text('#!/bin/sh\necho "$@" > "$0.arguments"\n', encoding="ascii")
    source = tmp_path / "Large.java"
    for size, memory in ((1000, 1024), (100 << 20, 2000)):
        with source.open("wb") as file:
            file.truncate(size)
        Jdk(kit / "javac", kit / "java", 17).compile([source], tmp_path)
        assert f"-J-Xmx{memory}m" in (kit / "javac.arguments").read_text().split()
