"""The progress bar: on a terminal, and only for a training that takes longer than two seconds."""

import sys
import threading
import time
from types import TracebackType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from rich.progress import Progress

__all__ = ["TrainingProgress"]

PATIENCE = 2.0
STARTING = "starting (the first training on a machine compiles its kernels)"


class TrainingProgress:
    """A context that shows how many of `total` rows are learned; silent when quiet or when output is piped."""

    def __init__(self, total: int, rows: int, *, quiet: bool) -> None:
        self._total, self._rows, self._done, self._scores = total, rows, 0, ""
        self._started = time.monotonic()
        self._quiet = quiet or not sys.stderr.isatty()
        self._bar: Progress | None = None
        self._drawing = threading.Lock()
        self._timer = threading.Timer(PATIENCE, self._draw)

    def __enter__(self) -> Self:
        if not self._quiet:
            self._timer.daemon = True
            self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        with self._drawing:
            self._quiet = True
            if self._bar is not None:
                self._bar.stop()

    @property
    def is_shown(self) -> bool:
        """Whether the bar has been drawn."""
        return self._bar is not None

    def learned(self, rows: int) -> None:
        """Count rows, and draw the bar once patience is over."""
        self._done += rows
        if self._quiet:
            return
        seconds = time.monotonic() - self._started
        if self._bar is None and seconds > PATIENCE:
            self._draw()
        if self._bar is not None:
            words = f"epoch {self._done / self._rows:.2f}, {self._done / seconds:,.0f} rows/s{self._scores}"
            self._bar.update(self._bar.task_ids[0], completed=self._done, words=words)

    def _draw(self) -> None:
        """Draw the bar, unless it stands or the training is over; also called by a timer while nothing is learned."""
        with self._drawing:
            if self._bar is not None or self._quiet:
                return
            from rich.console import Console  # a tenth of a second, which a training without a bar does not spend
            from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

            bar = Progress(
                TextColumn("training"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn(),
                TextColumn("{task.fields[words]}"), console=Console(stderr=True), transient=True,
            )  # fmt: skip
            bar.start()
            bar.add_task("", total=self._total, words=STARTING)
            self._bar = bar

    def scored(self, metric: str, value: float) -> None:
        """Show the newest score beside the bar."""
        self._scores = f", {metric} {value:.5g}"
