"""A training by Triplicate. What it answers comes from its own scoring history, one scoring an epoch."""

import time
from typing import Any

import pandas as pd
from data import frames
from protocol import Answer, Question, ask, peak_memory

from triplicate import DeepLearningEstimator


def fitted(
    question: Question, learn: pd.DataFrame, response: str, judge: pd.DataFrame | None = None
) -> tuple[DeepLearningEstimator, float]:
    """Train once, scoring once an epoch; return the estimator and the seconds of the call.

    With `judge`, the test rows, these are scored along the way, and the last state is kept, as the peers keep theirs.
    Otherwise training does not see them, and keeps the best state or average by its scores of training rows, as it
    does by default.
    """
    given: dict[str, Any] = {"mini_batch_size": question.batch or "auto", "sparse": question.sparse}
    if question.optimizer == "adam":
        given["optimizer"] = "adam"
    estimator = DeepLearningEstimator(
        hidden=question.hidden,
        epochs=question.epochs,
        seed=question.seed,
        train_samples_per_iteration=0,
        score_each_iteration=True,
        stopping_rounds=0,
        overwrite_with_best_model=judge is None,
        quiet_mode=True,
        **given,
    )
    begun = time.perf_counter()
    estimator.train(y=response, training_frame=learn, validation_frame=judge)
    return estimator, time.perf_counter() - begun


def train(question: Question) -> Answer:
    """Train for the speed and the finished model's test error, then once more for the curve."""
    learn, judge, response = frames(question.data, question.folder)
    finished, wall = fitted(question, learn, response)
    speed, peak = finished.trained.result.history.rows[-1].training_speed, peak_memory()
    error = float((finished.predict(judge)["predict"].astype(str).to_numpy() != judge[response].to_numpy()).mean())
    watched, _ = fitted(question, learn, response, judge)
    curve = [
        (row.samples / row.training_speed, row.validation.value("misclassification"))
        for row in watched.trained.result.history.rows
        if row.samples > 0
    ]
    return Answer(speed, wall, error, curve, peak)


if __name__ == "__main__":
    train(ask()).print()
