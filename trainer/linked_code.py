"""How the code of an inner kernel is made: for its callers only, which optimise it together with their own, once.

By itself numba optimises each kernel, makes machine code of it, and does both again in every kernel that calls it, and
in that one's callers. A kernel that only other kernels call is never run by itself, so that its own machine code is
never used: leaving it out saves about a tenth of the time that the first training compiles.

Types are ignored where numba's own classes are typed in part.
"""

from typing import Any

from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import CompilerBase, DefaultPassBuilder
from numba.core.compiler_machinery import AnalysisPass, register_pass
from numba.core.typed_passes import AnnotateTypes

__all__ = ["LinkedCompiler"]


class _LinkedCode(JITCodeLibrary):
    """Code that waits to be linked into that of a caller, neither optimised nor loaded."""

    def _optimize_final_module(self) -> None:
        """Leave it to the callers."""

    def _finalize_final_module(self) -> None:
        self._finalize_dynamic_globals()  # type: ignore[no-untyped-call]
        self._finalized = True

    @property
    def codegen(self) -> Any:
        """What numba gives the environment of the machine code to, of which there is none."""
        return self

    def set_env(self, name: str, environment: Any) -> None:
        """Do nothing: only code that calls back into Python would look at its environment."""


@register_pass(mutates_CFG=False, analysis_only=True)  # type: ignore[no-untyped-call]
class _MakeLinkedCode(AnalysisPass):
    """Gives the lowering pass a library of this kind to write to."""

    _name = "make_linked_code"

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]

    def run_pass(self, state: Any) -> bool:
        """Set the library; nothing of the kernel changes."""
        state.library = _LinkedCode(state.targetctx.codegen(), state.func_id.func_qualname)  # type: ignore[no-untyped-call]
        return False


class LinkedCompiler(CompilerBase):
    """numba's compiler, with linked code as its result."""

    def define_pipelines(self) -> list[Any]:
        """Return numba's own passes and the one above, before code is written."""
        passes = DefaultPassBuilder.define_nopython_pipeline(self.state)  # type: ignore[no-untyped-call]
        passes.add_pass_after(_MakeLinkedCode, AnnotateTypes)
        passes.finalize()
        return [passes]
