"""Listing of section 6.2.2, the model's results. It continues trial_run.py and cross_validation.py."""

from cross_validation import model_cv
from trial_run import model

model.params

model

model.model_performance(train=True)
model.model_performance(valid=True)

model.mse(valid=True)

model_cv.mse(xval=True)
