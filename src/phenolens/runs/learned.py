"""Learned: what the pixel half hands to the table half."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from phenolens.core.profiles import Profiles


@dataclass(frozen=True, slots=True, eq=False)
class Learned:
    """What the pixel half hands to the table half.

    Attributes:
        embeddings: By model; one row a tile.
        baselines: By baseline, then by model.
        cost: Seconds, images a second, memory, device.
        notes: What a reader must know.
        data: What was read: layout, images, fingerprint.
    """

    embeddings: Mapping[str, Profiles]
    baselines: Mapping[str, Mapping[str, Profiles]] = field(default_factory=dict)
    cost: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    data: Mapping[str, Any] = field(default_factory=dict)
