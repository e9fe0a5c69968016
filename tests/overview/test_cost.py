"""Score against cost: the cells that nothing beats for less, and the table of costs."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from phenolens.overview.compared import Compared
from phenolens.overview.cost import cost, costs_of, front_of
from phenolens.overview.means import means


def test_the_front_by_hand() -> None:
    points = [(3.0, 0.5), (1.0, 0.2), (2.0, 0.5), (2.0, 0.6), (9.0, 0.6), (5.0, 0.9)]
    assert front_of(points) == [1, 3, 5]
    assert front_of([]) == []


def test_the_unbeaten_cells_in_words(compared: Compared) -> None:
    part = cost(compared, means(compared))
    assert part is not None
    nsc, leak = part.html.split("<ol")[1:]
    said = [f"<li>{words}</li>" for words in ("mae+one: 0.400 for 1 min 40 s",
            "byol+one: 0.750 for 6 min 40 s", "byol+multi: 0.800 for 13 min 20 s")]  # fmt: skip
    assert "".join(said) in nsc
    assert "<li>byol+multi: 0.200 for 13 min 20 s</li>" in leak  # low is good
    assert ">intensity</text>" in part.html  # the best baseline without a cost, as a line


def test_costs_are_means_over_seeds(compared: Compared) -> None:
    found = costs_of(compared.table)
    assert list(found) == ["byol+multi", "byol+one", "mae+multi", "mae+one"]
    one = found["byol+one"]
    assert (one.train, one.step, one.process) == (400, 2, 900)
    assert math.isnan(one.device_memory)
    assert one.device == "cpu, 1 thread"
    on_gpu = compared.table.assign(device="cuda:0", peak_memory_mb=4096.0)
    assert costs_of(on_gpu)["byol+one"].device_memory == 4096


def test_without_training_the_total_is_the_cost(compared: Compared) -> None:
    table = compared.table.assign(train_seconds=math.nan)
    part = cost(replace(compared, table=table), means(compared))
    assert part is not None
    assert "total time is on a logarithmic axis" in " ".join(part.html.split())
    nothing = table.assign(total_seconds=math.nan)
    assert cost(replace(compared, table=nothing), means(compared)) is None


def test_a_cell_that_found_its_model_has_no_memory_in_the_picture(compared: Compared) -> None:
    first = (compared.table["cell"] == "byol+one") & (compared.table["seed"] == 0)
    all_of_it = compared.table["cell"] == "mae+one"
    table = compared.table.assign(found="limits", trained_epochs=20.0)
    table.loc[first | all_of_it, "found"] = "limits, train, embed"
    table.loc[first, "process_memory_mb"] = 100.0
    found = costs_of(table)
    assert (found["byol+one"].process, found["byol+one"].own) == (500, 900)  # of the other seed
    assert math.isnan(found["mae+one"].own)
    assert found["byol+one"].found == "limits, train, embed"
    part = cost(replace(compared, table=table), means(compared))
    assert part is not None
    words = "mae+one: 0.400, 1 min 40 s, memory not known: its model was found in the cache"
    assert words in part.html
    assert "<td>limits, train, embed</td>" in part.html
    assert '<td class="figure" data-value="20.0">20</td>' in part.html  # epochs


def test_without_training_the_stages_are_the_cost_whoever_made_them(compared: Compared) -> None:
    table = compared.table.assign(train_seconds=math.nan, stages_seconds=60.0)
    part = cost(replace(compared, table=table), means(compared))
    assert part is not None
    assert "time of its stages is on a logarithmic axis" in " ".join(part.html.split())
    assert "0.800 for 1 min 0 s</li>" in part.html


@pytest.mark.parametrize("column", ["device", "train_seconds"])
def test_a_table_without_costs_has_no_section(compared: Compared, column: str) -> None:
    bare = replace(compared, table=compared.table.drop(columns=column))
    assert cost(bare, means(bare)) is None


def test_columns_that_no_cell_has_are_left_out(compared: Compared) -> None:
    part = cost(compared, means(compared))
    assert part is not None
    assert ">Process memory</button>" in part.html
    assert "Device memory" not in part.html
    on_gpu = replace(compared, table=compared.table.assign(device="cuda", peak_memory_mb=2048.0))
    part = cost(on_gpu, means(on_gpu))
    assert part is not None
    assert '<td class="figure" data-value="2048.0">2.0 GB</td>' in part.html


def test_the_best_baseline_without_training_is_a_line(compared: Compared) -> None:
    table = compared.table.copy()
    table.loc[table["cell"] == "intensity", ["total_seconds", "device"]] = [3.0, "cpu"]
    part = cost(replace(compared, table=table), means(replace(compared, table=table)))
    assert part is not None
    assert ">intensity</text>" in part.html
