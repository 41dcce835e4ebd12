"""Train a neural net on a table once; carry it as Python, one plain Java class and ONNX that agree."""

__version__ = "0.1.0"
