"""The ScoringModel: everything that scoring does, and nothing else.

Every trainer and importer ends here, and every exporter begins here. docs/scoring-model.md specifies it.
"""

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import assert_never

from triplicate.runtime.checks import check_text, require
from triplicate.runtime.columns import Categorical, Column, Numeric
from triplicate.runtime.fingerprint import fingerprint_of
from triplicate.runtime.heads import Classification, Head, Reconstruction, Regression
from triplicate.runtime.layers import Layer
from triplicate.runtime.metadata import Metadata

__all__ = ["ScoringModel"]


@dataclass(frozen=True, eq=False)
class ScoringModel:
    """Columns in the order of their contributions, layers from first to last, and a head.

    `na_values` are the cell texts of a CSV file that mean "missing", beside the empty cell. `metadata` is
    carried along and never read by scoring. Two models are equal when their fingerprints are.
    """

    columns: tuple[Column, ...]
    layers: tuple[Layer, ...]
    head: Head
    na_values: tuple[str, ...] = ()
    metadata: Metadata = field(default_factory=Metadata)

    def __post_init__(self) -> None:
        for name in ("columns", "layers", "na_values"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        for position, token in enumerate(self.na_values):
            check_text(token, f"na_values[{position}]")
        require(len(set(self.na_values)) == len(self.na_values), "na_values", "must not repeat a text")
        self._check_layers()
        self._check_columns()
        self._check_head()
        golden = self.metadata.golden
        if golden is not None:
            golden.check_against(self.columns, self.offset, len(self.output_names))

    def _check_layers(self) -> None:
        require(len(self.layers) > 0, "layers", "needs at least one")
        for index, (before, layer) in enumerate(zip(self.layers, self.layers[1:], strict=False), start=1):
            require(
                layer.inputs == before.units,
                f"layers[{index}].weights",
                f"{layer.inputs} inputs, but layers[{index - 1}] has {before.units} units",
            )

    def _check_columns(self) -> None:
        names: set[str] = set()
        for index, column in enumerate(self.columns):
            require(column.name not in names, f"columns[{index}].name", f"{column.name!r} comes twice")
            names.add(column.name)
            highest = column.input if isinstance(column, Numeric) else int(column.inputs.max(initial=-1))
            require(
                highest < self.inputs,
                f"columns[{index}]",
                f"input {highest} does not exist: layers[0] has {self.inputs} inputs",
            )

    def _check_head(self) -> None:
        head, units, last = self.head, self.layers[-1].units, f"layers[{len(self.layers) - 1}].weights"
        match head:
            case Regression():
                require(units == 1, last, f"{units} units, but regression has one output")
                clash = head.offset in {column.name for column in self.columns}
                require(not clash, "head.offset", f"{head.offset!r} is a column of the model already")
            case Classification():
                require(units == len(head.labels), last, f"{units} units for {len(head.labels)} labels")
            case Reconstruction():
                require(units == len(head.targets), last, f"{units} units for {len(head.targets)} targets")
                require(int(head.targets.max()) < self.inputs, "head.targets", f"beyond the {self.inputs} inputs")
                in_range = int(head.groups.max()) < len(self.columns)
                require(in_range, "head.groups", f"beyond the {len(self.columns)} columns")
            case _:
                assert_never(head)

    @property
    def inputs(self) -> int:
        """Number of inputs of the first layer."""
        return self.layers[0].inputs

    @property
    def offset(self) -> str | None:
        """Name of the offset column that a row must bring, or None."""
        return self.head.offset if isinstance(self.head, Regression) else None

    @cached_property
    def row_names(self) -> tuple[str, ...]:
        """Names of the raw columns a row consists of: the columns in order, then the offset if there is one."""
        names = tuple(column.name for column in self.columns)
        return names if self.offset is None else (*names, self.offset)

    @cached_property
    def input_names(self) -> tuple[str, ...]:
        """A name per input: the column's, or `column.level`, or `column.missing(NA)`, or `column:k`."""
        names = [""] * self.inputs
        for column in self.columns:
            if isinstance(column, Numeric):
                names[column.input] = names[column.input] or column.name
            else:
                _name_categorical_inputs(names, column)
        return tuple(name or f"input {index}" for index, name in enumerate(names))

    @cached_property
    def output_names(self) -> tuple[str, ...]:
        """A name per number of the flat output that all three forms are compared on.

        Classification: label index, a probability per label. Regression: value. Reconstruction: score,
        is_anomaly (0 or 1), an error per column, a reconstruction per target in raw units.
        """
        match self.head:
            case Regression():
                return ("value",)
            case Classification(labels=labels):
                return ("label", *(f"probability of {label}" for label in labels))
            case Reconstruction(targets=targets):
                errors = (f"error of {column.name}" for column in self.columns)
                rebuilt = (f"reconstruction of {self.input_names[target]}" for target in targets)
                return ("score", "is_anomaly", *errors, *rebuilt)
            case _:
                assert_never(self.head)

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 (64 hexadecimal digits) over exactly what scoring reads; metadata does not enter."""
        return fingerprint_of(self.columns, self.layers, self.head, self.na_values)

    def with_metadata(self, metadata: Metadata) -> "ScoringModel":
        """Return the same model, fingerprint included, carrying other metadata."""
        return replace(self, metadata=metadata)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ScoringModel) and self.fingerprint == other.fingerprint

    def __hash__(self) -> int:
        return hash(self.fingerprint)


def _name_categorical_inputs(names: list[str], column: Categorical) -> None:
    """Fill in the names of the inputs that this column's table reaches."""
    rows_of_input: dict[int, list[int]] = {}
    for row in range(len(column.levels) + 1):
        for target in column.inputs[row]:
            if target >= 0:
                rows_of_input.setdefault(int(target), []).append(row)
    for position, (target, rows) in enumerate(sorted(rows_of_input.items())):
        if len(rows) > 1:
            name = f"{column.name}:{position}"
        else:
            name = f"{column.name}.{(*column.levels, 'missing(NA)')[rows[0]]}"
        names[target] = names[target] or name
    for target in column.inputs[column.unseen_row]:
        if target >= 0 and int(target) not in rows_of_input:
            names[target] = names[target] or f"{column.name}.unseen(new)"
