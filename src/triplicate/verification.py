"""verify: the same rows through every form of a model, compared by the demands of the parity contract."""

import platform
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from triplicate.comparison import Demand, compare_bits, compare_within
from triplicate.cut_model import cut_after, unit_outputs
from triplicate.deployed_files import DeployedClass, DeployedGraph
from triplicate.h2o_predictions import compare_with_h2o
from triplicate.parity_report import PairResult, ParityReport
from triplicate.runtime import RawRows, Scorer, Scores, ScoringModel, encode_rows, load_model, raw_rows
from triplicate.runtime.errors import ExportError, ParameterError, RowError, TriplicateError
from triplicate.runtime.raw_rows import BadNumbers
from triplicate.runtime.yardstick import (
    FLOAT32_DEMAND,
    FLOAT32_LARGEST_INPUT,
    FLOAT64_DEMAND,
    Bounds,
    output_bounds,
    scaled_magnitude,
)
from triplicate.scoring import rows_of, scorer

__all__ = ["BLAS_DEMAND", "ONNX_DEMAND", "ONNX_FLOAT32_DEMAND", "verify"]

FloatMatrix = npt.NDArray[np.float64]
BLAS_DEMAND = Demand(1e-14, 1e-12)
ONNX_DEMAND = Demand(*FLOAT64_DEMAND)
ONNX_FLOAT32_DEMAND = Demand(*FLOAT32_DEMAND)
NUMPY_ROWS = 1000  # the plain NumPy loop is slow: it is compared on the first rows only


@dataclass(frozen=True, slots=True)
class _Found:
    """What a form gave: flat outputs, and the counts per row that it reports (None: it has no such count).

    `complaint` says that the form failed a check of its own, whatever its outputs are.
    """

    outputs: FloatMatrix
    unseen: npt.NDArray[np.integer] | None = None
    replaced: npt.NDArray[np.integer] | None = None
    complaint: str | None = None


Run = Callable[[ScoringModel, RawRows], _Found]  # one form: rows in


@dataclass(frozen=True, slots=True)
class _Form:
    """A form to compare with the exact Python scores; `demand` None means the same bits.

    `float32`: the form takes float32 numbers in, so that its demand covers rows of moderate numbers only.
    `deployed`: it is a file, which scores no model but its own. `complete`: it is a graph for complete tables.
    """

    pair: str
    run: Run
    demand: Demand | None
    float32: bool = False
    most_rows: int | None = None
    deployed: bool = False
    complete: bool = False


def verify(
    model: ScoringModel | str | Path,
    rows: Any = None,
    *,
    java: bool | str | Path = True,
    onnx: bool | str | Path = True,
    bad_numbers: BadNumbers = "error",
    against: str | Path | None = None,
    like_h2o: bool = False,
) -> ParityReport:
    """Score the rows in every form and compare each with exact Python.

    Of an exported graph alone, `verify("income.onnx")`, the golden rows in it are scored by ONNX Runtime and compared
    with the outputs that stand beside them (`verify_graph`); there are no rows to give.

    `java` and `onnx` say whether to export the model and check what comes out; or they are the path of a class or a
    graph that was exported earlier, which is checked as it is. A file that was made from another model, or that is not
    what its own version exports, does not pass, whatever its answers are.

    `against` names a CSV file of H2O's predictions of the same rows (docs/migrate-from-h2o.md), which exact Python must
    meet within 1e-10; with `like_h2o`, what H2O's reader does wrong with an imported model is expected of that file.

    `rows` is anything a scorer takes: a DataFrame, a dict of columns, a list of dicts, the path of a CSV file;
    and the path of a Parquet file. Raises RowError when Python itself cannot score them, ToolError when Java
    is asked for and no JDK is found, ModelFileError for a path without a class or graph of this package; a demand
    that fails is no exception but a pair of the report that did not pass.
    """
    if isinstance(model, str | Path) and Path(model).suffix == ".onnx":
        if rows is not None:
            raise ParameterError(
                f"{model} alone holds no exact reference for other rows; give the model file it was exported from, "
                f"and the graph by onnx (on the command line: triplicate verify MODEL.npz ROWS --onnx {model})"
            )
        from triplicate.golden_graph import verify_graph

        return verify_graph(model)
    if rows is None:
        raise ParameterError("rows are missing: give a table, or the path of a CSV or Parquet file")
    if like_h2o and against is None:
        raise ParameterError("like_h2o says how to compare with H2O's predictions: name their file by against")
    checked = load_model(model) if isinstance(model, str | Path) else model
    raw = raw_rows(checked, rows_of(rows), bad_numbers)
    if raw.rows == 0:
        raise RowError("there are no rows to verify with")
    numbers, _ = encode_rows(checked, raw)
    reference = scorer(checked)
    exact = reference.score_numbers(numbers)
    forms = [_Form("numpy", _run_numpy, None, most_rows=NUMPY_ROWS)]
    forms += _java_forms(java)
    forms += [_Form("blas", _run_blas, BLAS_DEMAND)]
    forms += _onnx_forms(onnx)
    pairs = tuple(_compare(form, reference, raw, numbers, exact) for form in forms)
    if against is not None:
        pairs = (*pairs, compare_with_h2o(checked, raw, exact.outputs, against, like_h2o=like_h2o))
    unseen, replaced = int(exact.unseen.sum()), int(exact.replaced.sum())
    return ParityReport(
        checked.fingerprint,
        raw.rows,
        unseen,
        replaced,
        pairs,
        _versions(java=java is not False, onnx=onnx is not False),
    )


