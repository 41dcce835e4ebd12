"""A ScoringModel as the Java templates see it: flat, typed, every decision taken."""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version

import numpy as np
import numpy.typing as npt
from markupsafe import Markup

from triplicate.exporters.java_literals import packed_numbers, packed_texts, words_of
from triplicate.exporters.java_names import check_class_name, check_package, setter_names
from triplicate.runtime import (
    Activation,
    Categorical,
    Classification,
    GoldenRows,
    Head,
    LabelRule,
    Link,
    Numeric,
    Reconstruction,
    Regression,
    ScoringModel,
    UnseenPolicy,
)
from triplicate.runtime.errors import ExportError
from triplicate.runtime.prediction_table import prediction_names

__all__ = ["JavaColumn", "JavaLayer", "JavaView", "PackedData", "java_view", "weight_bytes"]

MOST_SETTERS = 500
"""Columns up to which Row has a setter each; beyond, nobody types them, and they outweigh the net."""

WEIGHT_LINE = 5_000  # digits on a line of weights, which nobody reads: shorter lines cost up to 4 % more source
MOST_GOLDEN_NUMBERS = 1_000
"""Cells and outputs of the golden rows that a class carries; one row at least."""

MOST_LAYERS = 500
"""Layers of a class; each is a method, and those that touch them all stay below HotSpot's limit of 8,000 bytes."""

MOST_LISTED = 100  # columns in the class comment
PARTS_PER_CLASS = 40  # string constants per data class: 2.6 MB each
SHOWN_LEVELS = 4  # levels of a column in the class comment
BATCH = 16
"""Rows that scoreBatch takes at a time: with TILE, best between 4 and 32 for layers of 200 to 2,048 units."""

MOST_DENSE = 64
"""Inputs up to which a layer adds all of them: to list those that are not 0 costs more than it saves."""

MOST_DENSE_WEIGHTS = 4096  # 32 KB: beyond, the rows of a batch take turns with a few inputs, which lists make easy

TILE = 16  # inputs whose weights all rows of a batch use before the next ones are fetched
PLAIN, BOUNDED, UNCENTRED = -1, -2, -3
"""How a column of numbers is packed: centre and factor; with stand-in and bounds as well; factor and stand-in alone."""

ALL_ONES, AS_GIVEN = 0, 1  # how a table's values are packed
TITLES: dict[type[Head], str] = {
    Classification: "A classifier",
    Regression: "A regression",
    Reconstruction: "An autoencoder",
}
Array = npt.NDArray[np.generic]


@dataclass(frozen=True, slots=True)
class JavaColumn:
    """A raw column: its name, position, setter, and what the comment says of it."""

    name: str
    position: int
    setter: str
    numeric: bool
    levels: int
    shown_levels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class JavaLayer:
    """A layer: its sizes and the words the templates choose by.

    A `dense` layer adds all its inputs, the others those of a list; `together` inputs have their weights in one array,
    `stride` apart. A layer `lists` its outputs if the next one is not
    dense; a `rectified` one lists what is above 0 and nothing else.
    """

    number: int
    inputs: int
    units: int
    sums: int
    activation: str
    alpha: float
    retain: float
    dense: bool
    together: int
    stride: int
    lists: bool
    rectified: bool


@dataclass(frozen=True, slots=True)
class PackedData:
    """Constants that nested classes `<prefix>1`, `<prefix>2` … hold, a tuple of constants for each."""

    prefix: str
    classes: tuple[tuple[Markup, ...], ...]


@dataclass(frozen=True, slots=True)
class JavaData:
    """The packed parts of the model, each read from first to last by one static block."""

    schema_texts: PackedData
    schema_numbers: PackedData
    weights: PackedData
    golden_texts: PackedData
    golden_numbers: PackedData

    def all(self) -> tuple[PackedData, ...]:
        """Return the parts in the order they are printed."""
        return (self.schema_texts, self.schema_numbers, self.weights, self.golden_texts, self.golden_numbers)


@dataclass(frozen=True, slots=True)
class JavaView:
    """Everything the templates print."""

    class_name: str
    package: str | None
    version: str
    fingerprint: str
    serial: int
    kind: str
    title: str
    columns: tuple[JavaColumn, ...]
    listed: tuple[JavaColumn, ...]
    setters: tuple[JavaColumn, ...]
    input_columns: int
    has_offset: bool
    refuses_unseen: bool
    checked: bool
    numbers_only: bool
    in_order: bool
    inputs: int
    touched_words: int
    layers: tuple[JavaLayer, ...]
    widest: int
    batch: int
    tile: int
    outputs: int
    head: Head
    correction: bool
    log_link: bool
    na_values: int
    csv_columns: int
    csv_numbers_from: int
    threshold_rule: bool
    golden_rows: int
    resource: str
    sha256: str
    data: JavaData

    @property
    def sparse_layers(self) -> tuple[JavaLayer, ...]:
        """The layers that add the inputs of a list."""
        return tuple(layer for layer in self.layers if not layer.dense)

    @property
    def scattered(self) -> bool:
        """Whether columns reach inputs in another order than that of the columns."""
        return not (self.numbers_only or self.in_order)


