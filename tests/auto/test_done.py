"""An answer is done only with the same images, and with every file as it was written."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from phenolens.auto import done as module
from phenolens.auto.asked import Asked
from phenolens.auto.believed import Believed
from phenolens.auto.done import done, keep_done
from phenolens.core.errors import InputError
from phenolens.core.progress import silent
from phenolens.core.screen import Screen

FOUND = Believed(("One.",), ("Two.",))


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of an answer whose run is whole."""
    for name in ("recipe.toml", "audit.html", "run/answer.json", "run/profiles.parquet"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name, encoding="utf-8")
    monkeypatch.setattr(module, "is_whole", lambda folder, say: (folder.root.name, say) is not None)
    monkeypatch.setattr(module, "keep_page", lambda folder, say: say(f"page of {folder.root.name}"))
    return tmp_path


def test_a_finished_answer_is_recognised(place: Path, tiny_screen: Screen) -> None:
    assert done(place, tiny_screen, Asked(), silent) is None
    keep_done(place, tiny_screen, Asked(), FOUND)
    lines: list[str] = []
    found = done(place, tiny_screen, Asked(), lines.append)
    assert lines == ["page of run", f"{place} is done"]
    assert found is not None
    assert (found.can, found.cannot) == (FOUND.can, FOUND.cannot)
    with pytest.raises(InputError, match="another question: seed"):
        done(place, tiny_screen, Asked(seed=1), silent)


def test_other_images_and_changed_files_are_not(place: Path, tiny_screen: Screen) -> None:
    keep_done(place, tiny_screen, Asked(), FOUND)
    other = replace(tiny_screen, meta=tiny_screen.meta.assign(compound="x"))
    assert done(place, other, Asked(), silent) is None
    (place / "audit.html").write_text("another", encoding="utf-8")
    lines: list[str] = []
    assert done(place, tiny_screen, Asked(), lines.append) is None
    assert "audit.html: is damaged" in lines[0]


def test_a_run_that_is_not_whole_is_made_again(
    place: Path, tiny_screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep_done(place, tiny_screen, Asked(), FOUND)
    monkeypatch.setattr(module, "is_whole", lambda folder, say: (folder, say) is None)
    assert done(place, tiny_screen, Asked(), silent) is None
