"""Units of doses: what is molar becomes uM, anything else keeps its unit."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

MICROMOLAR = "uM"
NOT_GIVEN = "unit not given"  # in a column of units, of doses that are numbers alone
_STEPS = {"f": -9, "p": -6, "n": -3, "u": 0, "m": 3, "": 6}  # power of ten of a unit, in uM
_MOLAR = re.compile(r"(f|p|n|u|m|)M")
_LOWER = re.compile(r"(p|n|u)m")  # as `60.0 um`: no dose is a length
_WORDS = {"molar": "M", "millimolar": "mM", "micromolar": "uM", "nanomolar": "nM"}
_MICRO = "u\u00b5\u03bc"
# A unit in the name of a treatment, as a regular expression.
UNIT = rf"(?:[fpnm{_MICRO}]?M|[pn{_MICRO}]m|[pnm{_MICRO}]?g/[m{_MICRO}]?[lL]|%)"


def unit_name(text: str) -> str:
    """Return a unit as it is compared: `u` for either sign of micro, without blanks.

    Example:
        >>> unit_name(" \u00b5M"), unit_name("\u03bcm"), unit_name("ng/\u00b5l"), unit_name("mg/mL")
        ('uM', 'uM', 'ng/ul', 'mg/ml')
    """
    plain = text.strip().replace("\u00b5", "u").replace("\u03bc", "u")
    plain = _WORDS.get(plain.lower(), plain)
    lower = _LOWER.fullmatch(plain)
    return f"{lower[1]}M" if lower else plain.replace("L", "l") if "/" in plain else plain


def micromolar(amount: str | float | Decimal, unit: str) -> float | None:
    """Return an amount in uM, rounded once; None where the unit is not molar.

    Example:
        >>> micromolar("1.37", "nM"), micromolar(2, "mM"), micromolar("5", "mg/ml")
        (0.00137, 2000.0, None)
    """
    molar = _MOLAR.fullmatch(unit_name(unit))
    if molar is None:
        return None
    return float(exact(amount).scaleb(_STEPS[molar[1]]))


def exact(amount: str | float | Decimal) -> Decimal:
    """Return an amount as it was written; the decimal sign may be a comma.

    Raises:
        ValueError: It is not a number.
    """
    try:
        return Decimal(str(amount).strip().replace(",", "."))
    except InvalidOperation as error:
        raise ValueError(f"not a number: {amount!r}") from error
