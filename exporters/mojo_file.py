"""export_mojo: a ScoringModel as an H2O Deep Learning MOJO (mojo_version 1.10), which h2o-genmodel scores the same.

The layout is that of docs/migrate-from-h2o.md: model.ini with keys, columns and domains, and a text per list of levels.
"""

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

from triplicate.exporters.mojo_columns import MojoColumns, mojo_columns
from triplicate.exporters.mojo_heads import MojoHead, mojo_head
from triplicate.exporters.mojo_net import MojoNet, mojo_net, require_single
from triplicate.exporters.mojo_text import BLANKS, level_lines, reals, require_line, single_reals, wholes
from triplicate.exporters.onnx_metadata import producer_version
from triplicate.runtime.atomic_file import write_atomically
from triplicate.runtime.errors import ExportError
from triplicate.runtime.scoring_model import ScoringModel

__all__ = ["build_mojo", "export_mojo"]

FIXED_TIME = (1980, 1, 1, 0, 0, 0)  # the zip format's first moment, so that bytes do not depend on the clock
RESPONSE = "response"  # where the model does not know its name


def export_mojo(model: ScoringModel, path: str | Path) -> Path:
    """Write the model as a MOJO, complete or not at all, and return the path.

    H2O's reader gives the same scores within 1e-12, and the same labels. ExportError names what the format, or H2O's
    reader, cannot carry: offsets, float64 weights, clipped columns, mixed activations and the like.
    """
    return write_atomically(path, build_mojo(model), ExportError)


def build_mojo(model: ScoringModel) -> bytes:
    """Return the bytes of the MOJO, which depend on the model alone; see export_mojo."""
    for index, layer in enumerate(model.layers):
        require_single(layer.weights, f"layer {index}")
    columns = mojo_columns(model)
    head = mojo_head(model, columns)
    net = mojo_net(head.layers, autoencoder=head.category == "AutoEncoder")
    names = _names(model, columns, head)
    domains = dict(enumerate(columns.levels))
    if head.labels:
        domains[len(names) - 1] = head.labels
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, levels in enumerate(domains.values()):
            _add(archive, f"domains/d{number:03d}.txt", level_lines(levels))
        if columns.coded is not None:
            original = [*columns.coded.original, *([(names[-1], head.labels or None)] if head.supervised else [])]
            _add(archive, "_orig_names", level_lines([name for name, _ in original]))
            for index, (_, of_column) in enumerate(original):
                if of_column is not None:
                    _add(archive, f"_orig_domain_values_{index}", level_lines(of_column))
        _add(archive, "model.ini", "".join(_model_ini(model, columns, head, net, names, domains)))
    return buffer.getvalue()


def _add(archive: zipfile.ZipFile, name: str, text: str) -> None:
    info = zipfile.ZipInfo(name, FIXED_TIME)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.create_system = 3
    info.external_attr = 0o644 << 16
    archive.writestr(info, text.encode("utf-8"))


def _names(model: ScoringModel, columns: MojoColumns, head: MojoHead) -> list[str]:
    """Return the lines of [columns]: the net's, then the response."""
    for column in model.columns:
        require_line(column.name, "column")
    names = list(columns.names)
    if columns.coded is not None:
        for name, levels in columns.coded.original:
            for level in levels or ():
                if level != level.strip(BLANKS) or not level:
                    raise ExportError(
                        f"column {name!r}, level {level!r}: H2O's reader trims the levels of encoded columns"
                    )
    if head.supervised:
        names.append(_response(model, names))
    twice = next((name for name in names if names.count(name) > 1), None) if len(set(names)) < len(names) else None
    if twice is not None:
        raise ExportError(f"two columns of the MOJO would have the name {twice!r}; rename one in the table")
    return names


def _response(model: ScoringModel, taken: list[str]) -> str:
    """Return the response's name, or another one where it is unknown or no name in a MOJO."""
    training = model.metadata.training_summary()
    source = training.get("source")
    known = training.get("response") or (source.get("response") if isinstance(source, dict) else None)
    name = known if isinstance(known, str) else RESPONSE
    try:
        require_line(name, "response")
    except ExportError:
        name = RESPONSE
    while name in taken:
        name += "_"
    return name


def _model_ini(
    model: ScoringModel,
    columns: MojoColumns,
    head: MojoHead,
    net: MojoNet,
    names: list[str],
    domains: dict[int, tuple[str, ...]],
) -> Iterator[str]:
    yield "[info]\n"
    for key, value in _info(model, columns, head, net, names, len(domains)).items():
        yield f"{key} = {value}\n"
    for index, layer in enumerate(net.layers):
        weights = layer.weights.reshape(layer.units, layer.channels, layer.inputs).transpose(0, 2, 1).ravel()
        yield f"weight_layer{index} = "
        yield from single_reals(weights)
        yield f"\nbias_layer{index} = {reals(layer.bias)}\n"
    yield "\n[columns]\n"
    yield from (f"{name}\n" for name in names)
    yield "\n[domains]\n"
    for number, (index, levels) in enumerate(domains.items()):
        yield f"{index}: {len(levels)} d{number:03d}.txt\n"


def _info(
    model: ScoringModel, columns: MojoColumns, head: MojoHead, net: MojoNet, names: list[str], domains: int
) -> dict[str, str]:
    """Return the keys in H2O's order; those of the head take the place of what most models have."""
    categories, numbers = len(columns.levels), len(columns.multiply)
    fingerprint = int(model.fingerprint[:16], 16)
    values = {
        "h2o_version": f"triplicate {producer_version()}",
        "mojo_version": "1.10",
        "license": "null",
        "algo": "deeplearning",
        "algorithm": "Deep Learning",
        "endianness": "LITTLE_ENDIAN",
        "category": head.category,
        "uuid": str(fingerprint - 2**64 if fingerprint >= 2**63 else fingerprint),
        "supervised": str(head.supervised).lower(),
        "n_features": str(len(columns.names)),
        "n_classes": str(len(head.labels) or 1),
        "n_columns": str(len(names)),
        "n_domains": str(domains),
        "balance_classes": "false",
        "default_threshold": "0.5",
        "prior_class_distrib": "null",
        "model_class_distrib": "null",
        "triplicate_fingerprint": model.fingerprint,
        "escape_domain_values": "true",
        "mini_batch_size": "1",
        "nums": str(numbers),
        "cats": str(categories),
        "cat_offsets": wholes(columns.offsets),
        "norm_mul": reals(columns.multiply) if numbers else "null",
        "norm_sub": reals(columns.subtract) if numbers else "null",
        "norm_resp_mul": "null",
        "norm_resp_sub": "null",
        "use_all_factor_levels": str(columns.use_all).lower(),
        "activation": net.activation,
        "mean_imputation": "true",
        "neural_network_sizes": wholes([net.layers[0].inputs, *(layer.units for layer in net.layers)]),
        "hidden_dropout_ratios": reals(net.dropout),
    }
    if categories:
        values["cat_modes"] = wholes([len(levels) for levels in columns.levels])
    values |= head.values
    coded = columns.coded
    values["_genmodel_encoding"] = "AUTO" if coded is None else coded.encoding
    if coded is not None:
        original = [levels for _, levels in coded.original] + ([head.labels or None] if head.supervised else [])
        values["_n_orig_names"] = values["_n_orig_domain_values"] = str(len(original))
        values |= {f"_m_orig_domain_values_{k}": str(len(levels or ())) for k, levels in enumerate(original)}
        rest = [0.0] * len(head.labels)  # of the response, which comes last
        values["_orig_projection_array"] = reals([*coded.projection, *rest]) if coded.projection else "null"
    return values
