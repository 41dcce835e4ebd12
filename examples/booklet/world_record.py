"""Listing of section 6.6, which the booklet has in R only: the record on MNIST. It continues trial_run.py."""

from trial_run import test, train, x, y

from triplicate.h2o.estimators.deeplearning import H2ODeepLearningEstimator

model = H2ODeepLearningEstimator(
    activation="RectifierWithDropout",
    hidden=[1024, 1024, 2048],
    epochs=10,
    input_dropout_ratio=0.2,
    l1=1e-5,
    max_w2=10,
    train_samples_per_iteration=-1,
    classification_stop=-1,
    stopping_rounds=0,
)
model.train(x=x, y=y, training_frame=train, validation_frame=test)
