"""What estimators show of their inside: importances, weights and biases, constants of the scaling."""

import numpy as np
import pandas as pd
import pytest

from triplicate.runtime.errors import ParameterError
from triplicate.trainer import DeepLearningEstimator

from training_tables import classes_table, numbers_table


@pytest.fixture(scope="module")
def regression() -> DeepLearningEstimator:
    """Return a trained regression on columns with holes."""
    return DeepLearningEstimator(hidden=[8], epochs=30, seed=1).train(y="price", training_frame=numbers_table(400))


def test_the_inputs_that_matter_come_first(regression: DeepLearningEstimator) -> None:
    """The noise column is the least of the numbers; list and DataFrame say the same."""
    table = regression.varimp(use_pandas=True)
    assert isinstance(table, pd.DataFrame)
    order = table["variable"].tolist()
    assert order.index("noise") > max(order.index(name) for name in ("size", "weight", "colour.red"))
    assert regression.varimp() == [tuple(row) for row in table.itertuples(index=False)]


def test_slots_of_missing_cells_count_where_cells_were_missing() -> None:
    """colour.missing(NA) has an importance if training saw such cells, else it is 0."""
    table = numbers_table(200)
    seen = DeepLearningEstimator(hidden=[5], epochs=2, seed=1).train(y="price", training_frame=table)
    full = DeepLearningEstimator(hidden=[5], epochs=2, seed=1)
    full.train(y="price", training_frame=table.fillna({"colour": "none"}))
    assert dict(row[:2] for row in seen.varimp())["colour.missing(NA)"] > 0
    assert dict(row[:2] for row in full.varimp())["colour.missing(NA)"] == 0


@pytest.mark.parameter("variable_importances")
def test_variable_importances_are_stored_on_request() -> None:
    """With variable_importances=True they stand in the model's training summary, else not."""
    table = numbers_table(100)
    asked = DeepLearningEstimator(hidden=[5], epochs=1, seed=1, variable_importances=True)
    stored = asked.train(y="price", training_frame=table).scoring_model.metadata.training_summary()
    assert stored["variable_importances"] == [[row[0], row[3]] for row in asked.varimp()]
    plain = DeepLearningEstimator(hidden=[5], epochs=1, seed=1).train(y="price", training_frame=table)
    assert "variable_importances" not in plain.scoring_model.metadata.training_summary()
    assert plain.scoring_model == asked.scoring_model


def test_weights_and_biases_are_tables(regression: DeepLearningEstimator) -> None:
    """A row per unit; the first layer's columns have the inputs' names; together they compute the network."""
    first, second = regression.weights(0), regression.weights(1)
    assert first.columns.tolist() == list(regression.scoring_model.input_names)
    assert first.shape == (8, regression.scoring_model.inputs)
    assert second.columns.tolist() == [f"C{k}" for k in range(1, 9)]
    row = numbers_table(1, seed=9).fillna({"colour": "red", "size": 10.0})
    hidden = regression.deepfeatures(row, 0).to_numpy()[0]
    value = float(second.to_numpy(dtype=float)[0] @ hidden + regression.biases(1).loc[0, "C1"])
    scale, shift = regression.respmul(), regression.respsub()
    assert scale is not None
    assert shift is not None
    assert regression.predict(row).loc[0, "predict"] == pytest.approx(value / scale + shift)
    with pytest.raises(ParameterError, match=r"matrix_id must be in \[0, 1\]: the model has no weight matrix 2"):
        regression.weights(2)
    with pytest.raises(ParameterError, match="vector_id"):
        regression.biases(-1)


@pytest.mark.parameter("export_weights_and_biases")
def test_the_export_parameter_takes_nothing_away() -> None:
    """export_weights_and_biases=True and False offer the same tables."""
    table = numbers_table(100)
    asked, plain = (
        DeepLearningEstimator(hidden=[5], epochs=1, seed=1, export_weights_and_biases=flag).train(
            y="price", training_frame=table
        )
        for flag in (True, False)
    )
    pd.testing.assert_frame_equal(asked.weights(0), plain.weights(0))


def test_constants_of_the_scaling(regression: DeepLearningEstimator) -> None:
    """Means and factors of the numbers, of the response, and where categories begin and end."""
    table = numbers_table(400)
    numbers = table[["size", "weight", "noise"]]
    np.testing.assert_allclose(regression.normsub() or [], numbers.mean())
    np.testing.assert_allclose(regression.normmul() or [], 1 / numbers.std())
    assert regression.respsub() == pytest.approx(table["price"].mean())
    assert regression.respmul() == pytest.approx(1 / table["price"].std())
    assert regression.catoffsets() == [0, 5]


def test_without_scaling_there_are_no_constants() -> None:
    """standardize=False gives None; so does the response of a classification."""
    model = DeepLearningEstimator(hidden=[4], epochs=1, seed=1, standardize=False)
    model.train(y="price", training_frame=numbers_table(100))
    assert (model.normmul(), model.normsub(), model.respmul(), model.respsub()) == (None, None, None, None)
    classes = DeepLearningEstimator(hidden=[4], epochs=1, seed=1).train(y="kind", training_frame=classes_table())
    assert classes.respmul() is None
    assert len(classes.normmul() or []) == 3
