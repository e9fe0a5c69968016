"""What a screen's table says about how it can be learned from and judged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pandas as pd

from phenolens.core.errors import InputError
from phenolens.core.reading.flags import control_rows
from phenolens.core.screen import Screen
from phenolens.intake.extent import Extent

_LEAST = 0.5  # of the treatments have replicates: most of them


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known before pixels are looked at.

    Attributes:
        images: How many.
        unnamed: Wells whose treatment the table does not name; 0 where it names none at all.
        size: (height, width) in pixels.
        level: Whether an image is a field or a cell.
        plates: How many.
        treatments: How many that are not controls; 0: the table does not say.
        compounds: How many.
        replicated: Share of the treatments with two wells or more.
        over_plates: Share of the treatments that are on two plates or more.
        batches: How many; 0: the table does not say.
        controls: The fewest control wells of a plate.
        mechanisms: How many that two compounds or more share.
        planes: z planes that occur.
        times: Points in time that occur.
        times_in: The column that counts them.
        done: Names of the pixel steps that the images have been through already.
    """

    images: int
    unnamed: int
    size: tuple[int, int]
    level: Literal["field", "cell"]
    plates: int
    treatments: int
    compounds: int
    replicated: float
    over_plates: float
    batches: int
    controls: int
    mechanisms: int
    planes: int = 1
    times: int = 1
    times_in: str = ""
    done: frozenset[str] = frozenset()

    @classmethod
    def of(cls, screen: Screen) -> Facts:
        """Return the facts of a screen.

        Raises:
            InputError: It has one well only.
        """
        meta = screen.meta
        control = control_rows(meta)
        wells = meta.assign(control=control).drop_duplicates(["plate", "well"])
        if len(wells) < 2:
            fix = "give a folder with two wells or more"
            raise InputError("has one well only: an answer compares wells", where="screen", fix=fix)
        treated = wells[~wells["control"]]
        known = treated[treated["treatment"].notna()] if "treatment" in treated else treated[:0]
        groups = known.groupby("treatment", observed=True) if len(known) else None
        count = groups.ngroups if groups is not None else 0
        places = groups["well"].size() if groups is not None else pd.Series(dtype=int)
        plates = groups["plate"].nunique() if groups is not None else pd.Series(dtype=int)
        named = treated[treated["moa"].notna()] if "moa" in treated else treated[:0]
        shared = (
            named.groupby("moa", observed=True)["compound"].nunique()
            if len(named) and "compound" in named
            else pd.Series(dtype=int)
        )
        return cls(
            images=len(screen),
            unnamed=len(treated) - len(known) if count else 0,
            size=screen.size,
            level=screen.level,
            plates=int(wells["plate"].nunique()),
            treatments=count,
            compounds=int(known["compound"].nunique()) if "compound" in known else count,
            replicated=float((places > 1).mean()) if count else 0.0,
            over_plates=float((plates > 1).mean()) if count else 0.0,
            batches=int(meta["batch"].nunique()) if "batch" in meta else 0,
            controls=int(wells.groupby("plate", observed=True)["control"].sum().min()),
            mechanisms=int((shared > 1).sum()),
            planes=(extent := Extent.of(meta)).planes,
            times=extent.times,
            times_in=extent.times_in,
            done=frozenset(str(entry["step"]) for entry in screen.history),
        )

    @property
    def stack(self) -> int:
        """Images of a field: its planes, at all times."""
        return self.planes * self.times

    @property
    def fields(self) -> int:
        """Places that were imaged, however many planes and times each has."""
        return self.images // self.stack

    @property
    def has_replicates(self) -> bool:
        """Whether most treatments are in two wells or more."""
        return self.replicated >= _LEAST

    @property
    def over_most_plates(self) -> bool:
        """Whether most treatments are on two plates or more."""
        return self.over_plates >= _LEAST
