"""ComBat of inmoose 0.9.1 (the port of R's sva) on a small table: `python make_combat_golden.py`.

Not run by the tests; they read the JSON beside it. inmoose is GPL: only its numbers are here.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from inmoose.pycombat import pycombat_norm  # type: ignore[import-not-found]


def main() -> None:
    """Write the table, its batches and covariate, and ComBat without and with the covariate."""
    rng = np.random.default_rng(8)
    batch = np.repeat([0, 1, 2], [10, 14, 12])
    group = np.arange(36) % 2
    x = rng.normal(size=(36, 12)) * rng.uniform(0.5, 2, size=(3, 12))[batch]
    x += rng.normal(size=(3, 12))[batch] + np.outer(group, rng.normal(size=12))
    x = x.round(3)
    plain = pycombat_norm(x.T, batch.tolist())
    kept = pycombat_norm(x.T, batch.tolist(), covar_mod=[str(g) for g in group])
    note = {
        "x": x.tolist(),
        "batch": batch.tolist(),
        "group": group.tolist(),
        "plain": np.asarray(plain).T.round(9).tolist(),
        "kept": np.asarray(kept).T.round(9).tolist(),
    }
    Path(__file__).with_name("combat_golden.json").write_text(json.dumps(note) + "\n")


if __name__ == "__main__":
    main()
