"""RunContents: what one run left on disk, read once; a missing file is None or empty."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from jaxtyping import UInt8

from phenolens.core.columns import to_ours
from phenolens.core.errors import InputError
from phenolens.core.explanation import Explanation
from phenolens.core.formats.npz import read_npz
from phenolens.core.inside import literal
from phenolens.core.profiles import Profiles
from phenolens.core.run_folder import RunFolder
from phenolens.core.small_files import read_small
from phenolens.results.answered import Answered
from phenolens.results.limits import Limits
from phenolens.results.shape import wrong_log_facts, wrong_results

_Check = Callable[[Mapping[str, Any]], str]


@dataclass(frozen=True, slots=True, eq=False)
class Log:
    """One model's training log.

    Attributes:
        frame: One row per interval: step, loss, rank, ...
        collapsed_loss: The loss of an encoder that gives every image the same vector, if known.
        dim: Width of the embedding, if known.
    """

    frame: pd.DataFrame
    collapsed_loss: float | None
    dim: int | None


@dataclass(frozen=True, slots=True, eq=False)
class Examples:
    """A few images of each treatment.

    Attributes:
        images: Contrast-stretched already.
        channels: Their names, in order.
        meta: One row per image: treatment, moa, plate, well.
    """

    images: UInt8[np.ndarray, "k c h w"]
    channels: tuple[str, ...]
    meta: pd.DataFrame

    @property
    def is_film(self) -> bool:
        """Whether they are frames of several times."""
        return "time" in self.meta.columns and self.meta["time"].nunique() > 1


@dataclass(frozen=True, slots=True, eq=False)
class RunContents:
    """What one run left on disk.

    Attributes:
        folder: Its paths.
        results: Scores, baselines, cost and notes; the one file that must be there.
        provenance: Versions, platform, times.
        recipe: The resolved recipe as TOML, empty where there is none.
        profiles: One row per treatment.
        rows: Score name -> its per-row table.
        logs: Model -> its training log.
        examples: Images to look at.
        explanations: By name, then by model, what the models looked at.
        pixel_size: Micrometres per pixel of the examples; NaN where it is not known.
        flagged: The worst images that `flag_quality` flagged; None where it flagged none.
        limits: How much one page holds.
        answer: What `phenolens auto` says of the run; None where it did not make it.
    """

    folder: RunFolder
    results: Mapping[str, Any]
    provenance: Mapping[str, Any]
    recipe: str
    profiles: Profiles | None
    rows: Mapping[str, pd.DataFrame]
    logs: Mapping[str, Log]
    examples: Examples | None
    explanations: Mapping[str, Mapping[str, Explanation]] = field(default_factory=dict)
    pixel_size: float = math.nan
    flagged: Examples | None = None
    limits: Limits = field(default_factory=Limits)
    answer: Answered | None = None

    @property
    def in_parts(self) -> bool:
        """Whether there is more than one page holds, so that it is a folder of parts."""
        points = 0 if self.profiles is None else len(self.profiles)
        return points > self.limits.points or self._pictures > self.limits.pictures

    @property
    def most_pictures(self) -> int:
        """How many example images are shown."""
        in_parts = self.in_parts and self._pictures > 0
        return self.limits.in_parts if in_parts else self.limits.pictures

    @property
    def _pictures(self) -> int:
        """How many images a gallery could show; strips of a film are not one."""
        kept = self.examples
        return 0 if kept is None or kept.is_film else len(kept.meta)

    @classmethod
    def read(cls, path: Path, limits: Limits | None = None) -> RunContents:
        """Read a run folder.

        Args:
            path: Of the folder.
            limits: How much one page holds; the usual where it is None.

        Raises:
            InputError: It holds no results.json, or a file in it cannot be read: names the file.
        """
        folder = RunFolder(path)
        if not folder.results.is_file():
            raise InputError(
                f"no {folder.results.name}",
                where=path,
                fix="give the folder of a run that is finished",
            )
        recipe, profiles = folder.recipe, folder.profiles
        results = _json(folder.results, wrong_results)
        scored = results.get("scores") or {}  # another table in `scores/` is somebody's
        return cls(
            folder=folder,
            results=results,
            provenance=_json(folder.provenance),
            recipe=_text(recipe) if recipe.is_file() else "",
            profiles=Profiles.load(profiles) if profiles.is_file() else None,
            rows={n: _rows(folder.score(n)) for n in folder.score_names() if n in scored},
            logs={name: _log(folder, name) for name in folder.log_names()},
            examples=_examples(folder.examples, folder.example_meta),
            explanations=_explanations(folder, results),
            pixel_size=_pixel_size(folder),
            flagged=_examples(folder.flagged, folder.flagged_meta),
            limits=limits or Limits(),
            answer=Answered.read(folder.answer),
        )


def _explanations(
    folder: RunFolder, results: Mapping[str, Any]
) -> dict[str, dict[str, Explanation]]:
    """Return the explanations that the results name; others in the folder are somebody's."""
    return {
        name: {model: Explanation.load(folder.explanation(name, model)) for model in models}
        for name, models in (results.get("explanations") or {}).items()
    }


