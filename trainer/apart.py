"""A kernel that is compiled apart from its caller, and called by its address: two processes can share the wait.

numba links the code of what a kernel calls into the caller's, so that one process must compile all of it, and each
caller again. A `Part` stands for a kernel and the types of its arguments; it is an argument of the caller, which knows
by its type how to call, and needs the address only when it runs.

A type is ignored where a class of numba's without types is the base of one of ours.
"""

# ruff: noqa: ARG001 - numba prescribes the arguments of an intrinsic and of its generator

from collections.abc import Callable
from functools import cached_property
from typing import Any, ClassVar, cast

from llvmlite import ir
from numba import extending as untyped_extending
from numba import types
from numba.core import cgutils as untyped_cgutils
from numba.core import errors

from triplicate.trainer.addressed import kind_of, unbox_address

__all__ = ["Job", "Part", "call"]

cgutils: Any = untyped_cgutils
extending: Any = untyped_extending

Job = tuple[Any, tuple[Any, ...]]
"""A kernel and the numba types of the arguments that it is compiled for."""


class _PartType(types.Type):
    """What numba takes a part for: the types of its arguments. It returns nothing."""

    def __init__(self, name: str, kinds: tuple[Any, ...]) -> None:
        self.kinds = kinds
        super().__init__(f"Part({name})")

    @property
    def key(self) -> tuple[Any, ...]:
        """What tells types apart."""
        return self.name, self.kinds


class Part:
    """A kernel, compiled for the types of some arguments when its `address` is first asked for, or loaded.

    `Part.of` gives the same one again for arguments of the same types, which it looks up as fast as numba's own calls.
    """

    _known: ClassVar[dict[tuple[Any, ...], "Part"]] = {}

    @classmethod
    def of(cls, kernel: Any, *arguments: Any) -> "Part":
        """Return the part for these arguments."""
        key = (kernel, *(given if isinstance(given, Part) else kind_of(given) for given in arguments))
        if key not in cls._known:
            cls._known[key] = cls(kernel, *arguments)
        return cls._known[key]

    def __init__(self, kernel: Any, *arguments: Any) -> None:
        self.kernel = kernel
        self.kinds = tuple(kernel.typeof_pyval(given) for given in arguments)
        self._numba_type_ = _PartType(kernel.__name__, self.kinds)  # where numba looks first, and fast

    @property
    def job(self) -> Job:
        """The kernel and the types for which it is compiled."""
        return self.kernel, self.kinds

    @cached_property
    def address(self) -> int:
        """Where the machine code begins."""
        self.kernel.compile(self.kinds)
        made = self.kernel.overloads[self.kinds]
        return int(made.library.get_pointer_to_function(made.fndesc.llvm_func_name))


@extending.register_model(_PartType)
class _PartModel(extending.models.PrimitiveModel):  # type: ignore[misc]
    """In a kernel a part is its address."""

    def __init__(self, manager: Any, kind: _PartType) -> None:
        super().__init__(manager, kind, ir.IntType(64))


def _call(typing: Any, part: Any, arguments: Any) -> tuple[Any, Any]:
    """Call a part; an error in it is the caller's."""
    if not isinstance(part, _PartType) or tuple(arguments.types) != part.kinds:
        raise errors.TypingError(f"{part} takes arguments {part.kinds}, not {tuple(arguments.types)}")

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        given = cgutils.unpack_tuple(builder, args[1])
        convention = context.call_conv
        pointer = convention.get_function_type(types.none, part.kinds).as_pointer()
        status, _ = convention.call_function(builder, builder.inttoptr(args[0], pointer), types.none, part.kinds, given)
        with cgutils.if_unlikely(builder, status.is_error):
            convention.return_status_propagate(builder, status)
        return context.get_dummy_value()

    return types.none(part, arguments), generate


call = cast("Callable[[Part, tuple[Any, ...]], None]", extending.intrinsic(_call))
extending.unbox(_PartType)(unbox_address)
