"""The grid search of the migration room."""

from triplicate.h2o.grid.grid_search import H2OGridSearch

__all__ = ["H2OGridSearch"]
