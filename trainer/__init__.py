"""Everything that learns: from a table and parameters to a ScoringModel."""

from triplicate.trainer.estimator import AutoEncoderEstimator, DeepLearningEstimator
from triplicate.trainer.grid_search import GridSearch

__all__ = ["AutoEncoderEstimator", "DeepLearningEstimator", "GridSearch"]
