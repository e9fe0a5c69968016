"""What a training starts from: an encoder, a method and its views, all from the recipe's seed."""

from __future__ import annotations

from pathlib import Path

import torch

from phenolens.core.counts import count_of
from phenolens.core.screen import Screen
from phenolens.encoders.base import Encoder
from phenolens.methods.base import Method
from phenolens.models.card import CARD
from phenolens.models.folder import check_file, load
from phenolens.models.import_weights import released_encoder
from phenolens.networks.published import fill, load_published
from phenolens.runs.learning import Named
from phenolens.runs.prepare import Pixels
from phenolens.views.stream import ViewStream


def new_encoder(pixels: Pixels, screen: Screen) -> Encoder:
    """Return the recipe's encoder with random weights from its seed."""
    if pixels.learning.encoder is None:
        raise RuntimeError("a recipe with `features` has no encoder")
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
        known = released_encoder(published)
        if known is None:
            load_published(encoder, published)
        else:
            fill(encoder, known, published, exact=True)
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
        return f"{count_of(counts['images'], 'image')}, each its own partner."
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
    return f"{count_of(counts['images'], 'image')} paired by {rule}. {note}"
