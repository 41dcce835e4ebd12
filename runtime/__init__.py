"""Scoring with NumPy and nothing else: the ScoringModel, its file, and the exact forward pass."""

from triplicate.runtime.columns import Categorical, Column, Numeric, UnseenPolicy
from triplicate.runtime.heads import Classification, Head, LabelRule, LabelType, Link, Reconstruction, Regression
from triplicate.runtime.layers import Activation, Layer
from triplicate.runtime.metadata import Cell, GoldenRows, Metadata
from triplicate.runtime.scoring_model import ScoringModel

__all__ = [
    "Activation",
    "Categorical",
    "Cell",
    "Classification",
    "Column",
    "GoldenRows",
    "Head",
    "LabelRule",
    "LabelType",
    "Layer",
    "Link",
    "Metadata",
    "Numeric",
    "Reconstruction",
    "Regression",
    "ScoringModel",
    "UnseenPolicy",
]
