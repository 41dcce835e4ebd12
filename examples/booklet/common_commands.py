"""Section 10, common Python commands: one after the other, on the irises."""

from data_paths import IRIS

import triplicate.h2o as h2o
from triplicate.h2o.estimators.deeplearning import H2ODeepLearningEstimator

h2o.init()
training_frame = h2o.import_file(IRIS)
model = H2ODeepLearningEstimator(hidden=[200, 200], epochs=10)
model.train(x=[0, 1, 2, 3], y="class", training_frame=training_frame)
prediction = h2o.predict(model, training_frame)
h2o.shutdown()
