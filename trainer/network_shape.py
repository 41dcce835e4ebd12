"""From parameters, an encoding plan and the rows to the shape of the network, and what it starts from."""

import numpy as np
import numpy.typing as npt

from triplicate.runtime.layers import Activation
from triplicate.trainer.encoded_rows import EncodedRows
from triplicate.trainer.encoding_plan import EncodingPlan
from triplicate.trainer.initialization import input_reach
from triplicate.trainer.network import Network
from triplicate.trainer.parameters import Parameters, Task

__all__ = ["network_for", "start_reach"]

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


def start_reach(rows: EncodedRows) -> npt.NDArray[np.float32]:
    """Return by how much each input's start weights are shortened (see `input_reach`): categories by nothing."""
    largest = np.ones(rows.inputs, dtype=np.float32)
    largest[rows.first_number :] = np.maximum(rows.numbers.max(axis=0), -rows.numbers.min(axis=0))
    return input_reach(largest)
