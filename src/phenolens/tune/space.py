"""Which chains are tried."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any

from phenolens.chains.chain import Tables, build_steps, chain_text, read_chain
from phenolens.chains.settings import read_toml
from phenolens.core.errors import InputError, nearest
from phenolens.core.profiles import Profiles
from phenolens.core.reading.flags import control_rows

RIDGES = (0.1, 1.0, 10.0, 100.0, 1000.0)
_KEYS = ("default", "chain")
_CHAIN_KEYS = ("steps", "profiling")


def default_space(profiles: Profiles) -> tuple[Tables, ...]:
    """Return the chains that are tried by default.

    {nothing, standardize, robustize} x {all features, select_features} x {no whitening, whitening
    by the controls with lambda = 0 (WS-DINO's TVN), 0.1, 1, 10, 100, 1000} x {no alignment,
    CORAL}, and the first two x EFAAR's TVN, which aligns by itself. DeepProfiler's TVN is lambda
    = 1 with CORAL. Rotations back (ZCA) do not change cosines or distances: not tried separately.
    Batches are aligned by `batch`, else by plate, and not where there is one. Steps are fitted on
    negative controls, where the table has any; else on all rows, and nothing is aligned.
    """
    meta = profiles.meta
    controlled = bool(control_rows(meta).any())
    on: dict[str, Any] = {} if controlled else {"on": "all"}
    per_plate = on if "plate" in meta.columns else {"by": [], **on}
    scale: list[Tables] = [()]
    scale += [({"step": step, **per_plate},) for step in ("standardize", "robustize")]
    select: list[Tables] = [(), ({"step": "select_features"},)]
    plain = {"step": "tvn", "family": "ws_dino"} if controlled else {"step": "sphere", **on}
    white: list[Tables] = [(), (plain,)]
    white += [
        ({"step": "sphere", "regularization": ridge, "components": "all", **on},)
        for ridge in RIDGES
    ]
    batch = _batch(profiles) if controlled else None
    align: list[Tables] = [()]
    efaar: list[Tables] = []
    if batch is not None:
        named = {} if batch == "batch" else {"by": [batch]}
        align.append(({"step": "coral", **named},))
        efaar = [({"step": "tvn", "family": "efaar", **named},)]
    every = [*product(scale, select, white, align), *product(scale, select, efaar)]
    return tuple(tuple(table for part in parts for table in part) for parts in every)


def read_space(path: Path, profiles: Profiles) -> tuple[Tables, ...]:
    """Return the chains of a TOML file, after the default ones unless it says `default = false`.

    Each `[[chain]]` has `steps = "standardize,sphere(regularization=1)"`, or `profiling`, a list of
    tables as a recipe has.

    Raises:
        InputError: It cannot be read, an unknown key, or a step that is wrong.
    """
    content = read_toml(path)
    _refuse_unknown(content, _KEYS, str(path))
    listed = content.get("chain", [])
    if not isinstance(listed, list) or not all(isinstance(item, dict) for item in listed):
        raise InputError("`chain` is not a list of tables", where=path, fix="write [[chain]]")
    own = [_chain(item, f"{path}: chain.{i}") for i, item in enumerate(listed)]
    default = content.get("default", True)
    return distinct([*(default_space(profiles) if default else ()), *own])


def distinct(chains: Sequence[Tables]) -> tuple[Tables, ...]:
    """Return the chains, each once, in their order."""
    return tuple({chain_text(chain): tuple(chain) for chain in chains}.values())


def _chain(item: Mapping[str, Any], where: str) -> Tables:
    _refuse_unknown(item, _CHAIN_KEYS, where)
    if len(item) != 1:
        raise InputError("needs either `steps` or `profiling`", where=where)
    if "steps" in item:
        chain = read_chain(str(item["steps"]))
    else:
        if not isinstance(item["profiling"], list):
            raise InputError("`profiling` is not a list of tables", where=where)
        chain = tuple(dict(table) for table in item["profiling"])
    build_steps(chain, where)
    return chain


def _refuse_unknown(table: Mapping[str, Any], known: Sequence[str], where: str) -> None:
    for key in table:
        if key not in known:
            raise InputError("unknown key", where=f"{where}: {key}", fix=nearest(key, known))


def _batch(profiles: Profiles) -> str | None:
    """Return the column whose values are to be aligned."""
    for name in ("batch", "plate"):
        if name in profiles.meta.columns and profiles.meta[name].nunique() > 1:
            return name
    return None
