"""Planes that can be read and still cannot be right: of one value, or equal to another channel."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from jaxtyping import UInt16

CONSTANT, EQUAL = "constant plane", "equal channels"  # kinds of problems


def odd_planes(
    image: UInt16[np.ndarray, "channel height width"], channels: Sequence[str]
) -> Iterator[tuple[int, str, str]]:
    """Yield (plane, kind, what is odd) for every plane of an image that shows nothing of its own.

    Args:
        image: All channels of a field or crop.
        channels: Their names; c0, c1, ... where there are not as many.

    Example:
        >>> list(odd_planes(np.zeros((1, 2, 2), np.uint16), ["DNA"]))
        [(0, 'constant plane', 'channel DNA is 0 in every pixel')]
    """
    known = len(channels) == len(image)
    names = channels if known else [f"c{i}" for i in range(len(image))]
    first: dict[bytes, str] = {}
    for i, (name, plane) in enumerate(zip(names, image, strict=True)):
        low = plane.flat[0]
        if (plane == low).all():
            yield i, CONSTANT, f"channel {name} is {low} in every pixel"
            continue
        other = first.setdefault(plane.tobytes(), name)
        if other != name:
            yield i, EQUAL, f"channels {other} and {name} have the same pixels"
