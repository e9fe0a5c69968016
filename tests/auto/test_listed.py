"""One list of choices: what was understood first, then what is decided, then what was given."""

from __future__ import annotations

from pathlib import Path

import pytest

from phenolens.auto.asked import Asked
from phenolens.auto.choice import Choice
from phenolens.auto.listed import listed, whole
from phenolens.core.errors import InputError
from phenolens.intake.prepare import plan


def test_the_list_begins_with_what_was_understood(plate: Path) -> None:
    planned = plan(plate, platemap=str(plate / "map.csv"))
    made = listed(planned, Asked(changes=("training.epochs=2",)))
    names = [one.name for one in made]
    assert names[:5] == ["layout", "images", "channels", "plates", "wells"]
    assert {"controls", "size", "method", "encoder", "score"} <= set(names)
    by_name = {one.name: one for one in made}
    assert by_name["layout"].value == "image_folder"
    assert by_name["layout"].reason.startswith("recognised, certainty 0.")
    assert by_name["channels"].value == "2: DNA, ER"
    assert by_name["controls"].value == "4 wells per plate"
    assert by_name["recipe"].value == "training.epochs=2"
    assert "training" not in names, "the epochs were given, and not the minutes"
    assert "1 minute" in [one.value for one in listed(planned, Asked(minutes=1))]


def test_a_mistake_is_refused_before_pixels_are_read(plate: Path) -> None:
    planned = plan(plate, platemap=str(plate / "map.csv"))
    with pytest.raises(InputError, match=r"--recipe-set training\.epoch=2: training"):
        listed(planned, Asked(changes=("training.epoch=2",)))


def test_a_model_folder_brings_its_own_pixel_steps(plate: Path) -> None:
    planned = plan(plate, platemap=str(plate / "map.csv"))
    own = {one.name for one in listed(planned, Asked(model="some/folder"))}
    assert not {"size", "illumination", "intensity"} & own
    frozen = {one.name: one.reason for one in listed(planned, Asked(model="timm:vit"))}
    assert "mean 0" not in frozen["intensity"]


def test_what_is_decided_later_takes_the_place_of_its_name() -> None:
    first = [Choice("channels", "2", "all"), Choice("size", "as it is", "small")]
    later = [Choice("size", "resized", "large"), Choice("chain", "sphere", "best")]
    assert [one.value for one in whole(first, later)] == ["2", "resized", "sphere"]
    assert whole((), later) == tuple(later)
