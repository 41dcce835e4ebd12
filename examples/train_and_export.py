"""From a table to three forms that agree: scikit-learn's wines, with one column as named bands and some holes."""

import sys
from pathlib import Path

import pandas as pd
from sklearn.datasets import load_wine

import triplicate as tp


def wines() -> pd.DataFrame:
    """Return 178 wines: 13 measurements, one of them as a band with a hole in every tenth row, and the grower."""
    data = load_wine(as_frame=True)
    frame = data.data.copy()
    frame["hue"] = pd.qcut(frame["hue"], 3, labels=["pale", "middle", "deep"]).astype(object)
    frame.loc[::10, "hue"] = None
    frame["grower"] = data.target.map({0: "Ada", 1: "Bert", 2: "Cleo"})
    return frame


def main(folder: Path) -> None:
    """Train, save, export and verify into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    frame = wines()
    model = tp.DeepLearningEstimator(hidden=[20, 20], epochs=30, seed=1)
    model.train(y="grower", training_frame=frame)
    model.save(folder / "wine.npz")
    tp.export_java(model.scoring_model, folder / "Wine.java")
    tp.export_onnx(model.scoring_model, folder / "wine.onnx")
    report = tp.verify(folder / "wine.npz", frame)
    print(f"fingerprint {report.fingerprint}, {report.rows} rows, all forms agree: {report.passed}")
    row = model.predict(pd.DataFrame([{"alcohol": 13.2, "hue": "deep"}]).reindex(columns=frame.columns))
    print(row["predict"].iloc[0], repr(float(row["Ada"].iloc[0])))


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "wine-example"))
