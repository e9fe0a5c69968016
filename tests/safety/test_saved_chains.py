"""A saved chain from anybody: what is damaged or lies is named in one line with its file."""

from __future__ import annotations

import copy
import random
import shutil
import tomllib
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import tomli_w

from phenolens.chains.fitted import FittedChain, fit_chain
from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles

_HEADER = "{'descr': '<f8', 'fortran_order': False, 'shape': %s}"
_VALUES: tuple[Any, ...] = (
    "x",
    3,
    -1,
    1e308,
    [],
    [1, "a"],
    True,
    10**18,
    "../../x",
    "a" * 9999,
    "\x1b[31m\x00",
)


@pytest.fixture(scope="module")
def wells() -> Profiles:
    rng = np.random.default_rng(0)
    compounds = (["DMSO"] * 8 + ["a", "b", "c", "d"] * 4) * 2
    meta = pd.DataFrame({"plate": ["p1"] * 24 + ["p2"] * 24, "compound": compounds})
    meta["control"] = meta["compound"] == "DMSO"
    return Profiles(meta, rng.normal(size=(48, 4)).astype(np.float32))


@pytest.fixture(scope="module")
def saved(wells: Profiles, tmp_path_factory: pytest.TempPathFactory) -> Path:
    chain = fit_chain(wells, "standardize,sphere(regularization=1)")
    return chain.save(tmp_path_factory.mktemp("chains") / "saved")


@pytest.fixture
def chain(saved: Path, tmp_path: Path) -> Path:
    return shutil.copytree(saved, tmp_path / "chain")


def _array(header: str) -> bytes:
    text = f"{header}\n".encode()
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text


def _arrays(chain: Path) -> Path:
    (path,) = chain.glob("arrays-*.npz")
    return path


def _message(chain: Path) -> str:
    with pytest.raises(InputError) as caught:
        FittedChain.load(chain)
    text = str(caught.value)
    assert text.startswith(str(chain))
    assert len(text) < 2500
    assert text.isprintable()
    return text


def _ended(call: Callable[[], object]) -> str:
    """Return the message of an error of the input; nothing where there was none."""
    try:
        call()
    except InputError as error:
        return str(error)
    return ""


def test_the_arrays_come_back_as_they_were(wells: Profiles, saved: Path) -> None:
    expected = fit_chain(wells, "standardize,sphere(regularization=1)")(wells)
    assert FittedChain.load(saved)(wells).features.tobytes() == expected.features.tobytes()


@pytest.mark.parametrize(
    "content",
    [
        _array(_HEADER % "(1000000000000,)") + bytes(64),
        _array(_HEADER % f"({10**30},)") + bytes(64),
        _array(_HEADER % "(-2, -4)") + bytes(64),
        _array(_HEADER.replace("<f8", "|O") % "(2,)") + bytes(16),
        _array(_HEADER.replace("<f8", "<m8") % "(2,)") + bytes(16),
        _array("(" * 3000 + ")" * 3000),
        _array("{'descr': '''"),
        b"PK\x03\x04",
        b"\x80\x04cos\nsystem\n.",
        b"",
    ],
)
def test_an_array_that_lies(chain: Path, content: bytes) -> None:
    with zipfile.ZipFile(_arrays(chain), "w") as archive:
        archive.writestr("0.kept.npy", content)
    assert "cannot be read as arrays" in _message(chain)


def test_arrays_that_are_larger_than_their_file(chain: Path) -> None:
    path = _arrays(chain)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("0.kept.npy", _array(_HEADER % "(1000000,)") + bytes(8_000_000))
    assert path.stat().st_size < 10_000
    assert "more than the file" in _message(chain)


@pytest.mark.parametrize("name", ["chain.toml", "arrays"])
def test_a_file_that_is_damaged(chain: Path, name: str) -> None:
    path = _arrays(chain) if name == "arrays" else chain / name
    whole, draw = path.read_bytes(), random.Random(0)
    for content in (b"", b"\xff\xfe\0", whole[: len(whole) // 2], b"hello\n", bytes(99)):
        path.write_bytes(content)
        assert _message(chain)
    for _ in range(60):  # some bytes say nothing: dates in an archive, blanks
        at = draw.randrange(len(whole))
        path.write_bytes(whole[:at] + draw.randbytes(1) + whole[at + 1 :])
        said = _ended(lambda: FittedChain.load(chain))
        assert not said or said.startswith(str(chain))


def _places(node: Any, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    inner = node.items() if isinstance(node, dict) else enumerate(node)
    for key, value in inner if isinstance(node, dict | list) else ():
        yield (*above, key)
        if isinstance(value, dict | list):
            yield from _places(value, (*above, key))


def test_a_value_of_another_kind(chain: Path, wells: Profiles) -> None:
    path, draw = chain / "chain.toml", random.Random(1)
    whole = tomllib.loads(path.read_text())
    for place in _places(whole):
        for value in draw.sample(_VALUES, 2):
            changed = copy.deepcopy(whole)
            node = changed
            for key in place[:-1]:
                node = node[key]
            node[place[-1]] = value
            path.write_text(tomli_w.dumps(changed))
            said = _ended(lambda: FittedChain.load(chain)(wells))
            assert not said or (said.isprintable() and len(said) < 4000)
