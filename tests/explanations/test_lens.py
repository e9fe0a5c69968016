"""A lens makes visible what a frozen encoder is blind to; permuted labels give it nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.explanations.conftest import subject_of
from tests.lenses.conftest import SIDE, Mean, small_lens, texture_screen

from phenolens.core.errors import InputError
from phenolens.core.explanation import Explanation
from phenolens.explanations.lens import Lens

QUICK = Lens(top=1, seeds=1, shown=1, steps=40, batch_size=16, lr=1e-2, widths=(8, 8, 4))


@pytest.fixture(scope="module")
def made() -> Explanation:
    return QUICK(subject_of(texture_screen(), Mean()))


def test_the_gain_is_more_than_chance_and_permuted_labels_give_none(made: Explanation) -> None:
    figures = made.figures
    assert figures["top1_without"] < 0.75  # the mean of an image says nothing of stripes
    assert figures["top1_with"] > 0.9
    assert figures["top1_gain_low"] > 0.1
    assert figures["top1_gain_p"] < 0.01
    assert abs(figures["permuted_top1_gain"]) < 0.3
    assert figures["permuted_top1_with"] < 0.8
    assert figures["top1_with_chance"] == 0.5


def test_rows_are_wells_and_examples_have_pictures(made: Explanation) -> None:
    assert len(made.rows) == 32
    assert {"treatment", "plate", "well", "top1_with", "mass_nucleus"} <= set(made.rows)
    gap = made.rows["top1_with"] - made.rows["top1_without"]
    assert gap.mean() == pytest.approx(made.figures["top1_gain"])
    assert made.rows["channel_DNA"].mean() == pytest.approx(made.figures["channel_DNA"])
    assert set(made.shown["kind"]) >= {"random"}
    assert made.pictures["lens"].shape == (len(made.shown), 2, SIDE, SIDE)
    first = made.shown.iloc[-1]
    expected = "control" if first["treatment"] == "DMSO" else first["treatment"]
    assert first["right"] == expected
    assert "regularized lens, coefficient -20" in made.notes[0]


def test_a_run_with_a_decoder_is_where_a_lens_starts() -> None:
    lens = small_lens()
    subject = subject_of(texture_screen(8), lens.encoder)
    seen = replace(subject.seen("test"), parts={"decoder": lens.decoder})
    start = replace(QUICK, steps=1, lr=0.0, start="extractor", by="")
    made = start(replace(subject, images=lambda: seen))
    # After one step at 5e-4 the lens is still close to the reconstruction.
    assert made.pictures["map"].max() < 1e-3
    with pytest.raises(InputError, match="this model keeps none"):
        start(subject)


def test_what_cannot_be_judged_is_refused() -> None:
    subject = subject_of(texture_screen(), Mean())
    with pytest.raises(InputError, match="2 guesses among 2 values are always right"):
        replace(QUICK, top=2)(subject)
    with pytest.raises(InputError, match="widths"):
        Lens(widths=(4, 2))
    with pytest.raises(InputError, match="most"):
        Lens(most=1)
    with pytest.raises(InputError, match="steps"):
        Lens(steps=0)
    with pytest.raises(InputError, match="needs images"):
        QUICK(replace(subject, images=None))


def test_permuted_labels_that_gain_are_not_trusted(made: Explanation) -> None:
    good = dict(made.figures) | {
        "top1_gain": 0.3,
        "top1_gain_p": 0.001,
        "permuted_top1_gain": 0.0,
        "permuted_top1_gain_p": 0.9,
        "maps_as_permuted": 0.2,
    }
    for change, trusted in (
        ({}, True),
        ({"top1_gain_p": 0.2}, False),
        ({"top1_gain": -0.3}, False),
        ({"permuted_top1_gain": 0.2, "permuted_top1_gain_p": 0.01}, False),
        ({"maps_as_permuted": 0.8}, False),
    ):
        notes, found = QUICK.judged(good | change, "32 wells")
        assert found is trusted, change
        assert notes[0].startswith("32 wells")
    hindered = good | {"top1_gain": -0.3}
    assert replace(QUICK, coefficient=60.0).judged(hindered, "")[1]
    assert not replace(QUICK, coefficient=60.0).judged(good, "")[1]
    assert "adversarial lens" in replace(QUICK, coefficient=60.0).judged(good, "")[0][0]
    assert np.isfinite(list(made.figures.values())).all()
