"""Cards, notes and recipes changed by seed: an answer or one error, and nothing is written."""

from __future__ import annotations

import json
import os
import random
import shutil
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import tomli_w

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.encoders.conv_net import ConvNet
from phenolens.models.card import CARD, Card
from phenolens.models.folder import load, save
from phenolens.runs.recipe import Recipe, shipped_recipes

TRIES = 80
ODD: list[Any] = [
    *(
        None,
        True,
        0,
        -1,
        2**70,
        1e308,
        float("nan"),
        float("inf"),
        "",
        "\x00",
        "../../x",
        "os:system",
    ),
    *([], {}, [[]], {"a": {}}, "x" * 5000, ["../x"] * 3, "~", "/etc/passwd", "__class__"),
]


CHANGES = (
    *("os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.system", "os.exec", "os.fork"),
    *("os.posix_spawn", "subprocess.", "socket."),
)


class Watch:
    """Collects what this process writes, starts or deletes while it is on."""

    def __init__(self) -> None:
        self.on, self.seen = False, list[str]()
        sys.addaudithook(self)

    def __call__(self, event: str, given: tuple[Any, ...]) -> None:
        if not self.on:
            return
        if event == "open":
            flags = given[2] if isinstance(given[2], int) else 0
            if flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
                self.seen.append(f"open {given[0]}")
        elif event.startswith(CHANGES):
            self.seen.append(event)


@pytest.fixture(scope="module")
def watch() -> Watch:
    return Watch()  # a hook stays for as long as the process does


def changed(table: Any, draw: random.Random) -> Any:
    """Return a copy with one value replaced, removed or put under another name."""
    table = json.loads(json.dumps(table))
    places = list(_places(table))
    holder, key = draw.choice(places)
    what = draw.random()
    if what < 0.2:
        del holder[key]
    elif what < 0.3 and isinstance(holder, dict):
        holder[draw.choice(["../x", "", "name", "os", "\x00"])] = holder.pop(key)
    else:
        holder[key] = draw.choice(ODD)
    return table


def _places(node: Any) -> Iterator[tuple[Any, Any]]:
    for key in list(node) if isinstance(node, dict) else range(len(node)):
        yield node, key
        if isinstance(node[key], dict | list):
            yield from _places(node[key])


def tried(watch: Watch, read: Callable[[], object]) -> None:
    """Read; only an `InputError` may be raised, and nothing may be written or started."""
    watch.seen.clear()
    watch.on = True
    try:
        read()
    except InputError as error:
        said = str(error)
    else:
        said = ""
    finally:
        watch.on = False
    assert "\n" not in said
    assert watch.seen == []


def test_cards_of_models(tmp_path: Path, watch: Watch) -> None:
    encoder = ConvNet(("DNA",))
    card = Card(encoder={"name": "conv_net"}, channels=("DNA",))
    whole = save(tmp_path / "whole", card, encoder)
    load(whole)  # what reading needs is imported
    text = json.loads((whole / CARD).read_text())
    draw = random.Random(0)
    folder = Path(shutil.copytree(whole, tmp_path / "model"))
    for _ in range(TRIES):
        (folder / CARD).write_text(json.dumps(changed(text, draw)))
        tried(watch, lambda: load(folder))


def test_notes_of_tables(tmp_path: Path, watch: Watch) -> None:
    meta = pd.DataFrame({"plate": ["0042", "42"], "well": ["A01", "A02"]})
    path = tmp_path / "t.csv"
    Profiles(meta, np.ones((2, 2), np.float32), ("a", "b"), ({"step": "x"},)).save(path)
    Profiles.load(path)
    note = json.loads(path.with_name("t.csv.json").read_text())
    draw = random.Random(1)
    for _ in range(TRIES):
        path.with_name("t.csv.json").write_text(json.dumps(changed(note, draw)))
        tried(watch, lambda: Profiles.load(path))


def test_recipes(tmp_path: Path, watch: Watch) -> None:
    shipped = shipped_recipes()["quickstart"]
    Recipe.load(shipped)
    table = tomllib.loads(shipped.read_text())
    draw, path = random.Random(2), tmp_path / "r.toml"
    for _ in range(TRIES):
        made = changed(table, draw)
        try:
            path.write_text(tomli_w.dumps(made))
        except (TypeError, ValueError):  # TOML has no null
            continue
        tried(watch, lambda: Recipe.load(path))


def test_the_watch_sees_what_is_written(tmp_path: Path, watch: Watch) -> None:
    with pytest.raises(AssertionError):
        tried(watch, lambda: (tmp_path / "x").write_text("x"))
