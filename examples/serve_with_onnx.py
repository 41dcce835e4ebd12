"""ONNX Runtime with raw columns: what a server does with one wine of which two measurements are known."""

import sys

import numpy as np
import onnxruntime


def main(path: str) -> None:
    """Score the wine and print label and probability."""
    session = onnxruntime.InferenceSession(path)
    missing = {"tensor(string)": np.array([[""]], dtype=object), "tensor(double)": np.array([[np.nan]])}
    feeds = {column.name: missing[column.type] for column in session.get_inputs()}
    feeds["alcohol"] = np.array([[13.2]])
    feeds["hue"] = np.array([["deep"]], dtype=object)
    label, probabilities = session.run(["label", "probabilities"], feeds)
    print(label[0], repr(float(probabilities[0, 0])))


if __name__ == "__main__":
    main(sys.argv[1])