def _pixel_size(folder: RunFolder) -> float:
    """Return what the cards of the models say; they see pixels as the examples have them."""
    cards = sorted(folder.models.glob("*/config.json"))
    sizes = {number(_json(card).get("pixel_size")) for card in cards}
    return sizes.pop() if len(sizes) == 1 else math.nan


def number(value: object) -> float:
    """Return a number of a JSON file or a table, NaN where it is null."""
    return float(value) if isinstance(value, int | float) else math.nan


def _json(path: Path, wrong: _Check | None = None) -> Mapping[str, Any]:
    """Return what a JSON file holds, checked by a function that says what is wrong with it."""
    if not path.is_file():
        return {}
    try:
        content = json.loads(_text(path), parse_constant=lambda _: None)
    except (ValueError, RecursionError) as error:
        raise _damaged(f"is not JSON: {error}", path) from error
    if not isinstance(content, dict):
        raise _damaged("is not a JSON object", path)
    if wrong and (fault := wrong(content)):
        raise _damaged(fault, path)
    return content


def _text(path: Path) -> str:
    try:
        return read_small(path)
    except UnicodeDecodeError as error:
        raise _damaged(f"is not text: {error}", path) from error


def _damaged(what: str, path: Path) -> InputError:
    return InputError(what, where=path, fix="give the same run again: it will be made again")


def _table(path: Path) -> pd.DataFrame:
    try:
        reader = pd.read_csv if path.suffix == ".csv" else pd.read_parquet
        frame = reader(literal(path))
    except (OSError, ValueError, pa.ArrowException) as error:
        raise _damaged(f"cannot be read as a table: {error}", path) from error
    return to_ours(frame).reset_index(drop=True)


def _rows(path: Path) -> pd.DataFrame:
    """Return a score's rows, the neighbour's treatment named `neighbour`."""
    rows = _table(path)
    if "neighbour" in rows.columns:
        return rows
    return rows.rename(columns={"neighbour_treatment": "neighbour"})


def _log(folder: RunFolder, name: str) -> Log:
    facts = _json(folder.log_facts(name), wrong_log_facts)
    return Log(_table(folder.log(name)), facts.get("collapsed_loss"), facts.get("dim"))


def _examples(pixels: Path, table: Path) -> Examples | None:
    if not (pixels.is_file() and table.is_file()):
        return None
    meta = _table(table)
    try:
        arrays, _ = read_npz(pixels, ("images", "channels"))
        images, channels = arrays["images"], tuple(map(str, arrays["channels"]))
    except (InputError, KeyError, TypeError) as error:
        why = error.what if isinstance(error, InputError) else f"it lacks {error}"
        raise _damaged(f"cannot be read: {why}", pixels) from error
    if images.dtype != np.uint8 or images.ndim != 4 or images.shape[1] != len(channels):
        raise _damaged(
            f"images are {images.dtype} of shape {images.shape} for channels {list(channels)}, not "
            "uint8 (image, channel, height, width)",
            pixels,
        )
    if len(images) != len(meta):
        raise _damaged(f"{len(images)} images but {len(meta)} rows in {table.name}", pixels)
    return Examples(images, channels, meta) if len(images) else None
