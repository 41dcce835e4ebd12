"""A training by Triplicate. What it answers comes from its own scoring history, one scoring an epoch.

Asked for whole trainings instead, as a user of the defaults would do them, it times the whole call of each, reading the
table and the last scoring included, and judges the finished model.
"""

import time
from typing import Any

import pandas as pd
from data import frames
from protocol import Answer, Question, ask, peak_memory

from triplicate import DeepLearningEstimator


def asked_of(question: Question) -> dict[str, Any]:
    """Return the parameters that the question names."""
    optimizer = {"optimizer": "adam"} if question.optimizer == "adam" else {}
    shape = {"hidden": question.hidden, "mini_batch_size": question.batch or "auto", "sparse": question.sparse}
    return {**shape, **optimizer, "seed": question.seed, "stopping_rounds": 0, "quiet_mode": True}


def fitted(
    question: Question, learn: pd.DataFrame, response: str, judge: pd.DataFrame | None = None
) -> tuple[DeepLearningEstimator, float]:
    """Train once, scoring once an epoch; return the estimator and the seconds of the call.

    With `judge`, the test rows, these are scored along the way, and the last state is kept, as the peers keep theirs.
    Otherwise training does not see them, and keeps the best state or average by its scores of training rows, as it
    does by default.
    """
    estimator = DeepLearningEstimator(
        epochs=question.epochs,
        train_samples_per_iteration=0,
        score_each_iteration=True,
        overwrite_with_best_model=judge is None,
        **asked_of(question),
    )
    begun = time.perf_counter()
    estimator.train(y=response, training_frame=learn, validation_frame=judge)
    return estimator, time.perf_counter() - begun


def train(question: Question) -> Answer:
    """Train for the speed and the finished model's test error, then once more for the curve."""
    learn, judge, response = frames(question.data, question.folder)
    finished, wall = fitted(question, learn, response)
    speed, peak = finished.trained.result.history.rows[-1].training_speed, peak_memory()
    error = share_wrong(finished, judge, response)
    watched, _ = fitted(question, learn, response, judge)
    curve = [
        (row.samples / row.training_speed, row.validation.value("misclassification"))
        for row in watched.trained.result.history.rows
        if row.samples > 0
    ]
    return Answer(speed, wall, error, curve, peak)


def train_whole(question: Question) -> Answer:
    """Train once for each number of epochs asked for, from the start each time, all else as it comes."""
    learn, judge, response = frames(question.data, question.folder)
    curve: list[tuple[float, float]] = []
    for epochs in question.whole:
        estimator = DeepLearningEstimator(epochs=epochs, **asked_of(question))
        begun = time.perf_counter()
        estimator.train(y=response, training_frame=learn)
        curve.append((time.perf_counter() - begun, share_wrong(estimator, judge, response)))
    speed = estimator.trained.result.history.rows[-1].training_speed
    return Answer(speed, *curve[-1], curve)


def share_wrong(estimator: DeepLearningEstimator, judge: pd.DataFrame, response: str) -> float:
    """Return the finished model's test error."""
    return float((estimator.predict(judge)["predict"].astype(str).to_numpy() != judge[response].to_numpy()).mean())


if __name__ == "__main__":
    question = ask()
    (train_whole if question.whole else train)(question).print()
