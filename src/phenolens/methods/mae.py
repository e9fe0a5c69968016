"""MAE: an encoder sees some patches of an image, and a decoder draws the hidden ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from phenolens.core.errors import InputError
from phenolens.core.ranges import between
from phenolens.core.views import ViewFacts, Views
from phenolens.encoders.base import Encoder
from phenolens.encoders.vit import Vit
from phenolens.losses.reconstruction import masked_loss
from phenolens.methods.base import Clock, Method, Outcome, example_ramps
from phenolens.models.folder import Part
from phenolens.networks.mae_decoder import MaeDecoder
from phenolens.networks.patches import patches_of, random_order

_EPS = 1e-6  # of the variance of a patch, as in the published code


class Mae(Method):
    """A vision transformer sees a quarter of the patches; a small decoder draws the others.

    He et al. 2022, with the settings of the paper. The encoder never sees hidden patches, so a step
    costs about a quarter of a whole pass. The decoder is kept next to the encoder. Which patches
    are hidden comes from the image, the step and the seed: not from the other images of a step.
    """

    mask_seed: Tensor

    def __init__(  # noqa: PLR0913 - the signature is the recipe's schema
        self,
        encoder: Encoder,
        facts: ViewFacts,
        *,
        mask_ratio: float = 0.75,
        normalise: bool = True,
        width: int = 512,
        depth: int = 8,
        heads: int = 16,
    ) -> None:
        """Put a decoder behind the encoder.

        Args:
            encoder: A vision transformer; it is trained and kept.
            facts: What is known of the views: channels and sizes.
            mask_ratio: Share of the patches that are hidden.
            normalise: Draw each patch with mean 0 and variance 1 over its pixels and channels.
            width: Of the decoder's tokens.
            depth: Blocks of the decoder.
            heads: Of the decoder's attention.

        Raises:
            InputError: Another encoder, or views of fewer than two patches.
        """
        super().__init__(facts)
        self.check({"mask_ratio": mask_ratio, "width": width, "depth": depth, "heads": heads})
        if not isinstance(encoder, Vit):
            raise InputError(
                f"MAE hides patches from a vision transformer, got {type(encoder).__name__}",
                where="encoder.name",
                fix="use name = 'vit'",
            )
        self.encoder: Vit = encoder
        self.mask_ratio, self.normalise = mask_ratio, normalise
        self._settings = {"width": width, "depth": depth, "heads": heads}
        self._settings |= {
            "dim": encoder.dim,
            "channels": len(facts.channels),
            "patch": encoder.patch,
        }
        self.decoder = MaeDecoder(**self._settings)
        self.register_buffer("mask_seed", torch.randint(2**62, ()))
        for kind, size in facts.sizes.items():
            self._seen((size // encoder.patch) ** 2, f"views.crops.{kind}_size")

    @classmethod
    def check(cls, settings: Mapping[str, Any]) -> None:
        """Raise InputError where a setting is out of its range."""
        between(0.01, 0.99, mask_ratio=settings["mask_ratio"])
        between(1, 2**14, width=settings["width"])
        between(1, 1000, depth=settings["depth"], heads=settings["heads"])
        if settings["width"] % settings["heads"] or settings["width"] % 4:
            raise InputError(
                f"must be a multiple of 4 and of heads ({settings['heads']}), got "
                f"{settings['width']}",
                where="width",
            )

    @classmethod
    def example(cls) -> tuple[Method, Views]:
        """Return MAE on two blocks, and two views of 32 pixels."""
        facts = ViewFacts(("DNA", "Actin"), {"global": 32})
        encoder = Vit(facts.channels, size="tiny", depth=2, patch=8, image=32)
        return cls(encoder, facts, width=32, depth=1, heads=4), example_ramps(facts)

    def loss(self, views: Views, clock: Clock) -> Outcome:
        """Return the mean squared difference over the hidden patches, the mean over views."""
        terms, embedding = [], None
        for view, image in enumerate(views.images):
            rows = views.rows[:, views.sources[view]].to(image.device)
            seed = self.mask_seed + 1000 * clock.step + view
            term, cls_token = self._draw(image, rows, seed)
            terms.append(term)
            embedding = cls_token if embedding is None else embedding
        assert embedding is not None  # noqa: S101 -- for the type checker
        return Outcome({"hidden": torch.stack(terms).mean()}, embedding.detach())

    def _draw(self, images: Tensor, rows: Tensor, seed: Tensor) -> tuple[Tensor, Tensor]:
        """Return how far the drawn patches are from the hidden ones, and the CLS tokens."""
        patch = self.encoder.patch
        grid = (images.shape[-2] // patch, images.shape[-1] // patch)
        wanted = patches_of(images, patch)
        order = random_order(rows, wanted.shape[1], seed)
        keep = order[:, : self._seen(wanted.shape[1])]
        tokens = self.encoder.tokens(images, keep)
        hidden = torch.ones_like(order, dtype=torch.bool).scatter(1, keep, value=False)
        drawn = self.decoder(tokens, keep, grid)
        return masked_loss(drawn, self._target(wanted), hidden), tokens[:, 0]

    def _target(self, patches: Tensor) -> Tensor:
        if not self.normalise:
            return patches
        mean, variance = patches.mean(-1, keepdim=True), patches.var(-1, keepdim=True)
        return (patches - mean) / (variance + _EPS).sqrt()

    def _seen(self, patches: int, where: str = "views.crops") -> int:
        """Return how many of the patches the encoder sees."""
        seen = int(patches * (1 - self.mask_ratio))
        if not 0 < seen < patches:
            raise InputError(
                f"of {patches} patches of {self.encoder.patch} px none would be left to see, or to "
                "hide",
                where=where,
                fix="use larger views, smaller patches or another mask_ratio",
            )
        return seen

    def parts(self) -> Mapping[str, Part]:
        """Return the decoder."""
        return {"decoder": Part("mae_decoder", self._settings, self.decoder)}
