"""A chain on disk: what is read back, and what is refused."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tomli_w

from phenolens.chains.fitted import FittedChain, fit_chain
from phenolens.chains.settings import read_toml
from phenolens.core import files
from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.profiling.base import BaseStep, FittedStep

TEXT = "aggregate,standardize(few=pooled),select_features(missing=median),tvn(family=efaar)"


@pytest.fixture
def folder(wells: Profiles, tmp_path: Path) -> Path:
    return fit_chain(wells, TEXT).save(tmp_path / "deep" / "space")


def test_a_folder_of_one_text_file_and_one_of_arrays(folder: Path, wells: Profiles) -> None:
    arrays = next(folder.glob("arrays-*.npz"))
    assert {path.name for path in folder.iterdir()} == {"chain.toml", arrays.name}
    content = read_toml(folder / "chain.toml")
    assert (content["format"], content["arrays"]) == (1, arrays.name)
    assert [table["step"] for table in content["step"]] == [
        "aggregate",
        "standardize",
        "select_features",
        "tvn",
    ]
    assert content["step"][1]["plain"] == {"groups": [["p1"], ["p2"], ["p3"], ["p4"]]}
    assert content["step"][1]["fit"]["rows"] == len(wells)
    with np.load(arrays, allow_pickle=False) as saved:  # plain arrays: nothing is unpickled
        assert {saved[key].dtype.kind for key in saved.files} <= {"f", "i", "b"}


def test_the_settings_and_the_groups_come_back(folder: Path, wells: Profiles) -> None:
    chain, loaded = fit_chain(wells, TEXT), FittedChain.load(folder)
    for one, other in zip(chain.steps, loaded.steps, strict=True):
        if isinstance(one, FittedStep):
            assert isinstance(other, FittedStep)
            assert one.step == other.step
            assert one.origin == other.origin
            assert one.step.stored_groups(one.state) == one.step.stored_groups(other.state)
            assert (one.names, one.names_out) == (other.names, other.names_out)
        else:
            assert one == other
    assert loaded(wells).features.tobytes() == chain(wells).features.tobytes()


def test_saving_again_replaces_the_chain_whole(folder: Path, wells: Profiles) -> None:
    first = wells.take((wells.meta["plate"] == "p1").to_numpy())
    other = fit_chain(first, "standardize")
    (folder / "notes.txt").write_text("mine")
    other.save(folder)
    assert len(list(folder.glob("arrays-*.npz"))) == 1
    assert (folder / "notes.txt").is_file()
    again = FittedChain.load(folder)
    assert again(first).features.tobytes() == other(first).features.tobytes()


def test_a_kill_while_saving_leaves_the_old_chain(
    folder: Path, wells: Profiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = FittedChain.load(folder)(wells).features

    def killed(*_: Any) -> None:
        raise KeyboardInterrupt

    for name in ("written", "write_text"):  # of the arrays, then of the table that names them
        with monkeypatch.context() as patch:
            patch.setattr(f"phenolens.chains.chain_folder.{name}", killed)
            with pytest.raises(KeyboardInterrupt):
                fit_chain(wells, "standardize").save(folder)
        assert FittedChain.load(folder)(wells).features.tobytes() == before.tobytes()
    assert not list(folder.glob(f"{files.PARTIAL}*"))


def change(folder: Path, edit: Callable[[dict[str, Any]], None]) -> None:
    content = read_toml(folder / "chain.toml")
    edit(content)
    (folder / "chain.toml").write_text(tomli_w.dumps(content), encoding="utf-8")


def _set(*path: Any, to: Any) -> Callable[[dict[str, Any]], None]:
    def edit(content: dict[str, Any]) -> None:
        node: Any = content
        for key in path[:-1]:
            node = node[key]
        node[path[-1]] = to

    return edit


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (_set("format", to=2), "chain.toml: has format 2, and this version reads 1"),
        (_set("arrays", to="../else.npz"), "names no file of arrays"),
        (_set("arrays", to="arrays-0123456789abcdef.npz"), "no such file; copy the whole folder"),
        (
            _set("step", 1, "step", to="os:system"),
            "step.1.step: 'os:system' is not a name of the catalogue",
        ),
        (_set("step", 1, "step", to="standardise"), "no 'standardise' in profiling; did you mean"),
        (_set("step", 1, "step", to="pca"), r"step.1\S*: .*unknown key"),
        (_set("step", 1, "step", to="harmony"), r"step.1.*unknown key"),
        (_set("step", 1, "surprise", to=1), "step.1.surprise: unknown key"),
        (_set("step", 1, "settings", "few", to="some"), r"step.1.few: .*refuse"),
        (_set("step", 1, "settings", "by", to=["plate", "well"]), "stored groups do not fit by"),
        (_set("step", 1, "plain", "groups", to=[["p1"], ["p2"]]), "'width' is|'centre' is"),
        (_set("step", 1, "plain", "groups", to=[["p1"]] * 4), "stored groups do not fit by"),
        (_set("step", 1, "plain", "groups", to=[[1], [2], [3], [4]]), "groups.*expected .*, got 1"),
        (_set("step", 1, "plain", "other", to=3), "step.1: unknown value 'other'"),
        (_set("step", 1, "plain", to={}), "step.1: 'groups' is missing"),
        (_set("step", 1, "names", to=["f0000"]), "'kept' is bool of shape"),
        (_set("step", 1, "names", to=[]), "feature names are missing, or not unique"),
        (_set("step", 1, "names_out", to=["a", "b"]), "does not fit the other arrays"),
        (_set("step", 1, "names_out", to=["Metadata_Plate", "f1"]), "'Metadata_Plate' is metadata"),
        (_set("step", 1, "arrays", "centre", "sha256", to="0"), "is not the one that was saved"),
        (_set("step", 1, "arrays", "centre", to={}), "is not the one that was saved"),
        (_set("step", 1, "arrays", to={}), "'kept' is missing"),
        (_set("step", 0, "plain", to={"groups": []}), "aggregate is not a step that can be fitted"),
        (_set("step", 2, "arrays", "extra", to={"shape": [1]}), "array '2.extra' is missing"),
        (_set("step", 2, "fit", "rows", to="many"), "fit.rows: expected int, got 'many'"),
        (_set("step", to=3), "expected .*, got 3"),
        (_set("step", to=[]), "unknown array '1.centre'"),
    ],
)
def test_a_changed_table_is_refused(
    folder: Path, edit: Callable[[dict[str, Any]], None], message: str
) -> None:
    change(folder, edit)
    with pytest.raises(InputError, match=message) as error:
        FittedChain.load(folder)
    assert str(folder) in str(error.value)


def rewrite(folder: Path, **arrays: np.ndarray) -> None:
    """Write other arrays, their descriptions in the table too: as a careful forger would."""
    from phenolens.chains.chain_folder import _described

    path = next(folder.glob("arrays-*.npz"))
    with np.load(path) as file:
        held = {key: file[key] for key in file.files} | arrays
    np.savez(path, **held)
    content = read_toml(folder / "chain.toml")
    for key, array in arrays.items():
        place, _, name = key.partition(".")
        content["step"][int(place)]["arrays"][name] = _described(array)
    (folder / "chain.toml").write_text(tomli_w.dumps(content), encoding="utf-8")


@pytest.mark.parametrize(
    ("key", "edit", "message"),
    [
        ("1.centre", lambda x: np.where(x == x.max(), np.nan, x), "'centre' holds values that are"),
        (
            "1.width",
            lambda x: x[:, :2],
            r"'width' is float64 of shape \(4, 2\), which does not",
        ),
        ("1.centre", lambda x: x.astype(np.float32), "'centre' is float32"),
        ("3.efaar.C", lambda x: x[:, :1], "'efaar.C' is float64 of shape"),
        ("2.fill", lambda x: x[:1], "fill has 1 values for 5 features"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(
    folder: Path, key: str, edit: Callable[[np.ndarray], np.ndarray], message: str
) -> None:
    with np.load(next(folder.glob("arrays-*.npz"))) as file:
        array = edit(file[key])
    rewrite(folder, **{key: array})
    with pytest.raises(InputError, match=message):
        FittedChain.load(folder)


@dataclass
class _Shell:
    """What a pickle could run."""

    def __reduce__(self) -> Any:
        return (print, ("run",))


def test_a_pickle_is_never_run(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = next(folder.glob("arrays-*.npz"))
    with np.load(path) as file:
        held = {key: file[key] for key in file.files}
    held["1.centre"] = np.array([_Shell()], dtype=object)
    np.savez(path, **held)
    with pytest.raises(InputError, match="cannot be read as arrays"):
        FittedChain.load(folder)
    assert capsys.readouterr().out == ""


def test_torn_and_foreign_files_are_refused(folder: Path) -> None:
    path = next(folder.glob("arrays-*.npz"))
    whole = path.read_bytes()
    with np.load(path) as file:
        place = whole.find(file["1.centre"].tobytes("A"))
    assert place > 0
    middle = bytearray(whole)
    middle[place] ^= 1  # one bit of one value
    array = path.parent / "a.npy"
    np.save(array, np.arange(3))
    for content in (whole[: len(whole) // 2], b"", b"hello", bytes(middle), array.read_bytes()):
        path.write_bytes(content)
        with pytest.raises(InputError, match=re.escape(str(folder))):
            FittedChain.load(folder)
    (folder / "chain.toml").write_text("format = ")
    with pytest.raises(InputError, match="is not TOML"):
        FittedChain.load(folder)
    (folder / "chain.toml").unlink()
    with pytest.raises(InputError, match=r"no saved chain here; .*contains chain\.toml"):
        FittedChain.load(folder)


class Mine(BaseStep):
    """A step of no catalogue."""

    def __call__(self, profiles: Profiles) -> Profiles:
        """Return them."""
        return profiles

    def fit(self, profiles: Profiles) -> Mine:
        """Return the step."""
        del profiles
        return self


def test_a_step_of_no_catalogue_is_not_saved(wells: Profiles, tmp_path: Path) -> None:
    chain = fit_chain(wells, [Mine()])
    with pytest.raises(InputError, match=r"step 0 \(mine\) is in no catalogue"):
        chain.save(tmp_path / "x")
    assert not (tmp_path / "x").exists()
