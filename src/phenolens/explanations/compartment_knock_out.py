"""CompartmentKnockOut: whether a call needs nuclei, cytoplasm or the background."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from jaxtyping import Int64
from torch import Tensor

from phenolens.calls.knock_outs import ALONE, LOST, REAL, Asked, Asks, Changes, figures
from phenolens.calls.scales import places_of
from phenolens.core.explanation import Explanation
from phenolens.embedding.seen import Change, Seen
from phenolens.explanations.base import Subject
from phenolens.hiding.fills import Masks, fills_of, masks_of
from phenolens.masks.compartments import NAMES

_NAME = "compartment_knock_out"


@dataclass(frozen=True, kw_only=True)
class CompartmentKnockOut(Asks):
    """Whether a call needs nuclei, cytoplasm or the background: each is made flat in turn.

    In every image, treated or control, the pixels of one compartment get one value per channel: the
    mean of that compartment over the control images of the plate. What is lost of the gap between a
    call's wells and the controls is what the call owes to what is inside. `alone`: what is left
    where the two others are flat. The outline of a compartment stays, so a call by the number or
    the shape of cells loses little by any of the three. Compartments are found by classical
    thresholds (`masks/compartments.py`).

    A call that loses much with the background is a reason to ask `background`: it may be a leak,
    but also a part of a cell that the masks missed, or stray light.

    Attributes:
        same: Column whose values are called; empty: mechanisms, else compounds, else treatments.
        by: Column within which images are compared with controls: plate; where plates have too
            few, batch, or empty for all together.
        most: Images of each value, and of the controls of each plate, that are embedded again.
        seed: Of the draws of wells and images.
    """

    title: ClassVar[str] = "Compartments"
    needs_images: ClassVar[bool] = True

    def __call__(self, subject: Subject) -> Explanation:
        """Return the shares, one row per call and compartment.

        Raises:
            InputError: A column is missing, or a plate has too few controls.
        """
        seen = subject.seen(_NAME)
        asked = Asked.of(subject.embeddings, self)
        rows = asked.again(seen, _changes(seen, asked), "compartment", subject.bar)
        return Explanation(
            name=_NAME,
            rows=rows,
            figures=figures(rows, "compartment", NAMES),
            notes=(asked.note(rows),),
            trusted=bool((rows["p_holm"] < REAL).any()),
        )


def _changes(seen: Seen, asked: Asked) -> Changes:
    masks, by = masks_of(seen, asked.images), asked.calls.scales.by
    controls = asked.calls.controls[asked.tiles[:: len(seen.settings.tiles)]]
    places = places_of(seen.screen.meta, by)[asked.images]
    fill = fills_of(seen, asked.images, controls, places, masks)
    every = range(len(NAMES))
    return {
        name: {
            LOST: _flat(seen, masks, fill, by, [place]),
            ALONE: _flat(seen, masks, fill, by, [other for other in every if other != place]),
        }
        for place, name in enumerate(NAMES)
    }


def _flat(
    seen: Seen,
    masks: Masks,
    fill: dict[str, np.ndarray],
    by: str,
    places: list[int],
) -> Change:
    """Return the change that gives these compartments their value for controls of the plate."""
    plates = places_of(seen.screen.meta, by)

    def change(tiles: Tensor, rows: Int64[np.ndarray, " k"]) -> Tensor:
        found = np.stack([masks[int(row)] for row in rows])[:, None]
        labels = seen.settings.tiles.cut(torch.from_numpy(found).float().to(tiles.device))
        values = np.stack([fill[plates[row]] for row in rows]).astype(np.float32)
        made = tiles.clone()
        for place in places:
            value = torch.from_numpy(values[:, place]).to(tiles.device)[:, None, :, None, None]
            made = torch.where(labels == place, value, made)
        return made

    return change