def java_view(model: ScoringModel, class_name: str, package: str | None, file: bytes | None = None) -> JavaView:
    """Return the view of a model; ExportError when class name or package cannot be.

    `file` holds the weights (`weight_bytes`) if the class shall read them from a resource.
    """
    check_class_name(class_name)
    check_package(package)
    if len(model.layers) > MOST_LAYERS:
        raise ExportError(f"the net has {len(model.layers)} layers; a Java class holds at most {MOST_LAYERS}")
    columns = _columns(model)
    numbers_only = _numbers_only(model)
    layers = _layers(model, numbers_only)
    golden = _golden(model)
    csv_columns = prediction_names(model)
    refuses_unseen = any(isinstance(c, Categorical) and c.unseen is UnseenPolicy.ERROR for c in model.columns)
    return JavaView(
        class_name=class_name,
        package=package,
        version=version("triplicate"),
        fingerprint=model.fingerprint,
        serial=int(model.fingerprint[:15], 16),
        kind=type(model.head).__name__.lower(),
        title=TITLES[type(model.head)],
        columns=columns,
        listed=columns[:MOST_LISTED],
        setters=columns if len(columns) <= MOST_SETTERS else (),
        input_columns=len(model.columns),
        has_offset=model.offset is not None,
        refuses_unseen=refuses_unseen,
        checked=refuses_unseen or model.offset is not None,
        numbers_only=numbers_only,
        in_order=not numbers_only and _in_order(model),
        inputs=model.inputs,
        touched_words=(model.inputs + 63) // 64,
        layers=layers,
        widest=max((layer.inputs for layer in layers if not layer.dense), default=0),
        batch=BATCH,
        tile=TILE,
        outputs=len(model.output_names),
        head=model.head,
        correction=isinstance(model.head, Classification) and model.head.correction is not None,
        log_link=getattr(model.head, "link", None) is Link.LOG,
        na_values=len(model.na_values),
        csv_columns=len(csv_columns),
        csv_numbers_from=2 if isinstance(model.head, Reconstruction) else 1,
        threshold_rule=getattr(model.head, "rule", None) is LabelRule.THRESHOLD,
        golden_rows=0 if golden is None else golden.rows,
        resource="" if file is None else class_name,
        sha256="" if file is None else hashlib.sha256(file).hexdigest(),
        data=JavaData(
            _packed("SchemaTexts", packed_texts(_schema_texts(model, csv_columns))),
            _packed("SchemaNumbers", packed_numbers(_schema_numbers(model, layers))),
            _packed("WeightNumbers", packed_numbers(_weight_numbers(model) if file is None else [], WEIGHT_LINE)),
            _packed("GoldenTexts", packed_texts(_golden_texts(model, golden))),
            _packed("GoldenNumbers", packed_numbers(_golden_numbers(model, golden))),
        ),
    )


def _columns(model: ScoringModel) -> tuple[JavaColumn, ...]:
    views = []
    setters = setter_names(model.row_names)
    for position, (name, setter) in enumerate(zip(model.row_names, setters, strict=True)):
        column = model.columns[position] if position < len(model.columns) else None
        levels = column.levels if isinstance(column, Categorical) else ()
        numeric = not isinstance(column, Categorical)
        views.append(JavaColumn(name, position, setter, numeric, len(levels), levels[:SHOWN_LEVELS]))
    return tuple(views)


def _numbers_only(model: ScoringModel) -> bool:
    """Tell whether every input is a column of its own, a number without bounds: they can be scaled side by side."""
    return model.inputs == len(model.columns) and all(
        isinstance(column, Numeric) and (column.input, column.low, column.high) == (position, -math.inf, math.inf)
        for position, column in enumerate(model.columns)
    )


def _in_order(model: ScoringModel) -> bool:
    """Tell whether columns reach inputs in ascending order, one after the other, and nobody asks for them later."""
    last = -1
    for column in model.columns:
        inputs = column.inputs if isinstance(column, Categorical) else np.array([[column.input]])
        before = np.maximum.accumulate(np.hstack((np.full((len(inputs), 1), last), inputs)), axis=1)[:, :-1]
        if ((inputs >= 0) & (inputs <= before)).any():
            return False
        last = max(last, int(inputs.max(initial=-1)))
    return not isinstance(model.head, Reconstruction)


