"""Listing of section 3.2, without its lines on generalised linear models and gradient boosting."""

import triplicate.h2o as h2o

h2o.init()

help(h2o.estimators.deeplearning.H2ODeepLearningEstimator)

h2o.demo("deeplearning")
