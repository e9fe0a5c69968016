"""The extras are those of pyproject.toml."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest

from phenolens.core.errors import InputError
from phenolens.core.extras import EXTRAS, extra_of, import_extra, install

PROJECT = Path(__file__).resolve().parents[2] / "pyproject.toml"
_DISTRIBUTION = {"umap": "umap-learn"}  # module -> what pip calls it, where that differs
_OURS = {"compare", "dev"}  # for those who work on phenolens


def test_they_install_what_the_project_says() -> None:
    extras = tomllib.loads(PROJECT.read_text())["project"]["optional-dependencies"]
    named = {
        extra: {re.split(r"[<>=]", text)[0] for text in needs}
        for extra, needs in extras.items()
        if extra not in _OURS
    }
    ours = {
        extra: {_DISTRIBUTION.get(name, name).replace("_", "-") for name in modules}
        for extra, modules in EXTRAS.items()
    }
    assert ours == named


def test_a_module_belongs_to_an_extra_or_to_none() -> None:
    assert extra_of("lightning_fabric") == "train"
    assert extra_of("umap.umap_") == "report"
    assert extra_of("pandas") is None
    assert install("report") == "pip install 'phenolens[report]'"


def test_what_is_there_is_imported() -> None:
    assert import_extra("json", needed_by="harmony", extra="harmony") is json


def test_what_is_absent_is_named_with_its_fix() -> None:
    with pytest.raises(InputError, match=r"combat needs no_such_thing.*phenolens\[combat\]"):
        import_extra("no_such_thing", needed_by="combat", extra="combat")
