"""Listing of section 6.5, loading a model. It continues save_model.py."""

from mnist_import import h2o
from save_model import model_path

saved_model = h2o.load_model(model_path)
