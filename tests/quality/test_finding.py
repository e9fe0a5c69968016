"""Where an image is from, in words."""

from __future__ import annotations

import pandas as pd

from phenolens.quality.finding import place, places


def test_images_are_named_and_counted() -> None:
    meta = pd.DataFrame({"plate": "P1", "well": [f"A{i:02d}" for i in range(1, 9)], "site": 2})
    assert place(meta, 0) == "P1 A01 site 2"
    assert places(meta, [1]) == "A02 site 2"
    assert places(meta, range(8)).endswith("A06 site 2; and 2 more")
