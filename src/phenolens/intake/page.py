"""The page of `phenolens prepare`: what was understood of a folder; it opens offline."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from phenolens.core.counts import count_of
from phenolens.core.errors import InputError
from phenolens.core.files import write_text
from phenolens.core.target import check_target
from phenolens.drawing.svg import Markup, tag
from phenolens.drawing.template import SHARED, embed, load_template, read_part
from phenolens.drawing.theme import stylesheet
from phenolens.intake.plate_map import CONTROL, EMPTY, FEWER, TREATED, UNKNOWN, WORDS, PlateMap
from phenolens.intake.seen import SeenPixels
from phenolens.intake.understood import Understood

PACKAGE = "phenolens.intake"
_CLASSES = {CONTROL: "control", TREATED: "treated", UNKNOWN: "unknown", FEWER: "fewer"}
_CLASSES |= {EMPTY: "empty"}
_SIDE, _GAP = 12, 2  # pixels of a well and between two
_LABEL = 22
_OURS, _HEAD = b'<meta name="generator" content="phenolens', 1000  # bytes at the start of a page
_DRAWN = 48  # plates: a map of 1536 wells has 200 KB


def render(
    understood: Understood,
    name: str,
    cost: str,
    left_out: Sequence[str],
    path: Path,
    seen: SeenPixels | None = None,
) -> Path:
    """Write the page, complete or not at all, and return its path.

    Args:
        understood: What was understood.
        name: Of the folder.
        cost: What the preparation costs or did cost, in words.
        left_out: Images that are not in the store, with the reason.
        path: Of the page.
        seen: What the pixels show; None: they were not looked at.
    """
    contents = [("facts", "Facts"), ("plates", "Plates")]
    contents += [("flags", "Flags")] if understood.flags else []
    contents += [("pixels", "Pixels")] if seen else []
    contents += [("left-out", "Left out")] if left_out else []
    html: str = load_template("page.html.j2", PACKAGE).render(
        name=name,
        version="",
        understood=understood,
        columns=list(understood.plates.columns),
        rows=understood.plates.astype(str).to_numpy().tolist(),
        maps=[(one, plate_svg(one)) for one in understood.maps[:_DRAWN]],
        more=max(0, len(understood.maps) - _DRAWN),
        marks=[(_CLASSES[mark], words) for mark, words in WORDS.items()],
        cost=cost,
        left_out=left_out,
        seen=seen,
        contents=contents,
        embedded=embed({"understood": understood.table}),
        style=Markup(
            stylesheet() + read_part("page.css", SHARED) + read_part("intake.css", PACKAGE)
        ),
        script=Markup(read_part("page.js", SHARED)),
    )
    return write_text(path, html)


def check_page(path: Path, inputs: Iterable[Path] = ()) -> Path:
    """Return the path of the page, once it is safe to replace what is there.

    Nobody names this file, so a page of another program is never replaced.

    Args:
        path: Of the page.
        inputs: What is read.

    Raises:
        InputError: As `core.target.check_target`, or a file is there that phenolens did not write.
    """
    check_target(path, inputs)
    if path.is_file():
        with path.open("rb") as file:
            ours = _OURS in file.read(_HEAD)
        if not ours:
            raise InputError(
                "is not a page of phenolens, and would be overwritten",
                where=path,
                fix="name another folder with --out: the page is next to it",
            )
    return path


def plate_svg(one: PlateMap) -> Markup:
    """Return the map of a plate: a square for each well, with its name and images as a title."""
    rows = list(one.grid())
    if not rows:
        return tag(
            "p", f"{count_of(len(one.images), 'well')} without row and column", class_="small"
        )
    step = _SIDE + _GAP
    parts = []
    for y, (letter, wells) in enumerate(rows):
        top = _LABEL + y * step
        parts.append(tag("text", letter, x=_LABEL - 6, y=top + _SIDE - 2, text_anchor="end"))
        for x, (well, mark) in enumerate(wells):
            title = tag(
                "title", f"{well}: {count_of(one.images.get(well, 0), 'image')}, {WORDS[mark]}"
            )
            place = {"x": _LABEL + x * step, "y": top, "width": _SIDE, "height": _SIDE, "rx": 2}
            parts.append(tag("rect", title, class_=f"well {_CLASSES[mark]}", **place))
    every = 1 if len(rows[0][1]) <= 12 else 2
    for x in range(0, len(rows[0][1]), every):
        middle = _LABEL + x * step + _SIDE / 2
        parts.append(tag("text", str(x + 1), x=middle, y=_LABEL - 6, text_anchor="middle"))
    width, height = _LABEL + len(rows[0][1]) * step, _LABEL + len(rows) * step
    about = f"Map of plate {one.plate}: {count_of(len(one.images), 'well')} with images"
    return tag(
        "svg",
        *parts,
        viewBox=f"0 0 {width} {height}",
        width=width,
        height=height,
        role="img",
        aria_label=about,
        class_="plate",
    )
