"""Listing of section 6.5, a model by its key. It continues checkpoint_restart.py."""

from checkpoint_restart import model_chkp
from mnist_import import h2o

model = h2o.get_model(model_id=model_chkp._id)
