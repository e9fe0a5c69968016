"""What a training starts from: an encoder, a method and its views, all from the recipe's seed."""

from __future__ import annotations

from pathlib import Path

import torch

from phenolens.core.errors import InputError
from phenolens.core.screen import Screen
from phenolens.core.views import ViewFacts
from phenolens.encoders.base import Encoder
from phenolens.methods.base import Method
from phenolens.models.card import CARD
from phenolens.models.folder import check_file, load
from phenolens.networks.published import fill, load_published
from phenolens.runs.learning import Named
from phenolens.runs.prepare import Pixels
from phenolens.runs.watched import check_watched
from phenolens.views.codes import Codes
from phenolens.views.sampler import Sampler
from phenolens.views.stream import ViewStream, facts_of


def refuse_early(pixels: Pixels) -> None:
    """Raise InputError for what training would refuse, before any pixel is prepared.

    Raises:
        InputError: The images do not fill a batch, a pairing or the method names a column that the
            table lacks, the method cannot be built for these views, or the encoder does not take
            views or tiles of their size: names the setting.
    """
    learning = pixels.learning
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
    if facts is not None and learning.method is not None:
        _refuse_method(learning.method, encoder, facts)


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


def new_encoder(pixels: Pixels, screen: Screen) -> Encoder:
    """Return the recipe's encoder with random weights from its seed."""
    maker, settings = pixels.learning.encoder
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(pixels.learning.seed)
        encoder: Encoder = maker(screen.channels, **settings)
    return encoder


def start_encoder(pixels: Pixels, name: str, weights: Path | None) -> tuple[Encoder, Path | None]:
    """Return the encoder that training starts from, and the published checkpoint yet to be read.

    Raises:
        InputError: The weights are a model of ours with other channels or of another kind.
    """
    screen = pixels.design(name)
    encoder = new_encoder(pixels, screen)
    if not weights or not (weights / CARD).exists():
        if weights:
            check_file(weights, screen.channels)
        return encoder, weights
    fill(encoder, load(weights, screen.channels).encoder.state_dict(), weights, exact=True)
    return encoder, None


def given_encoder(pixels: Pixels, name: str, weights: Path | None) -> Encoder:
    """Return the encoder as it is used without training: with the given weights, or random ones."""
    encoder, published = start_encoder(pixels, name, weights)
    if published:
        load_published(encoder, published)
    return encoder


def start_method(
    pixels: Pixels, name: str, weights: Path | None, method: Named
) -> tuple[Method, ViewStream]:
    """Return the method with its first weights, and the views that it learns from."""
    learning = pixels.learning
    maker, settings = method
    stream = ViewStream(
        pixels.design(name),
        pixels.limits,
        learning.views,
        learning.training.batch_size,
        learning.seed,
        maker.columns(settings),
    )
    encoder, published = start_encoder(pixels, name, weights)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(learning.seed + 1)
        started: Method = maker(encoder, stream.facts, **settings)
    if published:
        started.load_published(published)
    return started, stream


def pairs_note(stream: ViewStream) -> str:
    """Return who is paired, in words, with the counts of those that could not be."""
    counts, pairs = stream.sampler.counts, stream.settings.pairs
    if not stream.sampler.paired:
        return f"{counts['images']} images, each its own partner."
    rule = f"same {', '.join(pairs.same)}"
    rule += f" and different {', '.join(pairs.differ)}" if pairs.differ else ""
    rule += f", unless of the same {' and '.join(pairs.unless)}" if pairs.unless else ""
    without = {
        "paired with themselves": counts["own_partner"],
        "paired by the relaxed rule": counts["relaxed"],
        "dropped": counts["dropped"],
    }
    named = ", ".join(f"{count} {what}" for what, count in without.items() if count)
    note = f"Without such a partner: {named}." if named else "Each has such a partner."
    return f"{counts['images']} images paired by {rule}. {note}"
