"""Which example images the page shows, in which order, and by which number others refer to them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from phenolens.core.roles import CONTROL_NAMES
from phenolens.drawing.categories import natural
from phenolens.drawing.scale import round_step
from phenolens.results.contents import Examples, RunContents
from phenolens.results.limits import Limits
from phenolens.results.treatments import text

MOST = Limits().pictures
CONTROLS = "Negative control"  # begins the name of their group


@dataclass(frozen=True, slots=True)
class ScaleBar:
    """A round length near a sixth of an image's width; all 0 where the pixel size is not known.

    Attributes:
        micrometres: Its length.
        percent: Its share of the width.
        whole: The width, in micrometres.
    """

    micrometres: float
    percent: float
    whole: float


def scale_bar(pixel_size: float, width: int) -> ScaleBar:
    """Return the scale bar of images.

    Args:
        pixel_size: Micrometres per pixel; NaN or 0: not known.
        width: Of the images, in pixels.

    Example:
        >>> scale_bar(0.5, 256)
        ScaleBar(micrometres=50.0, percent=39.0625, whole=128.0)
    """
    if not (math.isfinite(pixel_size) and pixel_size > 0):
        return ScaleBar(0.0, 0.0, 0.0)
    whole = pixel_size * width
    length = round_step(whole / 6)
    return ScaleBar(length, 100 * length / whole, whole)


def chosen(examples: Examples, most: int = MOST) -> Sequence[int]:
    """Return the rows of the images that are shown, in the order of the gallery.

    Controls lead, then mechanisms, and in each the treatments. Of too many images the first of each
    treatment stay; where the screen has no treatments, the first of each well.
    """
    meta = examples.meta
    groups = meta["treatment" if "treatment" in meta else "well"]
    nth = groups.groupby(groups, observed=True).cumcount().to_numpy()
    kept = sorted(range(len(meta)), key=lambda row: (nth[row], row))[:most]
    none = [None] * len(meta)
    treatments = [text(v) or "" for v in meta.get("treatment", none)]
    moas = [text(v) for v in meta.get("moa", none)]

    def place(row: int) -> tuple[object, ...]:
        group = group_of(treatments[row], moas[row])
        return not group.startswith(CONTROLS), natural(group), natural(treatments[row]), row

    return sorted(kept, key=place)


def group_of(treatment: str, moa: str | None) -> str:
    """Return the heading that a picture is under: its mechanism, or that it is a control's."""
    if treatment.split("@")[0].lower() in CONTROL_NAMES:
        return f"{CONTROLS} ({treatment})"
    return moa or "Not annotated"


def first_pictures(run: RunContents) -> Mapping[str, int]:
    """Return treatment -> the number of its first picture on the page; empty without treatments."""
    first: dict[str, int] = {}
    examples = run.examples
    if examples is not None and "treatment" in examples.meta:
        rows = chosen(examples, run.most_pictures)
        for number, treatment in enumerate(examples.meta["treatment"].iloc[list(rows)]):
            first.setdefault(text(treatment) or "", number)
    return first
