"""Listing of section 6.5, saving a model. It continues trial_run.py."""

from mnist_import import h2o
from trial_run import model

model_path = h2o.save_model(model=model, force=True)

print(model_path)
