"""Thumbnails: each example image as one small colour picture."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import UInt8

from phenolens.core.shrunk import shrunk
from phenolens.drawing.png import data_uri

# Usual names of a stain or channel -> the colour that microscopists expect.
STAINS: tuple[tuple[tuple[str, ...], str], ...] = (
    (("dapi", "dna", "hoechst", "nuc", "h33342"), "#0000ff"),
    (("tubulin", "tub", "gfp", "fitc", "488"), "#00ff00"),
    (("actin", "phalloidin", "agp", "rhodamine", "tritc"), "#ff0000"),
    (("mito",), "#ff00c8"),
    (("rna", "syto"), "#ffd000"),
    (("endoplasm", "con a", "concanavalin"), "#00d8d8"),
    (("bright", "phase", "bf", "dic"), "#c0c0c0"),
)
SPARE = ("#00ff00", "#ff0000", "#0000ff", "#ff00c8", "#ffd000", "#00d8d8", "#ff8000", "#8060ff")
PIXELS = 2_200_000  # of all thumbnails together, where they can be so few: about 4 MB in the page
SIDES = (128, 112, 96, 80, 64)


def channel_colours(channels: Sequence[str]) -> tuple[str, ...]:
    """Return one colour per channel: by the name of its stain, else the next free one.

    Example:
        >>> channel_colours(("DAPI", "Tubulin", "Actin", "C4"))
        ('#0000ff', '#00ff00', '#ff0000', '#ff00c8')
    """
    if len(channels) == 1:
        return ("#ffffff",)
    chosen: list[str | None] = []
    for channel in channels:
        colour = _stain(channel.lower())
        chosen.append(None if colour in chosen else colour)
    free = iter([colour for colour in SPARE if colour not in chosen] + ["#c0c0c0"] * len(channels))
    return tuple(colour or next(free) for colour in chosen)


def side_for(count: int) -> int:
    """Return the side in pixels at which this many thumbnails keep the page small."""
    return next((side for side in SIDES if count * side * side <= PIXELS), SIDES[-1])


def composite(
    image: UInt8[np.ndarray, "c h w"], colours: Sequence[str]
) -> UInt8[np.ndarray, "h w 3"]:
    """Return the channels as light through each other (screen blending), each in its colour.

    Channels in red, green and blue alone do not mix; more of them tend to white and never clip.
    """
    mix = np.array([[int(c[i : i + 2], 16) / 255 for i in (1, 3, 5)] for c in colours])
    dark = np.ones((*image.shape[1:], 3))
    for channel, colour in zip(image, mix, strict=True):
        dark *= 1 - channel[..., None] / 255 * colour
    return np.rint(255 * (1 - dark)).astype(np.uint8)


def shrink(image: UInt8[np.ndarray, "c h w"], side: int) -> UInt8[np.ndarray, "c k l"]:
    """Return the image with its longer side at most `side`, each pixel the mean of its area."""
    return np.rint(shrunk(image, side)).astype(np.uint8)


def picture_uri(image: UInt8[np.ndarray, "c h w"], colours: Sequence[str]) -> str:
    """Return an image as the `data:` address of a colour PNG.

    The two lowest bits are dropped: they hold noise and a third of the bytes.

    Args:
        image: Contrast-stretched channels.
        colours: One per channel.
    """
    return data_uri(composite(image, colours) & 0xFC)


def thumbnails(images: UInt8[np.ndarray, "k c h w"], channels: Sequence[str]) -> list[str]:
    """Return each image as a `data:` address of a small colour PNG."""
    colours, side = channel_colours(channels), side_for(len(images))
    return [picture_uri(shrink(image, side), colours) for image in images]


def planes(images: UInt8[np.ndarray, "k c h w"], side: int) -> list[list[str]]:
    """Return each image as `data:` addresses of pictures whose red, green, blue are its channels.

    Three channels to a picture, in order; missing ones of the last are black. So a page can mix
    the channels anew. The two lowest bits are dropped, as of thumbnails.

    Args:
        images: With any number of channels.
        side: The longer side of the pictures, in pixels.
    """
    made = []
    for image in images:
        small = shrink(image, side) & 0xFC
        full = np.zeros((-(-len(small) // 3) * 3, *small.shape[1:]), dtype=np.uint8)
        full[: len(small)] = small
        made.append([data_uri(full[i : i + 3].transpose(1, 2, 0)) for i in range(0, len(full), 3)])
    return made


def _stain(channel: str) -> str | None:
    found = (c for names, c in STAINS if any(name in channel for name in names))
    return next(found, "#00d8d8" if channel == "er" else None)
