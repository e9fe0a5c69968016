"""ChannelKnockOut: which stain carries a call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from phenolens.calls.donors import control_donors, own_donors
from phenolens.calls.knock_outs import ALONE, CHANCE, LOST, REAL, Asked, Asks, Changes, figures
from phenolens.core.errors import InputError
from phenolens.core.explanation import Explanation
from phenolens.embedding.seen import Seen
from phenolens.encoders.base import Encoder
from phenolens.explanations.base import Subject
from phenolens.hiding.swap import swap

_NAME = "channel_knock_out"


@dataclass(frozen=True, kw_only=True)
class ChannelKnockOut(Asks):
    """Which stain carries a call: what is lost when one channel is that of a control.

    In every image, treated or control, one channel is replaced by that of a control image of the
    same plate, and the image is embedded again. Of the gap between a treatment's wells and the
    controls (both so changed) a share is lost: `lost`. `alone` is the share that is left where all
    other channels are replaced. `lost_chance` is lost where the channel comes from another image of
    the same treatment (of its plate, where that has one): what it costs that channels do not fit
    each other any more. All are judged by linear calls on wells that the call has not seen
    (`calls/linear.py`).

    Attributes:
        same: Column whose values are called; empty: mechanisms, else compounds, else treatments.
        by: Column within which images are compared with controls: plate; where plates have too
            few, batch, or empty for all together.
        most: Images of each value, and of the controls of each plate, that are embedded again.
        seed: Of the draws of wells, images and donors.
    """

    title: ClassVar[str] = "Channels"
    needs_images: ClassVar[bool] = True

    def check(self, encoder: Encoder) -> None:
        """Raise InputError where an encoder sees one channel alone."""
        if len(encoder.channels) < 2:
            raise InputError(
                "the model sees one channel, which carries every call",
                fix="leave this explanation out, or learn with design = 'joint'",
            )

    def __call__(self, subject: Subject) -> Explanation:
        """Return the shares, one row per call and channel.

        Raises:
            InputError: A column is missing, or a plate has too few controls.
        """
        seen = subject.seen(_NAME)
        asked = Asked.of(subject.embeddings, self)
        rows = asked.again(seen, self._changes(seen, asked), "channel", subject.bar)
        made = figures(rows, "channel", seen.screen.channels)
        trusted = bool((rows["p_holm"] < REAL).any())
        return Explanation(
            name=_NAME, rows=rows, figures=made, notes=(asked.note(rows),), trusted=trusted
        )

    def _changes(self, seen: Seen, asked: Asked) -> Changes:
        """Return for each channel the changes by name."""
        meta, images = seen.screen.meta, asked.images
        rng = np.random.default_rng(self.seed)
        control = dict(zip(images, control_donors(meta, images, self.by, rng), strict=True))
        own = dict(
            zip(images, own_donors(meta, images, asked.calls.same, self.by, rng), strict=True)
        )
        every = range(len(seen.screen.channels))
        return {
            seen.screen.channels[channel]: {
                LOST: swap(seen, control, [channel]),
                ALONE: swap(seen, control, [c for c in every if c != channel]),
                CHANCE: swap(seen, own, [channel]),
            }
            for channel in every
        }
