"""ImportanceMaps: which places and stains of an image a call rests on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import torch

from phenolens.calls.drawn import Drawn
from phenolens.calls.knock_outs import REAL, Asks
from phenolens.calls.quality import quality
from phenolens.core.explanation import ALIKE, Explanation, picture
from phenolens.core.ranges import MANY, between
from phenolens.embedding.seen import Seen
from phenolens.explanations.base import Subject
from phenolens.hiding.fills import tile_masks
from phenolens.importance.findings import Finding, finding, random_curves
from phenolens.importance.makers import METHODS, MapMaker, check_methods
from phenolens.importance.question import Question

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

    methods: tuple[str, ...] = METHODS
    controls: int = 2
    steps: int = 8
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
                tile, or no method is possible.
        """
        seen = subject.seen(_NAME)
        drawn = Drawn.of(subject.embeddings, self, self.controls)
        calls, channels = drawn.calls, seen.screen.channels
        trained, random = (
            MapMaker.of(seen.settings.network(one.to(seen.device)), one, self.patch, self.steps)
            for one in (seen.encoder, seen.new_encoder())
        )
        methods, notes = trained.possible(self.methods, seen.tiles(drawn.images[:1])[0])
        rows, pictures, shown = [], [], []
        with subject.bar(_NAME) as bar:
            for call, name in enumerate(calls.names):
                here = drawn.of_call(call)
                question = _question(seen, here, call)
                by_chance = random_curves(trained, question, self.seed)
                maps = {}
                for method in methods:
                    one = finding(trained, random, method, question, by_chance, self.seed)
                    rows.append({calls.same: name, "method": method, **_row(one, channels)})
                    maps[method] = one.maps[: self.shown]
                pictures.append(_pictures(seen, here, maps, self.shown))
                shown.append(_shown(seen, here, name, self.shown))
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


def _question(seen: Seen, drawn: Drawn, call: int) -> Question:
    """Return the images of a call next to their controls, and what is asked about them."""
    k, each = drawn.donors.shape[1], np.arange(len(drawn.images))
    x = seen.tiles(drawn.images)[each, drawn.tile]
    pairs = np.repeat(drawn.tile, k)
    baseline = seen.tiles(drawn.donors.ravel())[np.arange(len(pairs)), pairs]
    slope, meaningless = (
        torch.from_numpy(one).to(x).repeat_interleave(k, dim=0) for one in drawn.slopes(call)
    )
    return Question(
        x=x.repeat_interleave(k, dim=0),
        baseline=baseline,
        slope=slope,
        meaningless=meaningless,
        controls=k,
        wells=drawn.wells,
        labels=tile_masks(seen, drawn.images)[each, drawn.tile],
    )


def _pictures(seen: Seen, drawn: Drawn, maps: dict[str, Any], most: int) -> dict[str, np.ndarray]:
    """Return the first images, a control of each, and their maps."""
    made = {}
    for name, rows in (("image", drawn.images[:most]), ("control", drawn.donors[:most, 0])):
        light = seen.light(rows)[np.arange(len(rows)), drawn.tile[:most]]
        made[name] = picture(light, light.shape[-1])
    return made | {f"map_{name}": one.astype(np.float16) for name, one in maps.items()}


def _shown(seen: Seen, drawn: Drawn, name: str, most: int) -> pd.DataFrame:
    """Return what the pictures are of: the call first."""
    same, rows = drawn.calls.same, drawn.images[:most]
    found = seen.screen.meta.iloc[rows].reset_index(drop=True)
    kept = [c for c in ("plate", "well", "site", "cell", "treatment") if c in found and c != same]
    table = found[kept].assign(image=rows, tile=drawn.tile[:most])
    table.insert(0, same, name)
    return table


def _row(one: Finding, channels: tuple[str, ...]) -> dict[str, Any]:
    """Return the figures, shares under the names of their channels, and the curves."""
    named = {}
    for key, value in one.figures.items():
        kind, _, rest = key.partition("_")
        if kind == "share":
            place, _, end = rest.partition("_")
            key = f"share_{channels[int(place)]}" + (f"_{end}" if end else "")
        named[key] = value
    curves = {f"curve_{name}": values.tolist() for name, values in one.curves.items()}
    return {"images": len(one.maps), **named, **curves}


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
