"""A run that `phenolens auto` made of flagged images."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from phenolens.core.run_folder import RunFolder


def own_chain(
    baseline: str, score: str, value: float, ahead: tuple[float, float, float] | None
) -> dict[str, Any]:
    """Return one score of a baseline under a chain of its own, as answer.json has it."""
    names = ("ahead_value", "ahead_low", "ahead_high")
    figures = dict(zip(names, ahead or (None,) * 3, strict=True))
    row = {"baseline": baseline, "chain": "standardize", "score": score, "value": value}
    return {**row, "low": value - 0.1, "high": value + 0.1, **figures}


def write_answer_run(folder: Path) -> None:
    """Write what was chosen and believed, and the flagged images with their counts."""
    paths = RunFolder(folder)
    answer = {"can": ["It is real."], "cannot": [], "choices": [], "baselines": []}
    paths.answer.write_text(json.dumps(answer), encoding="utf-8")
    step = {"step": "flag_quality", "images_out": 12, "facts": {"blurred": 1}}
    known = json.loads(paths.provenance.read_text()) if paths.provenance.is_file() else {}
    known["data"] = {**known.get("data", {}), "pixels": [step]}
    paths.provenance.write_text(json.dumps(known), encoding="utf-8")
    images = np.zeros((1, 1, 8, 8), dtype=np.uint8)
    np.savez(paths.flagged, images=images, channels=np.array(["DNA"]))
    row = {"plate": "P1", "well": "A01", "site": 1, "kind": "blurred", "flagged": 1}
    pd.DataFrame([{**row, "quality": "blurred (DNA)"}]).to_parquet(paths.flagged_meta)
