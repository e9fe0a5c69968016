"""The page's colours, light and dark, and the style sheet that switches between them."""

from __future__ import annotations

from collections.abc import Mapping

# Twelve categories. Found by search in OKLab: at least 3:1 against the surface, every two apart by
# 0.16, and every two that share a shape (four shapes, see categories) apart by 0.16 too under
# protanopia, deuteranopia and tritanopia (Machado 2009); the tests check it.
_LIGHT_CATEGORIES = (
    "#3f5e93", "#be6ce5", "#2b8cfd", "#a13892", "#9a121c", "#319025",
    "#670d63", "#215608", "#589e9f", "#2c209d", "#846642", "#e86b6d",
)  # fmt: skip
_DARK_CATEGORIES = (
    "#14adc2", "#c5445e", "#80ddfc", "#ffc2f6", "#be7a06", "#8cbc67",
    "#9350b4", "#4a8157", "#d6e89d", "#1576cc", "#f4a37a", "#de7acd",
)  # fmt: skip

# `ramp-low` to `ramp-high`, mixed in OKLab, is for marks by number: even steps, and between yellow
# and blue, which red-green colour-blind readers tell apart too; its lightness alone has the order.
LIGHT: Mapping[str, str] = {
    "paper": "#fbfbfa",
    "surface": "#ffffff",
    "sunken": "#f3f4f3",
    "line": "#e3e5e4",
    "text": "#1c2126",
    "muted": "#5b6570",
    "accent": "#1f5aa8",
    "miss": "#b4490f",
    "band": "#d9dcdf",
    "cold": "#e4ebf4",
    "hot": "#0f3f86",
    "ramp-low": "#ab8719",
    "ramp-high": "#0b2559",
    "grey": "#858d96",
    "cell-hit": "#174a90",
    "cell-miss": "#8f3605",
    "on-strong": "#ffffff",
    "on-weak": "#000000",
    **{f"c{i}": colour for i, colour in enumerate(_LIGHT_CATEGORIES)},
}
DARK: Mapping[str, str] = {
    "paper": "#121417",
    "surface": "#16181c",
    "sunken": "#1e2126",
    "line": "#2d3238",
    "text": "#e6e8ea",
    "muted": "#9ba5b0",
    "accent": "#7db2f5",
    "miss": "#f0975c",
    "band": "#353b43",
    "cold": "#18222f",
    "hot": "#9fd0ff",
    "ramp-low": "#3f6fb5",
    "ramp-high": "#ffe45c",
    "grey": "#858e99",
    "cell-hit": "#2f68b4",
    "cell-miss": "#a8501c",
    "on-strong": "#ffffff",
    "on-weak": "#ffffff",
    **{f"c{i}": colour for i, colour in enumerate(_DARK_CATEGORIES)},
}


def stylesheet() -> str:
    """Return the colours as CSS: the reader's setting, then the toggle; print is light."""
    light, dark = _declare(LIGHT, "light"), _declare(DARK, "dark")
    return "\n".join(
        (
            f":root{{{light}}}",
            f"@media (prefers-color-scheme: dark){{:root{{{dark}}}}}",
            f":root[data-theme=light]{{{light}}}",
            f":root[data-theme=dark]{{{dark}}}",
            f"@media print{{:root,:root[data-theme]{{{light}}}}}",
        )
    )


def _declare(colours: Mapping[str, str], scheme: str) -> str:
    declared = "".join(f"--{name}:{colour};" for name, colour in colours.items())
    return f"color-scheme:{scheme};{declared}"
