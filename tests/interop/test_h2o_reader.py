"""MOJOs that we write, scored by H2O's own reader (h2o-genmodel 3.46.0.7): the same within 1e-12, labels equal."""

import warnings
from collections import Counter
from collections.abc import Sequence
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from triplicate.exporters import export_mojo
from triplicate.importers import mojo
from triplicate.runtime import Categorical, RawRows, Reconstruction, ScoringModel, raw_rows
from triplicate.runtime.errors import ExportError

from h2o_fixtures import fixtures
from h2o_reader import H2OScores, MojoJob, our_numbers, run_mojos
from mojo_cases import TRAINED, rows_for, tame_model, trained_model
from mojo_files import FIVE, ROWS, TWO, MojoSpec, write_zip

pytestmark = pytest.mark.interop
CLOSE = 1e-12  # of the number, where it is above 1
RANDOM = 400
ACTIVATIONS, DROPS, BOTH = ("Tanh", "Rectifier", "ExpRectifier", "Maxout"), ("", "WithDropout"), (True, False)


def differences(
    one: np.ndarray, other: np.ndarray, model: ScoringModel, raw: RawRows, *, like_h2o: bool = False
) -> int:
    """Return how many numbers differ; `like_h2o`: rows with missing cells may have no mean squared error there."""
    with np.errstate(all="ignore"):
        apart = np.abs(one - other) > CLOSE * np.maximum(1.0, np.abs(other))
    apart |= np.isnan(one) != np.isnan(other)
    if like_h2o and isinstance(model.head, Reconstruction):
        incomplete = np.zeros(raw.rows, dtype=np.bool_)
        for column, cells in zip(model.columns, raw.cells, strict=True):
            known = {*column.levels} if isinstance(column, Categorical) else None
            incomplete |= [cell not in known if known is not None else np.isnan(cell) for cell in cells]
        apart[incomplete & np.isnan(one[:, -1]), -1] = False
    return int(apart.sum())


def wrong(model: ScoringModel, job: MojoJob, theirs: H2OScores) -> list[str]:
    """Return what H2O's reader makes of our file unlike our model."""
    labels, numbers = our_numbers(model, job.raw)
    if theirs.numbers.shape != numbers.shape or theirs.refusals:
        return [f"{job.path.name}: {theirs.numbers.shape}, {list(theirs.refusals.items())[:1]}"]
    apart = differences(theirs.numbers, numbers, model, job.raw, like_h2o=True)
    return [f"{job.path.name}: {apart} numbers differ"] * (apart > 0) + [
        f"{job.path.name}: row {row}: {a!r} instead of {b!r}"
        for row, (a, b) in enumerate(zip(theirs.labels, labels, strict=True))
        if a != b
    ][:1]


def imported(path: Path) -> ScoringModel:
    """Return the imported model; its notes are checked elsewhere."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return mojo(path)


def check(cases: Sequence[tuple[ScoringModel, MojoJob]], folder: Path) -> list[str]:
    """Return what is wrong with the files of these models, and with the models that they import as."""
    found = []
    scores = run_mojos([job for _, job in cases], folder)
    for (model, job), theirs in zip(cases, scores, strict=True):
        found += wrong(model, job, theirs)
        back = imported(job.path)
        raw = raw_rows(back, {name: list(cells) for name, cells in zip(model.row_names, job.raw.cells, strict=True)})
        (labels, numbers), (again, same) = our_numbers(model, job.raw), our_numbers(back, raw)
        if labels != again or differences(same, numbers, back, raw):
            found.append(f"{job.path.name}: imports as another model")
    return found


def test_every_h2o_model_comes_back(data_folder: Path, tmp_path: Path) -> None:
    """MOJO to us to MOJO: H2O's reader gives the same numbers and labels for both files; offsets alone are refused."""
    kept, jobs = [], []
    refused = {}
    for fixture in fixtures(data_folder):
        model = fixture.model()
        try:
            path = export_mojo(model, tmp_path / f"{fixture.folder.name}.zip")
        except ExportError as reason:
            refused[fixture.folder.name] = str(reason)
            continue
        raw = raw_rows(model, fixture.rows)
        kept.append((fixture, model, raw))
        jobs += [MojoJob(fixture.folder / "model.zip", model.row_names, raw), MojoJob(path, model.row_names, raw)]
    scores = run_mojos(jobs, tmp_path)
    failed = []
    for index, (fixture, model, raw) in enumerate(kept):
        theirs, ours = scores[2 * index : 2 * index + 2]
        same_refusals = theirs.refusals == ours.refusals
        if not same_refusals or theirs.labels != ours.labels or differences(ours.numbers, theirs.numbers, model, raw):
            failed.append(fixture.folder.name)
    assert failed == []
    assert len(kept) >= 39
    assert all("offset column" in reason for reason in refused.values())


