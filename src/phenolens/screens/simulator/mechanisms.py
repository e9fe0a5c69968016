"""The catalogue of mechanisms: each one a change of named phenotype parameters."""

from __future__ import annotations

from collections.abc import Mapping

# Mechanism -> parameter -> the factor at full effect, or for a share the value it reaches.
# The first twelve follow the classes of BBBC021 (Caie et al. 2010; Ljosa et al. 2013). Several
# share their changes of cell count, cell area and intensity on purpose: what distinguishes them is
# organisation, shape and topology. Read a row as "what this mechanism does to untreated cells".
MECHANISMS: Mapping[str, Mapping[str, float]] = {
    # Fibres dissolve into spots, division fails at cytokinesis.
    "Actin disruptors": {
        "fibres": 0.15, "cortex": 0.60, "puncta": 10.0, "multinucleated": 0.35,
        "cell_area": 0.85, "protrusion": 1.8, "density": 0.75, "actin": 0.9,
    },
    # No chromosome segregation: large, lobed, polyploid nuclei in large cells.
    "Aurora kinase inhibitors": {
        "nucleus_area": 1.75, "nucleus_lobes": 4.0, "multinucleated": 0.22,
        "cell_area": 1.40, "density": 0.65, "mitotic": 0.02, "dna": 0.85,
    },
    # Thin, retracted, spindle-shaped cells with few fibres.
    "Cholesterol-lowering": {
        "cell_area": 0.68, "elongation": 1.65, "protrusion": 3.2, "fibres": 0.45,
        "density": 0.75, "irregularity": 1.4, "tubulin": 1.15,
    },
    # Arrest: few, large, flat cells with large even nuclei and deep nucleoli.
    "DNA damage": {
        "nucleus_area": 1.45, "cell_area": 1.45, "density": 0.60, "nucleoli": 1.9,
        "fibres": 1.6, "mitotic": 0.01,
    },
    # Arrest in S phase: larger nuclei of coarse chromatin, rounder, cells little changed.
    "DNA replication": {
        "nucleus_area": 1.30, "chromatin_contrast": 2.0, "nucleus_elongation": 0.88,
        "dna": 1.15, "density": 0.70, "cell_area": 1.15, "mitotic": 0.01, "filament_length": 0.85,
    },
    # Spindles collapse to one pole: many round cells with a ring of chromosomes.
    "Eg5 inhibitors": {
        "mitotic": 0.40, "monopolar": 0.90, "density": 0.75, "micronucleated": 0.10,
        "cell_area": 0.92, "multinucleated": 0.08,
    },
    # Compact islands held together by strong junctions; small cells, no fibres.
    "Epithelial": {
        "clustering": 0.92, "cortex": 1.8, "fibres": 0.35, "cell_area": 0.78,
        "ruffles": 0.65, "elongation": 0.88, "density": 1.10, "puncta": 0.6,
    },
    # Flat ruffling cells: actin leaves fibres and junctions for the free edge.
    "Kinase inhibitors": {
        "ruffles": 2.2, "fibres": 0.40, "cortex": 0.65, "irregularity": 1.7,
        "clustering": 0.25, "centring": 0.70, "cell_area": 1.10, "density": 0.80,
    },
    # No filaments, diffuse tubulin, arrested mitoses and broken nuclei.
    "Microtubule destabilizers": {
        "filaments": 0.12, "filament_length": 0.45, "soluble_tubulin": 1.4, "centring": 0.05,
        "mitotic": 0.14, "micronucleated": 0.42, "density": 0.70, "cell_area": 0.88,
    },
    # Thick bundles without a centre, arrested mitoses and broken nuclei.
    "Microtubule stabilizers": {
        "bundling": 0.85, "centring": 0.05, "filament_curl": 0.70, "filament_length": 1.25,
        "mitotic": 0.13, "micronucleated": 0.28, "density": 0.70, "tubulin": 1.25,
    },
    # Stressed cells: small nuclei, tubulin drawn to the centre, spots of actin, some death.
    "Protein degradation": {
        "nucleus_area": 0.84, "centring": 0.90, "filament_length": 0.55, "puncta": 3.0,
        "rounded": 0.12, "density": 0.65, "actin": 1.2, "elongation": 1.25, "cell_area": 0.85,
    },
    # Small smooth nuclei without nucleoli, sparse filaments, more fibres.
    "Protein synthesis": {
        "nucleoli": 0.15, "chromatin_contrast": 0.55, "nucleus_area": 0.80, "filaments": 0.60,
        "fibres": 1.5, "density": 0.70, "cell_area": 0.90, "tubulin": 0.80,
    },
    # Flat giant cells full of fibres, smooth nuclei (histone deacetylase inhibitors).
    "Chromatin openers": {
        "chromatin_contrast": 0.45, "fibres": 2.4, "cell_area": 1.5, "nucleus_area": 1.2,
        "elongation": 1.3, "density": 0.65, "cortex": 0.8,
    },
    # Tension is lost: long branching processes, no fibres, kidney-shaped nuclei.
    "Myosin inhibitors": {
        "fibres": 0.10, "protrusion": 4.0, "irregularity": 1.5, "nucleus_lobes": 2.5,
        "cortex": 0.75, "multinucleated": 0.18, "density": 0.85,
    },
}  # fmt: skip

# The stain that most of a mechanism's change is in; other mechanisms change several.
MAIN_STAIN = {
    "DNA replication": "DNA",
    "DNA damage": "DNA",
    "Microtubule stabilizers": "Tubulin",
    "Microtubule destabilizers": "Tubulin",
    "Actin disruptors": "Actin",
}
