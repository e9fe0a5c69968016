"""Every chain applied and measured; steps that chains share at their beginning run once."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from phenolens.chains.chain import Tables, build_steps, chain_text
from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.core.progress import Say
from phenolens.tune.criterion import Criterion


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """One chain, measured.

    Attributes:
        chain: Its steps.
        values: Average precision by treatment; empty where the chain cannot be applied.
        mixing: Of the controls.
        failed: Why it cannot.
    """

    chain: Tables
    values: pd.Series
    mixing: float
    failed: str = ""

    @property
    def name(self) -> str:
        """The chain as `--steps` takes it; `as given` where it has no step."""
        return chain_text(self.chain) or "as given"


@dataclass(slots=True)
class Search:
    """Measures chains; keeps what the chain before made, so that the next begins where it can.

    Attributes:
        profiles: Without the answer.
        criterion: What is measured.
        kept: The steps of the chain measured last, and what each made.
    """

    profiles: Profiles
    criterion: Criterion
    kept: list[tuple[str, Profiles]]

    def measure(self, chain: Tables) -> Trial:
        """Return one chain measured; one that cannot be applied says why."""
        try:
            made = self._apply(chain)
            score = self.criterion.retrieval(made)
            values = score.rows.set_index("treatment")["value"].sort_index()
            return Trial(chain, values, self.criterion.mixing(made))
        except (InputError, np.linalg.LinAlgError) as error:
            return Trial(chain, pd.Series(dtype=float), 0.0, str(error))

    def _apply(self, chain: Tables) -> Profiles:
        keys = [json.dumps(table, sort_keys=True) for table in chain]
        common = 0
        while common < min(len(keys), len(self.kept)) and keys[common] == self.kept[common][0]:
            common += 1
        del self.kept[common:]
        made = self.kept[-1][1] if self.kept else self.profiles
        for key, step in zip(keys[common:], build_steps(chain[common:]), strict=True):
            made = step(made)
            self.kept.append((key, made))
        return made


def search(
    profiles: Profiles,
    chains: Sequence[Tables],
    criterion: Criterion,
    say: Say,
    known: Mapping[str, Trial] | None = None,
) -> Iterator[Trial]:
    """Yield every chain measured, those that begin alike one after the other.

    Args:
        profiles: Without the answer.
        chains: To be tried.
        criterion: What they are measured by.
        say: Called with one line per chain.
        known: Trials measured before, by chain.
    """
    asked = Search(profiles, criterion, [])
    best = 0.0
    order = sorted(chains, key=lambda chain: [json.dumps(t, sort_keys=True) for t in chain])
    for place, chain in enumerate(order, start=1):
        before = (known or {}).get(chain_text(chain))
        trial = before or asked.measure(chain)
        value = 0.0 if trial.failed else criterion.value(float(trial.values.mean()), trial.mixing)
        best = max(best, value)
        what = trial.failed or f"{value:.3f} (best so far {best:.3f})"
        say(f"{place}/{len(order)} {trial.name}: {what}{', measured before' if before else ''}")
        yield trial