def test_models_of_every_kind_that_we_train(tmp_path: Path) -> None:
    """Each kind of training is scored the same by H2O's reader; what it cannot carry is refused with the reason."""
    cases, refused = [], []
    for name in TRAINED:
        rebuilds = name.startswith("autoencoder")
        for classes in (2,) if rebuilds or name in ("argmax", "balanced") else (1, 2, 3):
            if classes > 1 and name in ("poisson", "laplace"):
                continue
            model, raw = trained_model(name, classes)
            try:
                path = export_mojo(model, tmp_path / f"{name} {classes}.zip")
            except ExportError as reason:
                refused.append((name, str(reason)))
                continue
            cases.append((model, MojoJob(path, model.row_names, raw)))
    assert check(cases, tmp_path) == []
    assert [name for name, _ in refused] == ["autoencoder, binary"]
    assert "fills missing" in refused[0][1]
    assert len(cases) > 50


def test_random_models(tmp_path: Path) -> None:
    """Random models, hashed and shared inputs, mixed activations and hostile names among them, score the same."""
    cases, kinds = [], Counter()
    for seed in range(RANDOM):
        model = tame_model(seed)
        try:
            path = export_mojo(model, tmp_path / f"random {seed}.zip")
        except ExportError:
            continue
        kinds[type(model.head).__name__] += 1
        cases.append((model, MojoJob(path, model.row_names, rows_for(model, seed))))
    assert check(cases, tmp_path) == []
    assert len(cases) > RANDOM / 2
    assert kinds["Regression"] > 50
    assert kinds["Classification"] > 50


def test_every_branch_of_the_format(tmp_path: Path) -> None:
    """Files made from nothing: H2O's reader, our import, and H2O's reader of our export of it agree."""
    cases = []
    for index, spec in enumerate(every_spec()):
        given = write_zip(tmp_path / f"given {index}.zip", spec.texts())
        model = imported(given)
        path = export_mojo(model, tmp_path / f"spec {index}.zip")
        raw = raw_rows(model, ROWS)
        cases += [(model, MojoJob(given, model.row_names, raw)), (model, MojoJob(path, model.row_names, raw))]
    assert check(cases, tmp_path) == []
    assert len(cases) == 2 * 8 * (5 * 4 + 2)


def every_spec() -> list[MojoSpec]:
    """Return a file per activation, kind of response, use_all_factor_levels, and numbers scaled or not."""
    heads: list[dict[str, Any]] = [
        TWO | {"threshold": 0.3},
        TWO | {"prior": (0.9, 0.1), "trained": (0.5, 0.5)},
        FIVE | {"prior": (0.1, 0.2, 0.3, 0.2, 0.2), "trained": (0.2, 0.2, 0.2, 0.2, 0.2)},
        {"response_scale": (0.25, -3.5)},
        {"distribution": "tweedie"},
        {"category": "AutoEncoder"},
    ]
    return [
        MojoSpec(
            activation=name + drop,
            dropout=(0.5, 0.125) if drop else None,
            use_all=use_all,
            scaled=scaled,
            seed=seed,
            **head,
        )
        for seed, (name, drop, head, use_all, scaled) in enumerate(product(ACTIVATIONS, DROPS, heads, BOTH, BOTH))
        if use_all or "category" not in head or head["category"] != "AutoEncoder"  # on those H2O's reader fails
    ]
