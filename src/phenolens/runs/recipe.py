"""Recipe: one result, from the source to the scores, as a TOML file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import tomli_w

from phenolens.chains.chain import build_steps
from phenolens.chains.scoring import BEFORE, read_metrics
from phenolens.chains.settings import changed, hashed, plain, read_toml
from phenolens.core.construct import construct, fit_type
from phenolens.core.errors import InputError, nearest
from phenolens.core.inside import Fence, fenced, looked_for
from phenolens.core.names import file_name, file_names
from phenolens.core.profile_table import ProfileTable
from phenolens.core.profiles import Step
from phenolens.core.registry import build
from phenolens.core.score import Metric
from phenolens.curves.curve_files import CurveFiles
from phenolens.explanations.base import Explainer
from phenolens.runs import learning
from phenolens.runs.source import CurveTables, Opened, Source, Table

_LATE = ("profiling", "metrics", "explanations")
KEYS = ("name", "seed", "profiles", "curves", *_LATE, *learning.KEYS)
TABLES = ("profiles", "curves", "metrics", "explanations", *learning.TABLES)
GRIDS = "compare"  # the folder of the shipped recipes that holds grids of them
CLAIMS = f"{GRIDS}/claims"  # the file among them that is the claims they test


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """One result: where it begins, how it is learned, profiled and scored.

    Attributes:
        name: Of the result.
        seed: Of every draw.
        source: Where the run begins: a screen (`Learning`), a table made elsewhere (`Table`), or
            tables of curves (`CurveTables`).
        profiling: The steps, in order.
        metrics: The metrics by name.
        stages: How many of the steps come before each metric: all, unless it says
            `before = "aggregate"` (the last step of that name), as retrieval on wells does.
        explanations: What each model is asked for after that, by name.
        settings: The whole recipe as plain tables, defaults spelled out: what is written to disk.
        fence: Where the paths of its file may lead; None: anywhere.
    """

    name: str
    seed: int
    source: Source
    profiling: tuple[Step, ...]
    metrics: Mapping[str, Metric]
    stages: Mapping[str, int]
    explanations: Mapping[str, Explainer]
    settings: Mapping[str, Any]
    fence: Fence | None = None

    @classmethod
    def load(
        cls,
        path: Path | str,
        changes: Sequence[str] = (),
        root: Path | str = ".",
        *,
        outside: bool = False,
        explanations: Sequence[str] = (),
    ) -> Recipe:
        """Read a recipe, with `key=value` changes.

        Args:
            path: Its file, or the name of one that comes with phenolens.
            changes: Changes of the user; a path in them may lead anywhere.
            root: Folder of the data.
            outside: Whether paths in the file may lead out of the root and of its own folder.
            explanations: Names of those that are added, where the file has them not.

        Raises:
            InputError: No such file, not TOML, or a key, type, name or path is wrong: says which,
                what is allowed and the nearest match.
        """
        path = find_recipe(str(path))
        table = changed(read_toml(path), changes)
        if explanations:
            named: dict[str, Any] = {name: {} for name in explanations}
            table = {**table, "explanations": {**named, **table.get("explanations", {})}}
        fence = None if outside else Fence((Path(root), path.parent), "\n".join(changes))
        try:
            with fenced(fence), looked_for(Path(root), path.parent):
                return replace(cls.from_table(table), fence=fence)
        except InputError as error:
            raise error.at(path.name) from error

    @classmethod
    def from_table(cls, table: Mapping[str, Any]) -> Recipe:
        """Return the recipe that plain tables describe, everything checked before anything runs."""
        _check_keys(table)
        name = fit_type(table.get("name", "recipe"), str, "name")
        file_name(name, "name")
        seed = fit_type(table.get("seed", 0), int, "seed")
        if not 0 <= seed < 2**32:
            raise InputError(f"must be in 0..2**32 - 1, got {seed}", where="seed")
        source, settings = _source(table, seed)
        steps = fit_type(table.get("profiling", []), tuple[dict[str, Any], ...], "profiling")
        profiling = build_steps(steps, "profiling")
        wanted = fit_type(table["metrics"], dict[str, dict[str, Any]], "metrics")
        file_names(wanted, "metrics")
        metrics, stages = read_metrics(wanted, steps, "metrics")
        asked = fit_type(table.get("explanations", {}), dict[str, dict[str, Any]], "explanations")
        explanations = _explanations(asked, has_images="screen" in table)
        settings = {
            "name": name,
            "seed": seed,
            **settings,
            "profiling": [
                learning.spelled(step, given, "step")
                for step, given in zip(profiling, steps, strict=True)
            ],
            "metrics": {
                key: learning.spelled(metrics[key], {"metric": key, **given}, "metric")
                | {k: given[k] for k in (BEFORE,) if k in given}
                for key, given in wanted.items()
            },
        }
        if explanations:
            settings["explanations"] = {
                key: learning.spelled(made, {"explanation": key, **asked[key]}, "explanation")
                for key, made in explanations.items()
            }
        return cls(
            name=name,
            seed=seed,
            source=source,
            profiling=profiling,
            metrics=metrics,
            stages=stages,
            explanations=explanations,
            settings=plain(settings),
        )

    def open(self, root: Path) -> Opened:
        """Return where the run begins, its data found below a folder.

        Raises:
            InputError: They cannot be read, or a path in the recipe's file leads elsewhere.
        """
        with fenced(self.fence.wider(root) if self.fence else None):
            return self.source.open(root)

    @property
    def makers(self) -> tuple[object, ...]:
        """The steps, metrics and explanations."""
        return (*self.profiling, *self.metrics.values(), *self.explanations.values())

    @property
    def identity(self) -> str:
        """A hash of the resolved recipe."""
        return hashed(self.settings)

    def to_toml(self) -> str:
        """Return the resolved recipe; loading it gives the same recipe."""
        return tomli_w.dumps(self.settings)


def find_recipe(name: str) -> Path:
    """Return the path of a recipe: a file, or one that comes with phenolens, by its name.

    Raises:
        InputError: Neither: says the nearest name.
    """
    path = Path(name)
    if path.is_file():
        return path
    shipped = shipped_recipes()
    if name not in shipped:
        raise InputError("no such recipe", where=name, fix=nearest(path.stem, shipped))
    return shipped[name]


def shipped_recipes() -> dict[str, Path]:
    """Return the recipes that come with phenolens, by name, as `quickstart` or `simulated/byol`."""
    return {name: path for name, path in _shipped().items() if not name.startswith(f"{GRIDS}/")}


def shipped_grids() -> dict[str, Path]:
    """Return the grids of recipes that come with phenolens, by name, as `compare/methods`."""
    return {
        name: path
        for name, path in _shipped().items()
        if name.startswith(f"{GRIDS}/") and name != CLAIMS
    }


def shipped_claims() -> Path | None:
    """Return the file of claims that comes with phenolens, which its grids test."""
    return _shipped().get(CLAIMS)


def _shipped() -> dict[str, Path]:
    """Return every TOML file of the folder of recipes, by its path without the ending."""
    package = Path(__file__).resolve().parents[1]
    places = (package / "recipes", package.parents[1] / "recipes")  # installed, or a checkout
    return {
        p.relative_to(place).with_suffix("").as_posix(): p
        for place in places
        for p in sorted(place.rglob("*.toml"))
    }


def _check_keys(table: Mapping[str, Any]) -> None:
    """Raise InputError where a key is unknown, missing, or not of the kind it must be."""
    for key, value in table.items():
        if key not in KEYS:
            raise InputError("unknown key", where=key, fix=nearest(key, KEYS))
        if key in TABLES and not isinstance(value, Mapping):
            raise InputError(f"{value!r} is not a table", where=key, fix=f"write [{key}]")
    if sum(key in table for key in ("screen", "profiles", "curves")) != 1:
        what = "needs one of [screen], [profiles] and [curves]"
        raise InputError(what, where="recipe")
    if not table.get("metrics"):
        raise InputError("needs at least one, as [metrics.nsc]", where="metrics")
    for key in learning.KEYS:
        if key in table and "screen" not in table:
            raise InputError("needs a [screen]: it is about images", where=key)


def _explanations(
    tables: Mapping[str, Mapping[str, Any]], *, has_images: bool
) -> dict[str, Explainer]:
    """Return the explanations that plain tables describe, by name."""
    made: dict[str, Explainer] = {}
    for name, table in tables.items():
        key = f"explanations.{name}"
        settings = {k: v for k, v in table.items() if k != "explanation"}
        made[name] = build("explanations", {"explanation": name, **settings}, key)
        if not isinstance(getattr(made[name], "needs_images", None), bool):
            raise InputError(
                "does not say whether it needs images",
                where=key,
                fix="add to its class: needs_images: ClassVar[bool] = True",
            )
        if made[name].needs_images and not has_images:
            raise InputError("needs a [screen]: it is about images", where=key)
    return made


def _source(table: Mapping[str, Any], seed: int) -> tuple[Source, dict[str, Any]]:
    """Return where the run begins, and the same as plain tables."""
    if "screen" in table:
        images = learning.read_learning(table, seed)
        return images, dict(images.settings)
    if "curves" in table:
        curves = construct(CurveFiles, table["curves"], "curves")
        return CurveTables(curves), {"curves": plain(curves)}
    profiles = construct(ProfileTable, table["profiles"], "profiles")
    return Table(profiles), {"profiles": plain(profiles)}
