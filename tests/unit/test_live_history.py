"""The parameter verbose: the scoring history on standard output while training."""

from typing import Any

import pytest

from triplicate.runtime.errors import ParameterError
from triplicate.trainer import DeepLearningEstimator

from training_tables import classes_table

OPTIONS: dict[str, Any] = {
    "hidden": [4], "seed": 3, "epochs": 2, "train_samples_per_iteration": 100, "score_each_iteration": True,
}  # fmt: skip


@pytest.mark.parameter("verbose")
@pytest.mark.parametrize("in_constructor", [True, False])
def test_a_line_per_scoring_is_printed_while_training(capsys: pytest.CaptureFixture[str], in_constructor: bool) -> None:
    """The lines under the names of the columns are the rows of the history, made when they are scored."""
    printed: list[int] = []

    def metric(actual: Any, predicted: Any, weights: Any) -> float:
        """Note how many lines stand on standard output at each scoring."""
        text = capsys.readouterr().out
        lines.extend(text.splitlines())
        printed.append(len(lines))
        return 0.5

    lines: list[str] = []
    here = {"verbose": True}
    model = DeepLearningEstimator(**OPTIONS, custom_metric_func=metric, **(here if in_constructor else {}))
    model.train(
        y="kind", training_frame=classes_table(), validation_frame=classes_table(seed=2),
        **({} if in_constructor else here),
    )  # fmt: skip
    lines.extend(capsys.readouterr().out.splitlines())
    history = model.scoring_history()
    assert lines[0].split() == list(history.columns)
    assert [int(line.split()[5]) for line in lines[1:]] == history["samples"].tolist()
    values = [float(line.split()[history.columns.get_loc("training_logloss")]) for line in lines[1:]]
    assert values == pytest.approx(history["training_logloss"].tolist(), rel=1e-5)
    assert printed[:6] == [0, 0, 2, 2, 3, 3]  # training and validation rows are scored before each line


def test_nothing_is_printed_without_it_and_folds_are_silent(capsys: pytest.CaptureFixture[str]) -> None:
    """Without verbose standard output stays empty; with folds the main model alone is printed."""
    DeepLearningEstimator(**OPTIONS).train(y="kind", training_frame=classes_table())
    assert capsys.readouterr() == ("", "")
    model = DeepLearningEstimator(**OPTIONS, nfolds=2, verbose=True).train(y="kind", training_frame=classes_table())
    assert len(capsys.readouterr().out.splitlines()) == 1 + len(model.scoring_history())


def test_quiet_and_verbose_contradict_each_other() -> None:
    """quiet_mode with verbose is refused."""
    with pytest.raises(ParameterError, match="verbose prints while training and quiet_mode prints nothing"):
        DeepLearningEstimator(verbose=True, quiet_mode=True)
