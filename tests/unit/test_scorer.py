"""triplicate.runtime.scorer: many rows at once, in blocks, exactly or by BLAS."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from triplicate.runtime import Categorical, Layer, Numeric, Regression, Scorer, ScoringModel, UnseenPolicy, encode_rows
from triplicate.runtime.arithmetic import ExactArithmetic
from triplicate.runtime.errors import BadNumberError, MissingOffsetError, TriplicateError, UnseenLevelError

from random_models import random_model, random_rows


def line(offset: str | None = None, unseen: UnseenPolicy = UnseenPolicy.ROW) -> ScoringModel:
    """Return 2 n + (1 for the level x, 10 for a missing, 100 for an unseen one)."""
    table = Categorical("c", ("x",), np.zeros((3, 1), int), np.array([[0.5], [5.0], [50.0]]), unseen)
    return ScoringModel(
        (Numeric("n", 0), table), (Layer(np.full((1, 1), 2.0), np.zeros(1)),), Regression(offset=offset)
    )


ROWS: dict[str, Any] = {"n": [1.0, None, np.inf, 0.0], "c": ["x", None, "y", "z"]}


def test_scores_hold_outputs_and_counts_per_row() -> None:
    """Unseen levels and unusable numbers are counted, missing cells are not."""
    scores = Scorer(line()).score(ROWS)
    assert scores.outputs.tolist() == [[3.0], [10.0], [100.0], [100.0]]
    assert scores.unseen.tolist() == [0, 0, 1, 1]
    assert scores.replaced.tolist() == [0, 0, 1, 0]
    assert (scores.unseen.dtype, scores.replaced.dtype, len(scores)) == (np.int32, np.int32, 4)
    assert scores.model == line()


def test_row_numbers_score_as_the_raw_rows_they_stand_for() -> None:
    """Numbers, level indices, NaN for missing and -1 for unseen."""
    scores = Scorer(line()).score_numbers([[1.0, 0.0], [np.nan, np.nan], [np.inf, -1.0], [0.0, -1.0]])
    raw = Scorer(line()).score(ROWS)
    assert scores.outputs.tolist() == raw.outputs.tolist()
    assert scores.unseen.tolist() == raw.unseen.tolist()
    assert scores.replaced.tolist() == raw.replaced.tolist()


def test_a_csv_file_is_scored_by_its_path(tmp_path: Path) -> None:
    """bad_numbers decides about text that spells no number."""
    (tmp_path / "a.csv").write_text("c,n\nx,1\nx,one\n", encoding="utf-8")
    with pytest.raises(BadNumberError, match="record 2, column 'n': 'one' is not a number"):
        Scorer(line()).score(tmp_path / "a.csv")
    assert Scorer(line()).score(tmp_path / "a.csv", bad_numbers="missing").outputs.tolist() == [[3.0], [1.0]]


def test_an_offset_is_added_and_a_missing_one_refused() -> None:
    """In raw rows and in row numbers."""
    scorer = Scorer(line(offset="o"))
    assert scorer.score({**ROWS, "o": [0.25, 1.0, 2.0, -3.0]}).outputs.tolist() == [[3.25], [11.0], [102.0], [97.0]]
    with pytest.raises(MissingOffsetError, match="row 2, column 'o': the offset is missing"):
        scorer.score({**ROWS, "o": [0.0, 0.0, None, 0.0]})
    with pytest.raises(MissingOffsetError, match="row 0, column 'o'"):
        scorer.score_numbers([[0.0, 0.0, np.nan]])


def test_the_policy_error_refuses_unseen_levels_in_any_block(monkeypatch: pytest.MonkeyPatch) -> None:
    """The row is counted from the start of the table."""
    monkeypatch.setattr("triplicate.runtime.scorer.BLOCK_NUMBERS", 4)
    scorer = Scorer(line(unseen=UnseenPolicy.ERROR))
    with pytest.raises(UnseenLevelError, match="row 2, column 'c': level 'y' was not seen in training"):
        scorer.score(ROWS)
    with pytest.raises(UnseenLevelError, match="row 9, column 'c': -1 is not a level"):
        scorer.score_numbers([[0.0, 0.0]] * 9 + [[0.0, -1.0]])


@pytest.mark.parametrize("fast", [False, True])
def test_no_rows_give_no_scores(fast: bool) -> None:
    """An empty table is a table."""
    for seed in range(7):
        model = random_model(seed)
        empty = np.zeros((0, len(model.row_names)))
        assert Scorer(model).score_numbers(empty, fast=fast).outputs.shape == (0, len(model.output_names))
        assert Scorer(model).layer_outputs(empty, 0).shape == (0, model.layers[0].units)


def test_the_size_of_a_block_changes_no_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each row is scored on its own: together, in blocks, one by one, or in another order."""
    for seed in range(14):
        model = random_model(seed)
        numbers, _ = encode_rows(model, random_rows(model, 50, seed))
        whole = Scorer(model).score_numbers(numbers)
        with monkeypatch.context() as patch:
            patch.setattr("triplicate.runtime.scorer.BLOCK_NUMBERS", 40)
            blocks = Scorer(model).score_numbers(numbers)
        backwards = Scorer(model).score_numbers(numbers[::-1])
        single = np.concatenate([Scorer(model).score_numbers(row[np.newaxis]).outputs for row in numbers])
        for other in (blocks.outputs, single, backwards.outputs[::-1]):
            np.testing.assert_array_equal(other, whole.outputs)
        np.testing.assert_array_equal(blocks.unseen, whole.unseen)
        np.testing.assert_array_equal(blocks.replaced, whole.replaced)


def test_the_outputs_of_a_layer_can_be_looked_at() -> None:
    """Layer 0 reads the encoded inputs; the last layer feeds the head."""
    model = random_model(4)
    numbers, _ = encode_rows(model, random_rows(model, 30, 1))
    scorer = Scorer(model)
    assert scorer.inputs(numbers).shape == (30, model.inputs)
    for index, layer in enumerate(model.layers):
        outputs = scorer.layer_outputs(numbers, index)
        assert outputs.shape == (30, layer.units)
        blas = scorer.layer_outputs(numbers[:1], index, fast=True)
        assert np.isnan(blas).tolist() == np.isnan(outputs[:1]).tolist()


def test_another_arithmetic_can_be_given_for_the_exact_path() -> None:
    """The kernel of the façade enters here; fast=True is BLAS whatever was given."""

    class Counting(ExactArithmetic):
        calls = 0

        def affine(self, inputs: Any, by_input: Any, bias: Any) -> Any:
            self.calls += 1
            return super().affine(inputs, by_input, bias)

    arithmetic = Counting()
    scorer = Scorer(line(), arithmetic)
    scorer.score(ROWS)
    assert arithmetic.calls == 1
    scorer.score(ROWS, fast=True)
    assert arithmetic.calls == 1


def test_exact_scores_are_refused_under_flush_to_zero(monkeypatch: pytest.MonkeyPatch) -> None:
    """The exact path checks the processor's state, the BLAS path promises no bits."""

    def refuse() -> None:
        raise TriplicateError("flushes subnormal numbers")

    monkeypatch.setattr("triplicate.runtime.scorer.refuse_flush_to_zero", refuse)
    with pytest.raises(TriplicateError, match="flushes subnormal numbers"):
        Scorer(line()).score(ROWS)
    assert len(Scorer(line()).score(ROWS, fast=True)) == 4
