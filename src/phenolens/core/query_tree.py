"""The grammar of a condition: which parts it may have, and what each is on the columns of a table.

The text was parsed by Python's own parser, which runs nothing. Each kind of node that is allowed
has a method here (`_PARTS`); every other one is refused. `core.query` documents the grammar.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from functools import reduce
from typing import Any

import pandas as pd

from phenolens.core.errors import InputError, nearest
from phenolens.core.reading.spelling import spelt

Value = Any  # pd.Series, one per row; or a constant: str, int, float, bool
_COMPARE: dict[type[ast.cmpop], tuple[str, Callable[[Any, Any], Any]]] = {
    ast.Eq: ("==", operator.eq),
    ast.NotEq: ("!=", operator.ne),
    ast.Lt: ("<", operator.lt),
    ast.LtE: ("<=", operator.le),
    ast.Gt: (">", operator.gt),
    ast.GtE: (">=", operator.ge),
}
_ARITHMETIC: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}
_TEXT_TESTS = ("startswith", "endswith", "contains")
_MISSING_TESTS = ("isna", "notna")
_CALLS = [*(f".str.{name}('x')" for name in _TEXT_TESTS), ".isin([...])", ".isna()", ".notna()"]
_LARGEST = 2**63  # of a whole number
_OTHER = {ast.Is: "is", ast.IsNot: "is not", ast.Pow: "**", ast.MatMult: "@", ast.UAdd: "+"}


class Evaluation:
    """A condition on the rows of one table.

    Args:
        meta: The table.
        names: Name in the text -> column, for the columns that were written in backticks.
    """

    def __init__(self, meta: pd.DataFrame, names: Mapping[str, str]) -> None:
        self.meta = meta
        self.names = names

    def of(self, node: ast.expr) -> Value:
        """Return the value of a part: one per row, or a constant.

        Raises:
            InputError: A part that the grammar does not have, or values that do not fit.
        """
        if type(node) not in _PARTS:
            raise _refused(node)
        value: Value = _PARTS[type(node)](self, node)
        return value

    def _constant(self, node: ast.Constant) -> Value:
        value = node.value
        if value is None:
            raise InputError("None is not a value", fix="write column.isna() or column.notna()")
        if not isinstance(value, str | int | float) or node.kind:
            raise _refused(node)
        if isinstance(value, int) and value >= _LARGEST:
            raise InputError("a number is too large")
        return value

    def _name(self, node: ast.Name) -> Value:
        name = self.names.get(node.id, node.id)
        if name not in self.meta.columns:
            hint = nearest(name, map(str, self.meta.columns), "the table has")
            raise InputError(f"no column '{name}'", fix=hint)
        column = self.meta[name]
        if not isinstance(column, pd.Series):
            raise InputError(f"the table has several columns '{name}'")
        categorical = isinstance(column.dtype, pd.CategoricalDtype)
        # Times are text, as a table that is read has them.
        return spelt(column.astype(object) if categorical else column, name)

    def _boolop(self, node: ast.BoolOp) -> Value:
        word, join = (
            ("and", operator.and_) if isinstance(node.op, ast.And) else ("or", operator.or_)
        )
        return reduce(join, [_condition(self.of(part), word) for part in node.values])

    def _unaryop(self, node: ast.UnaryOp) -> Value:
        value = self.of(node.operand)
        if isinstance(node.op, ast.Not | ast.Invert):
            value = _condition(value, "not")
            return not value if isinstance(value, bool) else ~value
        if isinstance(node.op, ast.USub):
            return -_number(value)
        raise _refused(node.op)

    def _binop(self, node: ast.BinOp) -> Value:
        if type(node.op) not in _ARITHMETIC:
            raise _refused(node.op)
        left, right = _number(self.of(node.left)), _number(self.of(node.right))
        value: Value = _ARITHMETIC[type(node.op)](left, right)
        return value

    def _compare(self, node: ast.Compare) -> Value:
        left, found = node.left, []
        for sign, right in zip(node.ops, node.comparators, strict=True):
            found.append(self._compared(left, sign, right))
            left = right
        return reduce(operator.and_, found)

    def _compared(self, left: ast.expr, sign: ast.cmpop, right: ast.expr) -> Any:
        """Return one comparison; with a list `==` is `in`, as in pandas."""
        listed = isinstance(right, ast.List | ast.Tuple | ast.Set)
        if isinstance(sign, ast.In | ast.NotIn) or (
            listed and isinstance(sign, ast.Eq | ast.NotEq)
        ):
            among = self._among(self.of(left), right)
            return ~among if isinstance(sign, ast.NotIn | ast.NotEq) else among
        if type(sign) not in _COMPARE:
            raise _refused(sign)
        word, compare = _COMPARE[type(sign)]
        one, other = self.of(left), self.of(right)
        if word[0] in "<>":
            one, other = _in_order(one, other), _in_order(other, one)
        _same_kind(one, other, word)
        return compare(one, other)

    def _among(self, value: Value, wanted: ast.expr) -> pd.Series:
        """Return which rows have one of the values of a list, or of another column."""
        if not isinstance(value, pd.Series):
            raise InputError("`in` needs a column before it", fix="as plate in ['p1', 'p2']")
        if isinstance(wanted, ast.List | ast.Tuple | ast.Set):
            values: Any = [self.of(item) for item in wanted.elts]
            for one in values:
                if isinstance(one, pd.Series):
                    raise InputError("a list holds constants only", fix="put text into quotes")
                _same_kind(value, one, "in")
        else:
            values = self.of(wanted)
            if not isinstance(values, pd.Series):
                raise InputError("`in` needs a list after it", fix="as plate in ['p1', 'p2']")
        return value.isin(values)

    def _call(self, node: ast.Call) -> Value:
        function = node.func
        if not isinstance(function, ast.Attribute):
            raise _refused(node)
        name, owner = function.attr, function.value
        if name in _TEXT_TESTS and isinstance(owner, ast.Attribute) and owner.attr == "str":
            return self._text_test(name, owner.value, node)
        column = self._column(owner)
        if node.keywords:
            raise _refused(node)
        if name in _MISSING_TESTS and not node.args:
            return column.isna() if name == "isna" else column.notna()
        if name == "isin" and len(node.args) == 1:
            return self._among(column, node.args[0])
        raise _refused(node)

    def _text_test(self, name: str, owner: ast.expr, node: ast.Call) -> pd.Series:
        """Return which rows pass a test of their text; a missing value passes none."""
        column = self._column(owner)
        settings = {k.arg: getattr(k.value, "value", None) for k in node.keywords}
        if any(key not in ("na", "regex") or value is not False for key, value in settings.items()):
            raise InputError(f".str.{name} takes the text alone")
        part = self.of(node.args[0]) if len(node.args) == 1 else None
        if not isinstance(part, str):
            raise InputError(f".str.{name} needs one text", fix=f"as .str.{name}('BRD')")
        if _kind(column) not in ("text", "mixed", ""):
            raise InputError(f"'{column.name}' is a column of {_kind(column)}s, not of text")
        # Bound methods of our own choice, on values that are text.
        test = {
            "startswith": str.startswith,
            "endswith": str.endswith,
            "contains": str.__contains__,
        }
        passed = [isinstance(value, str) and test[name](value, part) for value in column]
        return pd.Series(passed, index=column.index, dtype=bool)

    def _column(self, node: ast.expr) -> pd.Series:
        value = self.of(node) if isinstance(node, ast.Name) else None
        if not isinstance(value, pd.Series):
            raise _refused(node)
        return value


_PARTS: dict[type[ast.expr], Callable[[Evaluation, Any], Value]] = {
    ast.Constant: Evaluation._constant,
    ast.Name: Evaluation._name,
    ast.BoolOp: Evaluation._boolop,
    ast.UnaryOp: Evaluation._unaryop,
    ast.BinOp: Evaluation._binop,
    ast.Compare: Evaluation._compare,
    ast.Call: Evaluation._call,
}


def _refused(node: ast.AST) -> InputError:
    sign = _OTHER.get(type(node)) or f"{type(node).__name__}"
    try:
        shown = ast.unparse(node) if isinstance(node, ast.expr) else sign
    except (ValueError, RecursionError):
        shown = sign
    shown = shown if len(shown) <= 80 else f"{shown[:80]}..."
    return InputError(
        f"`{shown}` is not part of a condition",
        fix=f"a condition has columns, constants, comparisons, and, or, not, in, + - * / // %, and "
        f"{', '.join(_CALLS)}",
    )


def _condition(value: Value, word: str) -> Any:
    """Return a value that is true or false, row by row."""
    if isinstance(value, bool) or (
        isinstance(value, pd.Series) and pd.api.types.is_bool_dtype(value)
    ):
        return value
    name = f"column '{value.name}'" if isinstance(value, pd.Series) else repr(value)
    raise InputError(
        f"`{word}` needs a condition, and {name} is not true or false",
        fix="compare it with a value",
    )


def _number(value: Value) -> Any:
    """Return a value that one can calculate with."""
    if _kind(value) == "number":
        return value
    name = f"column '{value.name}'" if isinstance(value, pd.Series) else repr(value)
    raise InputError(f"{name} is not a number, and cannot be calculated with")


def _in_order(value: Value, other: Value) -> Value:
    """Return a column of whole numbers, which tables keep as text, as numbers next to a number."""
    if not isinstance(value, pd.Series) or _kind(value) != "text" or _kind(other) != "number":
        return value
    there = value.dropna().astype(str)
    if not there.str.fullmatch(r"[+-]?[0-9]{1,15}(\.[0-9]+)?").all():
        return value
    return pd.to_numeric(value)


def _same_kind(one: Value, other: Value, sign: str) -> None:
    """Raise InputError where text would be compared with numbers, which are never equal."""
    kinds = {_kind(one): one, _kind(other): other}
    if not {"text", "number"} <= set(kinds):
        return
    text, number = kinds["text"], kinds["number"]
    if isinstance(text, pd.Series) and not isinstance(number, pd.Series):
        fix = f"put the number into quotes: {text.name} {sign} '{number}'"
        raise InputError(f"column '{text.name}' holds text, and {number!r} is not text", fix=fix)
    if isinstance(number, pd.Series) and not isinstance(text, pd.Series):
        what = "true and false" if number.dtype.kind == "b" else "numbers"
        raise InputError(f"column '{number.name}' holds {what}, and {text!r} is text")
    raise InputError(f"`{sign}` would compare text with numbers")


def _kind(value: Value) -> str:
    """Return `number`, `text`, `time`, `mixed`, or nothing where every value is missing."""
    if not isinstance(value, pd.Series):
        return "text" if isinstance(value, str) else "number"
    if pd.api.types.is_numeric_dtype(value) or pd.api.types.is_bool_dtype(value):
        return "number"
    found = pd.api.types.infer_dtype(value, skipna=True)
    numbers = ("integer", "floating", "boolean", "decimal", "mixed-integer-float")
    if found in numbers:
        return "number"
    return {"string": "text", "empty": ""}.get(found, "time" if "date" in found else "mixed")
