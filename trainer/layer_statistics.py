"""The state of the layers at the end of training: learning rates, and the spread of weights and biases."""

import math

import numpy as np
import pandas as pd

from triplicate.runtime.heads import Classification
from triplicate.runtime.layers import Activation
from triplicate.runtime.scoring_model import ScoringModel
from triplicate.trainer.momentum import momentum_at
from triplicate.trainer.network import Network, State
from triplicate.trainer.parameters import Parameters

__all__ = ["layer_rates", "layer_table", "momentum_after"]

NAMES = {Activation.TANH: "Tanh", Activation.RECTIFIER: "Rectifier", Activation.MAXOUT: "Maxout",
         Activation.LINEAR: "Linear"}  # fmt: skip


def layer_rates(network: Network, state: State, p: Parameters) -> tuple[tuple[float, float], ...]:
    """Return mean and standard deviation of the learning rates of each layer's weights, after the last row.

    ADADELTA: sqrt((mean squared step + epsilon) / (mean squared gradient + epsilon)) per weight; SGD and Adam: the
    rate of the layer, and 0.
    """
    if p.optimizer == "adam" or not p.adaptive_rate:
        annealed = p.rate / (1.0 + p.rate_annealing * state.samples)
        return tuple((annealed * p.rate_decay**layer, 0.0) for layer in range(network.layers))
    rates = []
    for layer in range(network.layers):
        steps = network.weights(state.steps, layer).astype(np.float64)
        squares = network.weights(state.squares, layer).astype(np.float64)
        rate = np.sqrt((steps + p.epsilon) / (squares + p.epsilon))
        rates.append((float(rate.mean()), float(rate.std())))
    return tuple(rates)


def momentum_after(p: Parameters, samples: int) -> float:
    """Return the momentum after so many rows; 0 with ADADELTA and Adam, which have none."""
    if p.optimizer == "adam" or p.adaptive_rate:
        return 0.0
    return float(momentum_at(p.momentum_start, p.momentum_ramp, p.momentum_stable, samples))


def layer_table(
    model: ScoringModel, p: Parameters, rates: tuple[tuple[float, float], ...], samples: int
) -> pd.DataFrame:
    """Return the incumbent's status of neuron layers: a row for the inputs, then one per layer.

    Columns: layer (from 1), units, type, dropout (percent), l1, l2, and, with `diagnostics`, mean_rate, rate_rms,
    momentum, mean_weight, weight_rms, mean_bias, bias_rms. An rms is the standard deviation around the mean. NaN
    where a cell has no meaning: the inputs learn nothing, the output drops nothing.
    """
    blank = math.nan
    kinds = ["Input", *(_kind(model, position, p) for position in range(len(model.layers)))]
    units = [model.inputs, *(layer.units for layer in model.layers)]
    dropped = [p.input_dropout_ratio, *(1.0 - layer.retain for layer in model.layers[:-1])]
    table = pd.DataFrame(
        {
            "layer": range(1, len(units) + 1),
            "units": units,
            "type": kinds,
            "dropout": [*(100.0 * share for share in dropped), blank],
            "l1": [blank] + [p.l1] * len(model.layers),
            "l2": [blank] + [p.l2] * len(model.layers),
        }
    )
    if not p.diagnostics:
        return table
    momentum = momentum_after(p, samples)
    weights = [layer.weights.astype(np.float64) for layer in model.layers]
    columns = {
        "mean_rate": [mean for mean, _ in rates],
        "rate_rms": [spread for _, spread in rates],
        "momentum": [momentum] * len(model.layers),
        "mean_weight": [float(w.mean()) for w in weights],
        "weight_rms": [float(w.std()) for w in weights],
        "mean_bias": [float(layer.bias.mean()) for layer in model.layers],
        "bias_rms": [float(layer.bias.std()) for layer in model.layers],
    }
    return table.assign(**{name: [blank, *values] for name, values in columns.items()})


def _kind(model: ScoringModel, position: int, p: Parameters) -> str:
    last = position == len(model.layers) - 1
    if last and isinstance(model.head, Classification):
        return "Softmax"
    name = NAMES[model.layers[position].activation]
    return name if last or not p.drops_hidden else f"{name}Dropout"
