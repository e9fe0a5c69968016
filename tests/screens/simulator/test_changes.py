from __future__ import annotations

import pytest

from phenolens.core.errors import InputError
from phenolens.screens.simulator.changes import HIGHEST_SHARE, moved

NOW = {"area": 10.0, "dead": 0.1, "other": 3.0}


def test_amounts_are_multiplied_and_shares_move_to_their_value() -> None:
    assert moved(NOW, {"area": 9.0, "dead": 0.5}, 0.0, {"dead"}) == {"area": 10.0, "dead": 0.1}
    half = moved(NOW, {"area": 9.0, "dead": 0.5}, 0.5, {"dead"})
    assert half == pytest.approx({"area": 30.0, "dead": 0.3})
    assert moved(NOW, {"dead": 0.9}, 5.0, {"dead"}) == {"dead": HIGHEST_SHARE}
    assert moved(NOW, {"dead": 0.0}, 5.0, {"dead"}) == {"dead": 0.0}


def test_an_unknown_parameter_is_named() -> None:
    with pytest.raises(InputError, match="did you mean 'area'"):
        moved(NOW, {"aera": 2.0}, 1.0, ())
