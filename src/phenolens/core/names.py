"""Names that become files: those of metrics, channels, recipes, models, baselines, parts, plugins.

A name from a file must never be a path. One function says which names can be a file on Linux,
macOS and Windows alike; other names are refused before anything is written.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from phenolens.core.errors import InputError

MOST = 100  # bytes: with the longest ending that we add, a file name has at most 255
# Separators, what Windows does not allow, and characters that are not seen.
_FORBIDDEN = re.compile(
    r'[/\\:*?"<>|\x00-\x1f\x7f-\x9f]|[\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]'
)

_RESERVED = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9\u00b9\u00b2\u00b3])", re.I)
_FIX = "use letters, digits, spaces and any of + - _ . ( )"


def file_name(name: str, where: object = "", fix: str = "") -> str:
    """Return a name that can be the name of a file, with an ending of ours, everywhere.

    Args:
        name: The name.
        where: The setting that gives it, for the message.
        fix: How a user gives another name; what is allowed unless given.

    Raises:
        InputError: It is empty or too long, hidden, ends in a space or a dot, is reserved on
            Windows, or has a separator, a control character or another that cannot be in a name.

    Example:
        >>> file_name("W1-DNA (405 nm)")
        'W1-DNA (405 nm)'
        >>> file_name("../victim", "metrics")
        Traceback (most recent call last):
        ...
        phenolens.core.errors.InputError: metrics: '../victim' cannot be the name of a file: ...
    """
    why = _wrong(name)
    if why:
        shown = name if len(name) <= MOST else f"{name[:40]}..."
        raise InputError(
            f"{shown!r} cannot be the name of a file: {why}", where=where, fix=fix or _FIX
        )
    return name


def file_names(names: Iterable[str], where: object = "", fix: str = "") -> tuple[str, ...]:
    """Return names that can be files of one folder, no two of them the same file.

    macOS and Windows do not tell `DNA` from `dna`, and macOS not two ways to write an accent.

    Raises:
        InputError: As `file_name`, or two names are one file.
    """
    seen: dict[str, str] = {}
    for name in names:
        key = unicodedata.normalize("NFC", file_name(name, where, fix)).casefold()
        if key in seen:
            raise InputError(
                f"'{seen[key]}' and '{name}' would be the same file on some computers",
                where=where,
                fix=fix or "rename one of them",
            )
        seen[key] = name
    return tuple(seen.values())


def _wrong(name: str) -> str:
    """Return why a name cannot be a file's; empty where it can."""
    try:
        size = len(name.encode("utf-8"))
    except UnicodeEncodeError:
        return "it is not valid Unicode"
    found = _FORBIDDEN.search(name)
    reasons = {
        "it is empty": not name.strip(),
        f"it is longer than {MOST} bytes": size > MOST,
        f"it has the character {found[0]!r}" if found else "": bool(found),
        "it begins with a dot or a space": name[:1] in (".", " "),
        "it ends with a dot or a space": name[-1:] in (".", " "),
        "Windows reserves it": bool(_RESERVED.fullmatch(name.partition(".")[0].rstrip(" "))),
    }
    return next((why for why, applies in reasons.items() if applies), "")
