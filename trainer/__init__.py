"""Everything that learns: from a table and parameters to a ScoringModel."""

from triplicate.trainer.estimator import AutoEncoderEstimator, DeepLearningEstimator

__all__ = ["AutoEncoderEstimator", "DeepLearningEstimator"]
