"""The cache is listed with sizes and ages, and cleared as asked, never of what is in use."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from phenolens.runs.cache import ABOUT, GOING, Cache
from phenolens.runs.stages import Stage

Call = Callable[..., tuple[int, str, str]]
OLD, NEW = Stage("prepare", {"a": 1}, "24 images"), Stage("train", {"a": 1}, "dino, vit, joint")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a cache of pixels that were used forty days ago and of a model."""
    with Cache(tmp_path) as cache:
        for stage in (OLD, NEW):
            cache.make(stage, lambda work: (work / "x").write_bytes(b"x" * 5000))
    then = time.time() - 40 * 86400
    os.utime(tmp_path / "prepare" / OLD.key / ABOUT, (then, then))
    return tmp_path


def test_the_list_says_size_age_and_contents(call: Call, root: Path) -> None:
    status, out, _ = call("cache", "--cache", root)
    assert status == 0
    old, new, total = out.splitlines()
    assert re.fullmatch(rf"prepare/{OLD.key} +5\.\d kB +40 d ago  24 images", old)
    assert new.endswith("s ago  dino, vit, joint")
    assert re.fullmatch(rf"2 stages, 10\.\d kB in {root}", total)
    with Cache(root) as cache:
        cache.make(NEW, lambda _: None)
        assert "in use  dino" in call("cache", "--cache", root)[1]
        listed = json.loads(call("cache", "--cache", root, "--json")[1])
    assert [entry["in_use"] for entry in listed] == [False, True]
    assert listed[0]["about"] == "24 images"


def test_what_fits_is_cleared_and_what_is_used_is_kept(call: Call, root: Path) -> None:
    with Cache(root) as cache:
        cache.make(NEW, lambda _: None)
        status, out, err = call("cache", "clear", "--cache", root, "--all")
    assert status == 0
    assert re.search(rf"cleared prepare/{OLD.key} \(5\.\d kB\): 24 images\n5\.\d kB freed", out)
    assert err == f"kept train/{NEW.key}: in use\n"
    assert not (root / "prepare" / OLD.key).exists()
    assert (root / "train" / NEW.key / "x").exists()


def test_what_a_killed_command_was_clearing_is_cleared(call: Call, root: Path) -> None:
    entry = root / "prepare" / OLD.key
    entry.rename(f"{entry}{GOING}0123abcd")
    assert call("cache", "clear", "--cache", root, "--stage", "train")[0] == 0
    assert not list((root / "prepare").iterdir())


@pytest.mark.parametrize(
    ("given", "cleared"),
    [
        (["--older-than", "30d"], [OLD]),
        (["--stage", "train"], [NEW]),
        ([f"train/{NEW.key}"], [NEW]),
        (["--stage", "train", "--older-than", "30d"], []),
    ],
    ids=["age", "stage", "name", "both"],
)
def test_stages_are_cleared_by_age_stage_and_name(
    call: Call, root: Path, given: list[str], cleared: list[Stage]
) -> None:
    assert call("cache", "clear", "--cache", root, *given)[0] == 0
    gone = [stage for stage in (OLD, NEW) if not (root / stage.name / stage.key).exists()]
    assert gone == cleared
