"""mojo: an H2O Deep Learning MOJO (mojo_version 1.00 to 1.10) as a ScoringModel."""

import warnings
from itertools import islice, pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt

from triplicate.importers.h2o_columns import Encoding, InputColumns, Scaling, encoded_columns, one_hot_columns
from triplicate.importers.h2o_heads import Response
from triplicate.importers.h2o_net import H2ONet, scoring_model
from triplicate.importers.mojo_info import REAL, MojoInfo, read_info, unescaped
from triplicate.importers.text_archive import TextArchive
from triplicate.runtime.errors import ForeignModelError, TriplicateError
from triplicate.runtime.scoring_model import ScoringModel

__all__ = ["mojo"]

ALGORITHM = "Deep Learning"
OLDEST, NEWEST = 1.0, 1.1
ENCODINGS_SINCE = 1.1
PLAIN_ENCODINGS = ("AUTO", "OneHotInternal", "SortByResponse")
ANOMALY_THRESHOLD = "triplicate_anomaly_threshold"  # in files of export_mojo; H2O has none
CLASSIFIERS, REGRESSION, AUTOENCODER = ("Binomial", "Multinomial"), "Regression", "AutoEncoder"


def mojo(path: str | Path) -> ScoringModel:
    """Read a Deep Learning MOJO; weights are those of the file (float32).

    Where H2O's own scoring of the file is defective, the model does the right thing, and a UserWarning says so; all
    notes are in the model's metadata too. ForeignModelError for other algorithms, newer formats, encodings that the
    format cannot carry, and damaged files; it says what was found.
    """
    with TextArchive(path) as archive:
        info = read_info(archive)
        version = _check_kind(info)
        try:
            net = _net(archive, info, version)
            model, notes = scoring_model(net)
        except TriplicateError as reason:
            if str(reason).startswith(f"{archive.path}: "):
                raise
            raise info.error(str(reason)) from reason
    for note in notes:
        warnings.warn(f"{path}: {note}", UserWarning, stacklevel=2)
    return model


def _check_kind(info: MojoInfo) -> float:
    """Return the version of a Deep Learning MOJO that can be read; refuse the rest."""
    algorithm = info.text("algorithm") or info.text("algo")
    if algorithm not in (ALGORITHM, "deeplearning"):
        raise info.error(f"is a model of the algorithm {algorithm!r}; only {ALGORITHM} can be read")
    version = info.required("mojo_version")
    if not REAL.fullmatch(version) or not OLDEST <= float(version) <= NEWEST:
        raise info.error(f"has mojo_version {version[:40]!r}; versions 1.00 to 1.10 can be read")
    category = info.required("category")
    if category not in (*CLASSIFIERS, REGRESSION, AUTOENCODER):
        raise info.error(
            f"is of the category {category[:40]!r}; {', '.join(CLASSIFIERS)}, Regression and AutoEncoder can be read"
        )
    return float(version)


def _net(archive: TextArchive, info: MojoInfo, version: float) -> H2ONet:
    category = info.required("category")
    sizes = info.wholes("neural_network_sizes")
    if len(sizes) < 2 or 0 in sizes:
        raise info.error(f"neural_network_sizes must be two or more numbers above 0, got {sizes[:10]}")
    activation = info.required("activation")
    doubled = activation.startswith("Maxout")
    weights: list[npt.NDArray[np.float64]] = []
    biases: list[npt.NDArray[np.float64]] = []
    for index, (inputs, units) in enumerate(pairwise(sizes)):
        channels = 2 if doubled and (index < len(sizes) - 2 or category == AUTOENCODER) else 1
        for kept, key, count in ((weights, "weight", inputs * units), (biases, "bias", units)):
            numbers = info.reals(f"{key}_layer{index}", count * channels)
            if numbers is None:
                raise info.error(f"model.ini has no {key}_layer{index}")
            kept.append(numbers)
    ratios = info.reals("hidden_dropout_ratios", len(sizes) - 1)
    return H2ONet(
        activation,
        sizes,
        weights,
        biases,
        [0.0] * (len(sizes) - 1) if ratios is None else ratios.tolist(),
        _inputs(archive, info, version),
        _response(archive, info),
        _source(info),
    )


