"""Background: the scores of a run once more, with every cell covered, and with one cell alone."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import torch
from jaxtyping import Bool, Int64
from torch import Tensor

from phenolens.calls.scales import places_of
from phenolens.core.errors import InputError
from phenolens.core.explanation import Explanation, picture
from phenolens.core.profiles import Profiles
from phenolens.core.ranges import LARGEST_SEED, MANY, between
from phenolens.core.reading.flags import control_rows
from phenolens.core.score import Score
from phenolens.embedding.seen import Change, Seen
from phenolens.explanations.base import Subject
from phenolens.hiding.centre import cells_of, central
from phenolens.hiding.fills import fills_of, masks_of, own_facts, pixels_of
from phenolens.hiding.ground import ground_of, noise_of, painted
from phenolens.hiding.stray import Stray
from phenolens.masks.compartments import BACKGROUND
from phenolens.masks.files import MaskFiles
from phenolens.statistics.holm import holm
from phenolens.statistics.paired import paired_difference

_NAME = "background"
AS_IS, NO_CELLS, ONE_CELL = "as it is", "no cells", "centre cell alone"
_LEVEL = 0.05
_MISSED = 0.05  # share of the area: more cells outside of the masks of a screen are named
_USUAL = 24  # images of a plate from which the usual light of its background is taken


@dataclass(frozen=True, kw_only=True)
class Background:
    """Whether scores come from the background: they are made again without cells.

    All images are embedded again, twice, and go through the run's own steps and metrics. `no
    cells`: every image is its level of background, without the stray light of its cells
    (`hiding/stray.py`, fitted in the controls of the plate), with the plate's noise
    (`hiding/ground.py`). A score that stays above chance is a leak: the model reads mechanisms from
    a place where no cell is. `centre cell alone`: the cell nearest to the middle of each tile
    stays, all else has the plate's usual value of background; what is lost is what neighbours, the
    number of cells and the background give.

    Cells are where the masks of the screen have them (`masks`), else by classical thresholds
    (`masks/compartments.py`). What is not asked about is a pattern of the background, such as dust
    or a gradient: only its level.

    Attributes:
        per_well: Images of each well that are used, the first ones; 0: all.
        margin: Pixels around cells that do not count as background.
        masks: Files of masks that the screen brings (`folder`, `nuclei`, `cells`).
        seed: Of the noise.
    """

    title: ClassVar[str] = "Background"
    needs_images: ClassVar[bool] = True
    needs_scores: ClassVar[bool] = True

    per_well: int = 0
    margin: int = 6
    masks: MaskFiles | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        between(0, MANY, per_well=self.per_well)
        between(0, 1000, margin=self.margin)
        between(0, LARGEST_SEED, seed=self.seed)

    def __call__(self, subject: Subject) -> Explanation:
        """Return every score three times, and pictures of what was embedded.

        Raises:
            InputError: The run has no metric with a level of chance, where high values are good.
        """
        seen, scores = subject.seen(_NAME), subject.judged(_NAME)
        if self.masks is not None:
            self.masks.check(seen.screen)
        images, tiles = _images(subject.embeddings, len(seen.settings.tiles), self.per_well)
        meta = subject.embeddings.meta.iloc[tiles].reset_index(drop=True)
        changes = {
            NO_CELLS: self._painting(seen),
            ONE_CELL: _one_cell(seen, images, self.masks),
        }
        found = {AS_IS: scores(Profiles(meta=meta, features=subject.embeddings.features[tiles]))}
        for name, change in changes.items():
            with subject.bar(name) as bar:
                made = seen.embed(images, change, progress=bar)
            found[name] = scores(Profiles(meta=meta, features=made.features))
        rows = _rows(found, self.seed)
        if rows.empty:
            raise InputError(
                "no metric of the recipe has a level of chance and is good where it is high",
                where="metrics",
                fix="add one, such as [metrics.nsc] or [metrics.replicate_retrieval]",
            )
        shown, pictures = _shown(seen, images, changes)
        without = rows[rows["view"] == NO_CELLS]
        leaks = without.loc[without["above_chance"], "score"]
        return Explanation(
            name=_NAME,
            rows=rows,
            figures=_figures(rows) | {"leaks": float(len(leaks)) if len(without) else math.nan},
            notes=(_verdict(rows, list(leaks)), *_about_masks(seen, images, self.masks)),
            pictures=pictures,
            shown=shown,
        )

    def _painting(self, seen: Seen) -> Change:
        """Return the change that takes every cell away, and the light that it throws around it."""
        plates = _plates(seen)
        usual = self._usual(seen, plates)

        def change(tiles: Tensor, rows: Int64[np.ndarray, " k"]) -> Tensor:
            made = []
            for row, labels in masks_of(seen, rows, self.masks).items():
                stray, noise = usual[plates[row]]
                hide = labels != BACKGROUND
                pixels = stray.without(pixels_of(seen, row), hide)
                ground = ground_of(pixels, hide, self.margin)
                made.append(painted(pixels, ground, noise, np.random.default_rng((self.seed, row))))
            return seen.settings.tiles.cut(torch.from_numpy(np.stack(made)).to(tiles))

        return change

    def _usual(self, seen: Seen, plates: np.ndarray) -> dict[str, tuple[Stray, np.ndarray]]:
        """Return the stray light and the noise of every plate, from its controls."""
        found = {}
        control = control_rows(seen.screen.meta)
        for plate in np.unique(plates):
            own = np.flatnonzero(plates == plate)
            rows = own[control[own]] if control[own].any() else own
            images, noises = [], []
            for row, labels in masks_of(seen, rows[:_USUAL], self.masks).items():
                pixels, hide = pixels_of(seen, row), labels != BACKGROUND
                ground = ground_of(pixels, hide, self.margin)
                images.append((pixels, hide, ground))
                noises.append(noise_of(pixels, ground))
            noise = np.nan_to_num(np.nanmedian(np.stack(noises), axis=0))
            found[str(plate)] = (Stray.of(images, np.random.default_rng(self.seed)), noise)
        return found


def _about_masks(
    seen: Seen, images: Int64[np.ndarray, " k"], masks: MaskFiles | None
) -> tuple[str, ...]:
    """Return where cells were taken from, where the screen brings masks."""
    if masks is None:
        return ()
    some = images[np.linspace(0, len(images) - 1, min(_USUAL, len(images))).astype(int)]
    found, left_out, _ = own_facts(seen, some, masks)
    if not found:
        return ("no image has a file of masks: cells were found by thresholds",)
    notes = ["cells are where the masks of the screen have them"]
    if found < len(some):
        notes = [
            f"{found} of {len(some)} images that were asked have a file of masks, and cells are "
            "where it has them; in all others they were found by thresholds"
        ]
    if left_out > _MISSED:
        notes.append(
            f"thresholds find cells on another {100 * left_out:.0f} % of the area, which counts as "
            "background and may look like a leak: masks often leave out cells at the border"
        )
    return tuple(notes)


def _one_cell(seen: Seen, images: Int64[np.ndarray, " k"], own: MaskFiles | None) -> Change:
    """Return the change that keeps the cell in the middle of each tile and nothing else."""
    plates = _plates(seen)
    nth = pd.Series(plates[images]).groupby(plates[images], observed=True).cumcount().to_numpy()
    some = images[nth < _USUAL]
    every: Bool[np.ndarray, " k"] = np.ones(len(some), dtype=bool)
    usual = fills_of(seen, some, every, plates[some], masks_of(seen, some, own))

    def change(tiles: Tensor, rows: Int64[np.ndarray, " k"]) -> Tensor:
        masks = masks_of(seen, rows, own)
        cells = np.stack([cells_of(masks[int(row)]) for row in rows])[:, None]
        numbers = seen.settings.tiles.cut(torch.from_numpy(cells).float())[:, :, 0].numpy()
        keep = np.stack([[central(one.astype(np.int32)) for one in image] for image in numbers])
        value = np.stack([usual[plates[row]][BACKGROUND] for row in rows])
        flat = torch.from_numpy(value).to(tiles)[:, None, :, None, None]
        return torch.where(torch.from_numpy(keep).to(tiles.device)[:, :, None], tiles, flat)

    return change


def _plates(seen: Seen) -> np.ndarray:
    return places_of(seen.screen.meta, "plate" if "plate" in seen.screen.meta else "")


def _images(
    embeddings: Profiles, tiles: int, per_well: int
) -> tuple[Int64[np.ndarray, " k"], Int64[np.ndarray, " m"]]:
    """Return the images that are used and the rows of their tiles."""
    first = embeddings.meta.iloc[::tiles]
    images = np.arange(len(first))
    if per_well:
        columns = [name for name in ("plate", "well") if name in first]
        nth = first.groupby(columns, observed=True, sort=False).cumcount().to_numpy()
        images = images[nth < per_well]
    return images, (images[:, None] * tiles + np.arange(tiles)).ravel()


def _rows(found: Mapping[str, Mapping[str, Score]], seed: int) -> pd.DataFrame:
    """Return one row per score and view; `above_chance` after Holm's correction over scores."""
    rows: list[dict[str, Any]] = []
    for name, before in found[AS_IS].items():
        for view, scores in found.items():
            if name not in scores or not math.isfinite(scores[name].null):
                continue
            one = scores[name]
            row = {"score": name, "view": view, "value": one.value, "low": one.low}
            row |= {"high": one.high, "chance": one.null, "p": one.p, **_changed(one, before, seed)}
            rows.append(row)
    table = pd.DataFrame(rows)
    if table.empty:
        return table
    table["above_chance"] = False
    for _, part in table.groupby("view", observed=True):
        beyond = part["low"] > part["chance"]
        known = part["p"].notna()
        p = pd.Series(holm(part.loc[known, "p"].to_numpy()), index=part.index[known])
        beyond[known] = (p < _LEVEL) & (part["value"] > part["chance"])[known]
        table.loc[part.index, "above_chance"] = beyond
    return table


def _changed(one: Score, before: Score, seed: int) -> dict[str, float]:
    """Return by how much a score differs from that of the images as they are."""
    if one is before:
        return {"changed": 0.0, "changed_low": 0.0, "changed_high": 0.0}
    try:
        gap = paired_difference(one, before, seed=seed)
    except InputError:
        return {"changed": one.value - before.value, "changed_low": math.nan} | {
            "changed_high": math.nan
        }
    return {"changed": gap.value, "changed_low": gap.low, "changed_high": gap.high}


def _figures(rows: pd.DataFrame) -> dict[str, float]:
    made: dict[str, float] = {}
    for row in rows.to_dict("records"):
        name = f"{row['score']} {row['view']}".replace(" ", "_")
        made[name], made[f"{name}_chance"] = row["value"], row["chance"]
    return made


def _verdict(rows: pd.DataFrame, leaks: list[str]) -> str:
    if leaks:
        return (
            f"a leak: without a single cell {', '.join(leaks)} is above chance (p below {_LEVEL} "
            "after Holm's correction over the scores). Look at illumination, at the order in which "
            "plates were filled and imaged, and at compounds that glow"
        )
    names = list(rows.loc[rows["view"] == NO_CELLS, "score"])
    lacking = [name for name in dict.fromkeys(rows["score"]) if name not in names]
    unknown = f"{', '.join(lacking)} could not be computed without cells" if lacking else ""
    if not names:
        return f"it is not known whether there is a leak: {unknown}"
    found = f"no leak was found: without cells {', '.join(names)} is not above chance"
    return f"{found}; {unknown}" if unknown else found


def _shown(
    seen: Seen, images: Int64[np.ndarray, " k"], changes: Mapping[str, Change]
) -> tuple[pd.DataFrame, dict[str, np.ndarray]]:
    """Return the first tile of three images as it is and as it was changed, at equal contrast."""
    rows = images[np.linspace(0, len(images) - 1, min(3, len(images))).astype(int)]
    views: dict[str, Callable[[Tensor], Tensor]] = {
        AS_IS: lambda tiles: tiles,
        **{name: _bound(change, rows) for name, change in changes.items()},
    }
    tiles = seen.tiles(rows)
    made = {name: view(tiles)[:, 0].float().cpu().numpy() for name, view in views.items()}
    low, high = (np.quantile(made[AS_IS], q, axis=(0, 2, 3))[:, None, None] for q in (0.001, 0.999))
    span = np.maximum(high - low, 1e-6)
    pictures = {name: picture((one - low) / span) for name, one in made.items()}
    meta = seen.screen.meta.iloc[rows].reset_index(drop=True)
    return meta[[c for c in ("treatment", "plate", "well", "site") if c in meta]], pictures


def _bound(change: Change, rows: Int64[np.ndarray, " k"]) -> Callable[[Tensor], Tensor]:
    return lambda tiles: change(tiles, rows)
