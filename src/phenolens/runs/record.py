"""Record: `stages.json`, what a run was given and which files of its folder are of which stage."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from phenolens.core.files import write_text
from phenolens.core.progress import Say, silent
from phenolens.core.run_folder import RunFolder
from phenolens.runs.manifest import is_manifest


@dataclass(frozen=True, slots=True)
class Record:
    """What a run was given, and which files of its folder are of which stage.

    Attributes:
        early: Hash of the settings that may not change in the folder; empty where there is no run.
        inputs: Fingerprints of the data and the weights, and of code that is not ours.
        stages: Stage and place, as `train models/joint` -> `key`, `seconds`, `files` (a manifest).
        finished: Of a finished run: `slots` that it uses, and `files` that are of no stage.
        threads: Threads that the networks compute with; 0: not known.
        blas: Threads that the tables are computed with; 0: not known.
    """

    early: str = ""
    inputs: Mapping[str, Any] = field(default_factory=dict)
    stages: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    finished: Mapping[str, Any] = field(default_factory=dict)
    threads: int = 0
    blas: int = 0

    def without(self, slot: str) -> Record:
        """Return the record without one stage."""
        return replace(self, stages={k: v for k, v in self.stages.items() if k != slot})

    def holding(self, slot: str, stage: Mapping[str, Any]) -> Record:
        """Return the record with one more stage."""
        return replace(self, stages={**self.without(slot).stages, slot: dict(stage)})


def read_record(folder: RunFolder, say: Say = silent) -> Record:
    """Return the record of a run folder; an empty one where there is none, or it is damaged.

    Args:
        folder: Of the run.
        say: Called with one line where it is damaged.
    """
    if not folder.stages.is_file():
        return Record()
    try:
        content = json.loads(folder.stages.read_text(encoding="utf-8"))
        record = Record(**content)
    except (ValueError, TypeError, RecursionError) as error:
        say(f"{folder.stages}: is damaged ({type(error).__name__}); it will be made again")
        return Record()
    if not _is_valid(record):
        say(f"{folder.stages}: is damaged; it will be made again")
        return Record()
    return record


def write_record(folder: RunFolder, record: Record) -> None:
    """Write `stages.json`."""
    write_text(folder.stages, json.dumps(asdict(record), indent=1, default=str))


def _is_valid(record: Record) -> bool:
    kinds: dict[str, type] = {"early": str, "inputs": dict, "stages": dict, "finished": dict}
    kinds |= {"threads": int, "blas": int}
    if not all(isinstance(getattr(record, name), kind) for name, kind in kinds.items()):
        return False
    finished = record.finished
    if finished and not (_slots(finished) and _files(finished)):
        return False
    return min(record.threads, record.blas) >= 0 and all(map(_is_stage, record.stages.values()))


def _is_stage(stage: Any) -> bool:
    return (
        isinstance(stage, dict)
        and isinstance(stage.get("key"), str)
        and isinstance(stage.get("seconds"), int | float)
        and _files(stage)
    )


def _slots(table: Mapping[str, Any]) -> bool:
    slots = table.get("slots")
    return isinstance(slots, list) and all(isinstance(slot, str) for slot in slots)


def _files(table: Mapping[str, Any]) -> bool:
    return is_manifest(table.get("files"))
