"""A record holds a step's name in recipes and its parameters, and JSON can write it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from phenolens.core.step_record import plain, step_record
from phenolens.profiling.scale_to_percentiles import ScaleToPercentiles


@dataclass(frozen=True, kw_only=True)
class Halve:
    """A step that no room lists."""

    by: float = 2.0
    on: tuple[str, ...] = ("plate",)

    replayed: ClassVar[bool] = False


def test_a_step_of_a_room_has_the_name_of_its_file() -> None:
    assert step_record(ScaleToPercentiles())["step"] == "scale_to_percentiles"


def test_another_step_has_the_name_of_its_class() -> None:
    assert step_record(Halve(by=4.0)) == {
        "step": "halve",
        "parameters": {"by": 4.0, "on": ["plate"]},
    }


def test_a_callable_without_fields_has_no_parameters() -> None:
    assert step_record(print)["parameters"] == {}


def test_what_is_plain_can_be_written_as_json() -> None:
    value = {1: np.int64(3), "a": np.arange(2), "s": {"x"}, "n": None, "p": Path("a"), "b": True}
    assert json.loads(json.dumps(plain(value))) == {
        "1": 3,
        "a": [0, 1],
        "s": ["x"],
        "n": None,
        "p": "a",
        "b": True,
    }
