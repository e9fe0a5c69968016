"""Code that is not part of phenolens, by the checksum of its source."""

from __future__ import annotations

import hashlib
import inspect
from pathlib import Path
from typing import Any

_OURS = "phenolens."


def foreign_code(*used: object) -> dict[str, str]:
    """Return the SHA-256 of the source of each class that is not part of phenolens.

    Somebody who writes a step or a metric edits it between runs: its old result is then another's.

    Args:
        used: Classes or objects; those of phenolens and builtins are left out.
    """
    code = {}
    for thing in used:
        maker: Any = getattr(thing, "func", thing)  # of a partial
        maker = maker if inspect.isclass(maker) or inspect.isfunction(maker) else type(maker)
        if not maker.__module__.startswith((_OURS, "builtins")):
            try:
                source = Path(inspect.getfile(maker)).read_bytes()
            except (OSError, TypeError):  # defined in a session, not in a file
                source = repr(maker).encode()
            code[f"{maker.__module__}:{maker.__qualname__}"] = hashlib.sha256(source).hexdigest()
    return dict(sorted(code.items()))
