"""Numbers as text, as every page and the terminal show them."""

from __future__ import annotations

import math


def shown(value: float, digits: int = 2) -> str:
    """Return a number as text, with a true minus sign; a dash for NaN.

    Example:
        >>> shown(0.7), shown(-0.031), shown(float("nan"))
        ('0.70', '\u22120.03', '\u2013')
    """
    if not math.isfinite(value):
        return "\u2013"
    return f"{round(value, digits) + 0.0:.{digits}f}".replace("-", "\u2212")


def signed(value: float, digits: int = 2) -> str:
    """Return a number as text with its sign, for gains and leads.

    Example:
        >>> signed(0.301), signed(-0.1), signed(-0.001)
        ('+0.30', '\u22120.10', '+0.00')
    """
    return f"{round(value, digits) + 0.0:+.{digits}f}".replace("-", "\u2212")


def sure(confidence: float) -> str:
    """Return how probable something is in whole percent, never certain; empty for NaN.

    Example:
        >>> sure(0.995), sure(0.846), sure(float("nan"))
        ('> 99 %', '85 %', '')
    """
    if math.isnan(confidence):
        return ""
    return "> 99 %" if confidence > 0.99 else f"{100 * confidence:.0f} %"


def p_text(p: float) -> str:
    """Return a p-value as text, with its relation.

    Example:
        >>> p_text(0.0004), p_text(0.21)
        ('< 0.001', '= 0.21')
    """
    return "< 0.001" if p < 0.001 else f"= {p:.3f}" if p < 0.01 else f"= {p:.2f}"
