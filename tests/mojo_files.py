"""Deep Learning MOJOs made from nothing, and their scores computed cell by cell, for the tests of the importer."""

import math
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from triplicate.runtime import Classification, Reconstruction, Scorer, ScoringModel

__all__ = ["FIVE", "ROWS", "TWO", "Cell", "MojoSpec", "answers", "naive_scores", "write_zip"]

Cell = float | str | None
ROWS: list[dict[str, Cell]] = [
    {"colour": "red", "b": "0", "age": 1.5, "size": -2.0},
    {"colour": "green", "b": "1", "age": 0.0, "size": 3.25},
    {"colour": "blue", "b": "0", "age": None, "size": 1e6},
    {"colour": None, "b": None, "age": None, "size": None},
    {"colour": "violet", "b": "2", "age": -7.5, "size": 0.125},
]
TWO: dict[str, Any] = {"category": "Binomial", "distribution": "bernoulli"}
FIVE: dict[str, Any] = {
    "category": "Multinomial",
    "labels": ("-1", "0", "a b", "é", "x=y"),
    "distribution": "multinomial",
}
LOG = ("poisson", "gamma", "tweedie")


@dataclass
class MojoSpec:
    """What a file says. `categories`: name to levels, in the order of the net; random weights from `seed`."""

    categories: dict[str, list[str]] = field(
        default_factory=lambda: {"colour": ["red", "green", "blue"], "b": ["0", "1"]}
    )
    numbers: list[str] = field(default_factory=lambda: ["age", "size"])
    category: str = "Regression"
    labels: tuple[str, ...] = ("no", "yes")
    activation: str = "Rectifier"
    hidden: tuple[int, ...] = (4, 3)
    dropout: tuple[float, ...] | None = None
    distribution: str = "gaussian"
    use_all: bool = True
    scaled: bool = True
    response_scale: tuple[float, float] | None = None  # multiply, subtract
    prior: tuple[float, ...] | None = None
    trained: tuple[float, ...] | None = None
    threshold: float = 0.5
    offset: str | None = None
    special: tuple[str, ...] = ()  # weights, offset, fold: columns that the net does not see
    version: str = "1.10"
    encoding: str | None = "AUTO"
    original: list[tuple[str, list[str] | None]] | None = None  # the table before the encoding, response last
    projection: list[float] | None = None
    anomaly: float | None = None  # threshold of the anomaly score, a key of ours
    seed: int = 0

    @property
    def offsets(self) -> list[int]:
        """Where each category's inputs begin, and where the numbers do."""
        sizes = [len(levels) + (1 if self.use_all else 0) for levels in self.categories.values()]
        return [0, *np.cumsum(sizes).tolist()]

    @property
    def sizes(self) -> list[int]:
        """Units of each layer, inputs first."""
        inputs = self.offsets[-1] + len(self.numbers)
        outputs = {"AutoEncoder": inputs, "Regression": 1}.get(self.category, len(self.labels))
        return [inputs, *self.hidden, outputs]

    @property
    def maxout(self) -> list[bool]:
        """Which layers have two channels."""
        last = self.category == "AutoEncoder"
        return [
            self.activation.startswith("Maxout") and (k < len(self.hidden) or last) for k in range(len(self.sizes) - 1)
        ]

    def parameters(self) -> tuple[list[np.ndarray], list[np.ndarray], np.ndarray, np.ndarray]:
        """Return float32 weights (units, inputs, channels), biases (units, channels), norm_mul and norm_sub."""
        rng = np.random.default_rng(self.seed)
        weights, biases = [], []
        for inputs, units, two in zip(self.sizes, self.sizes[1:], self.maxout, strict=False):
            weights.append(rng.normal(size=(units, inputs, 1 + two)).astype(np.float32))
            biases.append(rng.normal(size=(units, 1 + two)))
        count = len(self.numbers)
        return weights, biases, rng.uniform(0.1, 3.0, count), rng.normal(size=count)

    @property
    def ratios(self) -> list[float]:
        """Hidden dropout per layer, that of the last one 0."""
        return [*(self.dropout or [0.0] * len(self.hidden)), 0.0]

    def texts(self) -> dict[str, str]:
        """Return the members of the archive."""
        weights, biases, mul, sub = self.parameters()
        supervised = self.category != "AutoEncoder"
        columns = [*self.categories, *self.numbers, *self.special, *(["answer"] if supervised else [])]
        classes = self.category in ("Binomial", "Multinomial")
        values: dict[str, object] = {
            "h2o_version": "3.46.0.7",
            "mojo_version": self.version,
            "algo": "deeplearning",
            "algorithm": "Deep Learning",
            "category": self.category,
            "uuid": "-1234",
            "supervised": str(supervised).lower(),
            "n_features": len(self.categories) + len(self.numbers),
            "n_classes": len(self.labels) if classes else 1,
            "n_columns": len(columns),
            "n_domains": len(self.categories) + classes,
            "balance_classes": str(self.trained is not None).lower(),
            "default_threshold": self.threshold,
            "prior_class_distrib": _list(self.prior),
            "model_class_distrib": _list(self.trained),
            "escape_domain_values": "true",
            "mini_batch_size": 1,
            "nums": len(self.numbers),
            "cats": len(self.categories),
            "cat_offsets": _list(self.offsets),
            "norm_mul": _list(mul) if self.scaled else "null",
            "norm_sub": _list(sub) if self.scaled else "null",
            "norm_resp_mul": _list(self.response_scale and self.response_scale[:1]),
            "norm_resp_sub": _list(self.response_scale and self.response_scale[1:]),
            "use_all_factor_levels": str(self.use_all).lower(),
            "activation": self.activation,
            "distribution": self.distribution,
            "mean_imputation": "true",
            "neural_network_sizes": _list(self.sizes),
            "hidden_dropout_ratios": _list(self.ratios),
        }
        for layer, (weight, bias) in enumerate(zip(weights, biases, strict=True)):
            values[f"weight_layer{layer}"] = _list(weight.ravel())
            values[f"bias_layer{layer}"] = _list(bias.ravel())
        if self.anomaly is not None:
            values["triplicate_anomaly_threshold"] = self.anomaly
        if self.offset is not None:
            values["offset_column"] = self.offset
        members: dict[str, str] = {}
        if self.version == "1.00":
            del values["escape_domain_values"]
        else:
            values["_genmodel_encoding"] = self.encoding or "null"
            values["_orig_projection_array"] = _list(self.projection)
        if self.original is not None:
            values["_n_orig_names"] = values["_n_orig_domain_values"] = len(self.original)
            members["_orig_names"] = _lines([name for name, _ in self.original])
            for index, (_, levels) in enumerate(self.original):
                values[f"_m_orig_domain_values_{index}"] = len(levels or [])
                if levels:
                    members[f"_orig_domain_values_{index}"] = _lines(levels)
        domains = dict(enumerate(self.categories.values()))
        if classes:
            domains[len(columns) - 1] = list(self.labels)
        places = []
        for number, (index, levels) in enumerate(domains.items()):
            places.append(f"{index}: {len(levels)} d{number:03d}.txt")
            members[f"domains/d{number:03d}.txt"] = (
                _lines(levels) if self.version != "1.00" else "\n".join(levels) + "\n"
            )
        info = [f"{key} = {value}" for key, value in values.items()]
        members["model.ini"] = "\n".join(["[info]", *info, "", "[columns]", *columns, "", "[domains]", *places, ""])
        return members


