"""Lightly's losses as judges, where lightly is installed: it is no dependency of ours."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

_PACKAGES = ("lightly", "lightly.loss", "lightly.models", "lightly.models.modules")


@pytest.fixture
def judge(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str, str], Any]]:
    """Return what gives a class of `lightly.loss` by module and name; skip without lightly.

    Each file is imported alone: the package itself needs torchvision.
    """
    spec = importlib.util.find_spec("lightly")
    if spec is None or not spec.submodule_search_locations:
        pytest.skip("lightly is not installed")
    root = Path(next(iter(spec.submodule_search_locations)))
    for name in _PACKAGES:
        package = ModuleType(name)
        package.__path__ = [str(root.joinpath(*name.split(".")[1:]))]
        monkeypatch.setitem(sys.modules, name, package)
    vision = ModuleType("torchvision.ops")
    vision.StochasticDepth = object  # type: ignore[attr-defined]
    for name in ("torchvision", "torchvision.ops"):
        if name not in sys.modules:
            monkeypatch.setitem(sys.modules, name, vision)

    def load(module: str, name: str) -> Any:
        return getattr(importlib.import_module(f"lightly.loss.{module}"), name)

    yield load
    for name in [name for name in sys.modules if name.startswith("lightly.")]:
        del sys.modules[name]
