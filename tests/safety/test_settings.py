"""Every setting of every constructor: a bad value is refused by name, or it does no harm.

Walks the whole catalogue and the settings classes of a recipe, nested ones included. Each annotated
parameter is given each bad value. The constructor refuses it with an InputError that names the
parameter, or what it made is used once: then nothing but an InputError may be raised, and no figure
may be NaN.
"""

from __future__ import annotations

import dataclasses
import inspect
import math
import re
import typing
import warnings
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from phenolens.core.construct import construct
from phenolens.core.errors import InputError
from phenolens.core.machine import Machine
from phenolens.core.profile_table import ProfileTable
from phenolens.core.profiles import Profiles
from phenolens.core.registry import catalogue
from phenolens.core.roles import with_roles
from phenolens.core.screen import Images, Rows, Screen
from phenolens.embedding.embed import EmbeddingSettings
from phenolens.embedding.tiles import Tiles
from phenolens.methods.base import Clock
from phenolens.metrics.base import example_of
from phenolens.runs.recipe import Recipe
from phenolens.training.settings import Training
from phenolens.views.augment import Intensity
from phenolens.views.crops import Crops
from phenolens.views.pairing import Pairing
from phenolens.views.sampler import Sampler
from phenolens.views.stream import ViewSettings

BAD: tuple[Any, ...] = (
    *(0, -1, -0.5, 1e-300, 1e300, 10**12, -(10**12), 10**400),
    *(math.nan, math.inf, -math.inf, True, None, "", "text", "../x", "a\0b"),
    *([], [0], [-1], [math.nan], [math.inf, 1.0], ["text"], ["text", "text"], [10**12]),
    *({}, {"x": 1}, {"x": {}}, [[]], [{}]),
)
# What a few must be given, or small counts for what costs much.
NEEDED: dict[str, dict[str, Any]] = {
    "image_folder": {"pattern": r"(?P<well>[A-P]\d\d)"},
    "time_lapse": {"pattern": r"(?P<well>[A-P]\d\d)_(?P<time>\d+)"},
    "resize": {"factor": 0.5},
    "crop_cells": {"table": "absent.csv"},
    "select_channels": {"channels": ["DNA"]},
    "where": {"query": "control"},
    "tvn": {"family": "efaar"},
    "PairTable": {"file": "pairs.csv"},
    "Blocklist": {"file": "pairs.csv"},
    "ProfileTable": {"table": "absent.csv"},
}
QUICK = {"permutations": 1, "null_size": 5, "resamples": 5, "draws": 2, "parts": 0, "folds": 2}
Use = Callable[[Any], object]


def _wells() -> Profiles:
    """Return 8 compounds and a control on four plates of two batches."""
    rng = np.random.default_rng(1)
    rows = [
        {
            "plate": f"p{plate}",
            "well": f"A{k + 1:02d}",
            "batch": f"w{plate // 2}",
            "compound": "DMSO" if k > 7 else f"c{k}",
            "concentration": np.nan if k > 7 else 1.0 + plate % 3,
            "moa": None if k > 7 else f"m{k // 2}",
            "count": 100.0 + k + plate,
        }
        for plate in range(4)
        for k in range(10)
    ]
    return Profiles(meta=with_roles(pd.DataFrame(rows)), features=rng.normal(size=(40, 4)))


WELLS = _wells()


def _read(rows: Rows) -> Images:
    shape = (len(rows), 2, 24, 24)
    return np.random.default_rng(0).integers(0, 999, shape).astype(np.uint16)


SCREEN = Screen(meta=WELLS.meta, channels=("DNA", "Actin"), read=_read, size=(24, 24))


def _use_metric(metric: Any) -> None:
    score = metric(WELLS)
    assert math.isfinite(score.value)


def _use_step(step: Any) -> None:
    assert np.isfinite(step(WELLS).features).all()


def _use_pixel_step(step: Any) -> None:
    made = step(SCREEN)
    if made.size != (24, 24):
        assert max(made.size) <= 96
    assert made.read(np.arange(2)).shape[2:] == made.size


def _use_layout(layout: Any) -> None:
    if type(layout).__name__ != "Synthetic":
        layout(Path("absent"))
    elif layout.size <= 64 and layout.sites < 10:
        screen = layout(Path())
        assert screen.read(np.array([len(screen) - 1])).dtype == np.uint16


def _use_views(views: ViewSettings) -> None:
    _use_crops(views.crops)
    _use_intensity(views.intensity)
    _use_pairing(views.pairs)
    if views.where:
        SCREEN.where(views.where)


def _use_crops(crops: Crops) -> None:
    images, generator = torch.rand(2, 1, 24, 24), torch.Generator()
    for kind, size in crops.sizes.items():
        if size <= 224:
            (one, *_) = crops.cut(images, kind, 1, generator)
            assert bool(torch.isfinite(one).all())


def _use_intensity(intensity: Intensity) -> None:
    changed = intensity(torch.rand(4, 2, 8, 8), torch.Generator())
    assert not bool(torch.isnan(changed).any())


def _use_pairing(pairing: Pairing) -> None:
    Sampler(SCREEN.meta, pairing, 8, 0).rows(0, 0)


def _use_tiles(tiles: Tiles) -> None:
    tiles.cut(torch.rand(1, 1, 24, 24))


