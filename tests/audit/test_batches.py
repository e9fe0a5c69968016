from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from phenolens.audit.batches import BatchEffect, batch_tells_truth
from phenolens.audit.finding import Finding
from phenolens.audit.levels import Levels
from phenolens.audit.protocols import PROTOCOLS, ask
from phenolens.core.profiles import Profiles

pytestmark = pytest.mark.usefixtures("unchecked")  # checked elsewhere; it halves the time

Made = Callable[[int], Profiles]


def judged(table: Profiles) -> tuple[BatchEffect, list[Finding]]:
    levels = Levels.of(table)
    asked = {p.key: ask(p, levels, 0) for p in PROTOCOLS if p.key in {"nsc", "nscb_strict"}}
    return batch_tells_truth(levels, asked, seed=0)


@pytest.mark.parametrize("seed", range(3))
def test_mechanisms_that_leak_through_batch_are_named(seed: int, batch_leak: Made) -> None:
    effect, (finding,) = judged(batch_leak(seed))
    assert (finding.key, finding.severity) == ("batch_tells_truth", "leak")
    assert finding.columns == ("batch", "moa")
    # Two mechanisms of four compounds a batch: of seven others three are alike, and half is named.
    assert effect.nsc == pytest.approx(3 / 7)
    assert effect.accuracy == pytest.approx(0.5)
    assert effect.nsc_p <= 0.01


def test_batches_that_hold_everything_tell_nothing(clean: Made) -> None:
    assert judged(clean(0)) == (BatchEffect("all treatments are in the same batches"), [])
    table = clean(0)
    rng = np.random.default_rng(0)
    one = rng.integers(0, 6, 25)[pd.factorize(table.meta["compound"])[0]]
    effect, (finding,) = judged(table.take(pd.factorize(table.meta["plate"])[0] == one))
    assert finding.severity == "fine"
    assert abs(effect.nsc - effect.nsc_null) < 0.15


def test_real_batches_are_looked_at_without_alarm(bbbc021: Profiles) -> None:
    effect, (finding,) = judged(bbbc021)
    assert effect.n == 103
    assert finding.severity == "fine"


def test_what_cannot_be_asked_says_why() -> None:
    meta = pd.DataFrame({"treatment": list("abcd"), "compound": list("abcd"), "batch": "w"})
    table = Profiles(meta=meta.assign(moa=list("xxyy")), features=np.eye(4))
    assert judged(table)[0].why_not == "all treatments are in the same batches"
    effect, _ = judged(Profiles(meta=meta, features=np.eye(4)))
    assert "no treatments with a mechanism" in effect.why_not
