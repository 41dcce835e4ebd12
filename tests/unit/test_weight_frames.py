"""Nets from the tables of export_weights_and_biases."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from triplicate.importers import h2o_weights
from triplicate.runtime import ScoringModel
from triplicate.runtime.errors import ForeignModelError

from mojo_files import FIVE, ROWS, TWO, MojoSpec, answers, naive_scores


def input_names(spec: MojoSpec) -> list[str]:
    """Return the names that weights(0) gives its columns."""
    skipped = 0 if spec.use_all else 1
    blocks = [
        [f"{name}.{level}" for level in (*levels[skipped:], "missing(NA)")] for name, levels in spec.categories.items()
    ]
    return [*(name for block in blocks for name in block), *spec.numbers]


def frames(spec: MojoSpec) -> tuple[list[pd.DataFrame], list[pd.DataFrame]]:
    """Return weights and biases as H2O's tables: the flat order of the weights cut into rows, C1 … as names."""
    weights, biases, _, _ = spec.parameters()
    tables = [pd.DataFrame(weight.reshape(-1, weight.shape[1]).astype(np.float64)) for weight in weights]
    for table in tables:
        table.columns = [f"C{k + 1}" for k in range(table.shape[1])]
    tables[0].columns = input_names(spec)
    return tables, [pd.DataFrame({"C1": bias.ravel()}) for bias in biases]


def told(spec: MojoSpec) -> dict[str, Any]:
    """Return what the user tells about such a model."""
    _, _, mul, sub = spec.parameters()
    said: dict[str, Any] = {
        "columns": {**dict.fromkeys(spec.numbers), **dict(reversed(list(spec.categories.items())))},
        "activation": spec.activation,
        "autoencoder": spec.category == "AutoEncoder",
        "distribution": spec.distribution,
        "hidden_dropout_ratios": spec.dropout,
        "use_all_factor_levels": spec.use_all,
        "threshold": spec.threshold,
        "prior": spec.prior,
        "trained": spec.trained,
    }
    if spec.scaled:
        said |= {"normmul": mul.tolist(), "normsub": sub.tolist()}
    if spec.response_scale:
        said |= {"respmul": [spec.response_scale[0]], "respsub": [spec.response_scale[1]]}
    if spec.category in ("Binomial", "Multinomial"):
        said["labels"] = spec.labels
    return said


def imported(spec: MojoSpec, **more: Any) -> ScoringModel:
    """Return the model of a specification, from DataFrames."""
    weights, biases = frames(spec)
    if spec.category != "AutoEncoder":
        return h2o_weights(weights, biases, **(told(spec) | more))
    with pytest.warns(UserWarning, match="a row with a missing number no error"):
        return h2o_weights(weights, biases, **(told(spec) | more))


@pytest.mark.parametrize(
    "spec",
    [
        pytest.param({}, id="a number"),
        pytest.param({"activation": "MaxoutWithDropout", "dropout": (0.25, 0.5), **TWO}, id="Maxout with dropout"),
        pytest.param({"activation": "Maxout", **FIVE}, id="Maxout, five classes"),
        pytest.param({"use_all": False, "activation": "Tanh"}, id="first level without input"),
        pytest.param({"response_scale": (0.25, 3.5), "activation": "ExpRectifier"}, id="standardised response"),
        pytest.param({"distribution": "poisson", "scaled": False}, id="log link, not standardised"),
        pytest.param({**TWO, "prior": (0.9, 0.1), "trained": (0.5, 0.5)}, id="balanced classes"),
        pytest.param({"category": "AutoEncoder", "activation": "Tanh"}, id="autoencoder"),
        pytest.param({"hidden": ()}, id="no hidden layer"),
    ],
)
def test_the_tables_give_the_net(spec: dict[str, Any]) -> None:
    """Columns may be told in any order; the scores are those of a plain reading of the weights."""
    said = MojoSpec(**spec)
    np.testing.assert_allclose(answers(imported(said), ROWS), [naive_scores(said, row) for row in ROWS], rtol=1e-11)


