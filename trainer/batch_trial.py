"""Small tables of two classes: a trial on held-out rows says whether single rows mislead ADADELTA.

Where there are few rows, two tables of the same shape may want opposite sizes. Noisy ones (most of those that are met)
learn better from the mean of 24 gradients than from single ones; where a clear, curved border parts the classes,
24 take too few steps to find it. Nothing but learning tells the two apart.
"""

import dataclasses

import numpy as np
from threadpoolctl import threadpool_limits

from triplicate.runtime.errors import UnstableTrainingError
from triplicate.trainer.batch_size import automatic_batch_size
from triplicate.trainer.encoded_rows import EncodedRows
from triplicate.trainer.encoding_plan import EncodingPlan
from triplicate.trainer.fast_scoring import FastScorer
from triplicate.trainer.parameters import Parameters, Task, parameter_rule
from triplicate.trainer.pcg import seeded, shuffle
from triplicate.trainer.training_loop import Training

__all__ = ["tried_parameters"]

LEAST_ROWS = 200  # fewer cannot be parted into rows to learn and rows to judge by
SMALL, LARGE = 2, 24  # 2 stands for 1, which has kernels of its own that a trial need not compile
PARTS = 3  # each is held out once, as long as the small size is ahead
ENOUGH = 0.5  # ratio of the losses, all parts together, below which training goes row by row
TRIAL_SEED = 0x7121A1


def tried_parameters(plan: EncodingPlan, rows: EncodedRows, p: Parameters) -> tuple[Parameters, tuple[str, ...]]:
    """Return the parameters with the mini-batch size that a trial chose, and a note on it; as they are without one.

    There is a trial where "auto" would be 1, for two classes, by ADADELTA, without copies, clock or repeated rows.
    Two nets learn two thirds of the rows, half as many passes again, in batches of 2 and of 24; the other third judges,
    and, while 2 is ahead in each, the other thirds. The seed decides all that is random.
    """
    if not _needs_trial(plan, rows, p):
        return p, ()
    order = np.arange(len(rows), dtype=np.int64)
    shuffle(seeded(p.seed + TRIAL_SEED), order)
    small, large, judges, is_ahead = 0.0, 0.0, 0, True
    for part in range(PARTS):
        held_out = slice(part, None, PARTS)
        judged, learned = rows.take(order[held_out]), rows.take(np.delete(order, held_out))
        losses = [_held_out_loss(plan, learned, judged, p, size) for size in (SMALL, LARGE)]
        small, large, judges, is_ahead = (
            small + losses[0],
            large + losses[1],
            judges + len(judged),
            losses[0] < losses[1],
        )
        if not is_ahead:
            break
    chosen = 1 if is_ahead and small < ENOUGH * large else LARGE
    note = (
        f"mini_batch_size='auto' became {chosen}: in a trial with {judges:,} rows held out the logloss was "
        f"{small / (part + 1):.3g} with mini-batches of {SMALL}, {large / (part + 1):.3g} with {LARGE}"
    )
    return dataclasses.replace(p, mini_batch_size=chosen), (note,)


def _needs_trial(plan: EncodingPlan, rows: EncodedRows, p: Parameters) -> bool:
    return (
        p.mini_batch_size == "auto"
        and plan.task is Task.BINOMIAL
        and len(rows) >= LEAST_ROWS
        and round(p.epochs * len(rows)) >= LARGE
        and automatic_batch_size(len(rows), p.epochs, len(plan.labels)) == 1
        and p.adaptive_rate
        and p.optimizer == "auto"
        and p.working_copies == 1
        and p.max_runtime_secs == 0
        and not p.balance_classes
    )


def _held_out_loss(plan: EncodingPlan, learned: EncodedRows, judged: EncodedRows, p: Parameters, size: int) -> float:
    """Return the logloss of the last weights on the judged rows, infinity where training explodes."""
    without_scorings = {
        "stopping_rounds": 0, "classification_stop": -1.0, "score_each_iteration": False, "score_duty_cycle": 0.0,
        "score_interval": parameter_rule("score_interval").default, "overwrite_with_best_model": False,
        "average_weights": False, "verbose": False, "custom_metric_func": None,
        "stopping_metric": "logloss", "mini_batch_size": size,
        "epochs": p.epochs * PARTS / (PARTS - 1),
    }  # fmt: skip
    training = Training(plan, learned, dataclasses.replace(p, **without_scorings), learned, None)
    try:
        weights = training.run().parameters
    except UnstableTrainingError:
        return np.inf
    with threadpool_limits(limits=1, user_api="blas"):
        return float(FastScorer(training.network, plan, judged, p.threshold).metrics(weights).value("logloss"))
