"""MOJOs that somebody damaged, by chance or on purpose: one per seed."""

import io
import random
import re
import warnings
import zipfile

from mojo_files import FIVE, TWO, MojoSpec

__all__ = ["damaged_mojo", "healthy_mojos"]

TABLE: list[tuple[str, list[str] | None]] = [("a", ["x", "1"]), ("age", None), ("answer", None)]
SPECS = (
    MojoSpec(),
    MojoSpec(**TWO, activation="MaxoutWithDropout", dropout=(0.5, 0.25), prior=(0.5, 0.5), trained=(0.25, 0.75)),
    MojoSpec(**FIVE, use_all=False),
    MojoSpec(category="AutoEncoder", activation="Tanh", anomaly=0.5),
    MojoSpec(distribution="poisson", offset="exposure", special=("exposure",)),
    MojoSpec({}, ["a:0", "a:1", "age"], encoding="Binary", original=TABLE),
    MojoSpec({}, ["a.Eigen", "age"], encoding="Eigen", original=TABLE, projection=[0.5, -0.5]),
    MojoSpec({}, ["a", "age"], encoding="LabelEncoder", original=TABLE),
    MojoSpec(version="1.00"),
)
EVIL = (
    *("", "-1", "0", "-0.0", "1", "2", "999999999", "99999999999999999999", "1e999", "1e-400", "NaN", "Infinity"),
    *(
        "null",
        "true",
        "[]",
        "[",
        "]",
        "[1.5]",
        "[,]",
        "1_0",
        "0x1p3",
        "٣",
        "\x00",
        "\ufeff",
        "'; import os",
        "${x}",
        "%n",
    ),
    *("__import__('os')", "\\", "\\n", "..", "/etc/passwd", "d" * 5000, "9" * 5000, "[" * 5000),
    *(
        "AutoEncoder",
        "Binomial",
        "Regression",
        "Maxout",
        "Binary",
        "Eigen",
        "LabelEncoder",
        "modified_huber",
        "[info]",
    ),
)
NAMES = ("../x", "/x", "a\\b", "model.ini", "domains/d000.txt", "x" * 3000, "domains/../model.ini", "", "\u202e", "con")
TOKEN = re.compile(r"[^\s,=\[\]:]+")


def healthy_mojos() -> list[dict[str, str]]:
    """Return the members of one file per branch of the format."""
    return [spec.texts() for spec in SPECS]


def damaged_mojo(seed: int, healthy: list[dict[str, str]]) -> bytes:
    """Return an archive whose texts, members or bytes are damaged in one to four places."""
    rng = random.Random(seed)  # noqa: S311 - chance, not secrets
    members = list(rng.choice(healthy).items())
    damage_bytes = rng.random() < 0.3
    for _ in range(0 if damage_bytes else rng.choice((1, 1, 1, 2, 4))):
        if members and rng.random() < 0.85:
            index = rng.randrange(len(members)) if rng.random() < 0.4 else len(members) - 1  # model.ini comes last
            members[index] = members[index][0], _text(rng, members[index][1])
        else:
            members = _members(rng, members)
    data = bytearray(_zip(rng, members))
    if damage_bytes:
        for _ in range(rng.randint(1, 4)):
            _bytes(rng, data)
    return bytes(data)


def _text(rng: random.Random, text: str) -> str:
    """Return a text with a token, a line or a stretch changed."""
    match rng.randrange(6):
        case 0 | 1:
            tokens = list(TOKEN.finditer(text))
            if not tokens:
                return text
            token = rng.choice(tokens)
            return text[: token.start()] + rng.choice(EVIL) + text[token.end() :]
        case 2:
            lines = text.split("\n")
            index = rng.randrange(len(lines))
            key, equals, _ = lines[index].partition("=")
            lines[index] = key + equals + " " + rng.choice(EVIL)
            return "\n".join(lines)
        case 3:
            lines = text.split("\n")
            del lines[rng.randrange(len(lines))]
            return "\n".join(lines)
        case 4:
            lines = text.split("\n")
            lines.insert(rng.randrange(len(lines) + 1), rng.choice(lines) if rng.random() < 0.6 else rng.choice(EVIL))
            return "\n".join(lines)
        case _:
            start = rng.randrange(len(text) + 1)
            return text[:start] + rng.choice(EVIL) + text[start + rng.randrange(20) :]


def _members(rng: random.Random, members: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the members with one lost, renamed, repeated, or blown up."""
    index = rng.randrange(len(members)) if members else 0
    name, text = members[index] if members else ("x", "")
    match rng.randrange(4):
        case 0:
            return members[:index] + members[index + 1 :]
        case 1:
            return [*members[:index], (rng.choice(NAMES), text), *members[index + 1 :]]
        case 2:
            return [*members, (name if rng.random() < 0.5 else rng.choice(NAMES), rng.choice(EVIL))]
        case _:
            return [*members[:index], (name, text + rng.choice(EVIL[:10]) * rng.choice((10, 20_000)))]


def _zip(rng: random.Random, members: list[tuple[str, str]]) -> bytes:
    buffer = io.BytesIO()
    kind = rng.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2))
    with warnings.catch_warnings(), zipfile.ZipFile(buffer, "w", kind) as archive:
        warnings.simplefilter("ignore")  # zipfile warns of names that come twice, which are meant here
        for name, text in members:
            archive.writestr(name or "x", text.encode("utf-8", "surrogatepass"))
    return buffer.getvalue()


def _bytes(rng: random.Random, data: bytearray) -> None:
    """Flip, lose, add or cut bytes, in the directory as often as in the texts."""
    if not data:
        return
    start = rng.randrange(len(data)) if rng.random() < 0.5 else max(0, len(data) - rng.randrange(1, 400))
    match rng.randrange(5):
        case 0 | 1:
            data[start] = rng.randrange(256)
        case 2:
            data[start : start + 4] = rng.choice(
                (b"\xff\xff\xff\xff", b"\x00\x00\x00\x00", b"PK\x01\x02", b"\xff\xff\xff\x7f")
            )
        case 3:
            del data[start : start + rng.randrange(1, 64)]
        case _:
            del data[start:]
