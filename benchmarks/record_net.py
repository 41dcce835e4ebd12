"""The booklet's record net on MNIST: 1024,1024,2048, dropout 0.2 and 0.5, l1 1e-5, max_w2 10.

    python benchmarks/record_net.py FOLDER --held-out        (settings are chosen here: 5,000 training rows judge)
    python benchmarks/record_net.py FOLDER                   (all 60,000 rows are learned, the test rows judge)

Training goes on in legs, from checkpoint to checkpoint. After each one the finished model, which has seen no row that
judges it, is judged: that is the curve, and its last line counts. `training/plot.py` draws what --out names.

With --components the inputs are turned before they are learned: the net reads the first principal components of the
pixels it learns, and input dropout leaves out components, of which each tells something that the others do not, where
a pixel's neighbours tell the same. The first layer's weights are turned back after each leg, so that the model that is
judged reads pixels; in exact arithmetic it is the same function.
"""

import argparse
import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from triplicate import DeepLearningEstimator

HELD_OUT = 5000
BOOKLET = (36000, 0.0083)
"""What H2O's booklet tells: ten hours on ten nodes, the best epoch chosen on the test rows."""


def tables(folder: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the 60,000 training and the 10,000 test digits, pixels from 0 to 1."""
    with np.load(folder / "mnist.npz") as archive:
        both = []
        for part in ("train", "test"):
            pixels = archive[f"{part}_x"].reshape(-1, 784).astype(np.float32) / 255
            both.append(pd.DataFrame(pixels, columns=[f"p{i}" for i in range(784)]))
            both[-1]["digit"] = archive[f"{part}_y"].astype(str)
    return both[0], both[1]


@dataclass(frozen=True)
class Turned:
    """Axes that pixels are turned to: `mean` is (pixels,), `axes` (pixels, components), all of one length.

    `pixels` are the names of those that differ at all; a net leaves out the others.
    """

    pixels: list[str]
    mean: npt.NDArray[np.float64]
    axes: npt.NDArray[np.float64]

    @classmethod
    def of(cls, learn: pd.DataFrame, components: int, length: float) -> "Turned":
        """Return the axes along which the pixels differ most."""
        pixels = [name for name in learn.columns[:-1] if learn[name].nunique() > 1]
        values = learn[pixels].to_numpy(dtype=np.float64)
        _, axes = np.linalg.eigh(np.cov(values.T))
        return cls(pixels, values.mean(axis=0), length * axes[:, ::-1][:, :components])

    def table(self, digits: pd.DataFrame) -> pd.DataFrame:
        """Return the rows along the axes, with the same labels."""
        along = (digits[self.pixels].to_numpy(dtype=np.float64) - self.mean) @ self.axes
        names = [f"c{i}" for i in range(along.shape[1])]
        return pd.DataFrame(along.astype(np.float32), columns=names).assign(digit=digits["digit"])

    def on_pixels(
        self, net: DeepLearningEstimator, asked: dict[str, Any], learn: pd.DataFrame
    ) -> DeepLearningEstimator:
        """Return the net as one that reads pixels: its weights are given, nothing is learned."""
        layers = range(len(asked["hidden"]) + 1)
        weights = [net.weights(layer).to_numpy() for layer in layers]
        biases = [net.biases(layer).to_numpy()[:, 0] for layer in layers]
        weights[0] = weights[0] @ self.axes.T
        biases[0] = biases[0] - weights[0] @ self.mean
        asked = asked | {"average_weights": False, "epochs": 0}
        return DeepLearningEstimator(**asked, initial_weights=weights, initial_biases=biases).train(
            y="digit", training_frame=learn
        )


def settings(options: argparse.Namespace) -> dict[str, Any]:
    """Return the parameters of the net; those of the booklet are fixed."""
    chosen: dict[str, Any] = {"rate": options.rate, "rate_annealing": options.annealing}
    if options.momentum:
        chosen |= {"adaptive_rate": False, "momentum_start": 0.5, "momentum_stable": options.momentum}
    else:
        chosen |= {"optimizer": "adam"}
    return chosen | {
        "activation": "RectifierWithDropout",
        "hidden": [int(width) for width in options.hidden.split(",")],
        "input_dropout_ratio": 0.2,
        "hidden_dropout_ratios": [0.5, 0.5, 0.5],
        "l1": options.l1,
        "max_w2": 10,
        "standardize": False,
        "initial_weight_distribution": "Normal",
        "initial_weight_scale": options.scale,
        "average_weights": options.averaged > 0,
        "averaged_epochs": options.averaged or 1.0,
        "mini_batch_size": options.batch,
        "train_samples_per_iteration": -1,
        "stopping_rounds": 0,
        "classification_stop": -1,
        "score_duty_cycle": 0.01,
        "seed": options.seed,
        "quiet_mode": True,
    }


def main() -> None:
    """Train and print the curve."""
    parser = argparse.ArgumentParser(description="The booklet's record net.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--held-out", action="store_true", help="judge on training rows that are not learned")
    parser.add_argument("--hidden", default="1024,1024,2048")
    parser.add_argument("--epochs", type=int, default=480)
    parser.add_argument("--leg", type=int, default=20, help="epochs between two points of the curve")
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--momentum", type=float, default=0.0, help="descent with momentum in place of Adam")
    parser.add_argument("--rate", type=float, default=0.003)
    parser.add_argument("--annealing", type=float, default=1e-6)
    parser.add_argument("--scale", type=float, default=0.03, help="standard deviation of the start weights")
    parser.add_argument("--averaged", type=float, default=4.0, help="epochs of the average; 0: the best scored weights")
    parser.add_argument("--components", type=int, default=100, help="principal components that are learned; 0: pixels")
    parser.add_argument("--length", type=float, default=1.4, help="of the axes that pixels are turned to")
    parser.add_argument("--l1", type=float, default=1e-5)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path("record.json"))
    options = parser.parse_args()
    learn, judge = tables(options.folder)
    if options.held_out:
        held_out = np.random.default_rng(0).permutation(len(learn)) < HELD_OUT
        learn, judge = learn[~held_out].reset_index(drop=True), learn[held_out].reset_index(drop=True)
    print("epoch   minutes   error    logloss   rows/s", flush=True)
    begun, model, asked = time.perf_counter(), None, settings(options)
    turned = Turned.of(learn, options.components, options.length) if options.components else None
    table = turned.table(learn) if turned else learn
    curve: list[tuple[float, float]] = []
    for epochs in range(options.leg, options.epochs + 1, options.leg):
        model = DeepLearningEstimator(**asked, epochs=epochs, checkpoint=model)
        model.train(y="digit", training_frame=table)
        finished = turned.on_pixels(model, asked, learn) if turned else model
        seconds = time.perf_counter() - begun
        found = finished.model_performance(judge)
        speed = model.trained.result.history.rows[-1].training_speed
        error, logloss = found.value("misclassification"), found.value("logloss")
        print(f"{epochs:5d} {seconds / 60:9.2f} {error:8.4f} {logloss:9.4f} {speed:8.0f}", flush=True)
        curve.append((seconds, error))
        judged = "held-out rows" if options.held_out else "test rows"
        answers = {"triplicate": [{"curve": curve}]} | ({} if options.held_out else {"h2o": [{"curve": [BOOKLET]}]})
        contest = {"title": f"{options.hidden} with dropout, {judged}", "answers": answers}
        options.out.write_text(json.dumps({"contests": [contest]}))


if __name__ == "__main__":
    main()
