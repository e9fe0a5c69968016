"""What a method refuses is found before a pixel is read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from phenolens.core.construct import defaults
from phenolens.core.errors import InputError
from phenolens.core.registry import find
from phenolens.runs.early import refuse_early
from phenolens.runs.prepare import Pixels

MakePixels = Callable[..., Pixels]


@pytest.mark.parametrize(
    ("name", "settings", "in_turn", "words"),
    [
        ("barlow_twins", {"widths": (8,)}, 1, "at least 2 views of a step, and a step has 1"),
        ("autoencoder", {}, 0, r"the views have \[8, 16\]"),
        ("weak_labels", {"column": "nothing"}, 0, "requests the column 'nothing'"),
        ("mae", {}, 0, r"views\.crops\.local_size: of 1 patches of 8 px"),
    ],
)
def test_what_a_method_refuses_is_refused_before_pixels_are_prepared(
    pixels_of: MakePixels, name: str, settings: dict[str, Any], in_turn: int, words: str
) -> None:
    pixels = pixels_of()
    maker = find("methods", name)
    full = {**defaults(maker, ("encoder", "facts")), **settings}
    views = replace(pixels.learning.views, in_turn=in_turn)
    learning = replace(pixels.learning, method=(maker, full), views=views)
    refuse_early(pixels)
    with pytest.raises(InputError, match=words):
        refuse_early(Pixels(pixels.job, learning, pixels._raw, pixels.inputs))
