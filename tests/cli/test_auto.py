"""The command: choices without a pixel, a whole answer, and folders of others."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.auto.conftest import few_chains, plate

Call = Callable[..., tuple[int, str, str]]
__all__ = ["few_chains", "plate"]


def test_a_dry_run_names_every_choice(call: Call, plate: Path, tmp_path: Path) -> None:
    out = tmp_path / "answer"
    status, shown, err = call(
        "auto", plate, "--platemap", plate / "map.csv", "--dry-run", "--out", out
    )
    assert status == 0, err
    assert "method: WS-DINO by treatment (100% of 8 treatments have replicates" in shown
    assert "score: NSC (4 mechanisms" in shown
    assert not out.exists()


def test_a_folder_of_others_is_refused(call: Call, plate: Path, tmp_path: Path) -> None:
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "one.txt").touch()
    status, _, err = call("auto", plate, "--out", tmp_path / "thesis")
    assert status == 2
    assert "is not an answer" in err
