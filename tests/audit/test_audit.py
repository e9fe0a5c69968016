from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from phenolens.audit.audit import audit
from phenolens.audit.finding import Finding
from phenolens.audit.result import Audit
from phenolens.core.profiles import Profiles
from phenolens.profiling.sphere import Sphere
from phenolens.profiling.standardize import Standardize

pytestmark = pytest.mark.usefixtures("unchecked")  # checked elsewhere; it halves the time

Made = Callable[[int], Profiles]


@pytest.fixture(scope="module")
def sound(clean: Made) -> Audit:
    return audit(clean(0))


def alarms(found: Audit) -> set[tuple[str, str]]:
    return {(f.severity, f.key) for f in found.findings if f.severity != "fine"}


def test_clean_tables_give_no_alarm(sound: Audit, clean: Made) -> None:
    for found in (sound, audit(clean(4))):
        assert alarms(found) == set()
        assert found.verdict.sentence == "Believable."
        assert {f.key for f in found.findings} >= {"code_in_features", "controls_in_test", "chance"}


def test_every_leak_is_named_at_once(
    position_leak: Callable[[int, float], Profiles],
    append: Callable[[Profiles, np.ndarray], Profiles],
) -> None:
    """An id among the features, mechanisms by batch, one layout, unflagged controls, a copy."""
    table = position_leak(0, 1.5)
    meta = table.meta.copy()
    batch = meta["batch"].str[1:].astype(int).to_numpy()
    moa = pd.to_numeric(meta["moa"].str[1:]).to_numpy()
    kept = meta["control"].to_numpy() | (moa % 3 == batch)
    hidden = meta["control"].to_numpy() & (meta["plate"] == "p0").to_numpy()
    meta.loc[hidden, ["compound", "treatment", "moa"]] = ["DMSO 2", "DMSO 2", "none"]
    meta.loc[hidden, "control"] = False
    rng = np.random.default_rng(5)
    x = table.features * 0.2 + 3 * rng.normal(size=(3, 30))[batch]
    x += 1.5 * rng.normal(size=(60, 30))[pd.factorize(meta["well"])[0]]
    code = 0.37 * pd.factorize(meta["compound"])[0]
    planted = append(replace(table, meta=meta, features=x.astype(np.float32)), code).take(kept)
    features = planted.features.copy()
    features[3] = features[40]
    known = Finding(key="background", severity="leak", title="a score without cells", evidence="")
    found = audit(replace(planted, features=features), known=[known])
    assert found.findings[0] is known
    assert {key for severity, key in alarms(found) if severity == "leak"} == {
        "background", "code_in_features", "controls_in_test", "batch_tells_truth",
        "position_confounded", "copies",
    }  # fmt: skip
    assert found.verdict.sentence.startswith(
        "Not believable: a score without cells; column 'compound' is among"
    )
    assert found.findings[1].features == ("f99",)


def test_the_order_of_rows_changes_nothing(sound: Audit, clean: Made) -> None:
    mixed = clean(0).take(np.random.default_rng(0).permutation(216))
    one, other = sound.summary(), audit(mixed).summary()
    one.pop("seconds"), other.pop("seconds")
    assert json.dumps(one) == json.dumps(other)


def test_a_code_that_the_chain_hides_is_found_before_it(
    clean: Made, append: Callable[[Profiles, np.ndarray], Profiles]
) -> None:
    table = clean(2)
    code = pd.factorize(table.meta["compound"])[0] + 0.01 * np.arange(len(table)) % 0.05
    reported: list[str] = []
    planted = append(table, code)
    found = audit(planted, (Standardize(), Sphere(regularization=1.0)), say=reported.append)
    leak = found.findings[0]
    assert (leak.key, leak.severity, leak.columns[0]) == ("code_in_features", "leak", "compound")
    assert [stage.step for stage in found.waterfall][:2] == ["as given", "standardize"]
    assert found.codes.also_before
    assert "f99" in {code.feature for code in found.codes.traces}
    assert {"codes", "probes", "waterfall: standardize"} <= set(reported)


def test_a_table_with_little_in_it_is_judged_by_what_it_has() -> None:
    rng = np.random.default_rng(0)
    meta = pd.DataFrame({"compound": [f"c{k}" for k in range(30)]})
    found = audit(Profiles(meta=meta, features=rng.normal(size=(30, 5))))
    told = found.summary()
    assert all(row["why_not"] for row in told["protocols"])
    assert told["verdict"]["figures"] == "No score can be computed from this table."
    json.dumps(told, allow_nan=False)