def _java_forms(java: bool | str | Path) -> list[_Form]:
    if isinstance(java, bool):
        return [_Form("java", _run_java(None), None)] if java else []
    return [_Form(f"java {Path(java).name}", _run_java(DeployedClass.open(java)), None, deployed=True)]


def _onnx_forms(onnx: bool | str | Path) -> list[_Form]:
    if isinstance(onnx, bool):
        kinds = [("columns", "float64"), ("matrix", "float64"), ("columns", "float32")] if onnx else []
        names = ["onnx columns", "onnx matrix", "onnx float32"]
        return [_onnx_form(name, _run_onnx(*kind), kind[1]) for name, kind in zip(names, kinds, strict=False)]
    graph = DeployedGraph.open(onnx)
    form = _onnx_form(f"onnx {graph.path.name}", _run_graph(graph), graph.dtype)
    return [replace(form, deployed=True, complete=graph.complete)]


def _onnx_form(pair: str, run: Run, dtype: str) -> _Form:
    float32 = dtype == "float32"
    return _Form(pair, run, ONNX_FLOAT32_DEMAND if float32 else ONNX_DEMAND, float32=float32)


def _run_numpy(model: ScoringModel, raw: RawRows) -> _Found:
    scores = Scorer(model).score(raw)
    return _Found(scores.outputs, scores.unseen, scores.replaced)


def _run_blas(model: ScoringModel, raw: RawRows) -> _Found:
    return _Found(Scorer(model).score(raw, fast=True).outputs)


def _run_java(deployed: DeployedClass | None) -> Run:
    def run(model: ScoringModel, raw: RawRows) -> _Found:
        from triplicate.java_parity import JavaJob, run_java

        if deployed is not None:
            deployed.require_model(model)
        (scores,) = run_java([JavaJob(model, raw, deployed)])
        for row, message in scores.errors.items():
            raise RowError(f"the class refuses row {row}: {message}")
        complaint = None if deployed is None else deployed.change(model)
        if complaint is None and scores.disagreements:
            complaint = f"the class contradicts itself: {scores.disagreements[0]}"
        return _Found(scores.outputs, scores.unseen, scores.replaced, complaint)

    return run


def _run_onnx(form: Any, dtype: Any) -> Run:
    def run(model: ScoringModel, raw: RawRows) -> _Found:
        from triplicate.exporters.onnx_run import run_onnx

        scores = run_onnx(model, raw, input=form, dtype=dtype)
        return _Found(scores.outputs, scores.unseen)

    return run


def _run_graph(graph: DeployedGraph) -> Run:
    def run(model: ScoringModel, raw: RawRows) -> _Found:
        graph.require_model(model)
        scores = graph.run(model, raw)
        return _Found(scores.outputs, scores.unseen, complaint=graph.change(model))

    return run


