"""All problems of a screen at once, counted by kind, without training."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from phenolens.core.errors import InputError
from phenolens.core.inside import Fence, fenced
from phenolens.core.reading.flags import control_rows
from phenolens.core.screen import Screen
from phenolens.images.problem import Problem
from phenolens.quality.text import quality_text
from phenolens.runs.recipe import Recipe

if TYPE_CHECKING:  # the base of layouts reads files
    from phenolens.screens.base import Layout

EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class Report:
    """What was found in a screen; its text is what `phenolens check` prints.

    Attributes:
        root: The folder.
        summary: What the screen holds, where it can be read.
        problems: Everything found, notes included.
        quality: What is flagged, as text; empty where it was not asked for.
    """

    root: str
    summary: str
    problems: tuple[Problem, ...]
    quality: str = ""

    @property
    def ok(self) -> bool:
        """Whether nothing serious was found."""
        return not any(problem.serious for problem in self.problems)

    @property
    def counts(self) -> dict[str, int]:
        """How many problems there are of each kind, serious ones first, most frequent first."""
        return {kind: len(found) for kind, found in self._by_kind().items()}

    def _by_kind(self) -> dict[str, list[Problem]]:
        kinds: dict[str, list[Problem]] = {}
        for problem in self.problems:
            kinds.setdefault(problem.kind, []).append(problem)
        order = sorted(kinds, key=lambda kind: (not kinds[kind][0].serious, -len(kinds[kind])))
        return {kind: kinds[kind] for kind in order}

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        yield f"{self.root}: {self.summary or 'cannot be read as it is'}"
        for kind, found in self._by_kind().items():
            mark = "problem" if found[0].serious else "note"
            yield f"{mark}: {kind}, {len(found)}"
            for problem in found[:EXAMPLES]:
                yield f"  {problem}"
            if len(found) > EXAMPLES:
                yield f"  ... and {len(found) - EXAMPLES} more"
        yield from self.quality.splitlines()
        serious = sum(problem.serious for problem in self.problems)
        yield "no problem found" if self.ok else f"{serious} problem{'s' * (serious > 1)} found"


def check(
    layout: Layout,
    root: Path,
    *,
    pixels: bool = False,
    recipe: Recipe | None = None,
    quality: bool = False,
) -> Report:
    """Return all problems of a screen, counted by kind.

    Args:
        layout: The layout, as `Bbbc021()`; one that reads no files can only be tried.
        root: The folder.
        pixels: Whether to decode every image too; without it only headers are read.
        quality: Whether to decode every image for focus, saturation, emptiness, debris and light.
        recipe: Whose steps and metrics are tried on the screen's table; see `rehearse`.
    """
    root = Path(root)
    listed = getattr(layout, "problems", None)  # of those that read files
    found = list(listed(root, pixels=pixels)) if listed else []
    try:
        screen, left = _read(layout, root)
        found += left
        summary = _summary(screen)
    except InputError as error:
        summary = ""
        if not any(problem.serious for problem in found):
            found.append(Problem.of("screen", error))
    if recipe and summary:
        found += _refused(recipe, screen)
    looked = _quality(screen, found) if quality and summary else ""
    return Report(str(root), summary, tuple(found), looked)


def _read(layout: Layout, root: Path) -> tuple[Screen, list[Problem]]:
    """Return the screen, and a note where links lead out of it: a run needs a flag for those."""
    try:
        with fenced(Fence((root,))):
            return layout(root), []
    except InputError as error:
        screen = layout(root)  # what the user typed may lead anywhere
        note = replace(Problem.of("leads out of the folder", error), serious=False)
        return screen, [note]


def _quality(screen: Screen, found: list[Problem]) -> str:
    try:
        return quality_text(screen)
    except InputError as error:
        found.append(Problem.of("unreadable image", error))
        return ""


def _refused(recipe: Recipe, screen: Screen) -> list[Problem]:
    from phenolens.runs.rehearse import rehearse_screen  # torch, only where it is asked for

    try:
        rehearse_screen(recipe, screen)
    except InputError as error:
        return [Problem.of("recipe", error.at(recipe.name))]
    return []


def _summary(screen: Screen) -> str:
    meta, (height, width) = screen.meta, screen.size
    what = "fields" if screen.level == "field" else "crops"
    counts = [f"{len(screen)} {what}"]
    treated = meta[~control_rows(meta)]
    for name, table in {"plate": meta, "batch": meta, "treatment": treated, "moa": treated}.items():
        if name in meta:
            counts.append(_count(table[name].nunique(), name))
    if "control" in meta:
        counts.append(f"{len(meta) - len(treated)} control {what}")
    counts.append(f"{height} x {width} pixels, channels {', '.join(screen.channels)}")
    return ", ".join(counts)


def _count(n: int, name: str) -> str:
    one, several = {"batch": ("batch", "batches"), "moa": ("mechanism", "mechanisms")}.get(
        name, (name, f"{name}s")
    )
    return f"{n} {one if n == 1 else several}"
