from __future__ import annotations

import base64
import json
import re
from pathlib import Path

import numpy as np
from tests.results.well_run import write_wells

from phenolens.results.contents import RunContents
from phenolens.results.plates import plates_of
from phenolens.sections.plates import Plates, script_data


def test_the_section_names_the_effect_and_its_columns(run_folder: Path) -> None:
    assert Plates.of(RunContents.read(run_folder)) is None
    write_wells(run_folder)
    section = Plates.of(RunContents.read(run_folder))
    assert section is not None
    assert "light: columns differ (p &lt; 0.001 after Holm" in section.html
    first = re.search(r"<tbody>\s*<tr><th scope=\"row\">(\w+)", section.html)
    assert first is not None
    assert first[1] == "light"
    assert section.html.count('class="not-real"') >= 4, "noise is pale"


def test_the_script_has_every_well_with_its_values(run_folder: Path) -> None:
    meta = write_wells(run_folder)
    found = plates_of(RunContents.read(run_folder))
    assert found is not None
    data = json.loads(json.dumps(script_data(found), allow_nan=False))
    assert len(data["plate"]) == len(meta) == 288
    i = 100
    well = f"{'ABCDEFGH'[data['row'][i]]}{data['column'][i] + 1:02d}"
    place = (meta["plate"] == data["plates"][data["plate"][i]]) & (meta["well"] == well)
    assert meta["treatment"][place].tolist() == [data["treatments"][data["treatment"][i]]]
    codes = np.frombuffer(base64.b64decode(data["values"][0]), dtype="<u2")
    assert len(codes) == 288
    light = data["low"][0] + codes[i] / 65534 * (data["high"][0] - data["low"][0])
    assert abs(light - found.measures[0].values[i]) < 1e-3
