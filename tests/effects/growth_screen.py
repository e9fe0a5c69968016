"""The 31-drug, 21-line screen's published growth rates as curves, one per drug, line and dose."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from phenolens.core.profiles import Profiles


def rates(folder: Path) -> Profiles:
    """Return treated rates and each line's control rate, with the authors' groups R, I and S.

    The doses are ranks: 1 to 5 are written as 10^(rank - 5) of the highest dose. There is one
    median per drug, line and dose: no replicates, so no confidence.
    """
    table = pd.read_csv(folder / "outcomes_GR24_RSgroups.csv")
    treated = pd.DataFrame(
        {
            "compound": table["Drug"],
            "concentration": 10.0 ** (table["Final_conc_uM"] - 5),
            "cell_line": table["cell"],
            "growth_rate": table["median_GR24.x"],
            "plate": table["cell"] + table["median_GR24.y"].map(" {:.6g}".format),
            "percent": table["percent_change_GR"],
            "group": table["group"],
            "control": False,
        }
    )
    # Some lines have two control rates: each row is compared with its own.
    own = table["cell"] + table["median_GR24.y"].map(" {:.6g}".format)
    control = table[~own.duplicated()]
    control = pd.DataFrame(
        {
            "compound": "DMSO",
            "concentration": np.nan,
            "cell_line": control["cell"],
            "growth_rate": control["median_GR24.y"],
            "plate": control["cell"] + control["median_GR24.y"].map(" {:.6g}".format),
            "control": True,
        }
    )
    meta = pd.concat([treated, control], ignore_index=True)
    return Profiles(meta=meta, features=np.zeros((len(meta), 1)))
