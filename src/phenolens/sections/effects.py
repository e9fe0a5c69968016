"""The section of effect classes: what each drug does in each line, and on what that rests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from phenolens.drawing.categories import Category, natural
from phenolens.drawing.effects import CLASSES, effect_category
from phenolens.drawing.numbers import sure
from phenolens.results.contents import RunContents
from phenolens.results.dose_orders import dose_orders_of
from phenolens.results.effects import Effect, effects_of, top_doses
from phenolens.sections.base import Section


class Effects(Section):
    """Drugs and cell lines with the class at the highest dose, and every dose as a table."""

    title: ClassVar[str] = "Effect classes"
    place: ClassVar[int] = 31

    @classmethod
    def of(cls, run: RunContents) -> Effects | None:
        """Return the section, or None where no class was called."""
        effects = [effect for effect in effects_of(run) if effect.called]
        if not effects:
            return None
        counts = Counter(effect.called for effect in effects)
        return cls.fill(
            grid=EffectGrid.of(top_doses(effects)),
            effects=effects,
            orders=dose_orders_of(run),
            sure=sure,
            marks={name: effect_category(name) for name in CLASSES},
            legend=[effect_category(name, counts[name]) for name in CLASSES if counts[name]],
            known=any(effect.truth for effect in effects),
        )


@dataclass(frozen=True, slots=True)
class EffectGrid:
    """Drugs by cell lines, at the highest dose.

    Attributes:
        lines: The columns; one without a name where the table has no cell lines.
        rows: Compound, and its effect in each line (None: not tested).
    """

    lines: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Effect | None, ...]], ...]

    @classmethod
    def of(cls, effects: Sequence[Effect]) -> EffectGrid:
        """Return the grid, drugs of one pattern of classes together."""
        lines = tuple(sorted({effect.cell_line for effect in effects}, key=natural))
        by: dict[str, dict[str, Effect]] = {}
        for effect in effects:
            by.setdefault(effect.compound, {})[effect.cell_line] = effect
        rows = [(name, tuple(found.get(line) for line in lines)) for name, found in by.items()]
        rows.sort(key=lambda row: (_pattern(by[row[0]]), natural(row[0])))
        return cls(lines, tuple(rows))

    def mark(self, effect: Effect) -> Category:
        """Return the mark of an effect's class."""
        return effect_category(effect.called)


def _pattern(found: Mapping[str, Effect]) -> list[int]:
    """Return how often each class occurs, the most frequent classes first in the order of all."""
    counts = Counter(effect_category(effect.called).name for effect in found.values())
    return [-counts[name] for name in CLASSES]
