from __future__ import annotations

import json
import math

from phenolens.audit.evidence import Evidence
from phenolens.audit.plain import plain
from phenolens.statistics.paired import Difference


def test_dataclasses_become_objects_and_nan_null() -> None:
    made = plain({"gain": Difference(0.5, math.nan, math.inf, 3), "rows": (1, "a", None, True)})
    gain = {"value": 0.5, "low": None, "high": None, "n": 3}
    assert made == {"gain": gain, "rows": [1, "a", None, True]}


def test_what_writes_itself_is_asked_to(evidence: Evidence) -> None:
    nsc = plain(evidence.protocols)[0]
    assert (nsc["title"], nsc["hits"], nsc["value"]) == ("NSC", 8, 0.8)
    json.dumps(plain(evidence.baselines), allow_nan=False)
