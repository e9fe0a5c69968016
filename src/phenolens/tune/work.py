"""Trials on disk, so that a search that was killed continues where it stopped."""

from __future__ import annotations

import hashlib
import json
import math
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from phenolens.chains.chain import Tables, build_steps, chain_text
from phenolens.chains.settings import hashed, plain
from phenolens.core.errors import InputError
from phenolens.core.foreign import foreign_code
from phenolens.core.small_files import lines_of
from phenolens.tune.search import Trial

_HEAD = "# phenolens tune: chains measured so far; deleted when the search is finished\n"


@dataclass(frozen=True, slots=True)
class Work:
    """A file of trials, one per line, below a first line that says what it is.

    Each line has the SHA-256 of its content: one that was cut short, by a kill or by a full disk,
    is left out, and that chain is measured again.

    Attributes:
        path: The file.
        key: What the trials are of (version, table, criterion); those of another are ignored.
        code: Chain -> what else its trial is of: files that it reads, and code that is not ours.
    """

    path: Path
    key: str
    code: Callable[[Tables], str] = lambda _: ""

    def read(self) -> dict[str, Trial]:
        """Return the saved trials, by chain.

        Raises:
            InputError: The file is not one of ours.
        """
        if not self.path.exists():
            return {}
        _refuse_other(self.path)
        return {chain_text(trial.chain): trial for trial in self._lines()}

    def keep(self, trial: Trial) -> None:
        """Add a trial; it is on disk when this returns.

        Raises:
            InputError: The file is not one of ours.
        """
        record = {
            "key": self._key(trial.chain),
            "chain": trial.chain,
            "treatments": trial.values.index.tolist(),
            "values": trial.values.tolist(),
            "mixing": None if math.isnan(trial.mixing) else trial.mixing,
            "failed": trial.failed,
        }
        self.path.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps(record)
        line = f"{_digest(text)} {text}\n"
        if self.path.exists():
            _refuse_other(self.path)
        with self.path.open("ab") as file:
            if file.tell() < len(_HEAD):  # a new file, or one whose first line was cut short
                file.truncate(0)
                line = _HEAD + line
            elif not self.path.read_bytes().endswith(b"\n"):  # after a line that was cut short
                line = f"\n{line}"
            file.write(line.encode())
            file.flush()
            os.fsync(file.fileno())

    def _key(self, chain: Tables) -> str:
        return f"{self.key} {self.code(chain)}".strip()

    def _lines(self) -> Iterator[Trial]:
        for line in lines_of(self.path):
            digest, _, text = line.partition(" ")
            if digest != _digest(text):
                continue
            try:
                found: dict[str, Any] = json.loads(text)
                trial = _trial(found)
                if found["key"] == self._key(trial.chain):
                    yield trial
            except (KeyError, TypeError, ValueError, RecursionError):
                continue  # no line of ours: that chain is measured again


def _trial(found: Mapping[str, Any]) -> Trial:
    chain: Tables = tuple(dict(step) for step in found["chain"])
    values = pd.Series(found["values"], index=map(str, found["treatments"]), dtype=float)
    mixing = math.nan if found["mixing"] is None else float(found["mixing"])
    return Trial(chain, values, mixing, str(found["failed"]))


def made_by(chain: Tables) -> str:
    """Return a hash of what shapes a chain's result and is not in its text.

    Those are the files that its steps read, and the source of steps that are not part of phenolens.
    A chain that cannot be built has none.
    """
    try:
        steps = build_steps(chain)
    except InputError:
        return ""
    return hashed({"steps": [plain(step) for step in steps], "code": foreign_code(*steps)})


def work_file(out: Path) -> Path:
    """Return the file that keeps the trials of a search whose result goes to `out`."""
    return out.with_name(f".{out.name}.trials")


def remove(path: Path) -> None:
    """Delete a file of trials, if there is one; what is not ours is left."""
    if path.is_file() and _is_ours(path):
        path.unlink()


def _refuse_other(path: Path) -> None:
    if not _is_ours(path):
        raise InputError(
            "is not a file of `phenolens tune`, which keeps its trials under this name",
            where=path,
            fix="move it, or choose another --out",
        )


def _is_ours(path: Path) -> bool:
    """Return whether a file begins as ours do; the first write may have been cut short."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        begin = file.read(len(_HEAD))
    return _HEAD.encode().startswith(begin)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
