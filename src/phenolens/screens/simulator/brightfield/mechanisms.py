"""The catalogue of mechanisms: the class of their effect, and what they change in the cells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Effect = Literal["cytotoxic", "cytostatic", "morphological", "inert"]


@dataclass(frozen=True, slots=True)
class Mechanism:
    """One mechanism.

    Attributes:
        effect: Class of its effect at full strength.
        changes: Parameter -> the factor at full effect, or for a share the value it reaches.
    """

    effect: Effect
    changes: Mapping[str, float]


# The classes are those that Dmitrenko et al. (2022, arXiv 2203.04289) annotate. Cytotoxic: fewer
# cells, round dead ones, debris. Cytostatic: fewer, larger, flatter cells. Morphological: shape,
# texture or organelles, hardly the count. Mechanisms of a class share their change of the
# count on purpose: what distinguishes them is shape and structure. The first four are one of each.
MECHANISMS: Mapping[str, Mechanism] = {
    # As methotrexate and pemetrexed: growth stops in S phase, cells and nuclei swell.
    "Antifolates": Mechanism("cytostatic", {
        "density": 0.62, "cell_area": 1.50, "nucleus_area": 1.50, "thickness": 0.78,
        "nucleoli": 1.5, "mitotic": 0.01, "lamella": 0.9,
    }),
    # Stressed cells round up and fall apart into blebs.
    "Proteasome inhibitors": Mechanism("cytotoxic", {
        "density": 0.50, "dying": 0.26, "rounded": 0.16, "blebs": 2.0, "debris": 2.2,
        "cell_area": 0.80, "elongation": 1.35, "vacuoles": 2.0, "protrusion": 1.5,
    }),
    # Compact islands with smooth outlines; folds and processes are gone.
    "SRC inhibitors": Mechanism("morphological", {
        "clustering": 0.94, "protrusion": 0.30, "irregularity": 0.5, "ruffles": 0.35,
        "elongation": 0.82, "lamella": 1.5, "density": 0.95,
    }),
    # No target in these cells.
    "Antivirals": Mechanism("inert", {}),
    # Arrested round mitoses, cells that slip out of them with several nuclei.
    "Antimitotics": Mechanism("cytotoxic", {
        "density": 0.52, "mitotic": 0.24, "dying": 0.15, "multinucleated": 0.45, "debris": 1.7,
        "cell_area": 1.10, "protrusion": 0.6, "blebs": 0.8,
    }),
    # Arrest in G1: flat smooth cells with a wide thin rim.
    "CDK inhibitors": Mechanism("cytostatic", {
        "density": 0.62, "cell_area": 1.55, "thickness": 0.74, "lamella": 1.5, "granules": 0.5,
        "mitotic": 0.005, "texture": 0.7, "elongation": 0.9,
    }),
    # Swollen lysosomes.
    "Lysosomotropics": Mechanism("morphological", {
        "vacuoles": 11.0, "granules": 1.4, "thickness": 1.1, "density": 0.93,
    }),
    # Tension is lost: long branching processes, thin bodies.
    "ROCK inhibitors": Mechanism("morphological", {
        "protrusion": 3.2, "irregularity": 1.6, "clustering": 0.35, "ruffles": 1.4,
        "elongation": 1.15, "lamella": 0.75, "density": 0.97,
    }),
    # Death after a last swelling: large nuclei, dark granules, much debris.
    "Topoisomerase poisons": Mechanism("cytotoxic", {
        "density": 0.50, "dying": 0.20, "debris": 2.6, "nucleus_area": 1.5, "cell_area": 1.2,
        "granules": 1.9, "texture": 1.5, "mitotic": 0.01,
    }),
    # Stretched cells with a smooth, weak nucleus.
    "HDAC inhibitors": Mechanism("morphological", {
        "elongation": 1.75, "nucleus": 0.4, "nucleoli": 0.5, "texture": 1.4, "protrusion": 1.4,
        "density": 0.90, "cell_area": 1.1,
    }),
    # Flat, pale cells: small nucleoli, many granules.
    "mTOR inhibitors": Mechanism("cytostatic", {
        "density": 0.64, "cell_area": 1.35, "thickness": 0.70, "nucleoli": 0.35,
        "nucleus_area": 0.8, "granules": 1.7, "mitotic": 0.01,
    }),
    # Lipid fills the cells with bright droplets.
    "Lipase inhibitors": Mechanism("morphological", {
        "droplets": 9.0, "texture": 0.8, "density": 0.95, "ruffles": 0.8,
    }),
    # Some cells die at once, and the others look and grow much as before.
    "BH3 mimetics": Mechanism("cytotoxic", {
        "density": 0.50, "dying": 0.28, "rounded": 0.10, "blebs": 2.4, "debris": 2.2,
    }),
}  # fmt: skip
