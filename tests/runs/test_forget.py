"""What an earlier recipe left goes; what the user has put there stays."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from phenolens.core.run_folder import RunFolder
from phenolens.runs.forget import forget_explanations, forget_scores
from phenolens.runs.manifest import manifest
from phenolens.runs.record import Record, read_record, write_record


def folder_with(root: Path, **stages: Path) -> RunFolder:
    """Return a run folder whose record names these files or folders."""
    folder = RunFolder(root)
    named = {
        f"{slot} {path.relative_to(root).as_posix()}": {
            "key": "k",
            "seconds": 0.0,
            "files": manifest(root, [path]),
        }
        for slot, path in stages.items()
    }
    write_record(folder, replace(Record(), stages=named))
    return folder


def explanation(root: Path, name: str) -> Path:
    place = RunFolder(root).explanation(name, "joint")
    place.mkdir(parents=True)
    (place / "rows.parquet").write_text("rows")
    return place


def test_explanations_that_are_not_asked_for_go(tmp_path: Path) -> None:
    gone = explanation(tmp_path, "old")
    folder = folder_with(tmp_path, explain=gone)
    forget_explanations(folder, [])
    assert not gone.exists()
    assert read_record(folder).stages == {}


def test_one_that_is_asked_for_stays(tmp_path: Path) -> None:
    stays = explanation(tmp_path, "new")
    folder = folder_with(tmp_path, explain=stays)
    forget_explanations(folder, [stays])
    assert (stays / "rows.parquet").exists()
    assert len(read_record(folder).stages) == 1


def test_a_folder_with_other_files_or_in_another_place_stays(tmp_path: Path) -> None:
    changed, elsewhere = explanation(tmp_path, "changed"), tmp_path / "models" / "joint"
    elsewhere.mkdir(parents=True)
    (elsewhere / "model.txt").write_text("weights")
    folder = folder_with(tmp_path, explain=changed)
    (changed / "rows.parquet").write_text("edited by a user")
    forget_explanations(folder, [])
    assert (changed / "rows.parquet").exists()
    folder = folder_with(tmp_path, explain=elsewhere)
    forget_explanations(folder, [])
    assert (elsewhere / "model.txt").exists()


def test_rows_of_scores_go_and_others_stay(tmp_path: Path) -> None:
    scores = tmp_path / "scores"
    scores.mkdir()
    for name in ("old", "kept"):
        (scores / f"{name}.parquet").write_text(name)
    folder = folder_with(tmp_path, score=scores / "old.parquet")
    forget_scores(folder, ["kept"])
    assert [path.name for path in scores.iterdir()] == ["kept.parquet"]
