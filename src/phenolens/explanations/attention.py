"""Attention: where a vision transformer looks, in fields and in cells alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import torch

from phenolens.calls.few import some_images
from phenolens.calls.wells import codes_of_wells
from phenolens.core.counts import count_of
from phenolens.core.errors import InputError
from phenolens.core.explanation import ALIKE, Explanation, picture
from phenolens.core.ranges import MANY, above, between
from phenolens.embedding.seen import Seen
from phenolens.encoders.base import HasAttention
from phenolens.explanations.base import Subject
from phenolens.hiding.fills import tile_masks
from phenolens.importance.attention import kept_mass, last_attention, rollout
from phenolens.importance.mass import mass
from phenolens.importance.sanity import rank_correlation
from phenolens.masks.compartments import NAMES
from phenolens.statistics.intervals import interval_of_mean

_NAME = "attention"


@dataclass(frozen=True, kw_only=True)
class Attention:
    """Where a vision transformer looks: its last block's attention from the image to the patches.

    The mean over heads, each head, and the rollout over all blocks (`importance/attention.py`), of
    whole tiles: no cell is cut out. `mass_nucleus` is the share of the mass that is on nuclei
    (found by classical thresholds), its chance the share of the area that they cover; the same of
    an encoder with random weights is next to it. The maps are trusted where their ranks over the
    patches correlate by less than 0.5 with those of random weights (Adebayo et al. 2018).

    Attention says where the last block takes its values from, not that a call rests on them.

    Attributes:
        same: Column of which images are taken; empty: mechanisms, else compounds, else treatments.
        most: Images of each value, and of the controls.
        shown: Pictures of each value that are kept.
        share: Of the mass that the outlined patches hold.
        seed: Of the draw of images.
    """

    title: ClassVar[str] = "Attention"
    needs_images: ClassVar[bool] = True

    same: str = ""
    most: int = 12
    shown: int = 2
    share: float = 0.6
    seed: int = 0

    def __post_init__(self) -> None:
        between(1, MANY, most=self.most)
        between(0, MANY, shown=self.shown)
        above(0, share=self.share)
        between(0, 1, share=self.share)

    def check(self, encoder: object) -> None:
        """Raise InputError where an encoder has no attention."""
        if not isinstance(encoder, HasAttention):
            raise InputError(
                f"the encoder {type(encoder).__name__} has no attention",
                fix='ask another explanation, or train a vision transformer: encoder.name = "vit"',
            )

    def __call__(self, subject: Subject) -> Explanation:
        """Return the shares of mass, one row per tile, and some of the maps.

        Raises:
            InputError: The encoder has no attention.
        """
        seen = subject.seen(_NAME)
        self.check(seen.encoder)
        images, same = some_images(seen.screen.meta, self.same, self.most, self.seed)
        nth = same.groupby(same, observed=True).cumcount().to_numpy()
        random = seen.new_encoder().to(seen.device).eval()
        rows, pictures, places = [], [], []
        with subject.bar(_NAME) as bar:
            for i, image in enumerate(images):
                found = _of_image(seen, random, int(image), self.share)
                for tile, (figures, drawn) in enumerate(found):
                    rows.append({same.name: same.iloc[i], "image": int(image), "tile": tile})
                    rows[-1] |= figures
                    if nth[i] < self.shown and tile == 0:
                        pictures.append(drawn)
                        places.append(len(rows) - 1)
                bar(i + 1, len(images))
        table = pd.DataFrame(rows)
        where = seen.screen.meta.iloc[table["image"]].reset_index(drop=True)
        kept = ["plate", "well", *(c for c in ("site", "cell", "treatment") if c in where)]
        table = table.join(where[[name for name in kept if name not in table]])
        alike = float(table["as_untrained"].mean())
        names = list(pictures[0]) if pictures else []
        return Explanation(
            name=_NAME,
            rows=table,
            figures=_figures(table),
            notes=(
                f"{count_of(len(table), 'tile')}; ranks over the patches correlate by "
                f"{alike:.2f} with those "
                f"of random weights (trusted below {ALIKE})",
            ),
            trusted=alike < ALIKE,
            pictures={name: np.stack([one[name] for one in pictures]) for name in names},
            shown=table.iloc[places].reset_index(drop=True),
        )


def _of_image(
    seen: Seen, random: Any, image: int, share: float
) -> list[tuple[dict[str, float], dict[str, np.ndarray]]]:
    """Return of each tile of an image the figures, and its pictures."""
    tiles = seen.tiles(np.array([image]))[0]
    light = seen.light(np.array([image]))[0]
    parts = tile_masks(seen, np.array([image]))[0]
    patch = seen.encoder.patch
    with torch.inference_mode():
        heads = last_attention(seen.encoder, tiles, patch)
        every = rollout(seen.encoder, tiles, patch)
        untrained = last_attention(random, tiles, patch).mean(dim=1).cpu().numpy()
    mean = heads.mean(dim=1)
    kept = kept_mass(mean, share).cpu().numpy()
    found = []
    for t in range(len(tiles)):
        one, at = mean[t].cpu().numpy(), parts[t]
        figures = {f"mass_{name}": value for name, value in mass(one, at)[0].items()}
        figures |= {f"area_{name}": value for name, value in mass(one, at)[1].items()}
        figures |= {f"untrained_{k}": v for k, v in mass(untrained[t], at)[0].items()}
        figures |= {f"rollout_{k}": v for k, v in mass(every[t].cpu().numpy(), at)[0].items()}
        figures["as_untrained"] = rank_correlation(one, untrained[t])
        made = {
            "image": picture(light[t]),
            "heads": heads[t].cpu().numpy().astype(np.float16),
            "rollout": every[t].cpu().numpy().astype(np.float16),
            "kept": kept[t],
        }
        found.append((figures, made))
    return found


def _figures(table: pd.DataFrame) -> dict[str, float]:
    """Return means over tiles of the mass, its chance, and that of random weights."""
    wells = pd.Series(codes_of_wells(table))
    made = {}
    for name in reversed(NAMES):
        made[f"mass_{name}"] = float(table[f"mass_{name}"].mean())
        made[f"mass_{name}_chance"] = float(table[f"area_{name}"].mean())
        made[f"mass_{name}_untrained"] = float(table[f"untrained_{name}"].mean())
        excess = (table[f"mass_{name}"] - table[f"area_{name}"]).to_numpy(np.float64)
        low, high = interval_of_mean(excess, wells)
        made |= {f"excess_{name}_low": low, f"excess_{name}_high": high}
    return made
