"""Listing of section 5.2.2: the 80th percentile of the petal length."""

from data_paths import IRIS

import triplicate.h2o as h2o
from triplicate.h2o.estimators.deeplearning import H2ODeepLearningEstimator

h2o.init()
train = h2o.import_file(IRIS)
splits = train.split_frame(ratios=[0.75], seed=1234)
dl = H2ODeepLearningEstimator(distribution="quantile", quantile_alpha=0.8)
dl.train(x=list(range(0, 2)), y="petal_len", training_frame=splits[0])
print(dl.predict(splits[1]))
