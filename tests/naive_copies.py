"""A slow, plain twin of several copies: naive trainers, and the averaging formulas as they are written."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from learning_cases import NaiveRow
from naive_training import NaiveTrainer

__all__ = ["NaiveCopies"]

Matrix = npt.NDArray[np.float64]


@dataclass
class NaiveCopies:
    """The copies, their centre per layer, and its last move. `rate` is that of elastic averaging, None for plain."""

    trainers: list[NaiveTrainer]
    centre: list[Matrix]
    rate: float | None = None
    samples: int = 0
    moves: list[Matrix] = field(default_factory=list)

    def learn(self, batches: list[list[list[NaiveRow]]], momentum: float) -> None:
        """Let every copy learn its batches, then move the centre: x += momentum * last move + mean - x, or elastic."""
        first = not self.moves
        self.moves = self.moves or [np.zeros_like(matrix) for matrix in self.centre]
        for trainer, own in zip(self.trainers, batches, strict=True):
            trainer.samples = self.samples
            if self.rate is not None:
                trainer.centre = [matrix.copy() for matrix in self.centre]
            for batch in own:
                trainer.learn(batch)
        self.samples += sum(len(batch) for own in batches for batch in own)
        live = [t for t, own in zip(self.trainers, batches, strict=True) if own or self.rate is not None]
        for layer, old in enumerate(self.centre):
            mean = sum(t.matrices[layer] for t in live) / len(live)
            part = 1.0 if self.rate is None or first else self.rate
            new = (1 - part) * old + part * mean + momentum * self.moves[layer]
            self.moves[layer], self.centre[layer] = new - old, new
        if self.rate is None:
            self._gather(live)

    def _gather(self, live: list[NaiveTrainer]) -> None:
        """Give every copy the centre, and the mean of what the optimisers remember."""
        for name in ("squares", "steps", "velocities"):
            means = [sum(layers) / len(live) for layers in zip(*(getattr(t, name) for t in live), strict=True)]
            for trainer in self.trainers:
                setattr(trainer, name, [mean.copy() for mean in means])
        for trainer in self.trainers:
            trainer.matrices = [matrix.copy() for matrix in self.centre]
