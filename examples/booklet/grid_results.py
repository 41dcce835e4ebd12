"""Listing of section 6.4.1, the results of the grid. It continues grid_search.py."""

from grid_search import model_grid

model_grid

for model in model_grid:
    print(model.model_id + " mse: " + str(model.mse()))
