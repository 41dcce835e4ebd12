"""A training by H2O Deep Learning, its own defaults, early stopping off, in a server of this process's own."""

import time
from pathlib import Path

import h2o
import pandas as pd
from data import frames
from h2o.estimators import H2ODeepLearningEstimator
from protocol import Answer, Question, ask


def train(question: Question) -> Answer:
    """Train once; the test rows are the validation frame, scored after every epoch.

    Where whole trainings are compared, the curve begins with the data frame in hand: making H2O's table of it counts.
    """
    learn, judge, response = frames(question.data, question.folder)
    begun = time.perf_counter()
    table = h2o_table(learn, response)
    before = time.perf_counter() - begun if question.whole else 0.0
    test = h2o_table(judge, response)
    net = H2ODeepLearningEstimator(
        hidden=question.hidden,
        epochs=question.epochs,
        seed=question.seed,
        sparse=question.sparse,
        train_samples_per_iteration=0,
        score_interval=0,
        score_duty_cycle=1,
        stopping_rounds=0,
        overwrite_with_best_model=False,
    )
    begun = time.perf_counter()
    net.train(y=response, training_frame=table, validation_frame=test)
    wall = time.perf_counter() - begun
    history = net.scoring_history()
    history = history[history["samples"] > 0]
    speed = [float(str(text).split()[0]) for text in history["training_speed"]]
    errors = history["validation_classification_error"]
    curve = [(before + float(n) / s, float(e)) for n, s, e in zip(history["samples"], speed, errors, strict=True)]
    return Answer(speed[-1], wall, curve[-1][1], curve)


def h2o_table(frame: pd.DataFrame, response: str) -> h2o.H2OFrame:
    """Return a data frame as the server's own table, its response as classes."""
    table = h2o.H2OFrame(frame)
    table[response] = table[response].asfactor()
    return table


def peak_of_server() -> float:
    """Return the largest resident memory of the server, in MB, as the operating system has counted it."""
    process = h2o.cluster().nodes[0]["pid"]
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


if __name__ == "__main__":
    h2o.init(nthreads=2, max_mem_size="4g", bind_to_localhost=True, strict_version_check=False, verbose=False)
    h2o.no_progress()
    try:
        answer = train(ask())
        answer.peak = peak_of_server()
        answer.print()
    finally:
        h2o.cluster().shutdown()
