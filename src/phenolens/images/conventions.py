r"""Names that instruments give to image files: which convention a folder follows, and its pattern.

A pattern is proposed to the user, with how many names it fits; nothing is read by it unseen.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

_ENDING = r"\.(?:tiff?|png|jpe?g)"
# Folders between a plate and its images, which name no plate.
_INNER = r"(?:images?|orig|raw|tiffs?|timepoint_\d+|zstep_\d+)"
# Where the plate is named: the folder of the images, or the one above an inner folder.
_PREFIXES = (
    rf"(?:.*/)?(?P<plate>(?!{_INNER}/)[^/]+)/(?:{_INNER}/)*",
    r"(?:.*/)?",  # nowhere: it is called as the root is
)


@dataclass(frozen=True, slots=True)
class Convention:
    """How a program names its image files.

    Attributes:
        name: Who names files so.
        regex: Of a file's name without its folders and ending, with the groups of
            `image_folder`; capitals and small letters are alike.
    """

    name: str
    regex: str


CONVENTIONS = (
    Convention(
        "Opera Phenix or Operetta",
        r"r(?P<row>\d\d)c(?P<column>\d\d)f(?P<site>\d+)p(?P<z>\d+)"
        r"-ch(?P<channel>\d+)sk(?P<time>\d+)fk\d+fl\d+",
    ),
    Convention(
        "Yokogawa CellVoyager",
        r"[^/]*_(?P<well>[A-P]\d\d)_T(?P<time>\d{4})F(?P<site>\d{3})L\d\dA\d\dZ(?P<z>\d\d)"
        r"C(?P<channel>\d\d)",
    ),
    Convention(
        "ImageXpress",
        r"(?:[^/]*_)?(?P<well>[A-P]\d\d)_s(?P<site>\d+)_w(?P<channel>\d)(?:[0-9A-F-]{36})?",
    ),
    Convention(
        "Olympus ScanR",
        r"(?P<well>[A-P]\d+)--W\d+--P(?P<site>\d+)--Z(?P<z>\d+)--T(?P<time>\d+)--(?P<channel>[^/]+)",
    ),
    Convention(
        "In Cell Analyzer",
        r"(?P<row>[A-P]) - (?P<column>\d+)\(fld (?P<site>\d+) wv (?P<channel>[^)]+)\)",
    ),
    Convention(
        "BioTek Gen5",
        r"(?P<well>[A-P]\d+)_\d+_\d+_(?P<site>\d+)_(?P<channel>[A-Z][A-Z0-9 ]*)_(?P<time>\d{3})",
    ),
    Convention(
        "CellProfiler's SBS examples",
        r"Channel ?(?P<channel>\d)-\d+-(?P<row>[A-P])-(?P<column>\d\d)(?:-\d\d)?",
    ),
    Convention(
        "well, site and channel",
        r"(?P<well>[A-P]\d{1,2})_s(?P<site>\d+)_(?P<channel>[^/]+)",
    ),
)
WITH_TIMES = (
    Convention(
        "IncuCyte",
        r"(?:[^/]*_)?(?P<well>[A-P]\d{1,2})_(?P<site>\d+)_(?P<time>\d+d\d+h\d+m)",
    ),
)


@dataclass(frozen=True, slots=True)
class Fit:
    """A convention that names of a folder follow.

    Attributes:
        name: Of the convention.
        pattern: As `image_folder` takes it.
        count: How many images it fits.
        others: Images that it does not fit.
    """

    name: str
    pattern: str
    count: int
    others: int


def fits(
    images: Sequence[str],
    conventions: Sequence[Convention] = CONVENTIONS,
    fixed: Sequence[str] = ("z", "time"),
) -> list[Fit]:
    r"""Return the conventions that names follow, the one that fits most of them first.

    One that fits only names which those before it fit too is not among them.

    Args:
        images: Paths of the image files below a folder, written with `/`.
        conventions: Those to try.
        fixed: Groups that are not in the pattern where all files have one value of them.

    Example:
        >>> first = fits(["P1/A01_s1_w1.tif", "P1/A01_s2_w1.tif", "P1/mask.tif"])[0]
        >>> first.name, first.count, first.others
        ('ImageXpress', 2, 1)
    """
    found: list[tuple[Fit, set[str]]] = []
    for one in conventions:
        everywhere = _matched(images, _PREFIXES[-1] + one.regex)
        for prefix in _PREFIXES if everywhere else ():
            matched = _matched(images, prefix + one.regex)
            if len(matched) == len(everywhere):
                pattern = _without_fixed(prefix + one.regex, matched.values(), fixed)
                fit = Fit(one.name, pattern, len(matched), len(images) - len(matched))
                found.append((fit, set(matched)))
                break
    found.sort(key=lambda one: -one[0].count)
    kept: list[Fit] = []
    known: set[str] = set()
    for fit, names in found:
        if not names <= known:
            kept.append(fit)
        known |= names
    return kept


def _matched(images: Sequence[str], regex: str) -> dict[str, dict[str, str]]:
    """Return path -> groups of the images that an expression fits."""
    expression = re.compile(f"(?i){regex}{_ENDING}")
    return {name: found.groupdict() for name in images if (found := expression.fullmatch(name))}


def _without_fixed(regex: str, matched: Collection[dict[str, str]], fixed: Sequence[str]) -> str:
    """Return the pattern without these groups, where there is one value of them."""
    for name in fixed:
        if len(Counter(groups.get(name) for groups in matched)) == 1:
            regex = regex.replace(f"(?P<{name}>", "(?:")
    return f"(?i){regex}{_ENDING}"
