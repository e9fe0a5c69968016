"""Released weights are imported and shown from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from typer.testing import CliRunner

from phenolens.cli.program import app
from phenolens.cli.weights import _lines

PAPER = "pheno-ml_convae.torch"


def test_import_then_show(data_dir: Path, tmp_path: Path) -> None:
    run = CliRunner().invoke
    file, out = data_dir / "published-checkpoints" / PAPER, tmp_path / "model"
    made = run(app, ["weights", "import", str(file), "--out", str(out)])
    assert (made.exit_code, made.output.strip()) == (0, str(out))
    shown = run(app, ["weights", "show", str(out)]).output
    for text in ("94,692 parameters", "94,689 parameters", "brightfield", "licence", "sha256"):
        assert text in shown
    facts = json.loads(run(app, ["weights", "show", str(file), "--json"]).output)
    assert facts["released"] == "pheno-ml autoencoder"


def test_a_file_that_is_not_known_is_shown_with_what_is_near(tmp_path: Path) -> None:
    torch.save({"encoder.0.bias": torch.zeros(64)}, tmp_path / "a.pt")
    shown = CliRunner().invoke(app, ["weights", "show", str(tmp_path / "a.pt")]).output
    assert "not known here" in shown
    assert "1 of 16 tensors fit" in shown


def test_a_card_cannot_write_lines_of_its_own() -> None:
    facts = {
        "architecture": {},
        "parameters": {},
        "licence": "none\nsha256        0000",
        "source": "\x1b[31mred",
    }
    lines = _lines(facts)
    assert all(line.isprintable() for line in lines)
    assert not any(line.startswith("sha256") for line in lines)
