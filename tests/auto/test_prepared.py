"""Only an answer, or the beginning of one, is written into; the pixels are looked at."""

from __future__ import annotations

from pathlib import Path

import pytest

from phenolens.auto.asked import Asked
from phenolens.auto.learned import STORE
from phenolens.auto.prepared import begin, prepared, refuse_other
from phenolens.core.errors import InputError
from phenolens.core.registry import build
from phenolens.intake.prepare import plan


def test_other_folders_are_refused(tmp_path: Path) -> None:
    refuse_other(tmp_path / "new")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.txt").touch()
    with pytest.raises(InputError, match=r"holds thesis.txt, and is not an answer"):
        refuse_other(tmp_path / "full")
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="is a file"):
        refuse_other(tmp_path / "file")


@pytest.mark.parametrize("name", ["choices.json", "pixels.html"])
def test_a_file_of_the_user_with_a_name_of_ours_is_no_answer(tmp_path: Path, name: str) -> None:
    own = tmp_path / "work" / name
    own.parent.mkdir()
    own.write_text('{"lunch": ["soup"]}')
    with pytest.raises(InputError, match=r"is not (of )?an answer"):
        refuse_other(own.parent)


def test_whatever_a_killed_process_left_is_an_answer(tmp_path: Path) -> None:
    begin(tmp_path, Asked())
    (tmp_path / "phenolens-cache").mkdir()  # as after the timing of epochs
    refuse_other(tmp_path)


def test_pixels_and_their_page_are_there(plate: Path, tmp_path: Path) -> None:
    out = tmp_path / "answer"
    store, _ = prepared(plan(plate, platemap=str(plate / "map.csv")), plate.name, out, 1)
    assert len(store) == 24
    assert "compound" in store.meta
    assert (out / "pixels.html").is_file()


def test_marked_controls_are_in_the_store_that_the_recipe_reads(
    plate: Path, tmp_path: Path
) -> None:
    planned = plan(plate, platemap=str(plate / "map.csv"), controls="compound == 'c3'")
    prepared(planned, plate.name, tmp_path, 1)
    layout = build("screens", {"layout": "prepared", "store": STORE}, "screen")
    meta = layout(tmp_path).meta
    assert meta.loc[meta["control"], "compound"].tolist() == ["c3", "c3"]
    page = (tmp_path / "pixels.html").read_text(encoding="utf-8")
    assert "controls: 2 of 24 wells" in page
    with pytest.raises(InputError, match=r"another screen \(images or metadata differ\)"):
        prepared(plan(plate, platemap=str(plate / "map.csv")), plate.name, tmp_path, 1)
