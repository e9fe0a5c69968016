"""Options that belong together are one dataclass, whose fields are separate on the command line."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from typing import Any, get_type_hints


def spread(command: Callable[..., None]) -> Callable[..., None]:
    """Return the command as typer takes it: a parameter that is a dataclass becomes its fields.

    The command is called with the dataclass made of them. Field names must be unique.

    Example:
        >>> from dataclasses import dataclass
        >>> @dataclass(frozen=True)
        ... class Table:
        ...     path: str
        ...     where: str = ""
        >>> def show(*, table: Table, loud: bool = False) -> None:
        ...     print(table, loud)
        >>> list(inspect.signature(spread(show)).parameters)
        ['path', 'where', 'loud']
        >>> spread(show)(path="a.csv")
        Table(path='a.csv', where='') False
    """
    hints = get_type_hints(command, include_extras=True)
    groups: dict[str, Any] = {name: kind for name, kind in hints.items() if is_dataclass(kind)}
    flat: list[inspect.Parameter] = []
    for parameter in inspect.signature(command).parameters.values():
        kind = groups.get(parameter.name)
        flat += [_option(parameter, hints)] if kind is None else _options(kind)

    def called(**given: Any) -> None:
        made = {
            name: kind(**{f.name: given.pop(f.name) for f in fields(kind) if f.name in given})
            for name, kind in groups.items()
        }
        command(**made, **given)

    called.__name__, called.__doc__ = command.__name__, command.__doc__
    called.__annotations__ = {parameter.name: parameter.annotation for parameter in flat}
    called.__signature__ = inspect.Signature(flat)  # type: ignore[attr-defined]
    return called


def _options(kind: Any) -> list[inspect.Parameter]:
    """Return the parameters of a dataclass, in the order of its fields."""
    hints = get_type_hints(kind, include_extras=True)
    return [_option(p, hints) for p in inspect.signature(kind).parameters.values()]


def _option(parameter: inspect.Parameter, hints: Mapping[str, Any]) -> inspect.Parameter:
    """Return a parameter by keyword, its annotation resolved."""
    return parameter.replace(annotation=hints[parameter.name], kind=parameter.KEYWORD_ONLY)
