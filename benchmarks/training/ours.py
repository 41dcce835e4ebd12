"""A training by Triplicate. What it answers comes from its own scoring history, one scoring an epoch."""

import time
from typing import Any

from data import frames
from protocol import Answer, Question, ask

from triplicate import DeepLearningEstimator


def train(question: Question) -> Answer:
    """Train once; the test rows are the validation table, scored after every epoch."""
    learn, judge, response = frames(question.data, question.folder)
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
        overwrite_with_best_model=False,
        quiet_mode=True,
        **given,
    )
    begun = time.perf_counter()
    estimator.train(y=response, training_frame=learn, validation_frame=judge)
    wall = time.perf_counter() - begun
    curve = [
        (row.samples / row.training_speed, row.validation.value("misclassification"))
        for row in estimator.trained.result.history.rows
        if row.samples > 0
    ]
    return Answer(estimator.trained.result.history.rows[-1].training_speed, wall, curve[-1][1], curve)


if __name__ == "__main__":
    train(ask()).print()
