"""The same plate and well in two files: a copy is refused, anything else is warned of."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.core.repeats import repeated_places


def wells(x: float, *names: str, plate: str = "P1") -> Profiles:
    meta = pd.DataFrame({"plate": plate, "well": list(names)})
    return Profiles(meta=meta, features=np.full((len(names), 1), float(x)))


def test_a_copy_is_refused_with_both_files() -> None:
    parts = [wells(1, "A01", "A02"), wells(2, "A01", plate="P2"), wells(1, "A02", "A03")]
    with pytest.raises(InputError, match=r"plate P1, well A02 is in a and, .* in c \(1 such row"):
        list(repeated_places(parts, ["a", "b", "c"]))


def test_other_values_of_one_place_and_a_plate_in_two_files_are_named() -> None:
    two = [wells(1, "A01"), wells(2, "A01")]
    assert list(repeated_places(two, "ab")) == [
        "plate P1, well A01 is in a and in b (1 places are in both)"
    ]
    halves = [wells(1, "A01"), wells(2, "A02")]
    assert list(repeated_places(halves, "ab")) == ["plate P1 is in a and in b"]
    assert not list(repeated_places([wells(1, "A01"), wells(1, "A01", plate="P2")], "ab"))
    no_plate = Profiles(meta=pd.DataFrame({"x": [1]}), features=np.ones((1, 1)))
    assert not list(repeated_places([no_plate, no_plate], "ab"))
