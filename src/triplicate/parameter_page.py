"""docs/parameters.md, made from the one place that declares the parameters.

`python -m triplicate.parameter_page > docs/parameters.md` writes it; a test compares the two.
"""

import sys

from triplicate.trainer.parameters import ParameterRecord, parameter_table

__all__ = ["parameter_page"]

TITLES = {
    "data": "Data",
    "network": "Network, loss and distribution",
    "learning": "Learning and regularisation",
    "control": "Control, scoring and stopping",
}
OPENING = """# Training parameters

Every parameter of the two user documents of H2O Deep Learning (its booklet and its guide) by its documented name,
those that only its interface has (source "H2O 3.46"), and a few of our own (source "Triplicate"). In Python they are
keywords of `DeepLearningEstimator` and `AutoEncoderEstimator`; on the command line `hidden_dropout_ratios` is
`--hidden-dropout-ratios`, and lists are separated by commas, but for `--categorical`, `--numeric` and `--na-values`:
they take one text and are repeated, as names and texts may hold commas. Names of choices are matched without regard to
case and punctuation.

Every one works; [parameter-coverage.md](parameter-coverage.md) names the tests that show it. Nothing is ignored in
silence: a value that cannot be is an error, one that has no effect beside the others a warning.

This page is generated: `python -m triplicate.parameter_page > docs/parameters.md`.
"""


def parameter_page() -> str:
    """Return the page as Markdown."""
    records = parameter_table()
    parts = [
        OPENING,
        f"{len(records)} parameters.\n",
    ]
    for theme, title in TITLES.items():
        parts.append(f"\n## {title}\n\n| parameter | type | default | allowed | what it does | source |")
        parts.append("\n|---|---|---|---|---|---|\n")
        parts.extend(_row(record) for record in records if record.theme == theme)
    return "".join(parts)


def _row(record: ParameterRecord) -> str:
    cells = (
        f"`{record.name}`",
        record.type,
        _default(record.default),
        record.range,
        record.doc,
        record.source,
    )
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"


def _default(value: object) -> str:
    if value is None or value == ():
        return "none"
    if isinstance(value, tuple):
        return ", ".join(str(item) for item in value)
    return str(value).lower() if isinstance(value, bool) else str(value)


if __name__ == "__main__":
    sys.stdout.write(parameter_page())
