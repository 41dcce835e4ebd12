"""Test error over seconds, ours and the peers', as a picture: draws what compare.py wrote.

    python benchmarks/training/plot.py training.json [MORE.json ...] --out docs/training.svg

One panel per contest, one line per training. Needs matplotlib.
"""

import argparse
import json
from pathlib import Path
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt

COLOURS = {"triplicate": "#0072b2", "scikit-learn": "#e69f00", "pytorch": "#d55e00", "h2o": "#009e73"}
OTHERS = "#56b4e9"


def draw(axes: Any, contest: dict[str, Any]) -> None:
    """Draw one contest: seconds on a logarithmic axis, errors in percent."""
    for name, answers in contest["answers"].items():
        for number, found in enumerate(answers):
            seconds, errors = zip(*found["curve"], strict=True)
            label = name if number == 0 else None
            percent = [100 * error for error in errors]
            axes.plot(seconds, percent, marker=".", lw=1, color=COLOURS.get(name, OTHERS), label=label)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_title(contest["title"], fontsize=9)
    axes.set_xlabel("seconds")
    axes.set_ylabel("test error, %")
    axes.yaxis.set_major_formatter(mpl.ticker.ScalarFormatter())
    axes.yaxis.set_minor_formatter(mpl.ticker.ScalarFormatter())
    axes.grid(alpha=0.3)
    axes.legend(fontsize=8)


def main() -> None:
    """Draw the contests of all files."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("files", type=Path, nargs="+")
    parser.add_argument("--out", type=Path, default=Path("training.svg"))
    options = parser.parse_args()
    mpl.rcParams["svg.hashsalt"] = "triplicate"  # the same picture from the same figures
    contests = [contest for file in options.files for contest in json.loads(file.read_text())["contests"]]
    columns = min(2, len(contests))
    rows = -(-len(contests) // columns)
    figure, axes = plt.subplots(rows, columns, figsize=(5.2 * columns, 3.6 * rows), squeeze=False, layout="constrained")
    for place, contest in zip(axes.flat, contests, strict=False):
        draw(place, contest)
    for place in axes.flat[len(contests) :]:
        place.set_axis_off()
    figure.savefig(options.out, metadata={"Date": None})


if __name__ == "__main__":
    main()
