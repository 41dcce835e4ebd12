"""Names in generated Java: the class, its package, and one setter per column."""

import re
from collections.abc import Sequence

from triplicate.runtime.errors import ExportError

__all__ = ["check_class_name", "check_package", "setter_names"]

# fmt: off
KEYWORDS = frozenset({
    "_", "abstract", "assert", "boolean", "break", "byte", "case", "catch", "char", "class", "const", "continue",
    "default", "do", "double", "else", "enum", "extends", "false", "final", "finally", "float", "for", "goto", "if",
    "implements", "import", "instanceof", "int", "interface", "long", "native", "new", "null", "package", "private",
    "protected", "public", "return", "short", "static", "strictfp", "super", "switch", "synchronized", "this",
    "throw", "throws", "transient", "true", "try", "void", "volatile", "while",
})
TYPE_KEYWORDS = frozenset({"permits", "record", "sealed", "var", "yield"})
"""Words that newer versions of Java no longer take as the name of a class."""

USED_NAMES = frozenset({
    "ArrayList", "Arrays", "BigDecimal", "BigInteger", "Boolean", "BufferedInputStream", "BufferedWriter",
    "CharSequence", "CharacterCodingException", "CodingErrorAction", "Collections", "CsvReader",
    "DataInputStream", "DigestInputStream", "Double", "ExceptionInInitializerError", "FileDescriptor",
    "FileInputStream", "FileOutputStream", "Float", "GZIPInputStream", "Golden", "HashMap", "IOException",
    "IllegalArgumentException", "IllegalStateException", "InputStream", "InputStreamReader", "Integer",
    "LinkedHashMap", "List", "Long", "Map", "Math", "MathContext", "MessageDigest", "NoSuchAlgorithmException",
    "Number", "NumberUnpacker", "Object", "OutputStreamWriter", "Override", "Pattern", "Prediction", "Reader",
    "Reasons", "RoundingMode", "Row", "Schema", "Scratch", "Serializable", "StandardCharsets", "StrictMath", "String",
    "StringBuilder", "SuppressWarnings", "System", "TextUnpacker", "UnsupportedOperationException",
    "WeightFile", "Weights", "Writer", "java", "javax",
})
# fmt: on
"""Names the generated source uses itself; a class of the same name would hide them."""

DATA_CLASS = re.compile(r"(Schema|Golden)Texts[0-9]+|(Schema|Weight|Golden)Numbers[0-9]+")
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
LONGEST_CLASS_NAME = 200  # class files are named after it, and file systems stop at 255 bytes
LONGEST_SETTER = 64
ADVICE = "choose another name for the class and its file, such as Income.java"
BY_POSITION = re.compile(r"Column[0-9]+")


def check_class_name(name: str) -> str:
    """Return the name if javac of any version takes it for the generated class; ExportError otherwise."""
    if NAME.fullmatch(name) is None or len(name) > LONGEST_CLASS_NAME:
        raise ExportError(
            f"class name {name[:60]!r}: must be up to {LONGEST_CLASS_NAME} ASCII letters, digits and underscores, "
            f"and begin with no digit; {ADVICE}"
        )
    if name in KEYWORDS or name in TYPE_KEYWORDS:
        raise ExportError(f"class name {name!r}: is a keyword of Java; {ADVICE}")
    if name in USED_NAMES or DATA_CLASS.fullmatch(name):
        raise ExportError(f"class name {name!r}: the generated source uses that name itself; {ADVICE}")
    return name


def check_package(package: str | None) -> str | None:
    """Return the package name if every part is an identifier and it is not one of Java's own."""
    if package is None:
        return None
    for part in package.split("."):
        if NAME.fullmatch(part) is None or part in KEYWORDS:
            raise ExportError(
                f"package {package[:60]!r}: {part[:60]!r} is not an identifier of ASCII letters, digits and "
                "underscores, or is a keyword of Java"
            )
    if package.split(".")[0] in ("java", "javax"):
        raise ExportError(f"package {package!r}: names under java and javax belong to the JDK")
    return package


def setter_names(columns: Sequence[str]) -> tuple[str, ...]:
    """Return one setter per column, such as setCapitalGain for "capital-gain".

    The ASCII letters and digits of the name in camel case; setColumn17 (the position, from 0) where nothing
    is left of the name, where it is too long to read, or where an earlier column has taken the setter.
    """
    taken: set[str] = set()
    setters = []
    for position, name in enumerate(columns):
        words = re.findall(r"[A-Za-z0-9]+", name[: LONGEST_SETTER * 2])
        camel = "".join(word[0].upper() + word[1:] for word in words)
        unfit = not camel or len(camel) > LONGEST_SETTER or BY_POSITION.fullmatch(camel) or camel in taken
        chosen = f"Column{position}" if unfit else camel
        taken.add(chosen)
        setters.append(f"set{chosen}")
    return tuple(setters)
