"""Scored rows: controls, copies, and one substance under two names among them."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Bool

from phenolens.audit.finding import Finding, listed
from phenolens.core.counts import count_of
from phenolens.core.profiles import Profiles
from phenolens.core.reading.flags import control_rows
from phenolens.core.values import Values

_CONTROL = re.compile(
    r"(?<![a-z])(?:dmso|vehicle|neg_?con|neg_?ctrl|neg(?:ative)?[ _-]?controls?|untreated|mock"
    r"|solvent|no[ _-]?treatment|media[ _-]?only|control)(?![a-z])",
    re.IGNORECASE,
)
_SUBSTANCE = re.compile("inchi_?key|^inchi$|^smiles$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ScoredRows:
    """How many rows there are, and how many of them are, or look like, negative controls.

    Attributes:
        rows: All.
        controls: Flagged as negative controls, and not scored.
        controls_unflagged: Named like one, without the flag.
    """

    rows: int
    controls: int
    controls_unflagged: int


def check_rows(profiles: Profiles, truth: str | None) -> tuple[ScoredRows, list[Finding]]:
    """Return which rows are scored, and the findings about those that should not be."""
    meta = profiles.meta
    control = np.zeros(len(meta), dtype=bool)
    if "control" in meta.columns:
        control = control_rows(meta)
    alike = _looks(meta) & ~control
    findings = [*_controls(meta, control, alike, truth), *_copies(profiles), *_two_names(meta)]
    return ScoredRows(len(meta), int(control.sum()), int(alike.sum())), findings


def _looks(meta: pd.DataFrame) -> Bool[np.ndarray, " n"]:
    """Return which rows have a compound named like a negative control."""
    like = np.zeros(len(meta), dtype=bool)
    for name in ("compound", "treatment"):
        if name in meta.columns:
            text = meta[name].astype("string").fillna("")
            like |= text.str.contains(_CONTROL).to_numpy(dtype=bool)
    return like


def _controls(
    meta: pd.DataFrame,
    control: Bool[np.ndarray, " n"],
    alike: Bool[np.ndarray, " n"],
    truth: str | None,
) -> list[Finding]:
    findings = []
    known = Values.of(meta[truth]).known if truth is not None else np.zeros(len(meta), dtype=bool)
    if alike.any():
        names = sorted(set(meta["compound" if "compound" in meta.columns else "treatment"][alike]))
        queries = int((alike & known).sum())
        asked = f", {queries} of them as queries and neighbours of {truth}" if queries else ""
        findings.append(
            Finding(
                key="controls_in_test",
                severity="leak",
                title="negative controls are among the rows scored",
                evidence=(
                    f"{int(alike.sum())} rows are named like negative controls ({listed(names)}) "
                    f"and not flagged as such: they are scored as compounds{asked}."
                ),
                fix="Set `control` to true for them, or leave them out.",
                columns=("control", "compound"),
            )
        )
    elif not control.any():
        findings.append(
            Finding(
                key="controls_in_test",
                severity="warning",
                title="no row is flagged as a negative control",
                evidence="So scores against controls and batch effects on them cannot be computed.",
                fix="Keep the negative controls in the table, with `control` true.",
                columns=("control",),
            )
        )
    else:
        evidence = (
            f"{count_of(int(control.sum()), 'row is a control', 'rows are controls')}; "
            "no other row is named like one."
        )
        if (control & known).any():
            evidence += (
                f" {int((control & known).sum())} of them have a {truth}: left out here, but "
                "other tools count them."
            )
        findings.append(
            Finding(
                key="controls_in_test", severity="fine", columns=("control",),
                title="negative controls are not scored", evidence=evidence,
            )
        )  # fmt: skip
    return findings


def _copies(profiles: Profiles) -> list[Finding]:
    """Return a finding if two rows have the same features to the last bit."""
    raw = np.dtype((np.void, profiles.features.shape[1] * profiles.features.itemsize))
    bits = np.ascontiguousarray(profiles.features + np.float32(0)).view(raw).ravel()
    inverse, count = np.unique(bits, return_inverse=True, return_counts=True)[1:]
    again = count[inverse] > 1
    if not again.any() or profiles.features.shape[1] < 3:
        return []
    rows = np.flatnonzero(again)[:4]
    columns = [c for c in ("treatment", "plate", "well") if c in profiles.meta.columns]
    names = [" ".join(map(str, profiles.meta[columns].iloc[row].dropna())) for row in rows]
    return [
        Finding(
            key="copies",
            severity="leak",
            title="rows are copies of each other",
            evidence=(
                f"{count_of(int(again.sum()), 'row has', 'rows have')} all features of another: "
                f"{listed(names, 4)}."
            ),
            fix="Keep one of each: a copy is its own nearest neighbour.",
            columns=tuple(columns),
        )
    ]


def _two_names(meta: pd.DataFrame) -> list[Finding]:
    """Return whether one substance has two compound names: then NSC may match it to itself."""
    columns = [c for c in map(str, meta.columns) if _SUBSTANCE.search(c)]
    if "compound" not in meta.columns or not columns:
        return []
    known = meta[["compound", columns[0]]].dropna().drop_duplicates()
    twice = known[known[columns[0]].duplicated(keep=False)]
    if twice.empty:
        return []
    names = [
        ", ".join(map(str, group))
        for _, group in twice.groupby(columns[0], observed=True)["compound"]
    ]
    return [
        Finding(
            key="two_names",
            severity="warning",
            title="one substance has two compound names",
            evidence=(
                f"{count_of(len(names), 'value')} of {columns[0]} with several compounds: "
                f"{listed(names, 3)}."
            ),
            fix="Use one name: else NSC may match a substance to itself.",
            columns=("compound", columns[0]),
        )
    ]
