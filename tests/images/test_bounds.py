"""Bounds of what a header may say; files that lie are in `tests/safety`."""

from __future__ import annotations

from pathlib import Path

import pytest

from phenolens.core.errors import InputError
from phenolens.images.bounds import (
    ANY,
    DEFLATE,
    LARGEST_SIDE,
    check_ratio,
    check_size,
    ratio_of_tiff,
)

PATH = Path("a.tif")


@pytest.mark.parametrize("size", [(0, 5), (5, 0), (LARGEST_SIDE + 1, 1), (60_000, 60_000)])
def test_sizes_that_no_image_has_are_refused(size: tuple[int, int]) -> None:
    with pytest.raises(InputError, match=rf"^a\.tif: .*{size[0]} x {size[1]}"):
        check_size(size, 1, 2, PATH)


def test_what_a_file_can_hold_is_bounded_by_its_codec() -> None:
    check_size((LARGEST_SIDE, 1), 1, 2, PATH)
    check_ratio(1032, 1, DEFLATE, PATH)
    with pytest.raises(InputError, match="says 1,033 bytes of pixels, more than its 1 bytes"):
        check_ratio(1033, 1, DEFLATE, PATH)
    assert (ratio_of_tiff(1), ratio_of_tiff(8), ratio_of_tiff(50_000)) == (1, DEFLATE, ANY)
