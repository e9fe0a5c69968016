"""Views by kind, in order, with the codes of the images that they show."""

from __future__ import annotations

import pytest

from phenolens.core.views import Views

torch = pytest.importorskip("torch")


def test_views_of_one_kind_keep_their_order() -> None:
    images = tuple(torch.full((2, 1, s, s), float(i)) for i, s in enumerate((8, 4, 8, 4)))
    views = Views(
        images=images,
        kinds=("global", "local", "global", "local"),
        sources=(0, 0, 1, 1),
        rows=torch.tensor([[0, 1], [2, 3]]),
    )
    assert len(views) == 4
    assert [x is y for x, y in zip(views.of_kind("global"), images[::2], strict=True)] == [True] * 2
    assert [x.shape[-1] for x in views.of_kind("local")] == [4, 4]


def test_codes_of_a_view_are_those_of_the_image_that_it_shows() -> None:
    views = Views(
        images=tuple(torch.zeros(3, 1, 2, 2) for _ in range(4)),
        kinds=("global", "local", "global", "local"),
        sources=(0, 0, 1, 1),
        rows=torch.tensor([[0, 3], [1, 4], [2, 5]]),
        codes={"batch": torch.tensor([[0, 1], [0, 2], [1, 2]])},
    )
    shown = [codes.tolist() for codes in views.codes_of("batch")]
    assert shown == [[0, 0, 1], [0, 0, 1], [1, 2, 2], [1, 2, 2]]
    assert [codes.tolist() for codes in views.codes_of("batch", "local")] == shown[1::2]
    with pytest.raises(KeyError, match="plate"):
        views.codes_of("plate")


def test_kinds_without_their_image_are_an_error() -> None:
    views = Views(
        images=(torch.zeros(1, 1, 2, 2),),
        kinds=("global", "local"),
        sources=(0, 1),
        rows=torch.zeros(1, 2, dtype=torch.int64),
    )
    with pytest.raises(ValueError, match="zip"):
        views.of_kind("global")
