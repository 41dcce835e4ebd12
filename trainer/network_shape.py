"""From parameters and an encoding plan to the shape of the network."""

from triplicate.runtime.layers import Activation
from triplicate.trainer.encoding_plan import EncodingPlan
from triplicate.trainer.network import Network
from triplicate.trainer.parameters import Parameters, Task

__all__ = ["network_for"]

ACTIVATIONS = {"Rectifier": Activation.RECTIFIER, "Tanh": Activation.TANH}


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
