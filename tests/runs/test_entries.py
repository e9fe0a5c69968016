"""A cache is listed with sizes and ages, and cleared of what no process uses."""

from __future__ import annotations

import errno
import os
import time
from functools import partial
from pathlib import Path

import pytest
from filelock import FileLock

from phenolens.core.errors import InputError
from phenolens.runs.cache import ABOUT, GOING, Cache
from phenolens.runs.entries import choose, entries, seconds_of
from phenolens.runs.leftovers import clear_cache
from phenolens.runs.stages import Stage

OLD, NEW = Stage("prepare", {"a": 1}, "old pixels"), Stage("prepare", {"a": 2}, "new pixels")
MODEL = Stage("train", {"a": 1}, "a model")


def fill(size: int, work: Path) -> None:
    (work / "x").write_bytes(b"x" * size)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a cache of three entries: one ten days old, one used a minute ago, and a model."""
    with Cache(tmp_path) as cache:
        for stage, size in ((OLD, 1000), (NEW, 10), (MODEL, 100)):
            cache.make(stage, partial(fill, size))
    now = time.time()
    for stage, age in ((OLD, 10 * 86400), (NEW, 60)):
        os.utime(cache.path(stage) / ABOUT, (now - age, now - age))
    return tmp_path


def names(stages: list[Stage]) -> list[str]:
    return [f"{stage.name}/{stage.key}" for stage in stages]


def test_entries_are_listed_by_stage_the_last_used_first(root: Path) -> None:
    listed = entries(root)
    assert [entry.name for entry in listed] == names([NEW, OLD, MODEL])
    old = listed[1]
    assert (old.about, old.finished, old.in_use()) == ("old pixels", True, False)
    assert 1000 < old.size < 2000
    assert time.time() - old.used == pytest.approx(10 * 86400, abs=60)


def test_a_folder_that_is_no_cache_is_refused(tmp_path: Path) -> None:
    assert entries(tmp_path) == []
    with pytest.raises(InputError, match="no cache here; name its folder with --cache"):
        entries(tmp_path / "absent")


@pytest.mark.parametrize(
    ("given", "stage", "older", "chosen"),
    [
        ((), None, None, [NEW, OLD, MODEL]),
        ((), "prepare", None, [NEW, OLD]),
        ((), None, "9d", [OLD]),
        ((), "train", "9d", []),
        ((MODEL.key[:6],), None, None, [MODEL]),
        ((f"prepare/{OLD.key}", MODEL.key), None, "1w", [OLD]),
    ],
)
def test_entries_are_chosen_by_name_stage_and_age_together(
    root: Path, given: tuple[str, ...], stage: str | None, older: str | None, chosen: list[Stage]
) -> None:
    assert [entry.name for entry in choose(entries(root), given, stage, older)] == names(chosen)


@pytest.mark.parametrize(
    ("given", "stage", "older", "message"),
    [
        (("ffff",), None, None, "ffff: no such entry"),
        (("",), None, None, "'': no such entry"),
        ((), "prepar", None, "prepar: no such stage; did you mean 'prepare'"),
        ((), None, "30", "expected an age, got '30'; a number with s, m, h, d or w, as 30d"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    root: Path, given: tuple[str, ...], stage: str | None, older: str | None, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        choose(entries(root), given, stage, older)


def test_what_is_used_or_being_made_is_never_removed(root: Path) -> None:
    with Cache(root) as cache:
        used = cache.make(OLD, lambda _: None)
        by_name = {entry.name: entry for entry in entries(root)}
        old, new, model = (by_name[name] for name in names([OLD, NEW, MODEL]))
        assert old.in_use()
        assert not old.remove()
        assert (used / "x").exists()

        def slowly(_: Path) -> None:
            entry = next(entry for entry in entries(root) if not entry.finished)
            assert entry.in_use()
            assert not entry.remove()
            assert "unfinished" in entry.about

        cache.make(Stage("embed", {"a": 3}), slowly)
        assert new.remove()
        assert model.remove()
    assert old.remove()
    left = [entry.name for entry in entries(root)]
    assert left == [f"embed/{Stage('embed', {'a': 3}).key}"]
    assert not list(root.rglob("*.going-*"))


def test_what_a_killed_run_left_is_listed_and_removed(root: Path) -> None:
    def killed(work: Path) -> None:
        (work / "half").write_bytes(b"x" * 50)
        raise KeyboardInterrupt

    with Cache(root) as cache, pytest.raises(KeyboardInterrupt):
        cache.make(Stage("embed", {"b": 1}), killed)
    left = entries(root)[-1]
    assert (left.stage, left.finished, left.size, left.in_use()) == ("embed", False, 50, False)
    assert left.remove()
    assert not left.path.exists()


def test_ages_are_read_in_every_unit() -> None:
    assert [seconds_of(age) for age in ("1s", "2m", "3h", "4d", " 1w")] == [
        1,
        120,
        10800,
        345600,
        604800,
    ]


def test_a_damaged_entry_is_listed_and_can_be_removed(root: Path) -> None:
    with Cache(root) as cache:
        (cache.path(OLD) / ABOUT).write_text("{nonsense")
        (cache.path(MODEL) / ABOUT).unlink()
    about = {entry.key: entry.about for entry in entries(root)}
    damaged = "damaged; its next run makes it again"
    assert about == {OLD.key: damaged, NEW.key: "new pixels", MODEL.key: damaged}
    assert all(entry.remove() for entry in entries(root))
    assert entries(root) == []


def test_a_cache_that_can_only_be_read_is_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = Stage("prepare", {"a": 1}, "pixels")
    with Cache(tmp_path) as cache:
        cache.make(stage, lambda work: (work / "x").write_bytes(b"x"))

    def refused(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(FileLock, "acquire", refused)
    (entry,) = entries(tmp_path)
    assert not entry.in_use()


def test_what_a_link_leads_to_is_neither_listed_nor_deleted(tmp_path: Path) -> None:
    """A stage, or all of one kind, may have been moved to another disk, where no mark is."""
    cache, elsewhere = tmp_path / "cache", tmp_path / "elsewhere"
    with Cache(cache) as stages:
        stages.make(OLD, partial(fill, 10))
        stages.make(MODEL, partial(fill, 10))
    (cache / "train").rename(elsewhere)
    (cache / "train").symlink_to(elsewhere)
    thesis = elsewhere / f"{MODEL.key}{GOING}01234567" / "thesis.txt"
    thesis.parent.mkdir()
    thesis.write_text("kept")
    (cache / "prepare" / OLD.key).rename(tmp_path / "pixels")
    (cache / "prepare" / OLD.key).symlink_to(tmp_path / "pixels")
    clear_cache(cache)
    assert entries(cache) == []
    assert thesis.read_text() == "kept"
    assert (tmp_path / "pixels" / "x").exists()
