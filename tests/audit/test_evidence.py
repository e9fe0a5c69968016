from __future__ import annotations

import json

from phenolens.audit.evidence import Evidence


def test_the_summary_is_json_of_every_section(evidence: Evidence) -> None:
    summary = evidence.summary()
    assert list(summary) == [
        "verdict", "findings", "about", "protocols", "baselines", "codes", "probes",
        "neighbours", "confounds", "waterfall", "seconds",
    ]  # fmt: skip
    assert json.loads(json.dumps(summary, allow_nan=False)) == summary
    assert summary["protocols"][1]["why_not"] == "no `batch`"
    assert summary["baselines"][1]["scores"]["nsc"]["ahead"]["value"] == 0.7
    assert summary["waterfall"][1]["scores"]["nsc"]["gain"]["n"] == 10
    assert summary["confounds"]["position"]["confounded"] is True
