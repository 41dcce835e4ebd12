"""Listing of section 6.2.1: cross-validation in five folds. It continues trial_run.py."""

from trial_run import train, x, y

from triplicate.h2o.estimators.deeplearning import H2ODeepLearningEstimator

model_cv = H2ODeepLearningEstimator(
    distribution="multinomial",
    activation="RectifierWithDropout",
    hidden=[32, 32, 32],
    input_dropout_ratio=0.2,
    sparse=True,
    l1=1e-5,
    epochs=10,
    nfolds=5,
)
model_cv.train(x=x, y=y, training_frame=train)
