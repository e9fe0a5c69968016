from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from phenolens.core.explanation import Explanation
from phenolens.results.contents import RunContents
from phenolens.sections.importance_maps import ImportanceMaps

CURVE = [1.0, 0.4, 0.0]


def row(call: str, method: str, *, p: float, trusted: bool) -> dict[str, object]:
    stains = {"share_DNA": 0.9, "share_DNA_low": 0.7, "share_DNA_high": 1.1}
    stains |= {"share_Actin": -0.1, "share_Actin_low": -0.3, "share_Actin_high": 0.2}
    empty = dict.fromkeys(stains, float("nan"))
    return {
        "moa": call,
        "method": method,
        **(stains if method == "occlusion" else empty),
        "as_random_weights": 0.1,
        "as_permuted_labels": 0.7,
        "deletion": 0.2,
        "deletion_low": 0.1,
        "deletion_high": 0.3,
        "insertion": 0.1,
        "insertion_low": -0.1,
        "insertion_high": 0.3,
        **{f"curve_{k}": CURVE for k in ("deletion", "deletion_random")},
        **{f"curve_{k}": CURVE[::-1] for k in ("insertion", "insertion_random")},
        "auc": 0.9,
        "p_holm": p,
        "trusted": trusted,
    }


def asked(*, trusted: bool) -> Explanation:
    rng = np.random.default_rng(0)
    calls = [("weak", 0.5, False), ("Tubulin drug", 0.001, trusted)]
    rows = [
        row(call, method, p=p, trusted=ok)
        for call, p, ok in calls
        for method in ("occlusion", "grad_cam")
    ]
    return Explanation(
        name="importance_maps",
        rows=pd.DataFrame(rows),
        trusted=trusted,
        notes=("1 of 2 calls is real",),
        pictures={
            **{
                name: rng.integers(0, 255, (2, 2, 16, 16)).astype(np.uint8)
                for name in ("image", "control")
            },
            "map_occlusion": rng.normal(size=(2, 2, 4, 4)).astype(np.float16),
            "map_grad_cam": rng.normal(size=(2, 1, 4, 4)).astype(np.float16),
        },
        shown=pd.DataFrame(
            {"moa": ["weak", "Tubulin drug"], "plate": ["p1", "p1"], "well": ["A01", "A02"]}
        ),
    )


def page(run_folder: Path, one: Explanation) -> str:
    run = RunContents.read(run_folder)
    assert ImportanceMaps.of(run) is None
    made = ImportanceMaps.of(replace(run, explanations={"importance_maps": {"joint": one}}))
    assert made is not None
    return made.html


def test_images_stand_next_to_their_maps_real_calls_first(run_folder: Path) -> None:
    html = page(run_folder, asked(trusted=True))
    assert html.count("<img") == 8  # two images, their controls, two maps of each
    assert html.index("Tubulin drug") < html.index("weak <small>")
    assert html.count("0.90 <small>0.70 to 1.10</small>") == 2
    assert "\u22120.10 <small>\u22120.30 to 0.20</small>" in html
    assert html.count("this method has no channels") == 2
    assert html.count('class="chart"') == 4
    assert html.count("\u2713") == html.count("\u2717") == 8
    assert html.count(", not trusted</figcaption>") == 2
    assert "Do not trust" not in html


def test_maps_that_failed_are_marked(run_folder: Path) -> None:
    html = page(run_folder, replace(asked(trusted=False), pictures={}, shown=pd.DataFrame()))
    assert "Do not trust these maps" in html
    assert 'class="miss">not trusted' in html
    assert "<img" not in html
