"""Listing of section 7.2: anomalies in heart beats."""

from data_paths import ECG_TEST, ECG_TRAIN

import triplicate.h2o as h2o
from triplicate.h2o.estimators.deeplearning import H2OAutoEncoderEstimator

train_ecg = h2o.import_file(ECG_TRAIN)
test_ecg = h2o.import_file(ECG_TEST)

anomaly_model = H2OAutoEncoderEstimator(activation="Tanh", hidden=[50, 50, 50], sparse=True, l1=1e-4, epochs=100)
anomaly_model.train(x=train_ecg.names, training_frame=train_ecg)

recon_error = anomaly_model.anomaly(test_ecg)

test_recon = anomaly_model.predict(test_ecg)
test_recon
