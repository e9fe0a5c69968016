"""A run that `phenolens auto` made of flagged images."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd

from phenolens.core.run_folder import RunFolder


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
