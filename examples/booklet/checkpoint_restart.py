"""Listing of section 6.5: training goes on from the trial run. It continues trial_run.py."""

from trial_run import model, test, train, x, y

from triplicate.h2o.estimators.deeplearning import H2ODeepLearningEstimator

model_chkp = H2ODeepLearningEstimator(
    checkpoint=model,
    activation="RectifierWithDropout",
    distribution="multinomial",
    hidden=[32, 32, 32],
    input_dropout_ratio=0.2,
    sparse=True,
    l1=1e-5,
    epochs=20,
)

model_chkp.train(x=x, y=y, training_frame=train, validation_frame=test)
