"""What an earlier recipe left in the folder of a run, and the present one has not, goes."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

from phenolens.core.run_folder import RunFolder
from phenolens.runs.manifest import damage
from phenolens.runs.record import read_record, write_record


def forget_scores(folder: RunFolder, keep: Iterable[str], baselines: Iterable[str] = ()) -> None:
    """Delete the rows of the scores of an earlier recipe: those that a run wrote here, no others.

    Args:
        folder: Of the run.
        keep: Names of the scores that stay.
        baselines: Names of the baselines whose scores stay.
    """
    record, names = read_record(folder), [*keep]
    stay = [folder.score(name) for name in names]
    stay += [folder.baseline_score(baseline, name) for baseline in baselines for name in names]
    kept = {f"score {path.relative_to(folder.root).as_posix()}" for path in stay}
    for slot, stage in record.stages.items():
        if slot.startswith("score ") and slot not in kept:
            record = record.without(slot)
            path = folder.root / slot.removeprefix("score ")
            # The record may be a stranger's: only an unchanged file of rows goes, in its own place.
            ours = _is_score(folder, path) and list(stage["files"]) == [slot.removeprefix("score ")]
            if ours and not damage(folder.root, stage["files"]):
                path.unlink()
            write_record(folder, record)


def forget_explanations(folder: RunFolder, keep: Iterable[Path]) -> None:
    """Delete the explanations of an earlier recipe: those that a run wrote here, unchanged.

    Args:
        folder: Of the run.
        keep: Folders of those that stay.
    """
    record, kept = read_record(folder), {path.relative_to(folder.root).as_posix() for path in keep}
    for slot, stage in record.stages.items():
        name = slot.removeprefix("explain ")
        if name == slot or name in kept:
            continue
        record = record.without(slot)
        path = folder.root / name
        # The record may be a stranger's: only a folder in its own place, and only our files.
        ours = path.parent.parent == folder.explanations and ".." not in path.parts
        inside = {file.relative_to(folder.root).as_posix() for file in path.rglob("*")}
        if ours and inside == set(stage["files"]) and not damage(folder.root, stage["files"]):
            shutil.rmtree(path)
        write_record(folder, record)


def _is_score(folder: RunFolder, path: Path) -> bool:
    """Return whether a path is one of the rows of a score, of the result or of a baseline."""
    above = path.parent
    of_baseline = above.parent == folder.baseline_scores and above.name != ".."
    return path.suffix == ".parquet" and (above == folder.scores or of_baseline)
