"""Only an answer, or the beginning of one, is written into; the pixels are looked at."""

from __future__ import annotations

from pathlib import Path

import pytest

from phenolens.auto.prepared import prepared, refuse_other
from phenolens.core.errors import InputError
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


@pytest.mark.parametrize("found", [("pixels",), ("pixels", "pixels.html", "phenolens-cache")])
def test_an_answer_that_was_killed_early_goes_on(tmp_path: Path, found: tuple[str, ...]) -> None:
    """Before the first choice is kept, and after a damaged choices.json was deleted."""
    for name in found:
        (tmp_path / name).mkdir()
    refuse_other(tmp_path)
    (tmp_path / "thesis.txt").touch()
    with pytest.raises(InputError, match=r"is not an answer"):
        refuse_other(tmp_path)


def test_pixels_and_their_page_are_there(plate: Path, tmp_path: Path) -> None:
    out = tmp_path / "answer"
    store, _ = prepared(plan(plate, platemap=str(plate / "map.csv")), plate.name, out, 1)
    assert len(store) == 24
    assert "compound" in store.meta
    assert (out / "pixels.html").is_file()
    refuse_other(out)
