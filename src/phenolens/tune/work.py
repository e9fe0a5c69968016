"""Trials on disk, so that a search that was killed continues where it stopped."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from phenolens.chains.chain import Tables, chain_text
from phenolens.tune.search import Trial


@dataclass(frozen=True, slots=True)
class Work:
    """A file of trials, one per line.

    Attributes:
        path: The file.
        key: What the trials are of (table, criterion); those of another are ignored.
    """

    path: Path
    key: str

    def read(self) -> dict[str, Trial]:
        """Return the saved trials, by chain; a line cut short by a kill is ignored."""
        if not self.path.is_file():
            return {}
        return {chain_text(trial.chain): trial for trial in self._lines()}

    def keep(self, trial: Trial) -> None:
        """Add a trial."""
        record = {
            "key": self.key,
            "chain": trial.chain,
            "treatments": trial.values.index.tolist(),
            "values": trial.values.tolist(),
            "mixing": None if math.isnan(trial.mixing) else trial.mixing,
            "failed": trial.failed,
        }
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(record) + "\n")

    def _lines(self) -> Iterator[Trial]:
        for line in self.path.read_text(encoding="utf-8").splitlines(keepends=True):
            if not line.endswith("}\n"):
                continue
            found = json.loads(line)
            if found["key"] == self.key:
                chain: Tables = tuple(found["chain"])
                values = pd.Series(found["values"], index=found["treatments"], dtype=float)
                mixing = math.nan if found["mixing"] is None else found["mixing"]
                yield Trial(chain, values, mixing, found["failed"])
