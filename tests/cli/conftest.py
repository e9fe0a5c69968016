"""The command line as a function, and a small table for it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from phenolens import cli
from phenolens.core import interrupt

Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    """Return the command line as a function: arguments -> (status, stdout, stderr)."""
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr(interrupt, "as_interrupts", lambda: None)  # pytest's own stay
    monkeypatch.setitem(sys.modules, "umap", None)  # it takes seconds to compile

    def called(*arguments: str | Path) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["phenolens", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            end(cli.main)
        out, err = capsys.readouterr()
        status = ended.value.code
        assert isinstance(status, int | None)
        return status or 0, out, err

    return called


def end(command: Callable[[], None]) -> None:
    """End as a process does whose command returns."""
    command()
    sys.exit(0)


@pytest.fixture(scope="session")
def wells(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a table of 8 compounds and controls on four plates of two weeks, as others write it.

    Half of the compounds share a mechanism with the next one; every plate has a shift of its own.
    The layout is another on every plate.
    """
    rng = np.random.default_rng(0)
    rows, centres = [], rng.normal(size=(4, 6))
    features = []
    for plate in range(4):
        shift = 2 * rng.normal(size=6)
        places = rng.permutation(14)
        for k in range(14):
            compound = k if k < 8 else None
            rows.append(
                {
                    "Metadata_Plate": f"W{plate // 2}_p{plate}",
                    "Metadata_Well": f"A{places[k] + 1:02d}",
                    "Metadata_Compound": "DMSO" if compound is None else f"c{compound}",
                    "Metadata_moa": None if compound is None else f"m{compound // 2}",
                    "Metadata_Run": f"run{plate // 2}",
                }
            )
            centre = np.zeros(6) if compound is None else 2 * centres[compound // 2]
            features.append(centre + shift + 0.5 * rng.normal(size=6))
    table = pd.DataFrame(rows)
    table[[f"Cells_f{i}" for i in range(6)]] = np.array(features)
    path = tmp_path_factory.mktemp("cli") / "wells.csv"
    table.to_csv(path, index=False)
    return path
