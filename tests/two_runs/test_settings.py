from __future__ import annotations

from phenolens.overview.recipes import ABSENT
from phenolens.two_runs.settings import differing


def test_only_keys_that_differ_are_named() -> None:
    one = "seed = 1\n[method]\nname = 'byol'\nmomentum = 0.9\n[[pixels]]\nstep = 'resize'\n"
    one += "[explanations.attention]\nmost = 3\n"
    other = "seed = 2\n[method]\nname = 'simclr'\n[training]\nepochs = 3\n"
    assert differing(one, other) == [
        ("seed", "1", "2"),
        ("method", "byol", "simclr"),
        ("pixels", "resize", ABSENT),
        ("training.epochs", ABSENT, "3"),
    ]
    assert differing(one, one) == []
