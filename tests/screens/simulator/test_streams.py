from __future__ import annotations

import numpy as np

from phenolens.screens.simulator.streams import Stream, stream


def test_a_stream_is_its_place() -> None:
    one = stream(1, Stream.WELL, 2, 3).random(4)
    assert np.array_equal(one, stream(1, Stream.WELL, 2, 3).random(4))
    others = [
        stream(2, Stream.WELL, 2, 3),
        stream(1, Stream.SITE, 2, 3),
        stream(1, Stream.WELL, 3, 2),
        stream(1, Stream.WELL, 2, 3, 0),
        stream(1, Stream.WELL, 2),
    ]
    assert all(not np.array_equal(one, other.random(4)) for other in others)
