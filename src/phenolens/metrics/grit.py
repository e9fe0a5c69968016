"""Grit: how much nearer replicates are to each other than to their plate's controls."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal, NoReturn

import numpy as np
import pandas as pd
from jaxtyping import Float64, Int64

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.core.score import Score
from phenolens.neighbours.correlation import standard_rows
from phenolens.neighbours.known_rows import rows_ready
from phenolens.neighbours.order import canonical_order
from phenolens.statistics.intervals import interval_of_mean
from phenolens.statistics.ties import FLOOR, exceeds


@dataclass(frozen=True, kw_only=True)
class Grit:
    """Grit: correlation with replicates, in standard deviations of that with the plate's controls.

    Way et al. 2022, as in cytominer-eval. For a profile with Pearson correlations s to the k
    replicates of its treatment and c to the negative controls of its own plate,
    grit = mean((s - mean(c)) / sd(c)), sd over the number of controls. A treatment has the mean
    of its profiles, the score is the mean over treatments.

    0 is no nearer to replicates than to controls, 1 one standard deviation nearer. Large is good,
    without an upper end, and plates with alike controls (a small sd) make it larger: compare
    chains of steps with care. Replicates at one well position correlate for its sake too; those on
    other plates are compared with the controls of the profile's plate, so that plate effects pull
    grit down, below 0 for what does nothing.
    `figures["share_above_1"]` is the share of treatments with grit above 1.

    Attributes:
        same: Column that replicates share.
        controls_same: Column that a profile and its controls share; without it in the table a
            profile is compared with all controls.
        summary: Mean or median over replicates.
    """

    title: ClassVar[str] = "Grit"
    better: ClassVar[str] = "high"
    good: ClassVar[str] = (
        "Above 1: replicates agree one standard deviation better than controls do."
    )
    chance: ClassVar[str] = "0"
    chance_level: ClassVar[float] = 0.0
    blind: ClassVar[str] = (
        "well position, where replicates share theirs; and it grows where controls are alike"
    )

    same: str = "treatment"
    controls_same: str = "plate"
    summary: Literal["mean", "median"] = "mean"

    def __call__(self, profiles: Profiles) -> Score:
        """Return the score, with one row per treatment.

        Raises:
            InputError: No such column, no profile with a replicate and two controls that differ,
                a feature that is not finite, or a profile whose features are equal.
        """
        control, treated, notes = self._roles(profiles)
        x = standard_rows(profiles, "grit")
        place = self._places(profiles)
        code, names = pd.factorize(profiles.meta[self.same].astype(str), sort=True)
        grit = np.full(len(profiles), np.nan)
        for group in _groups(code, treated):
            if len(group) < 2:
                continue
            for p in np.unique(place[group]).tolist():
                asking = np.flatnonzero(place[group] == p)
                own = control[place[control] == p]
                grit[group[asking]] = self._grit(x, group, asking, own)
        known = treated[np.isfinite(grit[treated])]
        if not len(known):
            self._refuse()
        if len(known) < len(treated):
            lost = len(treated) - len(known)
            notes.append(f"profiles without a replicate or two controls left out: {lost}")
        groups = _groups(code, known)
        rows = pd.DataFrame({self.same: [names[code[g[0]]] for g in groups]})
        unit = rows[self.same]
        if "compound" in profiles.meta.columns and self.same != "compound":
            rows["compound"] = profiles.meta["compound"].to_numpy()[[int(g[0]) for g in groups]]
            unit = rows["compound"]
        value = np.array([float(grit[g].mean()) for g in groups])
        low, high = interval_of_mean(value, unit)
        return Score(
            name="grit",
            value=float(value.mean()),
            low=low,
            high=high,
            n=len(rows),
            null=0.0,
            rows=rows.assign(n=[len(g) for g in groups], value=value),
            figures={
                "median": float(np.median(value)),
                "share_above_1": float(exceeds(value, 1.0).mean()),
            },
            notes=tuple(notes),
        )

    def _roles(
        self, profiles: Profiles
    ) -> tuple[Int64[np.ndarray, " c"], Int64[np.ndarray, " t"], list[str]]:
        """Return the rows of controls and of treatments, both sorted, and notes."""
        treated, notes = rows_ready(profiles, self.same, "grit")
        notes = [note for note in notes if not note.startswith("negative controls")]
        control = np.flatnonzero(profiles.controls("grit"))
        if self.controls_same not in profiles.meta.columns:
            notes.append(f"no column '{self.controls_same}': compared with all negative controls")
        place = pd.Series(self._places(profiles))
        controls = place[control].value_counts()
        twin = profiles.meta[self.same].iloc[treated].astype(str).duplicated(keep=False)
        asked = place[treated].isin(controls.index[controls > 1])
        if not (twin.to_numpy() & asked.to_numpy()).any():
            self._refuse()  # before features are needed
        control = control[canonical_order(profiles.take(control))]
        return control, treated[canonical_order(profiles.take(treated))], notes

    def _refuse(self) -> NoReturn:
        raise InputError(
            f"grit needs profiles with a replicate and two controls of the same "
            f"{self.controls_same}"
        )

    def _places(self, profiles: Profiles) -> Int64[np.ndarray, " n"]:
        if self.controls_same not in profiles.meta.columns:
            return np.zeros(len(profiles), dtype=np.int64)
        return pd.factorize(profiles.meta[self.controls_same])[0].astype(np.int64)

    def _grit(
        self,
        x: Float64[np.ndarray, "n d"],
        group: Int64[np.ndarray, " k"],
        asking: Int64[np.ndarray, " a"],
        control: Int64[np.ndarray, " c"],
    ) -> Float64[np.ndarray, " a"]:
        """Return the grit of some members of a group; NaN where the controls give no scale."""
        if len(control) < 2:
            return np.full(len(asking), np.nan)
        own = x[group[asking]]
        c = own @ x[control].T
        scale = c.std(axis=1)
        s = own @ x[group].T
        s[np.arange(len(asking)), asking] = np.nan
        middle = np.nanmean(s, axis=1) if self.summary == "mean" else np.nanmedian(s, axis=1)
        safe = np.where(scale > FLOOR, scale, np.nan)
        grit: Float64[np.ndarray, " a"] = (middle - c.mean(axis=1)) / safe
        return grit


def _groups(code: np.ndarray, rows: Int64[np.ndarray, " t"]) -> list[np.ndarray]:
    """Return the rows of each group, groups in the order of their names, rows as they come."""
    order = rows[np.argsort(code[rows], kind="stable")]
    return np.split(order, np.flatnonzero(np.diff(code[order])) + 1)
