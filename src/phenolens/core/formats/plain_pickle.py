"""Pickles of plain values, read without running anything.

A pickle is a program for a small machine. This one knows the instructions that make None, text,
numbers, lists, tuples and dictionaries, and the few names with which NumPy writes arrays and single
values; it never imports, calls or builds what a pickle names. Any other instruction is refused.
"""

from __future__ import annotations

import math
import pickletools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from phenolens.core.errors import InputError

MOST_BYTES = 16 * 2**20
MOST_STEPS = 2_000_000  # instructions, about 3 seconds; a field of 100,000 cells takes 300,000
_MULTIARRAY = ("numpy.core.multiarray", "numpy._core.multiarray")  # NumPy 1, NumPy 2
# (module, name) as a pickle has them -> what we take it for.
_NAMES = {
    ("numpy", "ndarray"): "ndarray",
    ("numpy", "dtype"): "dtype",
    **{(module, "_reconstruct"): "array" for module in _MULTIARRAY},
    **{(module, "scalar"): "scalar" for module in _MULTIARRAY},
    ("collections", "OrderedDict"): "dict",
    ("_codecs", "encode"): "bytes",  # how Python 3 wrote bytes for Python 2, as NumPy 1.16 did
}
_DTYPE = re.compile(r"O8?|[biufSU]\d{1,5}")
_MARK = object()


@dataclass(frozen=True, slots=True)
class _Name:
    """What a pickle names; it cannot be called."""

    kind: str


@dataclass(slots=True)
class _Dtype:
    """A kind of values, as `f8`; of what a pickle says of it only the byte order is used."""

    code: str
    order: str = "="


@dataclass(slots=True)
class _Array:
    """An array whose values are yet to come."""

    values: list[Any] | np.ndarray | None = None


def read_plain(raw: bytes) -> Any:
    """Return what a pickle of plain values holds; an array of objects is the list of its values.

    Raises:
        InputError: It is damaged, too large, takes too long, or has anything but plain values:
            names what.
    """
    if len(raw) > MOST_BYTES:
        raise InputError(f"its metadata has more than {MOST_BYTES // 2**20} MB")
    machine = _Machine()
    try:
        for count, (operation, argument, _) in enumerate(pickletools.genops(raw)):
            if count == MOST_STEPS:
                raise InputError(
                    f"its metadata takes more than {MOST_STEPS:,} instructions",
                    fix="write the metadata of a field as one dictionary, as DeepProfiler does",
                )
            machine.do(operation.name, argument)
            if operation.name == "STOP":
                return _finished(machine.pop())
    except InputError:
        raise
    except (ValueError, IndexError, TypeError, OverflowError, StopIteration) as error:
        raise InputError(f"its metadata is damaged: {str(error)[:200]}") from error
    raise InputError("its metadata is damaged: it has no end")


class _Machine:
    """The stack and the memory of the machine that a pickle is written for."""

    def __init__(self) -> None:
        self.stack: list[Any] = []
        self.memo: dict[int, Any] = {}

    def do(self, name: str, argument: Any) -> None:
        """Follow one instruction."""
        if name in _VALUES:
            self.stack.append(_VALUES[name](argument))
        elif name in _TUPLES:
            count = _TUPLES[name]
            items = [self.pop() for _ in range(count)][::-1]
            self.stack.append(tuple(items))
        elif name in _DONE:
            _DONE[name](self, argument)
        elif name not in ("PROTO", "FRAME", "STOP"):
            raise InputError(f"its metadata has the instruction {name}: only plain values are read")

    def pop(self) -> Any:
        """Return and remove the last value."""
        return self.stack.pop()

    def marked(self) -> list[Any]:
        """Return and remove the values after the last mark."""
        place = next(i for i in range(len(self.stack) - 1, -1, -1) if self.stack[i] is _MARK)
        values = self.stack[place + 1 :]
        del self.stack[place:]
        return values

    def keep(self, place: Any) -> None:
        """Remember the last value; without a place under the next number."""
        self.memo[len(self.memo) if place is None else int(place)] = self.stack[-1]

    def recall(self, place: Any) -> None:
        """Repeat a remembered value."""
        if int(place) not in self.memo:
            raise ValueError(f"it recalls value {place}, which it does not have")
        self.stack.append(self.memo[int(place)])

    def extend(self, values: list[Any]) -> None:
        """Add values to the list before them."""
        _of(list, self.stack[-1]).extend(values)

    def table(self, values: list[Any]) -> None:
        """Put a new dictionary of keys and values in turn."""
        self.stack.append({})
        self.fill(values)

    def fill(self, values: list[Any]) -> None:
        """Add keys and values in turn to the dictionary before them."""
        pairs = list(zip(values[::2], values[1::2], strict=True))
        _of(dict, self.stack[-1]).update(_table(pairs))

    def name(self, module: str, name: str) -> None:
        """Put what a pickle names: one of the few that NumPy writes."""
        if (module, name) not in _NAMES:
            named = f"{module}.{name}"[:100]
            raise InputError(f"its metadata would load {named}: only plain values are read")
        self.stack.append(_Name(_NAMES[module, name]))

    def make(self) -> None:
        """Make what a name and its arguments are taken for."""
        given = _of(tuple, self.pop())
        kind = _of(_Name, self.pop()).kind
        if kind not in _MAKERS:
            raise InputError(f"its metadata would make a {kind}: only plain values are read")
        self.stack.append(_MAKERS[kind](*given))

    def build(self) -> None:
        """Complete an array or a kind of values."""
        state = _of(tuple, self.pop())
        target = self.stack[-1]
        if isinstance(target, _Array):
            _, shape, dtype, _, data = state
            target.values = _values(_of(tuple, shape), _of(_Dtype, dtype), data)
        else:
            _of(_Dtype, target).order = _order(state)