def _layers(model: ScoringModel, numbers_only: bool) -> tuple[JavaLayer, ...]:
    views = []
    dense = [
        layer.inputs <= MOST_DENSE and layer.weights.size <= MOST_DENSE_WEIGHTS and (i > 0 or numbers_only)
        for i, layer in enumerate(model.layers)
    ]
    for i, layer in enumerate(model.layers):
        lists = not all(dense[i + 1 : i + 2])
        sums = len(layer.bias)
        together = 4 if dense[i] and sums > 2 else 1
        views.append(
            JavaLayer(
                number=i + 1,
                inputs=layer.inputs,
                units=layer.units,
                sums=sums,
                activation=str(layer.activation),
                alpha=layer.alpha,
                retain=layer.retain,
                dense=dense[i],
                together=together,
                stride=sums if together == 1 else -(-sums // 8) * 8,
                lists=lists,
                rectified=lists and layer.activation is Activation.RECTIFIER and layer.retain == 1.0,
            )
        )
    return tuple(views)


def _packed(prefix: str, parts: Sequence[Markup]) -> PackedData:
    starts = range(0, len(parts), PARTS_PER_CLASS)
    return PackedData(prefix, tuple(tuple(parts[start : start + PARTS_PER_CLASS]) for start in starts))


def _schema_texts(model: ScoringModel, csv_columns: Sequence[str]) -> list[Sequence[str]]:
    """Return names, outputs, labels, header, missing tokens, then the levels column by column."""
    groups: list[Sequence[str]] = [model.row_names, model.output_names]
    if isinstance(model.head, Classification):
        groups.append(model.head.labels)
    groups += [csv_columns, model.na_values]
    groups += [column.levels for column in model.columns if isinstance(column, Categorical)]
    return groups


def _schema_numbers(model: ScoringModel, layers: Sequence[JavaLayer]) -> list[Array]:
    """Return per column: kind, input and two or five numbers; or levels, width, policy, inputs and values of the table.

    Then, layer by layer, the inputs, the sums, the inputs that share an array, its stride, and the bits of a weight.
    """
    arrays: list[Array] = []
    for column in model.columns:
        if isinstance(column, Numeric):
            arrays += _number(column)
            continue
        refuses = column.unseen is UnseenPolicy.ERROR
        ones = bool((column.values == (column.inputs >= 0)).all())
        arrays += [_integers(len(column.levels), column.inputs.shape[1], refuses), column.inputs]
        arrays += [_integers(ALL_ONES)] if ones else [_integers(AS_GIVEN), column.values]
    arrays.append(_integers(*(layer.inputs for layer in layers)))
    arrays.append(_integers(*(layer.sums for layer in layers)))
    arrays.append(_integers(*(layer.together for layer in layers)))
    arrays.append(_integers(*(layer.stride for layer in layers)))
    arrays.append(_integers(*(8 * layer.weights.itemsize for layer in model.layers)))
    return arrays


def _number(column: Numeric) -> list[Array]:
    """Return kind, input and the two or five numbers of a column; infinite bounds and zeros are known without them."""
    scaling, bounds = (column.subtract, column.multiply), (column.low, column.high)
    if bounds == (-math.inf, math.inf):
        if column.missing == 0:
            return [_integers(PLAIN, column.input), np.array(scaling)]
        if column.subtract == 0:
            return [_integers(UNCENTRED, column.input), np.array([column.multiply, column.missing])]
    return [_integers(BOUNDED, column.input), np.array([*scaling, column.missing, *bounds])]


def weight_bytes(model: ScoringModel) -> bytes:
    """Return the numbers of the net as a resource holds them: words of 32 bits, high byte first."""
    return b"".join(words_of(array).astype(">u4").tobytes() for array in _weight_numbers(model))


def _weight_numbers(model: ScoringModel) -> list[Array]:
    """Return per layer the bias, then the weights input by input; then the arrays of the head."""
    arrays: list[Array] = []
    for layer in model.layers:
        arrays += [layer.bias, np.ascontiguousarray(layer.weights.T)]
    head = model.head
    if isinstance(head, Classification) and head.correction is not None:
        arrays.append(head.correction)
    if isinstance(head, Reconstruction):
        arrays += [head.targets, head.groups, head.weights, head.scale, head.shift]
    return arrays


def _golden(model: ScoringModel) -> GoldenRows | None:
    """Return as many of the model's golden rows as the class shall carry."""
    golden = model.metadata.golden
    if golden is None:
        return None
    rows = max(1, MOST_GOLDEN_NUMBERS // (len(model.row_names) + len(model.output_names)))
    return GoldenRows(tuple(cells[:rows] for cells in golden.cells), golden.outputs[:rows])


def _golden_texts(model: ScoringModel, golden: GoldenRows | None) -> list[Sequence[str]]:
    """Return the texts of the golden rows, row by row; a missing one is empty."""
    if golden is None:
        return []
    texts = [cells for cells, column in zip(golden.cells, _columns(model), strict=True) if not column.numeric]
    return [[str(cell or "") for cell in row] for row in zip(*texts, strict=True)]


def _golden_numbers(model: ScoringModel, golden: GoldenRows | None) -> list[Array]:
    """Return the numbers of each golden row (NaN where missing), and its outputs."""
    if golden is None:
        return []
    numeric = [cells for cells, column in zip(golden.cells, _columns(model), strict=True) if column.numeric]
    cells = np.array(numeric, dtype=np.float64).reshape(len(numeric), golden.rows)
    return [np.hstack((cells.T, golden.outputs))]


def _integers(*values: int) -> npt.NDArray[np.int32]:
    return np.array(values, dtype=np.int32)
