"""Tables to train on in the tests: mixed columns with holes, numbers to regress on, rows to rebuild."""

import numpy as np
import pandas as pd

__all__ = ["classes_table", "numbers_table", "unlabelled_table"]


def classes_table(rows: int = 300, classes: int = 2, seed: int = 1) -> pd.DataFrame:
    """Return a categorical and three numeric columns with missing cells, and a text response `kind`."""
    rng = np.random.default_rng(seed)
    colour = rng.choice(["red", "green", "blue", "grey"], rows)
    size, weight, noise = rng.normal(10, 3, rows), rng.normal(size=rows), rng.normal(size=rows)
    signal = (size - 10) / 3 + 1.5 * (colour == "red") + 0.5 * weight + 0.3 * rng.normal(size=rows)
    cuts = np.quantile(signal, np.linspace(0, 1, classes + 1)[1:-1])
    frame = pd.DataFrame({"colour": colour, "size": size, "weight": weight, "noise": noise})
    frame.loc[rng.random(rows) < 0.05, "colour"] = None
    frame.loc[rng.random(rows) < 0.05, "size"] = np.nan
    return frame.assign(kind=np.array(["no", "yes", "zebra", "zoo"])[np.searchsorted(cuts, signal)])


def numbers_table(rows: int = 300, seed: int = 1) -> pd.DataFrame:
    """Return the same columns with a numeric response `price`."""
    frame = classes_table(rows, seed=seed).drop(columns="kind")
    price = 100 + 5 * frame["size"].fillna(10) + 20 * (frame["colour"] == "red") - 10 * frame["weight"]
    return frame.assign(price=price)


def unlabelled_table(rows: int = 200, seed: int = 1) -> pd.DataFrame:
    """Return six numeric columns of two hidden causes, and a categorical one that follows them."""
    rng = np.random.default_rng(seed)
    causes = rng.normal(size=(rows, 2))
    numbers = causes @ rng.normal(size=(2, 6)) + 0.05 * rng.normal(size=(rows, 6))
    frame = pd.DataFrame(numbers, columns=[f"s{i}" for i in range(6)])
    return frame.assign(side=np.where(causes[:, 0] > 0, "left", "right"))
