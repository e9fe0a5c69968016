"""What each mechanism of the fluorescence catalogue does to growth and death over time."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from phenolens.screens.simulator.kinetics import Kinetics
from phenolens.screens.simulator.streams import Stream, stream

DOUBLING = 25.4  # hours: MCF-7 in the table of the NCI-60 panel
OWN_DELAY = 0.20  # log standard deviation of the factor of a compound's delay

# Our choices, within what is known of such compounds in MCF-7: poisons of the spindle arrest in
# mitosis and kill some cells after most of a day (Gascoigne and Taylor 2008, Cancer Cell 14:111);
# with wild-type p53 damaged DNA arrests more than it kills; cells without protein synthesis or
# degradation die.
KINETICS: Mapping[str, Kinetics] = {
    "Actin disruptors": Kinetics(delay=1, rise=3, division=0.12, death=0.75, lag=14),
    "Aurora kinase inhibitors": Kinetics(delay=7, rise=20, division=0.10, death=0.10, lag=30),
    "Cholesterol-lowering": Kinetics(delay=14, rise=14, division=0.30, death=0.65, lag=8),
    "DNA damage": Kinetics(delay=7, rise=16, division=0.08, death=0.12, lag=24),
    "DNA replication": Kinetics(delay=5, rise=12, division=0.05, death=0.08, lag=24),
    "Eg5 inhibitors": Kinetics(delay=2, rise=8, division=0.05, death=1.0, lag=16),
    "Epithelial": Kinetics(delay=6, rise=12, division=0.96),
    "Kinase inhibitors": Kinetics(delay=2, rise=6, division=0.28, death=0.06, lag=24),
    "Microtubule destabilizers": Kinetics(delay=1, rise=4, division=0.06, death=1.1, lag=15),
    "Microtubule stabilizers": Kinetics(delay=2, rise=6, division=0.08, death=0.95, lag=15),
    "Protein degradation": Kinetics(delay=5, rise=8, division=0.30, death=3.0, lag=6),
    "Protein synthesis": Kinetics(delay=3, rise=6, division=0.15, death=2.6, lag=8),
    "Chromatin openers": Kinetics(delay=8, rise=14, division=0.30, death=0.60, lag=12),
    "Myosin inhibitors": Kinetics(delay=1, rise=2, division=0.90, death=0.02, lag=24),
}


def delay_factor(seed: int, compound: int) -> float:
    """Return by how much later a compound acts than its mechanism usually does."""
    return float(np.exp(stream(seed, Stream.ONSET, compound).normal(0, OWN_DELAY)))