def _inputs(archive: TextArchive, info: MojoInfo, version: float) -> InputColumns:
    numbers, categories, features = info.whole("nums"), info.whole("cats"), info.whole("n_features")
    if numbers + categories != features or features > len(info.columns):
        raise info.error(
            f"{categories} categories and {numbers} numbers do not make the {features} features of"
            f" {len(info.columns)} columns"
        )
    names = info.columns[:features]
    offsets = info.wholes("cat_offsets") or [0]
    if len(offsets) != categories + 1 or offsets[0] != 0:
        raise info.error(f"cat_offsets must begin with 0 and have {categories + 1} numbers")
    inputs = info.wholes("neural_network_sizes")[0]  # its weights were met: offsets beyond it would only take room
    if offsets[-1] + numbers != inputs:
        raise info.error(
            f"the net has {inputs} inputs, but its columns make {offsets[-1] + numbers}: they were hashed"
            " (max_categorical_features), which the format cannot carry"
        )
    sub, mul = info.reals("norm_sub", numbers), info.reals("norm_mul", numbers)
    scaling = Scaling(
        np.zeros(numbers) if sub is None or mul is None else sub, np.ones(numbers) if mul is None else mul
    )
    encoding = "AUTO" if version < ENCODINGS_SINCE else info.text("_genmodel_encoding")
    if encoding in PLAIN_ENCODINGS:
        levels = [_levels(archive, info, index) for index in range(categories)]
        return one_hot_columns(names, levels, offsets, info.flag("use_all_factor_levels"), scaling)
    if encoding not in list(Encoding) or categories:
        what = "none, as H2O writes for enum_limited," if encoding is None else repr(encoding[:40])
        raise info.error(
            f"its categorical encoding is {what} with {categories} categories left; one-hot, binary, eigen,"
            " label_encoder and sort_by_response can be read"
        )
    original = _strings(archive, info, "_orig_names", info.whole("_n_orig_names"))
    if info.whole("_n_orig_domain_values", 0) != len(original):
        raise info.error("_n_orig_domain_values is not the number of _orig_names")
    counts = [info.whole(f"_m_orig_domain_values_{index}", 0) for index in range(len(original))]
    domains = [
        _strings(archive, info, f"_orig_domain_values_{index}", count) if count else None
        for index, count in enumerate(counts)
    ]
    projection = None
    if encoding == Encoding.EIGEN:
        projection = info.reals("_orig_projection_array", sum(counts))
    return encoded_columns(Encoding(encoding), names, scaling, original, domains, projection)


def _levels(archive: TextArchive, info: MojoInfo, index: int) -> list[str]:
    """Return the levels of column `index`."""
    if index not in info.domains:
        raise info.error(f"model.ini says nowhere where the levels of column {info.columns[index]!r} stand")
    count, name = info.domains[index]
    lines = list(islice(archive.lines(f"domains/{name}"), count + 1))
    if len(lines) != count:
        raise info.error(f"domains/{name} has {_number(lines, count)} levels instead of {count}")
    return [unescaped(line) for line in lines] if info.flag("escape_domain_values", default=False) else lines


def _number(lines: list[str], count: int) -> str:
    """Return how many lines there are, of which at most one more than `count` was read."""
    return f"more than {count}" if len(lines) > count else str(len(lines))


def _strings(archive: TextArchive, info: MojoInfo, name: str, count: int) -> list[str]:
    """Return the names or levels of the table as it was before an encoding."""
    lines = list(islice(archive.lines(name), count + 1))
    if len(lines) != count:
        raise info.error(f"{name} has {_number(lines, count)} lines instead of {count}")
    return [unescaped(line) for line in lines]


def _response(archive: TextArchive, info: MojoInfo) -> Response:
    category, distribution = info.required("category"), info.text("distribution") or "AUTO"
    if category == AUTOENCODER:
        return Response(autoencoder=True, anomaly_threshold=info.real(ANOMALY_THRESHOLD, np.inf))
    offset = info.text("offset_column")
    if category == REGRESSION:
        multiply, subtract = info.reals("norm_resp_mul", 1), info.reals("norm_resp_sub", 1)
        if multiply is None or subtract is None:
            return Response(distribution=distribution, offset=offset)
        return Response(
            distribution=distribution, multiply=float(multiply[0]), subtract=float(subtract[0]), offset=offset
        )
    if not info.flag("supervised", default=True) or not info.columns:
        raise info.error("is a classifier without a response column")
    labels = tuple(_levels(archive, info, len(info.columns) - 1))
    if info.whole("n_classes", len(labels)) != len(labels):
        raise info.error(f"n_classes is {info.whole('n_classes')}, but the response has {len(labels)} levels")
    prior = trained = None
    if info.flag("balance_classes", default=False):
        prior = info.reals("prior_class_distrib", len(labels))
        trained = info.reals("model_class_distrib", len(labels))
        if prior is None or trained is None:
            raise ForeignModelError(
                "balance_classes is true, but prior_class_distrib or model_class_distrib is not there"
            )
    threshold = info.real("default_threshold", 0.5)
    return Response(labels, False, distribution, offset=offset, threshold=threshold, prior=prior, trained=trained)


def _source(info: MojoInfo) -> dict[str, str]:
    """Return where the model comes from, for its metadata."""
    keys = ("mojo_version", "h2o_version", "uuid", "category", "distribution", "timestamp")
    facts = {key: value for key in keys if (value := info.text(key)) is not None}
    response = {"response": info.columns[-1]} if info.flag("supervised", default=False) and info.columns else {}
    return {"format": "H2O MOJO", **facts, **response}
