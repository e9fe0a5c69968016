"""The one error a user sees for bad input: what is wrong, where, and how to mend it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class InputError(ValueError):
    """Bad input: says what is wrong, where (file, row, key) and how to mend it.

    Example:
        >>> str(InputError("no such column 'moaa'", where="plate.csv", mend="did you mean 'moa'?"))
        "plate.csv: no such column 'moaa'; did you mean 'moa'?"
    """

    def __init__(self, what: str, *, where: object = "", mend: str = "") -> None:
        self.what = what
        self.where = str(where)
        self.mend = mend
        place = f"{self.where}: " if self.where else ""
        super().__init__(place + what + (f"; {mend}" if mend else ""))


def nearest(name: str, allowed: Iterable[str]) -> str:
    """Return a mend for an unknown name: the nearest allowed one, and all of them.

    Example:
        >>> nearest("plat", ["plate", "well"])
        "did you mean 'plate'? allowed: plate, well"
    """
    options = sorted(map(str, allowed))
    close = difflib.get_close_matches(name, options, n=1, cutoff=0.5)
    guess = f"did you mean '{close[0]}'? " if close else ""
    return f"{guess}allowed: {', '.join(options) or 'none'}"
