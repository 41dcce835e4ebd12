"""The training loop: iterations, scorings, early stopping, the best model.

An iteration turns a state and some rows into the next state; the loop decides how many rows those are, which
ones, and what happens between iterations. Nothing here reads a clock but max_runtime_secs,
and score_interval where it is set.
"""

import time
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from triplicate.runtime.errors import ParameterError
from triplicate.trainer.batch_size import automatic_batch_size
from triplicate.trainer.compile_aside import CompiledAside, compiled_aside
from triplicate.trainer.compile_notice import compile_notice
from triplicate.trainer.copy_plan import CopyPlan
from triplicate.trainer.encoded_rows import EncodedRows
from triplicate.trainer.encoding_plan import EncodingPlan
from triplicate.trainer.exact_kernel import EXACT_JOBS
from triplicate.trainer.fast_scoring import FastScorer
from triplicate.trainer.history import ScoringHistory, ScoringRow
from triplicate.trainer.kernel_rows import Rows, Rule
from triplicate.trainer.live_history import LiveHistory
from triplicate.trainer.loop_state import BestModel, LoopState
from triplicate.trainer.losses import CODES, HUBER
from triplicate.trainer.metrics import Metrics, less_is_better
from triplicate.trainer.network import Network, State, work_per_row
from triplicate.trainer.network_shape import network_for, optimizer_for, start_state
from triplicate.trainer.parameters import Parameters, parameter_rule
from triplicate.trainer.progress import TrainingProgress
from triplicate.trainer.schedule import ScoringSchedule
from triplicate.trainer.stability import require_stable
from triplicate.trainer.stopping import is_better, stop_reason

__all__ = ["Training", "TrainingResult"]

Floats = npt.NDArray[np.floating[Any]]

SMALLEST_THRESHOLD = 1e-6  # of huber, in network space: with 0 all gradients would be 0


@dataclass(frozen=True, slots=True)
class TrainingResult:
    """What training leaves behind.

    `parameters` are those of the returned model: the best, the last or the average; `best_samples` says after
    how many rows it was reached. `batch` is the mini-batch size used, `reason` why training ended. `loop` is where
    it could go on; `copies` of the model have learned.
    """

    network: Network
    parameters: Floats
    history: ScoringHistory
    batch: int
    samples: int
    best_samples: int
    iterations: int
    seconds: float
    reason: str
    reproducible: bool
    loop: LoopState
    copies: int = 1


