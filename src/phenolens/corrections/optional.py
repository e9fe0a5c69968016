"""Libraries that one step needs and a plain install does not include."""

from __future__ import annotations

import importlib
from types import ModuleType

from phenolens.core.errors import InputError


def import_extra(module: str, *, needed_by: str, extra: str) -> ModuleType:
    """Return the imported module.

    Raises:
        InputError: It is not installed: says what to install.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise InputError(
            f"{needed_by} needs {module}, which cannot be imported ({error})",
            fix=f"pip install 'phenolens[{extra}]'",
        ) from error
