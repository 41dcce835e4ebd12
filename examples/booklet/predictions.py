"""Listing of section 6.2.2, predictions. It continues trial_run.py."""

from trial_run import model, test

pred = model.predict(test)

pred.head()
