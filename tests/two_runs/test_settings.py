from __future__ import annotations

from phenolens.two_runs.settings import ABSENT, differing


def test_only_keys_that_differ_are_named() -> None:
    one = "seed = 1\n[method]\nname = 'byol'\nwidths = [1, 2]\n[[pixels]]\nstep = 'resize'\n"
    one += "[explanations.attention]\nmost = 3\n"
    other = "seed = 1\n[method]\nname = 'simclr'\nwidths = [1, 2]\ntwo = true\n"
    assert differing(one, other) == [
        ("method.name", "byol", "simclr"),
        ("pixels[1].step", "resize", ABSENT),
        ("method.two", ABSENT, "true"),
    ]
    assert differing(one, one) == []
