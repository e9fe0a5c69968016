"""The one error a user sees for bad input: what is wrong, where, and how to fix it."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

_LONGEST = 1200  # characters of each part that are shown
_LONGEST_VALUE = 200  # of one value
_MOST_LISTED = 12


class InputError(ValueError):
    """Bad input: what is wrong, where (file, row, key) and how to fix it.

    As text it is one line: names and values from a file can neither break it nor flood the screen.

    Example:
        >>> str(InputError("no such column 'moaa'", where="plate.csv", fix="did you mean 'moa'?"))
        "plate.csv: no such column 'moaa'; did you mean 'moa'?"
    """

    def __init__(self, what: str, *, where: object = "", fix: str = "") -> None:
        self.what = what
        self.where = str(where)
        self.fix = fix
        place = f"{one_line(self.where)}: " if self.where else ""
        super().__init__(place + one_line(what) + (f"; {one_line(fix)}" if fix else ""))

    def at(self, where: object) -> InputError:
        """Return the same error with one more level of context: `where` comes first.

        A place that already begins with `where` is kept as it is. Use it as
        `raise error.at(path) from error`.

        Example:
            >>> str(InputError("unknown key", where="views.crops").at("recipe.toml"))
            'recipe.toml: views.crops: unknown key'
            >>> str(InputError("must be above 0", where="views.crops").at("views"))
            'views.crops: must be above 0'
        """
        outer = str(where)
        begins = re.match(re.escape(outer) + r"(?!\w)", self.where)
        inner = self.where if begins else f"{outer}: {self.where}"
        return InputError(self.what, where=inner if self.where else outer, fix=self.fix)


def one_line(text: str, longest: int = _LONGEST) -> str:
    r"""Return text on one line: control characters are escaped, what is too long is cut.

    Example:
        >>> print(one_line("p1" + chr(27) + "[31m"), one_line("two" + chr(10) + "lines"))
        p1\x1b[31m two lines
    """
    line = " ".join(text.split()) if not text.isprintable() else text
    if len(line) > longest:
        line = f"{line[:longest]}... ({len(line)} characters)"
    return line if line.isprintable() else "".join(map(_printable, line))


def _printable(sign: str) -> str:
    return sign if sign.isprintable() else ascii(sign)[1:-1]


def shown(value: object) -> str:
    """Return a value as a message shows it: text in quotes, a number as a number, long ones cut.

    Example:
        >>> shown("1 uM"), shown(2.5), shown("m" * 4000)[198:]
        ("'1 uM'", '2.5', 'mm... (4002 characters)')
    """
    item = getattr(value, "item", None)  # of NumPy's scalars, which show their type otherwise
    return one_line(repr(item() if callable(item) else value), _LONGEST_VALUE)


def listed(names: Iterable[object]) -> str:
    """Return names as a message shows them: the first few, and how many there are.

    Example:
        >>> listed(["DNA", "ER"]), listed(range(200))[-25:]
        ("['DNA', 'ER']", '10, 11, ... (200 in all)]')
    """
    every = list(names)
    if len(every) <= _MOST_LISTED:
        return shown(every)
    some = ", ".join(map(shown, every[:_MOST_LISTED]))
    return f"[{some}, ... ({len(every)} in all)]"


def nearest(name: str, allowed: Iterable[str], label: str = "allowed") -> str:
    """Return a fix for an unknown name: the nearest allowed one, and all of them after a label.

    Example:
        >>> nearest("plat", ["plate", "well"])
        "did you mean 'plate'? allowed: plate, well"
    """
    options = sorted(map(str, allowed))
    close = difflib.get_close_matches(name, options, n=1, cutoff=0.5)
    guess = f"did you mean '{close[0]}'? " if close else ""
    return f"{guess}{label}: {', '.join(options) or 'none'}"
