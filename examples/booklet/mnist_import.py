"""Listing of section 6.1: MNIST is read and described."""

from data_paths import MNIST_TEST, MNIST_TRAIN

import triplicate.h2o as h2o

h2o.init()

train = h2o.import_file(MNIST_TRAIN)
test = h2o.import_file(MNIST_TEST)

train.describe()
test.describe()
