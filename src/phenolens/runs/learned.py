"""Learned: what a run's source hands to its table half."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from phenolens.core.profiles import Profiles

if TYPE_CHECKING:  # torch, only where there are pixels
    from phenolens.runs.prepare import Pixels
    from phenolens.runs.train import Trained


@dataclass(frozen=True, slots=True)
class Embeddings:
    """One model's embeddings, or the profiles of a table, read only when a stage needs them.

    Attributes:
        key: Of everything that shaped them.
        load: Reads them.
    """

    key: str
    load: Callable[[], Profiles]


@dataclass(frozen=True, slots=True, eq=False)
class Learned:
    """What a run's source hands to its table half.

    Attributes:
        embeddings: By model; one row per tile.
        baselines: By the baseline's title, then by model.
        cost: Seconds, images per second, memory, device.
        notes: What a reader must know.
        data: What was read: layout, images, history of the pixels.
        training: By model, what the looks at its encoder found while it was trained.
        pixels: What the models learned from; None for tables.
        trained: By model, where it is; empty for tables.
    """

    embeddings: Mapping[str, Embeddings]
    baselines: Mapping[str, Mapping[str, Embeddings]] = field(default_factory=dict)
    cost: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    data: Mapping[str, Any] = field(default_factory=dict)
    training: Mapping[str, Any] = field(default_factory=dict)
    pixels: Pixels | None = None
    trained: Mapping[str, Trained] = field(default_factory=dict)
