"""The page of a comparison: one HTML file that opens offline."""

from __future__ import annotations

import math
from pathlib import Path

from phenolens.core.files import write_text
from phenolens.overview.claims import claims
from phenolens.overview.compared import Compared
from phenolens.overview.figures import figures
from phenolens.overview.frame import framed
from phenolens.overview.maps import maps
from phenolens.overview.means import Mean, means
from phenolens.overview.part import Part, fill
from phenolens.overview.recipes import recipes
from phenolens.overview.scored import scored
from phenolens.overview.summary import summary


def render(compared: Compared, path: Path | str) -> Path:
    """Write the page of a comparison, complete or not at all, and return its path.

    A section that has nothing to show is left out.

    Args:
        compared: The tables and the facts.
        path: Of the page.
    """
    ranked = means(compared)
    head = summary(compared, ranked)
    parts = _parts(compared, ranked)
    html = framed(compared.name, head, parts, _numbers(compared, ranked))
    return write_text(path, html)


def _parts(compared: Compared, ranked: dict[str, tuple[Mean, ...]]) -> list[Part]:
    """Return the sections that the page has, in its order."""
    facts = list(compared.facts)
    made = (
        *scored(compared, ranked),
        maps(compared),
        claims(compared),
        recipes(compared),
        figures(compared, ranked),
        fill("making", "How it was made", facts=facts) if facts else None,
    )
    return [part for part in made if part is not None]


def _numbers(compared: Compared, ranked: dict[str, tuple[Mean, ...]]) -> dict[str, object]:
    """Return the means, for programs that read the page."""
    return {
        "comparison": compared.name,
        "scores": {
            score: {one.name: one.value if math.isfinite(one.value) else None for one in ones}
            for score, ones in ranked.items()
        },
    }
