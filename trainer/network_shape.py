"""From parameters, an encoding plan and the rows to the network's shape and optimiser, and what it starts from."""

import numpy as np
import numpy.typing as npt

from triplicate.runtime.heads import Link
from triplicate.runtime.layers import Activation
from triplicate.trainer.encoded_rows import EncodedRows
from triplicate.trainer.encoding_plan import EncodingPlan
from triplicate.trainer.initialization import input_reach
from triplicate.trainer.network import Network, State
from triplicate.trainer.optimizers import Optimizer
from triplicate.trainer.parameters import Parameters, Task
from triplicate.trainer.pretraining import autoencoder_of, copy_hidden_layers
from triplicate.trainer.start_values import set_biases, set_weights

__all__ = ["network_for", "optimizer_for", "start_output", "start_reach", "start_state"]

ACTIVATIONS = {"Rectifier": Activation.RECTIFIER, "Tanh": Activation.TANH, "Maxout": Activation.MAXOUT}


def network_for(plan: EncodingPlan, parameters: Parameters) -> Network:
    """Return the network: the hidden layers, then the output.

    The output is linear before softmax and in regression; an autoencoder's has the hidden layers' activation.
    """
    hidden = ACTIVATIONS[parameters.base_activation]
    output = hidden if plan.task is Task.AUTOENCODER else Activation.LINEAR
    return Network(
        inputs=plan.inputs,
        widths=(*parameters.hidden, plan.outputs),
        activations=(*(hidden for _ in parameters.hidden), output),
        dropout=(parameters.input_dropout_ratio, *parameters.dropped_hidden),
        softmax=plan.task.classifies,
    )


def optimizer_for(parameters: Parameters) -> Optimizer:
    """Return the optimiser and its constants."""
    p = parameters
    return Optimizer(
        adaptive=p.adaptive_rate,
        rho=p.rho,
        epsilon=p.epsilon,
        rate=p.rate,
        rate_annealing=p.rate_annealing,
        rate_decay=p.rate_decay,
        l1=p.l1,
        l2=p.l2,
        fast_mode=p.fast_mode,
        momentum_start=p.momentum_start,
        momentum_ramp=p.momentum_ramp,
        momentum_stable=p.momentum_stable,
        nesterov=p.nesterov_accelerated_gradient,
        max_w2=p.max_w2,
        sparsity_beta=p.sparsity_beta,
        average_activation=p.average_activation,
        pull=p.elastic_averaging_regularization,
        is_adam=p.optimizer == "adam",
        beta_1=p.beta_1,
        beta_2=p.beta_2,
    )


def start_state(plan: EncodingPlan, parameters: Parameters, network: Network, rows: EncodedRows) -> State:
    """Return the state before the first row: random weights, or those of an autoencoder, or the user's own."""
    p, optimizer = parameters, optimizer_for(parameters)
    state = network.start(
        p.seed,
        distribution=p.initial_weight_distribution,
        scale=p.initial_weight_scale,
        stateful=optimizer.remembers,
        reach=start_reach(rows) if p.initial_weight_distribution == "UniformAdaptive" else None,
        output_bias=start_output(plan, rows),
        moving=optimizer.moves_on,
        sparse=p.sparsity_beta != 0,
    )
    if p.unseen_levels == "anomaly":  # no row of training has these inputs: what they start with, they keep
        network.weights(state.parameters, 0)[[column.inputs[column.unseen_row, 0] for column in plan.categorical]] = 0
    if p.pretrained_autoencoder is not None:
        copy_hidden_layers(autoencoder_of(p.pretrained_autoencoder), plan.columns, network, state.parameters)
    if p.initial_weights is not None:
        set_weights(network, state.parameters, p.initial_weights)
    if p.initial_biases is not None:
        set_biases(network, state.parameters, p.initial_biases)
    state.average[:] = state.parameters
    return state


def start_reach(rows: EncodedRows) -> npt.NDArray[np.float32]:
    """Return by how much each input's start weights are shortened (see `input_reach`): categories by nothing."""
    largest = np.ones(rows.inputs, dtype=np.float32)
    largest[rows.first_number :] = rows.numbers.reach()
    return input_reach(largest)


def start_output(plan: EncodingPlan, rows: EncodedRows) -> float:
    """Return the start bias of the output: where it begins at the best constant, so that no climb is needed.

    Under the log link that is ln(sum of responses / sum of exp(offset)); under the identity link the mean of
    response minus offset, 0 without an offset because the response is standardised.
    """
    if plan.task is not Task.REGRESSION or rows.response is None:
        return 0.0
    weights = np.ones(len(rows)) if rows.weights is None else rows.weights
    if plan.distribution.link is Link.LOG:
        offset = np.zeros(len(rows)) if rows.offset is None else rows.offset
        highest = float(offset.max())
        total, exposed = (weights * rows.response).sum(), (weights * np.exp(offset - highest)).sum()
        return float(np.log(total / exposed) - highest) if total > 0 and exposed > 0 else 0.0
    if rows.offset is None:
        return 0.0
    return float((weights * (rows.response - rows.offset)).sum() / weights.sum())
