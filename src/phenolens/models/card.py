"""Card: what one must know to use a model's weights, as JSON next to them."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from phenolens.core.construct import construct
from phenolens.core.errors import InputError
from phenolens.core.names import file_name
from phenolens.core.small_files import read_small

CARD, WEIGHTS = "config.json", "model.safetensors"
UNFINISHED = CARD + ".unfinished"  # the card, until the weights are there
FORMAT = 2
Table = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Card:
    """What one must know to use a model's weights. All tables are plain: as JSON and TOML.

    Attributes:
        encoder: The encoder's `name` in the catalogue, and its settings.
        channels: Names of the channels, in the order of training.
        pixel_size: Micrometres per pixel, where known.
        pixels: The pixel steps from raw images to what the encoder sees, in order, each with its
            `step`; the last is `rescale`.
        tiles: Which parts of an image are embedded.
        pool: How feature maps become an embedding: `none`, as the encoder does it, or `moments`.
        method: The method's `name` and settings; empty where the encoder was not trained.
        parts: What is kept next to the encoder: for each its network's `name` and settings.
        provenance: The recipe, code and seed that the model comes from.
    """

    encoder: dict[str, Any]
    channels: tuple[str, ...]
    pixel_size: float | None = None
    pixels: tuple[dict[str, Any], ...] = ()
    tiles: dict[str, Any] = field(default_factory=dict)
    pool: str = "none"
    method: dict[str, Any] = field(default_factory=dict)
    parts: dict[str, dict[str, Any]] = field(default_factory=dict)
    provenance: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.pixel_size is not None and not 0 < self.pixel_size < math.inf:
            raise InputError(f"must be above 0, got {self.pixel_size}", where="pixel_size")
        parts = {f"parts.{name}": table for name, table in self.parts.items()}
        for name in self.parts:
            file_name(name, f"parts.{name}")
            if "." in name:
                raise InputError("the name of a part has no dot", where=f"parts.{name}")
        for where, table in {"encoder": self.encoder, **parts}.items():
            if not isinstance(table.get("name"), str):
                raise InputError('needs name = "..."', where=where)

    def to_json(self) -> str:
        """Return the card as the text of its file."""
        return json.dumps({"format": FORMAT, **asdict(self)}, indent=2, allow_nan=False) + "\n"


def read_card(folder: Path) -> Card:
    """Return the card of a model folder.

    Raises:
        InputError: There is none, it cannot be read, or it is of another format.
    """
    path = folder / CARD
    if not path.is_file():
        raise InputError(
            "no model here", where=path, fix=f"give a folder with {CARD} and {WEIGHTS}"
        )
    try:
        table = json.loads(read_small(path))
    except (ValueError, RecursionError) as error:
        raise InputError(f"is not a model's card: {error}", where=path) from error
    if not isinstance(table, dict):
        raise InputError("is not a model's card: it is not a JSON object", where=path)
    version = table.pop("format", None)
    if version != FORMAT:
        raise InputError(
            f"the card has format {version!r}, this version reads {FORMAT}",
            where=path,
            fix="train the model again, or use the version of phenolens that wrote it",
        )
    return construct(Card, table, str(path))


def is_ours(folder: Path, name: str = CARD) -> bool:
    """Return whether a folder has a card of ours; others' models have a config.json as well."""
    try:
        table = json.loads(read_small(folder / name))
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(table, dict) and "format" in table and "channels" in table
