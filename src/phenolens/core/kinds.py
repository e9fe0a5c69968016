"""What a class of each room must be, checked when it is loaded, before it is ever called."""

from __future__ import annotations

import importlib
from dataclasses import is_dataclass

from phenolens.core.errors import InputError

# Room -> the class that its entries are made of: module and name, imported when it is needed.
_BASES = {
    "encoders": ("phenolens.encoders.base", "Encoder"),
    "methods": ("phenolens.methods.base", "Method"),
    "networks": ("torch.nn", "Module"),
    "sections": ("phenolens.sections.base", "Section"),
}


def check_kind(room: str, found: object, where: object) -> type:
    """Return a class that may be an entry of the room.

    Encoders, methods, networks and sections have a base class. The entries of the other rooms are
    dataclasses with a method `__call__`.

    Raises:
        InputError: It is not a class, or of another kind.
    """
    if not isinstance(found, type):
        raise InputError(f"is not a class, but {type(found).__name__}", where=where)
    if room in _BASES:
        module, name = _BASES[room]
        if not issubclass(found, getattr(importlib.import_module(module), name)):
            raise InputError(
                f"'{found.__name__}' is not one of the {room}",
                where=where,
                fix=f"make it a subclass of {module}.{name}",
            )
    elif not is_dataclass(found) or not any("__call__" in vars(base) for base in found.__mro__):
        raise InputError(
            f"'{found.__name__}' is not one of the {room}",
            where=where,
            fix="make it a dataclass with a method `__call__` (docs/extending.md)",
        )
    return found
