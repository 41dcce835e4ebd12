"""Listing of section 6.3.1: variable importances. It continues trial_run.py."""

from trial_run import test, train, x, y

from triplicate.h2o.estimators.deeplearning import H2ODeepLearningEstimator

model_vi = H2ODeepLearningEstimator(
    distribution="multinomial",
    activation="RectifierWithDropout",
    hidden=[32, 32, 32],
    input_dropout_ratio=0.2,
    sparse=True,
    l1=1e-5,
    epochs=10,
    variable_importances=True,
)

model_vi.train(x=x, y=y, training_frame=train, validation_frame=test)

model_vi.varimp()
