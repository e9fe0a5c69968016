from __future__ import annotations

from phenolens.auto.asked import Asked


def test_it_is_plain_for_json() -> None:
    asked = Asked(minutes=2, changes=("training.lr=1e-4",))
    wanted = {"model": "", "minutes": 2, "seed": 0, "changes": ["training.lr=1e-4"]}
    assert asked.plain == wanted
