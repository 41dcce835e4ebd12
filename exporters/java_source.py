"""A ScoringModel as one Java source file that needs nothing but a JDK."""

from pathlib import Path

from triplicate.exporters.java_names import check_class_name
from triplicate.exporters.java_view import java_view
from triplicate.exporters.template_engine import java_engine
from triplicate.runtime import ScoringModel
from triplicate.runtime.atomic_file import write_atomically
from triplicate.runtime.errors import ExportError

__all__ = ["export_java", "render_java"]


def render_java(model: ScoringModel, class_name: str, package: str | None = None) -> str:
    """Return the source of a Java class that scores like the model, to the bit; the same model, the same text.

    Raises ExportError when the class name or the package is no name for generated code.
    """
    return java_engine().get_template("class.java.j2").render(view=java_view(model, class_name, package))


def export_java(
    model: ScoringModel, path: str | Path, class_name: str | None = None, package: str | None = None
) -> Path:
    """Write the Java class of a model to `path` and return the path; the class is named after the file.

    Raises ExportError when the name is not a Java class name, when the file is not called `<class>.java`
    (javac asks for that), or when the file cannot be written; nothing half-written stays behind.
    """
    target = Path(path)
    if target.suffix != ".java":
        raise ExportError(f"{target}: a Java source file must end in .java")
    if class_name is not None and class_name != target.stem:
        check_class_name(class_name)
        raise ExportError(f"{target}: class {class_name} must be in a file called {class_name}.java")
    source = render_java(model, target.stem, package)
    return write_atomically(target, source, ExportError)
