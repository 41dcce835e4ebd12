"""How the code of kernels is made: each holds all that it calls, and runs nothing else.

By itself numba optimises each kernel, makes machine code of it, and does both again in every kernel that calls it, and
in that one's callers. An inner kernel, which only other kernels call, is never run by itself, so that its own machine
code is never used: leaving it out saves about a tenth of the time that the first training compiles.

What a kernel calls is compiled together with it. numba lets copies of a function in several kernels pass for one,
so that the copy that was loaded first would run for all; where copies differ in how they fuse or reorder operations,
bits of a training would depend on what the process did before. Here each kernel keeps its copies to itself.

Types are ignored where numba's own classes are typed in part.
"""

from typing import Any

from llvmlite.binding import Linkage
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import CompilerBase, DefaultPassBuilder
from numba.core.compiler_machinery import AnalysisPass, register_pass
from numba.core.typed_passes import AnnotateTypes

__all__ = ["LinkedCompiler", "WholeCompiler"]


class _PlainCode(JITCodeLibrary):
    """Code that is not optimised before it is whole: all of it is looked at then."""

    def _optimize_functions(self, ll_module: Any) -> None:
        """Do what is left of numba's own method without its passes."""
        ll_module.data_layout = self._codegen._data_layout  # noqa: SLF001 - as numba itself does


class _WholeCode(_PlainCode):
    """Code that nobody else's replaces."""

    def _optimize_final_module(self) -> None:
        """Optimise once. numba does so twice, to prune counts of references between: few kernels have any."""
        for function in self._final_module.functions:
            if not function.is_declaration and function.linkage == Linkage.linkonce_odr:
                function.linkage = "internal"
        codegen: Any = self._codegen
        passes, builder = codegen._module_pass_manager()  # noqa: SLF001 - as numba itself does
        passes.run(self._final_module, builder)


class _LinkedCode(_PlainCode):
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
class _MakeWholeCode(AnalysisPass):
    """Gives the lowering pass a library of some kind to write to."""

    _name = "make_whole_code"
    kind: Any = _WholeCode

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]

    def run_pass(self, state: Any) -> bool:
        """Set the library; nothing of the kernel changes."""
        state.library = self.kind(state.targetctx.codegen(), state.func_id.func_qualname)
        state.library.enable_object_caching()
        return False


@register_pass(mutates_CFG=False, analysis_only=True)  # type: ignore[no-untyped-call]
class _MakeLinkedCode(_MakeWholeCode):
    """The same for linked code."""

    _name = "make_linked_code"
    kind = _LinkedCode


class WholeCompiler(CompilerBase):
    """numba's compiler, with whole code as its result."""

    makes: Any = _MakeWholeCode

    def define_pipelines(self) -> list[Any]:
        """Return numba's own passes and the one above, before code is written."""
        passes = DefaultPassBuilder.define_nopython_pipeline(self.state)  # type: ignore[no-untyped-call]
        passes.add_pass_after(self.makes, AnnotateTypes)
        passes.finalize()
        return [passes]


class LinkedCompiler(WholeCompiler):
    """The same with linked code."""

    makes = _MakeLinkedCode
