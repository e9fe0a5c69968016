"""A whole answer, and a second start that only prints it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.auto.conftest import few_chains, plate

Call = Callable[..., tuple[int, str, str]]
__all__ = ["few_chains", "plate"]


def test_an_answer(call: Call, plate: Path, tmp_path: Path) -> None:
    small = (
        *("training.epochs=2", "encoder.widths=[4]", "method.hidden=8", "method.out=8"),
        *("method.bottleneck=4", "training.batch_size=8", "baselines=[intensity]"),
    )
    given = [part for one in small for part in ("--recipe-set", one)]
    out = tmp_path / "answer"
    where = ("--platemap", plate / "map.csv", "--out", out, "--machine", "threads=1")
    status, shown, err = call("auto", plate, *where, *given)
    assert status == 0, err
    assert "can be believed: " in shown
    assert (out / "audit.html").is_file()
    page = (out / "run" / "report.html").read_text(encoding="utf-8")
    assert "What can be believed" in page
    assert "Every choice, and its reason" in page
    status, again, said = call("auto", plate, *where, *given)
    assert status == 0, said
    assert f"{out} is done" in said
    assert not [line for line in said.splitlines() if "choosing" in line or "auditing" in line]
    assert [line for line in again.splitlines() if "believed" in line] == [
        line for line in shown.splitlines() if "believed" in line
    ]
    _, listed, _ = call("auto", plate, *where, *given, "--dry-run")
    for one in ("layout", "images", "plates", "wells", "controls", "channels", "size", "recipe"):
        assert f'<th scope="row">{one}</th>' in page
        assert f"  {one}: " in listed
    assert f"phenolens run {out / 'recipe.toml'}" in err
