"""A ScoringModel as one Java source file that needs nothing but a JDK."""

from pathlib import Path
from typing import Literal

from triplicate.exporters.java_names import check_class_name
from triplicate.exporters.java_view import java_view, weight_bytes
from triplicate.exporters.template_engine import java_engine
from triplicate.runtime import ScoringModel
from triplicate.runtime.atomic_file import write_atomically
from triplicate.runtime.errors import ExportError

__all__ = ["MOST_WEIGHTS_IN_SOURCE", "export_java", "render_java"]

MOST_WEIGHTS_IN_SOURCE = 400_000_000
"""Weights of 32 bits, 5 characters each, up to which a source stays below the 2**31 characters of javac's buffer."""


def render_java(model: ScoringModel, class_name: str, package: str | None = None, *, file: bytes | None = None) -> str:
    """Return the source of a Java class that scores like the model, to the bit; the same model, the same text.

    `file`, the model's `weight_bytes`, makes a class that reads them from the resource `<class_name>.weights`.
    Raises ExportError when the class name or the package is no name for generated code, or the net too large.
    """
    words = sum(layer.weights.nbytes // 4 for layer in model.layers)
    if file is None and words > MOST_WEIGHTS_IN_SOURCE:
        raise ExportError(
            f"the net has {words:,} weights (of 32 bits), more than javac reads from one source file, "
            f'{MOST_WEIGHTS_IN_SOURCE:,}; export it with weights="resource"'
        )
    return java_engine().get_template("class.java.j2").render(view=java_view(model, class_name, package, file))


def export_java(
    model: ScoringModel,
    path: str | Path,
    class_name: str | None = None,
    package: str | None = None,
    *,
    weights: Literal["source", "resource"] = "source",
) -> Path:
    """Write the Java class of a model to `path` and return the path; the class is named after the file.

    With weights="resource" the weights go to `<class>.weights` in the same folder, 4 bytes each, which the class
    reads and checks by its SHA-256; javac then needs no more memory for a large net than for a small one.
    Raises ExportError when the name is not a Java class name, when the file is not called `<class>.java`
    (javac asks for that), or when a file cannot be written; nothing half-written stays behind.
    """
    target = Path(path)
    if target.suffix != ".java":
        raise ExportError(f"{target}: a Java source file must end in .java")
    if class_name is not None and class_name != target.stem:
        check_class_name(class_name)
        raise ExportError(f"{target}: class {class_name} must be in a file called {class_name}.java")
    if weights not in ("source", "resource"):
        raise ExportError(f'weights must be "source" or "resource", got {weights!r}')
    file = weight_bytes(model) if weights == "resource" else None
    source = render_java(model, target.stem, package, file=file)
    if file is not None:
        write_atomically(target.with_suffix(".weights"), file, ExportError)
    return write_atomically(target, source, ExportError)