def _compare(form: _Form, reference: Scorer, raw: RawRows, numbers: FloatMatrix, exact: Scores) -> PairResult:
    model = reference.model
    if form.most_rows is not None and raw.rows > form.most_rows:
        first = slice(0, form.most_rows)
        raw, numbers = raw.take(first), numbers[first]
    expected, broken = exact.outputs[: raw.rows], None
    if form.complete:
        from triplicate.exporters.onnx_complete import broken_promises, owed_outputs

        broken = broken_promises(model, numbers)
        expected = owed_outputs(model, broken.missing, expected)
    try:
        found = form.run(model, raw)
        if found.outputs.shape != expected.shape:
            raise ExportError(f"{found.outputs.shape[1]} outputs per row, where the model has {expected.shape[1]}")
    except TriplicateError as reason:
        demand = "same bits" if form.demand is None else str(form.demand)
        return PairResult(form.pair, demand, raw.rows, raw.rows, 0.0, 0.0, 0, None, error=str(reason))
    if form.demand is None:
        result = compare_bits(form.pair, model, expected, found.outputs)
    else:
        bounds = _bounds(form, reference, numbers, exact.outputs[: raw.rows])
        bounds = bounds if broken is None else bounds.restricted(~broken.infinite)
        result = compare_within(form.pair, model, expected, found.outputs, bounds, form.demand)
    result = replace(result, error=found.complaint)
    if broken is not None:
        result = replace(result, error=found.complaint or broken.error, note=broken.note)
    for name, theirs, ours in (("unseen", found.unseen, exact.unseen), ("replaced", found.replaced, exact.replaced)):
        if theirs is not None and not np.array_equal(theirs, ours[: raw.rows]):
            row = int(np.flatnonzero(theirs != ours[: raw.rows])[0])
            result = replace(result, error=f"counts of {name} cells differ: row {row}: {ours[row]} and {theirs[row]}")
    if result.mismatch is None:
        return result
    if form.deployed:
        return replace(result, mismatch=replace(result.mismatch, located=False))
    return _locate(form, result, reference, raw, numbers)


def _bounds(form: _Form, reference: Scorer, numbers: FloatMatrix, expected: FloatMatrix) -> Bounds:
    bounds = output_bounds(reference, numbers, expected, rounded_cells=form.float32)
    if not form.float32:
        return bounds
    return bounds.restricted(scaled_magnitude(reference.model, numbers) <= FLOAT32_LARGEST_INPUT)


def _locate(form: _Form, result: PairResult, reference: Scorer, raw: RawRows, numbers: FloatMatrix) -> PairResult:
    """Find the first layer and unit that differ in the failing row, by scoring the model cut after each layer."""
    assert result.mismatch is not None  # noqa: S101 - the caller's condition, restated for the type checker
    row = slice(result.mismatch.row, result.mismatch.row + 1)
    columns = len(reference.model.columns)  # a cut model reads no offset
    cells, cut_numbers = RawRows(raw.take(row).cells[:columns], 1), numbers[row, :columns]
    for layer in range(len(reference.model.layers)):
        cut = cut_after(reference.model, layer)
        cut_scorer = scorer(cut)
        expected = cut_scorer.score_numbers(cut_numbers).outputs
        found = form.run(cut, cells).outputs
        if form.demand is None:
            part = compare_bits(form.pair, cut, expected, found)
        else:
            bounds = _bounds(form, cut_scorer, cut_numbers, expected)
            part = compare_within(form.pair, cut, expected, found, bounds, form.demand)
        if part.mismatch is not None:
            unit = part.mismatch.position - (unit_outputs(cut).start or 0)
            return replace(result, mismatch=replace(result.mismatch, layer=layer, unit=unit))
    return result


def _versions(*, java: bool, onnx: bool) -> dict[str, str]:
    """Return the versions of what took part."""
    import numpy

    from triplicate import __version__

    versions = {"triplicate": __version__, "python": platform.python_version(), "numpy": numpy.__version__}
    if onnx:
        import onnxruntime

        versions["onnxruntime"] = onnxruntime.__version__
    if java:
        from triplicate.jdk import find_jdk

        versions["java"] = str(find_jdk().version)
    return versions