USES: dict[type, Use] = {
    Training: lambda _: None,
    ViewSettings: _use_views,
    EmbeddingSettings: lambda made: _use_tiles(made.tiles),
    Machine: lambda _: None,
    ProfileTable: lambda made: made.load(Path("absent")),
}
ROOMS: dict[str, Use] = {
    "metrics": _use_metric,
    "profiling": _use_step,
    "pixels": _use_pixel_step,
    "screens": _use_layout,
}


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in a folder of its own, with the one file that a setting may name."""
    monkeypatch.chdir(tmp_path)
    Path("pairs.csv").write_text("entity1,entity2\nc0,c1\n")


def _settings_of(name: str, maker: Any) -> dict[str, Any]:
    """Return settings with which the maker works, and quickly."""
    if hasattr(maker, "better"):  # a metric
        example = example_of(maker)
        whole = {f.name: getattr(example, f.name) for f in dataclasses.fields(example)}
        return whole | {k: v for k, v in QUICK.items() if k in whole}
    return NEEDED.get(name, {})


def _cases() -> Iterator[Any]:
    for room, use in ROOMS.items():
        for name, entry in catalogue(room).items():
            maker: Any = entry.load()
            yield pytest.param(maker, _settings_of(name, maker), use, id=f"{room}/{name}")
    for kind, use in USES.items():
        yield pytest.param(kind, NEEDED.get(kind.__name__, {}), use, id=kind.__name__)


def _nested(hint: Any) -> Iterator[Any]:
    """Yield the dataclasses that an annotation names."""
    for one in (hint, *typing.get_args(hint)):
        if inspect.isclass(one) and dataclasses.is_dataclass(one):
            yield one


def _tables(maker: Any, given: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the name of a parameter and settings in which it has a bad value."""
    of_init = not dataclasses.is_dataclass(maker)
    hints = typing.get_type_hints(maker.__init__ if of_init else maker)
    for name, parameter in inspect.signature(maker).parameters.items():
        if parameter.kind is not parameter.KEYWORD_ONLY and of_init:
            continue  # what a recipe does not give: the channels, an encoder
        for value in BAD:
            yield name, {**given, name: value}
        for kind in _nested(hints[name]):
            for inner, table in _tables(kind, NEEDED.get(kind.__name__, {})):
                yield inner, {**given, name: table}


def _is_strange(value: Any) -> bool:
    return isinstance(value, str) and value in ("../x", "a\0b")


def _holds_text(table: Any, message: str) -> bool:
    """Return whether a message names a text among the settings, as a column that is not there."""
    if isinstance(table, Mapping):
        return any(_holds_text(value, message) for value in table.values())
    return isinstance(table, str) and repr(table) in message


def _hold(maker: Any, given: Mapping[str, Any], use: Use, **fixed: object) -> list[str]:
    """Return what is wrong with the constructor: one line per parameter and value."""
    wrong = []
    for name, table in _tables(maker, given):
        said = f"{name} = {str(table)[:200]}"
        try:
            made = construct(maker, table, "here", **fixed)
        except InputError as error:
            if name not in str(error) and not _holds_text(table, str(error)):
                wrong.append(f"{said}: refused without its name: {error}")
            continue
        except Exception as error:  # what the test is for
            wrong.append(f"{said}: {type(error).__name__}: {error}")
            continue
        if use in (_use_metric, _use_step) and _is_strange(table.get(name)):
            continue  # a column like any other that is not there
        try:
            use(made)
        except InputError:
            continue
        except Exception as error:
            wrong.append(f"{said}: used: {type(error).__name__}: {str(error)[:200]}")
    return wrong


@pytest.mark.parametrize(("maker", "given", "use"), list(_cases()))
def test_a_bad_value_is_refused_by_name_or_does_no_harm(
    maker: Any, given: dict[str, Any], use: Use
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what a metric says of a degenerate table
        assert not _hold(maker, given, use)


@pytest.mark.parametrize("name", list(catalogue("encoders")))
def test_an_encoder_refuses_by_name(name: str) -> None:
    maker: Any = catalogue("encoders")[name].load()
    try:
        example, images = maker.example()
    except InputError as error:
        pytest.skip(str(error))  # an extra that is not installed

    def use(encoder: Any) -> None:
        assert bool(torch.isfinite(encoder(images)).all())

    small: dict[str, Any] = {"conv_net": {"widths": [8, 8]}, "vit": {"size": "tiny", "depth": 1}}
    small |= {"timm": {"model": "resnet10t", "size": 64, "pretrained": False}}
    if name in ("onnx", "transformers"):
        pytest.skip("needs a file: see its own tests")
    given = small.get(name, {})
    assert not _hold(maker, given, use, channels=example.channels)


@pytest.mark.parametrize("name", list(catalogue("methods")))
def test_a_method_refuses_by_name(name: str) -> None:
    maker: Any = catalogue("methods")[name].load()
    example, views = maker.example()
    small = {
        k: 16 for k in ("out", "hidden", "bottleneck") if k in inspect.signature(maker).parameters
    }

    def use(method: Any) -> None:
        terms, _ = method(views, Clock(step=0, steps=2, epoch=0, epochs=2))
        assert all(bool(torch.isfinite(term.detach())) for term in terms.values())

    assert not _hold(maker, small, use, encoder=example.encoder, facts=example.facts)


def test_the_page_of_bad_input_says_what_is_said() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "bad-input.md").read_text("utf-8")
    section = page.split("## Settings out of range")[1].split("\n## ")[0]
    said = re.findall(
        r"^- `((?:training|views|encoder|screen)\..*?)`: `(.*)`$", section, re.MULTILINE
    )
    assert len(said) == 7
    for change, message in said:
        with pytest.raises(InputError) as error:
            Recipe.load("quickstart", [change.replace(" = ", "=", 1)])
        assert str(error.value) == f"quickstart.toml: {message}"
