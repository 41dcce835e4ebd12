"""What a model says about its own training: the record in its file, and the summary on the screen."""

import math
from typing import Any

from triplicate.trainer.encoding_plan import EncodingPlan
from triplicate.trainer.metrics import Metrics
from triplicate.trainer.network import Network
from triplicate.trainer.parameters import Parameters
from triplicate.trainer.training_loop import TrainingResult

__all__ = ["layer_words", "plain_metrics", "summary_text", "training_record"]


def training_record(
    p: Parameters,
    plan: EncodingPlan,
    result: TrainingResult,
    training: Metrics,
    validation: Metrics | None,
    notes: tuple[str, ...],
    rows: int,
    learned: int,
) -> dict[str, Any]:
    """Return the training summary that the model file carries: plain values only, NaN as None.

    `rows` of the table; an epoch is `learned` rows, which balancing and skipping change.
    """
    scalings = {coded.table.name: [[s.subtract, s.multiply] for s in coded.scalings] for coded in plan.coded}
    return {
        "task": plan.task.value,
        "response": plan.response,
        "rows": rows,
        "columns": len(plan.columns),
        "layers": layer_words(result.network),
        "parameters": p.as_dict(),
        "weights_and_biases": result.network.parameters,
        "mini_batch_size": result.batch,
        "copies": result.copies,
        "iterations": result.iterations,
        "samples": result.samples,
        "epochs": result.samples / learned,
        "best_epochs": result.best_samples / learned,
        "stopped_because": result.reason,
        "seconds": round(result.seconds, 3),
        "reproducible": result.reproducible,
        "notes": list(notes),
        "training_metrics": plain_metrics(training),
        "validation_metrics": None if validation is None else plain_metrics(validation),
        **({"code_scaling": scalings} if scalings else {}),  # for export_mojo, which writes the encoding again
    }


def plain_metrics(metrics: Metrics) -> dict[str, Any]:
    """Return the metrics as plain values, NaN as None."""
    values: dict[str, Any] = {name: value if math.isfinite(value) else None for name, value in metrics.values.items()}
    return {"rows": metrics.rows, "threshold": metrics.threshold, **values}


def layer_words(network: Network) -> list[str]:
    """Return each layer in words: "108 inputs", "50 rectifier", "2 softmax"."""
    words = [f"{network.inputs} inputs"]
    for layer, (units, activation) in enumerate(zip(network.widths, network.activations, strict=True)):
        last = layer == network.layers - 1
        name = "softmax" if last and network.softmax else activation.value
        dropped = "" if last or not network.dropout[layer + 1] else f", {network.dropout[layer + 1]:.0%} dropped"
        words.append(f"{units} {name}{dropped}")
    return words


def summary_text(record: dict[str, Any]) -> str:
    """Return the record as a few lines to read."""
    named = record["parameters"]["model_id"]
    name = "" if named is None else f"{named}: "
    subject = f"of {record['response']!r}" if record["response"] is not None else "without a response"
    seed, batch = record["parameters"]["seed"], record["mini_batch_size"]
    caveat = (
        ""
        if record["reproducible"]
        else "; not reproducible, because threads raced (parallel='hogwild')"
        if record["parameters"].get("parallel") == "hogwild"
        else "; not reproducible, because a clock was read (max_runtime_secs or score_interval)"
    )
    copies = record.get("copies", 1)
    learned = f"mini-batches of {batch}" + (f", {copies} copies" if copies > 1 else "")
    kept = "the running average at" if record["parameters"].get("average_weights") else "that of"
    lines = [
        f"{name}{record['task']} model {subject}, from {record['rows']:,} rows and {record['columns']} columns",
        f"layers: {' - '.join(record['layers'])}; {record['weights_and_biases']:,} weights and biases",
        f"trained {record['epochs']:.2f} epochs in {record['seconds']:.1f} s, seed {seed}, {learned}",
        f"stopped because {record['stopped_because']}; the model is {kept} epoch {record['best_epochs']:.2f}{caveat}",
    ]
    for rows in ("training", "validation", "cross_validation"):
        metrics = record.get(f"{rows}_metrics")
        if metrics is not None:
            values = ", ".join(
                f"{key} {value:.5g}" for key, value in metrics.items() if key != "rows" and value is not None
            )
            lines.append(f"{rows.replace('_', '-')} ({metrics['rows']:,} rows): {values}")
    return "\n".join([*lines, *record["notes"]])