class Training:
    """One training of one model. `parameters` are those decided for the task (Parameters.for_task).

    The best model is the best scored state, or the running average of the weights, which is scored once at the end.
    `earlier` is where an earlier training stood, which this one continues; `after_scoring` receives after each due
    scoring what training would leave behind if it ended there.
    """

    def __init__(
        self,
        plan: EncodingPlan,
        rows: EncodedRows,
        parameters: Parameters,
        scored: EncodedRows,
        validation: EncodedRows | None,
        earlier: LoopState | None = None,
        after_scoring: Callable[[TrainingResult], None] | None = None,
    ) -> None:
        p = parameters
        self._p, self._rows, self._plan = p, rows, plan
        self._earlier, self._after_scoring = earlier, after_scoring
        self.network = network_for(plan, p)
        size = p.mini_batch_size
        self._copies = CopyPlan(p, len(rows))
        share = self._copies.rows_of_a_copy
        if not isinstance(size, int):
            size = automatic_batch_size(len(rows), p.epochs, len(plan.labels)) if earlier is None else earlier.batch
        self._batch = min(size, share)
        optimizer = optimizer_for(p)
        loss = CODES[p.distribution if p.loss == "Automatic" else p.loss]
        self._rule = Rule.of(loss, optimizer, p.seed, plan.distribution.shape_of(loss))
        self._backend = self._copies.backend(self.network, Rows.of(rows), self._rule, self._batch)
        self._order = self._copies.order()
        custom = p.custom_metric_func
        self._training, self._validation = FastScorer(self.network, plan, scored, p.threshold, custom), None
        if validation is not None:
            self._validation = FastScorer(self.network, plan, validation, p.threshold, custom)
        work = self._training.work + (0 if self._validation is None else self._validation.work)
        self._schedule = ScoringSchedule.of(
            weights_per_row=work_per_row(self.network, rows.codes.shape[1] + rows.numbers.columns),
            batch=self._batch,
            scoring=work,
            share=p.score_duty_cycle,
        )
        self._history, self._live = ScoringHistory(plan.task), LiveHistory()
        self._best: tuple[float, Floats, int] | None = None
        self._started, self._before, self._learning = 0.0, 0.0, 0.0

    def run(self) -> TrainingResult:
        """Train until the epochs are over, or a rule stops earlier; UnstableTrainingError when weights explode.

        BLAS is held to one thread meanwhile, so that no weight and no score depends on the number of processors.
        """
        aside = compiled_aside()
        with threadpool_limits(limits=1, user_api="blas"), compile_notice(aside, quiet=self._p.quiet_mode):
            return self._run(aside)

    def _run(self, aside: CompiledAside) -> TrainingResult:
        p = self._p
        total = round(p.epochs * len(self._rows))
        state, iterations = self._begin(total)
        length = self._copies.rows_per_iteration(state, self._batch, self._schedule.learning)
        self._started = time.monotonic()
        reason = "all epochs are done" if total else "epochs is 0, or too small for a row: the start weights"
        resumable = self._loop_state(state, iterations)
        with TrainingProgress(total - state.samples, len(self._rows), quiet=p.quiet_mode or p.verbose) as progress:
            if total == 0:
                self._score(state.parameters, state, 0, progress)
            else:
                learning, scoring = self._backend.jobs(state), self._training.jobs(state.parameters)
                aside.take([*reversed(learning), *scoring, *EXACT_JOBS])
                aside.need(learning)
                self._backend.prepare(state)
                aside.need([*EXACT_JOBS, *scoring])
            while state.samples < total:
                count = min(length, total - state.samples)
                begun = time.monotonic()
                self._fit_huber(state)
                state = self._backend.run(state, self._order.take(state.samples, count), progress.learned)
                self._learning += time.monotonic() - begun
                iterations += 1
                require_stable(self.network, state.parameters, state.samples)
                late = 0 < p.max_runtime_secs < time.monotonic() - self._started
                due = self._schedule.is_due(count, too_soon=self._too_soon()) or p.score_each_iteration
                resumable = self._loop_state(state, iterations)
                if not (due or late or state.samples >= total):
                    continue
                metrics = self._score(state.parameters, state, iterations, progress)
                if due:
                    resumable = self._loop_state(state, iterations)
                    if self._after_scoring is not None:
                        self._after_scoring(self._result(resumable, state, "training was interrupted"))
                if late:
                    reason = f"max_runtime_secs, {p.max_runtime_secs:g} s, is over"
                    break
                stop = stop_reason(p, self._history.scores(p.stopping_metric), metrics)
                if stop is not None:
                    reason = stop
                    break
            if total > 0 and (p.overwrite_with_best_model or p.average_weights):
                self._score(state.average, state, iterations, progress)
        return self._result(resumable, state, reason)

    def _begin(self, total: int) -> tuple[State, int]:
        """Return the state to go on from, and the iterations behind it."""
        p, earlier = self._p, self._earlier
        if earlier is None:
            return start_state(self._plan, p, self.network, self._rows), 0
        if total <= earlier.state.samples:
            raise ParameterError(
                f"epochs is a total, and {earlier.state.samples / len(self._rows):g} of them are done in the "
                f"checkpoint: epochs must be greater, got {p.epochs:g}"
            )
        self._history.rows.extend(earlier.history)
        self._learning, self._before = earlier.learning, earlier.seconds
        self._schedule.resume(earlier.work, earlier.scorings)
        if earlier.best is not None:  # scored again, since metric and rows may be others than before
            score = self._steering(*self._metrics(earlier.best.parameters))
            self._best = (score, earlier.best.parameters, earlier.best.samples)
        return self._copies.begun(deepcopy(earlier.state)), earlier.iterations

    def _loop_state(self, state: State, iterations: int) -> LoopState:
        earlier = self._earlier
        return LoopState(
            state=state,
            batch=self._batch,
            iterations=iterations,
            history=tuple(self._history.rows),
            best=None if self._best is None else BestModel(self._best[1], self._best[2]),
            work=self._schedule.work,
            scorings=self._schedule.scorings,
            learning=self._learning,
            seconds=self._seconds(),
            reproducible=not self._races() and not self._reads_clock() and (earlier is None or earlier.reproducible),
        )

    def _races(self) -> bool:
        """Tell whether threads change the same weights without locks."""
        return self._p.parallel == "hogwild"

    def _reads_clock(self) -> bool:
        """Tell whether the speed of the machine decides anything."""
        return self._p.max_runtime_secs > 0 or self._p.score_interval != parameter_rule("score_interval").default

    def _too_soon(self) -> bool:
        """Tell whether score_interval, where the user set it, forbids another scoring now."""
        if self._p.score_interval == parameter_rule("score_interval").default or not self._history.rows:
            return False
        return self._seconds() - self._history.rows[-1].duration < self._p.score_interval

    def _seconds(self) -> float:
        return self._before + time.monotonic() - self._started

    def _result(self, loop: LoopState, state: State, reason: str) -> TrainingResult:
        chosen, chosen_samples = state.parameters, state.samples
        if self._p.average_weights:
            chosen = state.average
        elif self._best is not None and self._p.overwrite_with_best_model:
            _, chosen, chosen_samples = self._best
        return TrainingResult(
            self.network, chosen, self._history, self._batch, state.samples, chosen_samples, loop.iterations,
            self._seconds(), reason, loop.reproducible, loop,
            self._copies.copies,
        )  # fmt: skip

    def _metrics(self, weights: Floats) -> tuple[Metrics, Metrics | None]:
        return self._training.metrics(weights), None if self._validation is None else self._validation.metrics(weights)

    def _steering(self, training: Metrics, validation: Metrics | None) -> float:
        """Return the score by which models are compared."""
        return (validation or training).value(self._p.stopping_metric)

    def _fit_huber(self, state: State) -> None:
        """Set the threshold of the huber loss, before every iteration, to the huber_alpha quantile of the errors."""
        if self._rule.loss == HUBER:
            threshold = self._training.error_quantile(state.parameters, self._p.huber_alpha)
            self._rule.shape[0] = max(threshold, SMALLEST_THRESHOLD)

    def _score(self, weights: Floats, state: State, iterations: int, progress: TrainingProgress) -> Metrics:
        """Add a row to the history, keep the weights if they are the best so far; return the training metrics."""
        training, validation = self._metrics(weights)
        self._history.append(
            ScoringRow(
                timestamp=datetime.now(UTC),
                duration=self._seconds(),
                training_speed=state.samples / self._learning if self._learning > 0 else 0.0,
                epochs=state.samples / len(self._rows),
                iterations=iterations,
                samples=state.samples,
                training=training,
                validation=validation,
                copies=self._copies.copies,
            )
        )
        if self._p.verbose:
            self._live.show(self._history)
        metric = self._p.stopping_metric
        score = self._steering(training, validation)
        progress.scored(metric, score)
        best = None if self._best is None else self._best[0]
        if is_better(score, best, less=less_is_better(metric)):
            self._best = (score, weights.copy(), state.samples)
        return training
