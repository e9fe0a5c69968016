"""Stages: the parts of a run, each with a key made of exactly what shapes its result.

    prepare   the data, [screen], [[pixels]] up to `rescale`    the prepared pixels
    limits    prepare, the rule of `rescale`                    intensity limits and example images
    train     limits, [views], [encoder], [method], [training], one model
              seed, channels, given weights
    embed     train, [embedding]                                its embeddings
    baseline  prepare (and what its encoder needs)              the embeddings of a baseline
    profile   embed or the input tables, [[profiling]]          the profiles
    score     profile, one of [metrics]                         a score and its rows
    explain   embed, one of [explanations]                      what a model looked at

Settings of the machine are in no key. Code is: `FORMATS` for the stages that are costly to make
again, the version of phenolens for the others, and the source of every class that is not ours. Of
an explanation it is the source of ours too (`core/own_code.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

from phenolens.chains.settings import hashed, plain
from phenolens.core.formats.origin import sha256_of

# Raise a number when a change of the code changes the stage's result.
FORMATS = {
    "prepare": 1,
    "limits": 1,
    "flagged": 1,
    "train": 1,
    "embed": 1,
    "baseline": 1,
    "profile": 1,
    "score": 2,
    "explain": 1,
}
# Rooms whose code makes an explanation: costing minutes at most, it is made again after a change.
EXPLAINED_BY = ("explanations", "lenses", "importance", "calls", "hiding", "masks")
# Cheap to make again: another version of phenolens never reuses them.
_BY_VERSION = ("baseline", "profile", "score", "explain")


@dataclass(frozen=True, slots=True)
class Stage:
    """One result that can be made, found and reused.

    Attributes:
        name: Which of the stages (`FORMATS`).
        shapes: Everything that shapes the result, as plain settings; keys of earlier stages too.
        about: What it is, for the list of the cache; in no key.
    """

    name: str
    shapes: Mapping[str, Any]
    about: str = field(default="", compare=False)

    @property
    def key(self) -> str:
        """A hash of everything that shapes the result, 16 hexadecimal digits."""
        return hashed(self.identity)

    @property
    def identity(self) -> dict[str, Any]:
        """What the key is a hash of."""
        code: dict[str, Any] = {"stage": self.name, "format": FORMATS[self.name]}
        if self.name in _BY_VERSION:
            code["version"] = version()
        return {**code, "shapes": plain(self.shapes)}


def content_hash(path: Path | None) -> str:
    """Return the SHA-256 of a file or of all files of a folder; empty for None."""
    return sha256_of(path) if path else ""


def version() -> str:
    """Return the version of phenolens."""
    return metadata.version("phenolens")
