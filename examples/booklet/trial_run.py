"""Listing of section 6.2: the trial run. It continues mnist_import.py."""

from mnist_import import test, train

from triplicate.h2o.estimators.deeplearning import H2ODeepLearningEstimator

y = "C785"
x = train.names[0:784]

train[y] = train[y].asfactor()
test[y] = test[y].asfactor()

model = H2ODeepLearningEstimator(
    distribution="multinomial",
    activation="RectifierWithDropout",
    hidden=[32, 32, 32],
    input_dropout_ratio=0.2,
    sparse=True,
    l1=1e-5,
    epochs=10,
)
model.train(x=x, y=y, training_frame=train, validation_frame=test)
