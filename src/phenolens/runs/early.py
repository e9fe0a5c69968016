"""What training and the chain after it would refuse, found before a pixel is read."""

from __future__ import annotations

import torch

from phenolens.core.errors import InputError
from phenolens.core.views import ViewFacts
from phenolens.encoders.base import Encoder
from phenolens.runs.learning import Named
from phenolens.runs.prepare import Pixels
from phenolens.runs.rehearse import rehearse
from phenolens.runs.start import new_encoder
from phenolens.runs.watched import check_watched
from phenolens.views.codes import Codes
from phenolens.views.sampler import Sampler
from phenolens.views.stream import facts_of


def refuse_early(pixels: Pixels) -> None:
    """Raise InputError for what training and the chain after it would refuse, before any pixel.

    Raises:
        InputError: The images do not fill a batch, a pairing or the method names a column that the
            table lacks, the method cannot be built for these views, the encoder does not take views
            or tiles of their size or has no maps to pool, or a step or metric will miss a column or
            controls, or an explanation cannot explain the encoder: names the setting.
    """
    learning = pixels.learning
    if learning.encoder is None:
        rehearse(pixels.job.recipe, pixels.planned, None)
        return
    sizes = {"embedding.tiles.size": learning.embedding.tiles.size}
    facts = None
    if learning.method is not None:
        check_watched(pixels.planned.meta, learning.training)
        views, planned = learning.views, pixels.planned.select(next(iter(pixels.designs.values())))
        screen = planned.where(views.where) if views.where else planned
        sampler = Sampler(screen.meta, views.pairs, learning.training.batch_size, learning.seed)
        maker, settings = learning.method
        facts = facts_of(
            screen, views, Codes.of(screen.meta, maker.columns(settings), sampler.shown)
        )
        crops = views.crops.sizes.items()
        sizes |= {f"views.crops.{kind}_size": size for kind, size in crops}
    encoder = new_encoder(pixels, pixels.planned.select(next(iter(pixels.designs.values())))).eval()
    for key, size in sizes.items():
        try:
            with torch.no_grad():
                encoder(torch.zeros(1, len(encoder.channels), size, size))
        except InputError as error:
            raise error.at(key) from error
    learning.embedding.network(encoder)
    if facts is not None and learning.method is not None:
        _refuse_method(learning.method, encoder, facts)
    for name, explainer in pixels.job.recipe.explanations.items():
        try:
            getattr(explainer, "check", _no_check)(encoder)
        except InputError as error:
            raise error.at(f"explanations.{name}") from error
    rehearse(pixels.job.recipe, pixels.planned, learning.embedding.tiles)


def _no_check(encoder: Encoder) -> None:
    """Let every encoder pass."""


def _refuse_method(method: Named, encoder: Encoder, facts: ViewFacts) -> None:
    """Build a method for these views, without memory for its own weights.

    Raises:
        InputError: The method refuses the encoder or the views.
    """
    maker, settings = method
    try:
        with torch.device("meta"), torch.random.fork_rng(devices=[]):
            maker(encoder, facts, **settings)
    except (RuntimeError, NotImplementedError) as error:
        # A method of somebody else may look at values while it is built. It is built later.
        if "meta" not in str(error):
            raise