def test_the_default_of_dropout_is_one_half() -> None:
    """Without ratios a dropout activation retains one half, as H2O trains."""
    model = imported(MojoSpec(activation="TanhWithDropout"))
    assert [layer.retain for layer in model.layers] == [0.5, 0.5, 1.0]


def test_matrices_and_csv_files_do_as_well(tmp_path: Path) -> None:
    """Matrices have no names: columns are told in the model's order. CSV files have a header."""
    spec = MojoSpec()
    weights, biases = frames(spec)
    columns: dict[str, Any] = {**spec.categories, **dict.fromkeys(spec.numbers)}
    bare = h2o_weights(
        [table.to_numpy() for table in weights],
        [table.to_numpy()[:, 0] for table in biases],
        **(told(spec) | {"columns": columns}),
    )
    paths: list[list[Path]] = [[], []]
    for kind, tables in enumerate((weights, biases)):
        for index, table in enumerate(tables):
            paths[kind].append(tmp_path / f"{kind}_{index}.csv")
            table.to_csv(paths[kind][-1], index=False)
    assert h2o_weights(*paths, **told(spec)) == bare == imported(spec)


def test_encoded_categories_are_told_with_their_encoding() -> None:
    """Binary codes: the inputs are called column:bit, and the user gives the levels."""
    numbers = ["a:0", "a:1", "age"]
    spec = MojoSpec({}, numbers)
    model = imported(spec, columns={"age": None, "a": ["x", "y", "z"]}, categorical_encoding="Binary")
    expected = [naive_scores(spec, {}, [1.0, 1.0, 2.5]), naive_scores(spec, {}, [np.nan, np.nan, 2.5])]
    np.testing.assert_allclose(answers(model, [{"a": "z", "age": 2.5}, {"a": None, "age": 2.5}]), expected, rtol=1e-11)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"columns": {"age": None}}, "'colour.red', which `columns` does not lead to"),
        ({"columns": {"colour": ["green", "red", "blue"]}}, "does not lead to"),
        (
            {"columns": {"x": None, "colour": ["red", "green", "blue"], "b": ["0", "1"], "age": None, "size": None}},
            "no input for column 'x'",
        ),
        ({"activation": "Softplus"}, "'Softplus' is unknown"),
        ({"normmul": [1.0]}, "normmul must be 2 finite numbers, got 1"),
        ({"normmul": [1.0, 0.0]}, "norm_mul holds a 0"),
        ({"respmul": "x"}, "respmul must be numbers"),
        ({"labels": ["a", "b"], "distribution": "AUTO"}, "1 units for 2 labels"),
        ({"prior": [0.5, 0.5]}, "prior and trained go together"),
        ({"hidden_dropout_ratios": [0.5]}, "hidden_dropout_ratios must be 2 numbers"),
        ({"categorical_encoding": "Eigen"}, "'Eigen': must be one of"),
        ({"distribution": "cauchy"}, "'cauchy' is unknown"),
    ],
)
def test_what_does_not_fit_is_named(change: dict[str, Any], message: str) -> None:
    """A wrong statement about the model is refused with what was found."""
    with pytest.raises(ForeignModelError, match=message.replace("[", r"\[").replace("(", r"\(")):
        imported(MojoSpec(), **change)


def test_tables_must_be_numbers() -> None:
    """Texts, holes and a wrong number of tables are refused."""
    weights, biases = frames(MojoSpec())
    with pytest.raises(ForeignModelError, match="one each per layer"):
        h2o_weights(weights[1:], biases, **told(MojoSpec()))
    with pytest.raises(ForeignModelError, match=r"weights\[0\] is no table of numbers"):
        h2o_weights([weights[0].assign(age="x"), *weights[1:]], biases, **told(MojoSpec()))
    with pytest.raises(ForeignModelError, match=r"biases\[1\] must be a table of finite numbers"):
        h2o_weights(weights, [biases[0], biases[1] * np.nan, *biases[2:]], **told(MojoSpec()))
