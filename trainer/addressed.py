"""Structures that kernels take by their address.

numba hands over a tuple of arrays as all the numbers that these arrays are made of, some hundred, in each call of a
kernel from another one: most of what is compiled would be that. An `Addressed` is one number in a kernel, and a field
is read from memory where it is used. Kernels change elements of its arrays, no fields.

Types are ignored where numba's own classes are typed in part.
"""

from dataclasses import Field, fields
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
from llvmlite import ir
from numba import extending as untyped_extending
from numba import typeof as untyped_typeof
from numba import types
from numba._dispatcher import compute_fingerprint
from numba.core import cgutils as untyped_cgutils
from numba.core.typing.templates import AttributeTemplate, infer_getattr

from triplicate.trainer.cache_lines import own_lines

__all__ = ["Addressed", "kind_of", "unbox_address"]

cgutils: Any = untyped_cgutils
extending: Any = untyped_extending
typeof: Any = untyped_typeof

WORD = ir.IntType(64)


class _AddressedType(types.Type):
    """What numba takes a structure for: a type and the first of its words in memory for every field."""

    def __init__(self, name: str, kinds: dict[str, Any]) -> None:
        self.places: dict[str, tuple[Any, int]] = {}
        words = 0
        for field, kind in kinds.items():
            self.places[field] = kind, words
            words += 1 + kind.ndim if isinstance(kind, types.Array) else 1
        super().__init__(f"{name}({kinds})")


class Addressed:
    """Base of frozen dataclasses: fields are contiguous arrays, numbers, truth values, or such structures.

    A field may be None. Tuples are left out: they are for Python alone.
    """

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    _known: ClassVar[dict[tuple[Any, ...], _AddressedType]] = {}

    def _values(self) -> dict[str, Any]:
        """Return all fields by name."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @cached_property
    def _numba_type_(self) -> _AddressedType:  # where numba looks first
        read = {name: value for name, value in self._values().items() if not isinstance(value, tuple)}
        key = (type(self), *map(kind_of, read.values()))
        if key not in self._known:
            self._known[key] = _AddressedType(type(self).__name__, {name: typeof(read[name]) for name in read})
        return self._known[key]

    @cached_property
    def _words(self) -> npt.NDArray[np.int64]:
        """What lies in memory: of an array its address and its shape, of anything else one number."""
        words: list[int] = []
        for name, (kind, _) in self._numba_type_.places.items():
            value = getattr(self, name)
            if isinstance(kind, types.Array):
                if kind.layout != "C":
                    raise ValueError(f"{type(self).__name__}.{name} must be a contiguous array")
                words.extend((value.ctypes.data, *value.shape))
            elif isinstance(value, Addressed):
                words.append(value.address)
            elif isinstance(kind, types.Float):
                words.append(int(np.float64(value).view(np.int64)))
            else:
                words.append(0 if value is None else int(value))
        found: npt.NDArray[np.int64] = own_lines(len(words), np.int64)
        found[:] = words
        return found

    @cached_property
    def address(self) -> int:
        """Where the words begin; they stay there as long as the structure does."""
        return int(self._words.ctypes.data)

    def __reduce__(self) -> tuple[Any, ...]:
        """Let a copy be made anew of its fields: its arrays, and so its words, are others."""
        return type(self), tuple(self._values().values())


def kind_of(value: Any) -> Any:
    """Return what stands for the type that numba takes a value for, as fast as numba's own calls find it."""
    return value._numba_type_ if isinstance(value, Addressed) else compute_fingerprint(value)


@extending.register_model(_AddressedType)
class _AddressedModel(extending.models.PrimitiveModel):  # type: ignore[misc]
    """In a kernel a structure is its address."""

    def __init__(self, manager: Any, kind: _AddressedType) -> None:
        super().__init__(manager, kind, WORD)


def unbox_address(kind: Any, given: Any, call: Any) -> Any:  # noqa: ARG001 - numba prescribes the arguments
    """Return the attribute `address` of an argument, for numba, as what the argument is in a kernel."""
    builder, python = call.builder, call.pyapi
    number = python.object_getattr_string(given, "address")
    missing = cgutils.is_null(builder, number)
    address = cgutils.alloca_once_value(builder, WORD(0))
    with builder.if_then(builder.not_(missing)):
        builder.store(python.long_as_longlong(number), address)
        python.decref(number)
    return extending.NativeValue(builder.load(address), is_error=missing)


extending.unbox(_AddressedType)(unbox_address)


@infer_getattr
class _Fields(AttributeTemplate):
    """Tells numba what type a field has."""

    key = _AddressedType

    def generic_resolve(self, kind: _AddressedType, name: str) -> Any:  # type: ignore[override]
        """Return the type of a field, None if there is no such one."""
        return kind.places[name][0] if name in kind.places else None


@extending.lower_getattr_generic(_AddressedType)  # type: ignore[untyped-decorator]
def _read_field(context: Any, builder: Any, structure: _AddressedType, address: Any, name: str) -> Any:
    """Generate code that reads a field. Its words never change, so that it is read once, outside of loops."""
    kind, first = structure.places[name]
    begin = builder.inttoptr(address, WORD.as_pointer())

    def word(place: int) -> Any:
        found = builder.load(builder.gep(begin, [WORD(first + place)]))
        found.set_metadata("invariant.load", builder.module.add_metadata([]))
        return found

    if isinstance(kind, types.NoneType):
        return context.get_dummy_value()
    if isinstance(kind, types.Float):
        return builder.bitcast(word(0), context.get_value_type(kind))
    if isinstance(kind, types.Boolean):
        return builder.icmp_unsigned("!=", word(0), WORD(0))
    if not isinstance(kind, types.Array):
        return word(0)
    array, each = context.make_array(kind)(context, builder), context.get_abi_sizeof(context.get_data_type(kind.dtype))
    shape, strides = [word(1 + axis) for axis in range(kind.ndim)], [WORD(each)]
    for length in reversed(shape[1:]):
        strides.insert(0, builder.mul(strides[0], length))
    data = builder.inttoptr(word(0), array.data.type)
    context.populate_array(array, data=data, shape=shape, strides=strides, itemsize=WORD(each), meminfo=None)
    return array._getvalue()  # noqa: SLF001 - numba's own way to the value of a structure