def _list(values: object) -> str:
    if values is None:
        return "null"
    return "[" + ", ".join(str(value) for value in values) + "]"  # type: ignore[attr-defined]


def _lines(texts: list[str]) -> str:
    escapes = {"\\": "\\\\", "\n": "\\n", "\r": "\\r"}
    return "".join("".join(escapes.get(c, c) for c in text) + "\n" for text in texts)


def write_zip(path: Path, members: dict[str, str]) -> Path:
    """Write an archive of texts and return its path."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return path


def naive_scores(spec: MojoSpec, row: dict[str, Cell], expanded: list[float] | None = None) -> list[float]:
    """Return probabilities, or the number, or reconstruction and mean squared error, of one row.

    `expanded`: the numbers of the net's own columns, for specs with an encoding (NaN: missing).
    """
    weights, biases, mul, sub = spec.parameters()
    inputs = [0.0] * spec.sizes[0]
    for index, (name, levels) in enumerate(spec.categories.items()):
        cell, first, end = row.get(name), spec.offsets[index], spec.offsets[index + 1]
        if cell not in levels:
            inputs[end - 1] = 1.0
        elif spec.use_all or levels.index(cell) > 0:
            inputs[first + levels.index(cell) - (0 if spec.use_all else 1)] = 1.0
    numbers = [row.get(name) for name in spec.numbers] if expanded is None else expanded
    for k, number in enumerate(numbers):
        if number is not None and not math.isnan(float(number)):
            scaled = (float(number) - sub[k]) * mul[k] if spec.scaled else float(number)
            inputs[spec.offsets[-1] + k] = scaled
    x = inputs
    for layer, (weight, bias) in enumerate(zip(weights, biases, strict=True)):
        is_output = layer == len(weights) - 1 and spec.category != "AutoEncoder"
        outputs = []
        for unit in range(len(weight)):
            sums = [
                sum(float(weight[unit, i, c]) * x[i] for i in range(len(x))) + bias[unit, c]
                for c in range(weight.shape[2])
            ]
            value = sums[0] if is_output else _activate(spec.activation, sums)
            keeps = spec.activation.endswith("WithDropout") and not is_output
            outputs.append(value * (1 - spec.ratios[layer]) if keeps else value)
        x = outputs
    return _head(spec, x, inputs, row, mul, sub)


def _activate(name: str, sums: list[float]) -> float:
    z = sums[0]
    match name.removesuffix("WithDropout"):
        case "Tanh":
            return math.tanh(z)
        case "Rectifier":
            return max(z, 0.0)
        case "ExpRectifier":
            return z if z >= 0 else math.expm1(z)
        case _:
            return max(sums)


def _head(
    spec: MojoSpec, x: list[float], inputs: list[float], row: dict[str, Cell], mul: np.ndarray, sub: np.ndarray
) -> list[float]:
    if spec.category == "AutoEncoder":
        error = sum((a - b) ** 2 for a, b in zip(x, inputs, strict=True)) / len(x)
        blocks = spec.offsets[-1]
        numbers = [x[blocks + k] / mul[k] + sub[k] if spec.scaled else x[blocks + k] for k in range(len(spec.numbers))]
        return [*x[:blocks], *numbers, error]
    if spec.category == "Regression":
        multiply, subtract = spec.response_scale or (1.0, 0.0)
        offset = float(row[spec.offset] or 0.0) if spec.offset else 0.0
        if spec.distribution in LOG:
            return [min(math.exp(min(x[0] / multiply + subtract + offset, 99.0)), 1e19)]
        return [x[0] / multiply + (offset if spec.offset else subtract)]
    powers = [math.exp(value - max(x)) for value in x]
    p = [power / sum(powers) for power in powers]
    if spec.prior and spec.trained:
        factors = [a / b if a and b else 1.0 for a, b in zip(spec.prior, spec.trained, strict=True)]
        p = [value * factor for value, factor in zip(p, factors, strict=True)]
        p = [value / sum(p) for value in p]
    return p


def answers(model: ScoringModel, rows: list[dict[str, Cell]]) -> np.ndarray:
    """Return what H2O's reader would give: probabilities, the number, or the reconstruction and its error."""
    outputs = Scorer(model).score(rows).outputs
    if isinstance(model.head, Classification):
        return outputs[:, 1:]
    if isinstance(model.head, Reconstruction):
        return np.column_stack((outputs[:, 2 + len(model.columns) :], outputs[:, 0]))
    return outputs
