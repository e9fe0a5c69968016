"""ImportanceMaps: which places and stains of an image a call rests on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import torch
from jaxtyping import Int64

from phenolens.calls.donors import control_donors
from phenolens.calls.few import few_images
from phenolens.calls.knock_outs import REAL, Asks
from phenolens.calls.linear import Calls, fit_calls
from phenolens.calls.permuted import permuted_calls
from phenolens.calls.quality import quality
from phenolens.core.explanation import Explanation
from phenolens.core.ranges import MANY, between
from phenolens.embedding.seen import Seen
from phenolens.explanations.base import Subject
from phenolens.importance.findings import Finding, finding, random_curves
from phenolens.importance.makers import METHODS, MapMaker, check_methods
from phenolens.importance.question import Question
from phenolens.importance.sanity import ALIKE
from phenolens.masks.compartments import compartments

_NAME = "importance_maps"


@dataclass(frozen=True, kw_only=True)
class ImportanceMaps(Asks):
    """Which places and stains of an image a call rests on: maps that are tested first.

    A call is linear in the embedding, so its score can be followed back through the encoder to the
    pixels. Every image is compared with control images of the same plate: integrated gradients go
    from the control to the image; occlusion and the curves put the control's pixels into it.

    - `integrated_gradients`, `occlusion`: what each patch of each channel adds to the score. Over
      all patches and channels the first adds up to the gap to the control.
    - `grad_cam` (encoders with feature maps), `attention_gradients` (vision transformers): places
      alone.

    A map is trusted where the call tells unseen wells from controls, and the ranks of its patches
    correlate by less than 0.5, in the mean over images, with those of the map under random weights,
    and with those of the map of a call that was fitted on permuted labels (Adebayo et al. 2018).
    `deletion` and `insertion` are areas between the curve in the map's order and that in random
    order, as shares of the call's gap: 0 by chance.

    Attributes:
        same: Column whose values are called; empty: mechanisms, else compounds, else treatments.
        by: Column within which images are compared with controls: plate; where plates have too
            few, batch, or empty for all together.
        most: Images of each value; one tile of each is asked about.
        seed: Of the draws of wells, images, tiles, controls and random orders.
        methods: Those that the encoder does not allow are left out, and a note says so.
        controls: Control images that each image is compared with; its map is their mean.
        steps: Of integrated gradients from control to image, and of the curves.
        patch: Side of the patches that maps are made of, in pixels; they must fill a tile.
        shown: Pictures of each value that are kept.
    """

    title: ClassVar[str] = "Importance maps"
    needs_images: ClassVar[bool] = True

    most: int = 8
    methods: tuple[str, ...] = METHODS
    controls: int = 2
    steps: int = 16
    patch: int = 8
    shown: int = 2

    def __post_init__(self) -> None:
        super().__post_init__()
        check_methods(self.methods)
        between(1, 1000, controls=self.controls, steps=self.steps)
        between(1, 1024, patch=self.patch)
        between(0, MANY, shown=self.shown)

    def __call__(self, subject: Subject) -> Explanation:
        """Return the figures, one row per call and method, and some of the maps.

        Raises:
            InputError: A column is missing, a plate has too few controls, patches do not fill a
                tile, no method is possible, or captum is not installed.
        """
        seen = subject.seen(_NAME)
        calls = fit_calls(subject.embeddings, self.same, self.seed, self.by)
        noise = permuted_calls(subject.embeddings, calls.same, self.seed, self.by)
        images = _Images.drawn(calls, subject, seen, self)
        trained, random = (
            MapMaker.of(seen.settings.network(one.to(seen.device)), one, self.patch, self.steps)
            for one in (seen.encoder, seen.new_encoder())
        )
        methods, notes = trained.possible(self.methods, seen.tiles(images.rows[:1])[0])
        rows, pictures, shown = [], [], []
        with subject.bar(_NAME) as bar:
            for call, name in enumerate(calls.names):
                here = images.of_call(calls, call)
                question = here.question(seen, calls, noise, call)
                by_chance = random_curves(trained, question, self.seed)
                maps = {}
                for method in methods:
                    one = finding(trained, random, method, question, by_chance, self.seed)
                    rows.append(_row(calls.same, name, method, here, one, seen.screen.channels))
                    maps[method] = one.maps[: self.shown]
                pictures.append(here.pictures(seen, maps, self.shown))
                shown.append(here.meta(seen, calls.same, name, self.shown))
                bar(call + 1, len(calls.names))
        table = pd.DataFrame(rows).merge(quality(calls, subject.embeddings), on=calls.same)
        table["trusted"] = trusted(table)
        names = list(pictures[0]) if self.shown else []
        return Explanation(
            name=_NAME,
            rows=table,
            figures=_figures(table, methods),
            notes=(_note(table, calls.same), *notes),
            trusted=bool(table["trusted"].any()),
            pictures={n: np.concatenate([part[n] for part in pictures]) for n in names},
            shown=pd.concat(shown, ignore_index=True) if names else pd.DataFrame(),
        )


def trusted(table: pd.DataFrame) -> np.ndarray:
    """Return which maps pass: of a real call, not flat, and unlike those that mean nothing.

    Args:
        table: With `p_holm`, `as_random_weights` and `as_permuted_labels`.
    """
    alike = table[["as_random_weights", "as_permuted_labels"]].max(axis=1, skipna=False)
    return np.asarray((table["p_holm"] < REAL) & (alike < ALIKE))


@dataclass(frozen=True, slots=True, eq=False)
class _Images:
    """The images that are asked about: rows of the screen, a tile of each, and its controls."""

    rows: Int64[np.ndarray, " n"]
    tile: Int64[np.ndarray, " n"]
    donors: Int64[np.ndarray, "n k"]
    tiles: int

    @classmethod
    def drawn(cls, calls: Calls, subject: Subject, seen: Seen, settings: ImportanceMaps) -> _Images:
        tiles, meta = len(seen.settings.tiles), seen.screen.meta
        rows = few_images(calls, subject.embeddings, settings.most, settings.seed)[0]
        rows = rows[calls.label[rows * tiles] >= 0]
        rng = np.random.default_rng(settings.seed)
        tile = rng.integers(tiles, size=len(rows))
        donors = [control_donors(meta, rows, settings.by, rng) for _ in range(settings.controls)]
        return cls(rows, tile, np.stack(donors, axis=1), tiles)

    @property
    def asked(self) -> Int64[np.ndarray, " n"]:
        """Rows of the table of embeddings."""
        return self.rows * self.tiles + self.tile

    def of_call(self, calls: Calls, call: int) -> _Images:
        kept = calls.label[self.asked] == call
        return _Images(self.rows[kept], self.tile[kept], self.donors[kept], self.tiles)

    def question(self, seen: Seen, calls: Calls, noise: Calls, call: int) -> Question:
        """Return these images next to their controls, and the slopes of the call."""
        k, each = self.donors.shape[1], np.arange(len(self.rows))
        x = seen.tiles(self.rows)[each, self.tile]
        pairs = np.repeat(self.tile, k)
        baseline = seen.tiles(self.donors.ravel())[np.arange(len(pairs)), pairs]
        slopes = [
            torch.from_numpy(one.slopes(self.asked, one.names.index(calls.names[call])))
            .to(x)
            .repeat_interleave(k, dim=0)
            for one in (calls, noise)
        ]
        return Question(
            x=x.repeat_interleave(k, dim=0),
            baseline=baseline,
            slope=slopes[0],
            meaningless=slopes[1],
            controls=k,
            wells=calls.well[self.asked],
            labels=np.stack([self._labels(seen, i) for i in each]),
        )

    def _labels(self, seen: Seen, i: int) -> np.ndarray:
        """Return the compartments of one image's tile."""
        whole = compartments(seen.screen.read(self.rows[i : i + 1])[0], seen.screen.channels)
        cut = seen.settings.tiles.cut(torch.from_numpy(whole)[None, None].float())
        return cut[0, self.tile[i], 0].numpy().astype(np.uint8)

    def pictures(self, seen: Seen, maps: dict[str, Any], most: int) -> dict[str, np.ndarray]:
        """Return the first images, a control of each, and their maps."""
        made = {}
        for name, rows in (("image", self.rows), ("control", self.donors[:, 0])):
            light = seen.light(rows[:most])[np.arange(len(rows[:most])), self.tile[:most]]
            made[name] = np.rint(light.sqrt().numpy() * 255).astype(np.uint8)
        return made | {f"map_{name}": one.astype(np.float16) for name, one in maps.items()}

    def meta(self, seen: Seen, same: str, call: str, most: int) -> pd.DataFrame:
        """Return what the pictures are of: the call first."""
        found = seen.screen.meta.iloc[self.rows[:most]].reset_index(drop=True)
        kept = [c for c in ("plate", "well", "site", "cell", "treatment") if c in found]
        table = found[[c for c in kept if c != same]].assign(
            image=self.rows[:most], tile=self.tile[:most]
        )
        table.insert(0, same, call)
        return table


