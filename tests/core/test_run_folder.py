"""Every file of a run has one path, below the folder, and names are read from what is there."""

from __future__ import annotations

from pathlib import Path

from phenolens.core.run_folder import RunFolder


def test_every_path_is_below_the_root_and_no_two_are_the_same(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    named = [folder.score, folder.log, folder.log_facts, folder.model, folder.embedding]
    paths = [path("joint") for path in (*named, folder.baseline)]
    paths.append(folder.baseline_score("intensity", "joint"))
    paths.append(folder.explanation("attention", "joint"))
    paths += [getattr(folder, name) for name, value in vars(RunFolder).items() if _is_path(value)]
    paths = [path for path in paths if isinstance(path, Path)]
    assert len(set(paths)) == len(paths) == 27
    assert all(path.is_relative_to(tmp_path) for path in paths)
    assert not any(path.exists() for path in paths if path != tmp_path)


def _is_path(value: object) -> bool:
    return isinstance(value, property)


def test_names_are_those_of_the_files_that_exist(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    assert folder.score_names() == folder.log_names() == []
    for path in (folder.score("nscb"), folder.score("nsc"), folder.log("DNA")):
        path.parent.mkdir(exist_ok=True)
        path.touch()
    folder.log_facts("DNA").touch()
    assert folder.score_names() == ["nsc", "nscb"]
    assert folder.log_names() == ["DNA"]
