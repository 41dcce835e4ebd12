"""Layer by layer: two autoencoders stacked into one, tuned as a whole, and its layers as the start of a classifier.

Handwritten digits of scikit-learn. Each autoencoder learns one hidden layer: the first from the pixels, the second from
what the first made of them (deepfeatures). No label is needed until the classifier, which gets 100.
"""

import numpy as np
import pandas as pd
from sklearn.datasets import load_digits

import triplicate as tp

HIDDEN = [40, 20]
LABELLED = 100


def digits() -> pd.DataFrame:
    """Return 1,797 images of 8 x 8 pixels, in a random order, and the digit as text."""
    images, labels = load_digits(return_X_y=True)
    frame = pd.DataFrame(images, columns=[f"p{k}" for k in range(64)]).assign(digit=labels.astype(str))
    return frame.loc[:, frame.nunique() > 1].sample(frac=1, random_state=1, ignore_index=True)


def stacked(pixels: pd.DataFrame) -> tp.AutoEncoderEstimator:
    """Return an autoencoder whose two hidden layers were learned one after the other."""
    weights, biases, features = [], [], pixels
    for layer, units in enumerate(HIDDEN):
        one = tp.AutoEncoderEstimator(
            activation="Tanh", hidden=[units], epochs=20, seed=1, standardize=layer == 0, ignore_const_cols=False
        )  # what a layer reads is scaled as in the stack: the pixels by their range, features not at all
        one.train(training_frame=features)
        weights.append(one.weights(0))
        biases.append(one.biases(0))
        features = one.deepfeatures(features, 0)
    whole = tp.AutoEncoderEstimator(
        activation="Tanh", hidden=HIDDEN, epochs=20, seed=1, ignore_const_cols=False,
        initial_weights=[*weights, None], initial_biases=[*biases, None],
    )  # fmt: skip
    return whole.train(training_frame=pixels)


def accuracy(train: pd.DataFrame, test: pd.DataFrame, encoder: tp.AutoEncoderEstimator | None) -> float:
    """Return how many digits of `test` a classifier tells that starts with the encoder's layers, or at random."""
    model = tp.DeepLearningEstimator(
        activation="Tanh", hidden=HIDDEN, epochs=30, seed=1, ignore_const_cols=False, pretrained_autoencoder=encoder
    )
    model.train(y="digit", training_frame=train)
    return float(np.mean(model.predict(test)["predict"] == test["digit"]))


def main() -> None:
    """Print how badly the stack rebuilds the images, and what it helps a classifier with few labels."""
    frame = digits()
    encoder = stacked(frame.drop(columns="digit"))
    print(f"reconstruction error {encoder.mse():.4f} with {HIDDEN[-1]} numbers per image")
    train, test = frame.head(LABELLED), frame.iloc[LABELLED:]
    print(f"{accuracy(train, test, None):.3f} {accuracy(train, test, encoder):.3f}")


if __name__ == "__main__":
    main()