def _table(pairs: Sequence[Any] = ()) -> dict[Any, Any]:
    """Return a dictionary of pairs whose keys are plain: to hash a nested one may take for ever."""
    for key, _ in pairs:
        if not isinstance(key, str | int):
            raise InputError(f"its metadata has a key that is a {type(key).__name__}, not text")
    return dict(pairs)


def _values(shape: tuple[int, ...], dtype: _Dtype, data: Any) -> list[Any] | np.ndarray:
    """Return the values of an array: a list of objects, or numbers and text in one row."""
    size = math.prod(_of(int, side) for side in shape)
    if dtype.code.startswith("O"):
        values: list[Any] | np.ndarray = _of(list, data)
    else:
        values = np.frombuffer(_of(bytes, data), dtype=_numpy(dtype))
    if len(values) != size:
        raise ValueError(f"an array of {size} values has {len(values)}")
    return values


def _scalar(dtype: _Dtype, data: bytes) -> Any:
    """Return a single value that NumPy has written."""
    if _of(_Dtype, dtype).code in ("U0", "S0") and not data:
        return np.str_("")
    values = np.frombuffer(_of(bytes, data), dtype=_numpy(dtype))
    if len(values) != 1:
        raise ValueError(f"a single value has {len(values)}")
    return values[0]


def _dtype(code: str, *_: Any) -> _Dtype:
    if not isinstance(code, str) or not _DTYPE.fullmatch(code):
        raise InputError(f"its metadata has values of type {str(code)[:20]!r}, not plain ones")
    return _Dtype(code)


def _numpy(dtype: _Dtype) -> np.dtype:
    if dtype.code.startswith("O"):
        raise ValueError("a single value cannot be an object")
    return np.dtype(dtype.order + dtype.code)


def _order(state: tuple[Any, ...]) -> str:
    """Return the byte order that a type's state says; whatever else it says is not used."""
    order = state[1]
    if order not in ("<", ">", "=", "|") or any(part is not None for part in state[2:5]):
        raise InputError("its metadata has values of several fields, not plain ones")
    return str(order)


def _finished(value: Any) -> Any:
    return value.values if isinstance(value, _Array) else value


def _of(kind: Any, value: Any) -> Any:
    """Return a value that is of the kind an instruction needs."""
    if not isinstance(value, kind) or (kind is int and value < 0):
        raise ValueError(f"it needs a {kind.__name__} where it has a {type(value).__name__}")
    return value


def _whole(value: int) -> int:
    if not -(2**63) <= value < 2**63:
        raise ValueError("a whole number is too large")
    return int(value) if not isinstance(value, bool) else value


def _same(value: Any) -> Any:
    return value


_MAKERS: dict[str, Callable[..., Any]] = {
    "array": lambda *_: _Array(),
    "dtype": _dtype,
    "scalar": _scalar,
    "dict": _table,
    "bytes": lambda text, _: _of(str, text).encode("latin-1"),
}
_VALUES: dict[str, Callable[[Any], Any]] = {
    "NONE": lambda _: None,
    "NEWTRUE": lambda _: True,
    "NEWFALSE": lambda _: False,
    **dict.fromkeys(("INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4"), _whole),
    **dict.fromkeys(("FLOAT", "BINFLOAT"), _same),
    **dict.fromkeys(("STRING", "BINSTRING", "SHORT_BINSTRING"), _same),
    **dict.fromkeys(("UNICODE", "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8"), _same),
    **dict.fromkeys(("BINBYTES", "SHORT_BINBYTES", "BINBYTES8"), _same),
    "EMPTY_LIST": lambda _: [],
    "EMPTY_DICT": lambda _: {},
    "MARK": lambda _: _MARK,
}
_TUPLES = {"EMPTY_TUPLE": 0, "TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}
_DONE: dict[str, Callable[[_Machine, Any], None]] = {
    "TUPLE": lambda m, _: m.stack.append(tuple(m.marked())),
    "LIST": lambda m, _: m.stack.append(m.marked()),
    "DICT": lambda m, _: m.table(m.marked()),
    "APPEND": lambda m, _: m.extend([m.pop()]),
    "APPENDS": lambda m, _: m.extend(m.marked()),
    "SETITEM": lambda m, _: m.fill([m.pop(), m.pop()][::-1]),
    "SETITEMS": lambda m, _: m.fill(m.marked()),
    "POP": lambda m, _: m.stack.pop() and None,
    **dict.fromkeys(("MEMOIZE", "PUT", "BINPUT", "LONG_BINPUT"), _Machine.keep),
    **dict.fromkeys(("GET", "BINGET", "LONG_BINGET"), _Machine.recall),
    "GLOBAL": lambda m, names: m.name(*names.split(" ", 1)),
    "STACK_GLOBAL": lambda m, _: m.name(*[_of(str, m.pop()) for _ in range(2)][::-1]),
    "REDUCE": lambda m, _: m.make(),
    "BUILD": lambda m, _: m.build(),
}
