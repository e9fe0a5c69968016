"""How fast lines grow, and what each mechanism does to growth and death over time."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from phenolens.screens.simulator.brightfield.lines import HABITS
from phenolens.screens.simulator.kinetics import Kinetics
from phenolens.screens.simulator.streams import Stream, stream

# Habit -> doubling time in hours, of a line of this habit in the table of the NCI-60 panel:
# HCT-15, HS 578T, SF-295, COLO 205, OVCAR-3, SF-539.
DOUBLING: Mapping[str, float] = {
    "islands": 20.6, "spindle": 53.8, "spread": 29.5,
    "round": 23.8, "cobblestone": 34.7, "stellate": 35.4,
}  # fmt: skip
OWN = 0.08  # log standard deviation by which a line's doubling time differs from its habit
# Log standard deviations of the factor of a delay: of a drug, and of a drug in a line.
OWN_DELAY, LINE_DELAY = 0.20, 0.12

# Our choices, within what is known of such drugs: what inhibits a kinase acts within hours,
# antifolates after the nucleotides are used up, stressed cells die within a day (Forcina et al.
# 2017), mitotic arrest lasts most of a day before cells die or slip out of it (Gascoigne and
# Taylor 2008, Cancer Cell 14:111), a poisoned topoisomerase both arrests and kills.
KINETICS: Mapping[str, Kinetics] = {
    "Antifolates": Kinetics(delay=11, rise=16, division=0.08, death=0.06, lag=20),
    "Proteasome inhibitors": Kinetics(delay=5, rise=8, division=0.30, death=3.0, lag=6),
    "SRC inhibitors": Kinetics(delay=3, rise=8, division=0.94, death=0.02, lag=20),
    "Antivirals": Kinetics(),
    "Antimitotics": Kinetics(delay=3, rise=10, division=0.06, death=1.0, lag=14),
    "CDK inhibitors": Kinetics(delay=6, rise=14, division=0.10, death=0.05, lag=20),
    "Lysosomotropics": Kinetics(delay=2, rise=10, division=0.92, death=0.02, lag=20),
    "ROCK inhibitors": Kinetics(delay=1, rise=3, division=0.96),
    "Topoisomerase poisons": Kinetics(delay=8, rise=12, division=0.12, death=0.9, lag=12),
    "HDAC inhibitors": Kinetics(delay=10, rise=16, division=0.88, death=0.03, lag=20),
    "mTOR inhibitors": Kinetics(delay=5, rise=18, division=0.22, death=0.04, lag=20),
    "Lipase inhibitors": Kinetics(delay=9, rise=18, division=0.95),
    "BH3 mimetics": Kinetics(delay=2, rise=4, division=0.90, death=2.4, lag=1),
}


def doubling(seed: int, line: int) -> float:
    """Return the doubling time of a line in hours: of its habit, with a factor of its own."""
    habits = list(HABITS)
    own = stream(seed, Stream.LINE, line, 1).normal(0, OWN)
    return DOUBLING[habits[line % len(habits)]] * float(np.exp(own))


def delay_factor(seed: int, drug: int, line: int) -> float:
    """Return by how much later a drug acts in a line than its mechanism usually does."""
    own = stream(seed, Stream.ONSET, drug).normal(0, OWN_DELAY)
    here = stream(seed, Stream.ONSET, drug, line).normal(0, LINE_DELAY)
    return float(np.exp(own + here))
