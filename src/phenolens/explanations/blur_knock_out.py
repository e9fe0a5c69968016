"""BlurKnockOut: how fine the detail is that a call needs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from jaxtyping import Int64
from scipy import ndimage
from torch import Tensor

from phenolens.calls.knock_outs import LOST, REAL, Asked, Asks, figures
from phenolens.core.errors import InputError
from phenolens.core.explanation import Explanation
from phenolens.core.ranges import between
from phenolens.embedding.seen import Change
from phenolens.explanations.base import Subject

_NAME = "blur_knock_out"


@dataclass(frozen=True, kw_only=True)
class BlurKnockOut(Asks):
    """How fine the detail is that a call needs: every image, treated or control, is blurred.

    Gaussian blur of each standard deviation in turn, edges mirrored. What is lost at 1 pixel is
    texture; what is left at 8 is the amount and place of light. `scale` of each call is the
    standard deviation at which half of its gap is lost (interpolated; infinite: at none).

    Attributes:
        sigmas: Standard deviations in pixels, ascending.
        same: Column whose values are called; empty: mechanisms, else compounds, else treatments.
        by: Column within which images are compared with controls: plate; where plates have too
            few, batch, or empty for all together.
        most: Images of each value, and of the controls of each plate, that are embedded again.
        seed: Of the draws of wells and images.
    """

    title: ClassVar[str] = "Detail"
    needs_images: ClassVar[bool] = True

    sigmas: tuple[float, ...] = (1.0, 2.0, 4.0, 8.0)

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.sigmas or list(self.sigmas) != sorted(set(self.sigmas)):
            raise InputError("must be different numbers, ascending", where="sigmas")
        if len({f"{sigma:g}" for sigma in self.sigmas}) < len(self.sigmas):
            raise InputError("two are the same in six digits", where="sigmas")
        for sigma in self.sigmas:
            between(0.1, 1000, sigmas=sigma)

    def __call__(self, subject: Subject) -> Explanation:
        """Return the shares, one row per call and blur.

        Raises:
            InputError: A column is missing, or a plate has too few controls.
        """
        seen = subject.seen(_NAME)
        asked = Asked.of(subject.embeddings, self)
        names = {f"{sigma:g}": sigma for sigma in self.sigmas}
        changes = {name: {LOST: _blurred(sigma)} for name, sigma in names.items()}
        rows = asked.again(seen, changes, "blur", subject.bar)
        rows["blur"] = rows["blur"].map(names)
        scale = rows.groupby(asked.calls.same, observed=True)["lost"].apply(
            lambda lost: half_lost(self.sigmas, lost.to_numpy())
        )
        rows["scale"] = rows[asked.calls.same].map(scale)
        return Explanation(
            name=_NAME,
            rows=rows,
            figures=figures(rows.assign(blur=rows["blur"].map("{:g}".format)), "blur", names),
            notes=(asked.note(rows),),
            trusted=bool((rows["p_holm"] < REAL).any()),
        )


def half_lost(sigmas: tuple[float, ...], lost: np.ndarray) -> float:
    """Return the blur at which half is lost for the first time, on a line between two blurs.

    Example:
        >>> half_lost((1.0, 2.0), np.array([0.25, 0.75]))
        1.5
    """
    before, at = 0.0, 0.0
    for sigma, share in zip(sigmas, lost.tolist(), strict=True):
        if not math.isfinite(share):
            return math.nan
        if share >= 0.5:
            return at + (sigma - at) * (0.5 - before) / (share - before)
        before, at = share, sigma
    return math.inf


def _blurred(sigma: float) -> Change:
    def change(tiles: Tensor, rows: Int64[np.ndarray, " k"]) -> Tensor:
        del rows
        pixels = tiles.cpu().numpy()
        made = ndimage.gaussian_filter(pixels, (0, 0, 0, sigma, sigma), mode="mirror")
        return torch.from_numpy(made).to(tiles.device)

    return change
