"""Scoring with NumPy and nothing else: the ScoringModel, its file, and the exact forward pass."""

from triplicate.runtime.columns import Categorical, Column, Numeric, UnseenPolicy
from triplicate.runtime.encoding import encode_rows
from triplicate.runtime.heads import (
    Classification,
    Head,
    LabelRule,
    LabelType,
    Link,
    Reconstruction,
    Regression,
)
from triplicate.runtime.layers import Activation, Layer
from triplicate.runtime.metadata import Cell, GoldenRows, Metadata
from triplicate.runtime.model_file import load_model, save_model
from triplicate.runtime.raw_rows import RawRows, raw_rows
from triplicate.runtime.scorer import Scorer, load_scorer
from triplicate.runtime.scores import Scores
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
    "RawRows",
    "Reconstruction",
    "Regression",
    "Scorer",
    "Scores",
    "ScoringModel",
    "UnseenPolicy",
    "encode_rows",
    "load_model",
    "load_scorer",
    "raw_rows",
    "save_model",
]
