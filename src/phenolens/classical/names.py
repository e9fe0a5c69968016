"""CellProfiler's names of features, from the names that cp_measure gives."""

from __future__ import annotations

import re

_PLACE = re.compile(r"(Location_|BoundingBox(?!Area)|Center_)")
_AFTER = ("Texture", "RadialDistribution")  # whose name goes on behind the channel


def feature_name(compartment: str, module: str, key: str, channel: str = "") -> str | None:
    """Return CellProfiler's name; None for where an object is, which describes no cell.

    Args:
        compartment: `Nuclei` or `Cells`.
        module: CellProfiler's category: `AreaShape`, `Intensity`, `Texture`, ...
        key: What cp_measure calls it, with the category or without.
        channel: The channel; empty for shapes.

    Example:
        >>> feature_name("Nuclei", "Texture", "Contrast_3_00_256", "DNA")
        'Nuclei_Texture_Contrast_DNA_3_00_256'
        >>> feature_name("Cells", "Intensity", "Intensity_MeanIntensity", "ER")
        'Cells_Intensity_MeanIntensity_ER'
    """
    if _PLACE.match(key):
        return None
    bare = key.removeprefix(f"{module}_")
    if not channel:
        return f"{compartment}_{module}_{bare}"
    head, tail = bare, ""
    if module in _AFTER:
        head, _, rest = bare.partition("_")
        tail = f"_{rest}" if rest else ""
    return f"{compartment}_{module}_{head}_{channel}{tail}"


def pair_name(compartment: str, key: str, one: str, two: str) -> str:
    """Return CellProfiler's name of a measure of two channels.

    Of measures with two directions cp_measure numbers them: 1 is of the first channel.

    Example:
        >>> pair_name("Cells", "Correlation_Manders_2", "DNA", "ER")
        'Cells_Correlation_Manders_ER_DNA'
    """
    kind, _, number = key.removeprefix("Correlation_").partition("_")
    kind = "Correlation" if kind == "Pearson" else kind
    first, second = (two, one) if number == "2" else (one, two)
    return f"{compartment}_Correlation_{kind}_{first}_{second}"