def _row(  # what a row is of, and what was found
    same: str, call: str, method: str, images: _Images, one: Finding, channels: tuple[str, ...]
) -> dict[str, Any]:
    """Return one row: the figures, shares under the names of their channels, and the curves."""
    named = {}
    for key, value in one.figures.items():
        kind, _, rest = key.partition("_")
        if kind == "share":
            place, _, end = rest.partition("_")
            key = f"share_{channels[int(place)]}" + (f"_{end}" if end else "")
        named[key] = value
    curves = {f"curve_{name}": values.tolist() for name, values in one.curves.items()}
    return {same: call, "method": method, "images": len(images.rows), **named, **curves}


def _figures(table: pd.DataFrame, methods: tuple[str, ...]) -> dict[str, float]:
    """Return by method the medians over the calls that are real."""
    made = {}
    for method in methods:
        one = table[(table["method"] == method) & (table["p_holm"] < REAL)]
        for name in ("deletion", "insertion", "as_random_weights", "as_permuted_labels"):
            made[f"{method}_{name}"] = float(one[name].median())
        made[f"{method}_trusted"] = float(one["trusted"].mean())
    return made


def _note(table: pd.DataFrame, same: str) -> str:
    real = table[table["p_holm"] < REAL]
    return (
        f"{real[same].nunique()} of {table[same].nunique()} calls tell unseen wells from controls; "
        f"{int(real['trusted'].sum())} of their {len(real)} maps are trusted (rank correlation "
        f"below {ALIKE} with maps of random weights and of permuted labels)"
    )
