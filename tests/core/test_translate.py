"""Errors of the system in a user's words."""

from __future__ import annotations

import errno
import importlib
import io
import json
import os
import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from phenolens.core.errors import InputError
from phenolens.core.translate import translate


def _line(error: BaseException) -> str:
    found = translate(error)
    assert found is not None
    assert "\n" not in str(found)
    return str(found)


@pytest.mark.parametrize(
    ("number", "words", "fix"),
    [
        (errno.ENOSPC, "no space left on the disk", "run the same command again to resume"),
        (errno.EDQUOT, "no space left on the disk", "make room"),
        (errno.EFBIG, "files here may not be so large", "ulimit -f"),
        (errno.EACCES, "cannot be read or written: permission denied", "change its rights"),
        (errno.EROFS, "cannot be read or written: read-only file system", "name another place"),
        (errno.ENOTDIR, "is a file where a folder is needed", "name another place"),
        (
            errno.EISDIR,
            "is a folder where a file is needed",
            "move the folder away, or name a file in it",
        ),
        (errno.ENOENT, "no such file or folder", "name one that exists"),
        (errno.ENAMETOOLONG, "the name is too long", "shorter"),
        (errno.EMFILE, "too many files are open", "ulimit"),
        (errno.ENOMEM, "not enough memory", "--stream"),
        (errno.EXDEV, "invalid cross-device link", ""),
    ],
)
def test_an_error_of_the_system_names_place_and_fix(number: int, words: str, fix: str) -> None:
    line = _line(OSError(number, os.strerror(number), "runs/x/store.npy"))
    assert line.startswith(f"runs/x/store.npy: {words}")
    assert fix in line


def test_a_rename_names_where_it_leads_to() -> None:
    line = _line(OSError(errno.ENOSPC, "No space", "a.part", None, "a.parquet"))
    assert line.startswith("a.parquet: no space")


def test_the_temporary_name_of_a_file_is_not_shown() -> None:
    place = "runs/.partial-host.1-7-x/profiles.parquet"
    line = _line(OSError(errno.ENOSPC, "No space left on device", place))
    assert line.startswith("runs/profiles.parquet: no space left")


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("[enforce fail at inline_container.cc:672] . unexpected pos 64 vs 0"),
        RuntimeError("PytorchStreamWriter failed writing file data/0: file write failed"),
        RuntimeError("basic_ios::clear: iostream error"),
        OSError("Can't write data (file write failed: errno = 28, error message = 'No space')"),
        RuntimeError("Unable to flush file (errno = 28, error message = 'No space left on device"),
        type("SafetensorError", (Exception,), {})("I/O error: No space left (os error 28)"),
    ],
)
def test_what_libraries_say_of_a_full_disk(error: Exception) -> None:
    assert "no space left on the disk" in _line(error)


@pytest.mark.parametrize(
    ("error", "asked"),
    [
        (pa.lib.ArrowMemoryError("malloc of size 192000000 failed"), "malloc of size 192000000"),
        (pd.errors.ParserError("Error tokenizing data. C error: out of memory"), ""),
        (
            RuntimeError("[enforce fail at alloc_cpu.cpp:118] DefaultCPUAllocator: can't allocate"
            " memory: you tried to allocate 4000000000 bytes. Error code 12"),
            "tried to allocate 4000000000 bytes",
        ),
        (RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB."), "allocate 2.00 GiB"),
        (MemoryError(), ""),
        (MemoryError("std::bad_alloc"), ""),
        (RuntimeError("can't start new thread"), ""),
        (RuntimeError("could not create a primitive"), ""),
        (OSError("libllvmlite.so: failed to map segment from shared object"), ""),
        (OSError("Failed to launch worker thread"), ""),
    ],
)  # fmt: skip
def test_too_little_memory_says_what_was_asked_for(error: Exception, asked: str) -> None:
    line = _line(error)
    assert "not enough memory" in line
    assert asked in line
    assert "--stream" in line


def test_numpy_s_own_error_of_memory() -> None:
    with pytest.raises(MemoryError) as error:
        np.empty((10**9, 10**8))
    assert "not enough memory (unable to allocate 711. PiB)" in _line(error.value).replace(
        "0 ", " "
    )


def test_a_reader_that_blames_the_file_is_corrected() -> None:
    blamed = InputError("cannot be read as a table", where="big.parquet", fix="copy it again")
    blamed.__cause__ = pa.lib.ArrowMemoryError("malloc of size 192000000 failed")
    line = _line(blamed)
    assert line.startswith("big.parquet: not enough memory (malloc of size 192000000)")
    assert "copy" not in line
    same = InputError("cannot be read as a table", where="t.parquet", fix="copy it again")
    same.__cause__ = ValueError("no magic bytes")
    assert translate(same) is same


@pytest.mark.parametrize("module", ["torch", "tifffile", "umap"])
def test_a_missing_extra_is_named(module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, module, None)
    with pytest.raises(ModuleNotFoundError) as error:
        importlib.import_module(module)
    extra = "report" if module == "umap" else "train"
    line = f"needs {module}, which is not installed; pip install 'phenolens[{extra}]'"
    assert _line(error.value) == line


def test_an_error_that_hides_a_missing_extra() -> None:
    hidden = RuntimeError("boom")
    hidden.__cause__ = ModuleNotFoundError("No module named 'torch'", name="torch.nn")
    assert "phenolens[train]" in _line(hidden)


def test_an_entry_whose_extra_is_missing_names_the_extra() -> None:
    wrapped = InputError("cannot be imported: No module named 'tifffile'", where="screens.bbbc021")
    wrapped.__cause__ = ModuleNotFoundError("No module named 'tifffile'", name="tifffile")
    assert (
        _line(wrapped) == "needs tifffile, which is not installed; pip install 'phenolens[train]'"
    )
    said = InputError("AnnData needs anndata", fix="pip install 'phenolens[anndata]'")
    said.__cause__ = ModuleNotFoundError("No module named 'anndata'", name="anndata")
    assert translate(said) is said


def test_a_file_that_is_cut_short(tmp_path: Path) -> None:
    empty = tmp_path / "a.npy"
    empty.touch()
    with pytest.raises(EOFError) as error:
        np.load(empty)
    assert "a file is empty or cut short" in _line(error.value)


def test_what_is_nested_too_deeply_or_is_not_text() -> None:
    for parse in (json.loads, tomllib.loads):
        text = ("a = " if parse is tomllib.loads else "") + "[" * 100_000
        with pytest.raises(RecursionError) as error:
            parse(text)
        assert "nested too deeply" in _line(error.value)
    with pytest.raises(UnicodeDecodeError) as wrong:
        io.TextIOWrapper(io.BytesIO(b"\xff\xfe\x00"), encoding="utf-8").read()
    assert "save it as UTF-8" in _line(wrong.value)
    with pytest.raises(UnicodeEncodeError) as surrogate:
        "\ud800".encode()
    assert "cannot be written as utf-8" in _line(surrogate.value)


def _calls_itself(n: int) -> int:
    return _calls_itself(n + 1)


def test_a_fault_of_ours_is_not_translated() -> None:
    for fault in (TypeError("'int' object is not iterable"), KeyError("x"), IndexError(3)):
        assert translate(fault) is None
    with pytest.raises(RecursionError) as error:
        _calls_itself(0)
    assert translate(error.value) is None
    assert translate(ModuleNotFoundError("No module named 'numpi'", name="numpi")) is None


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("runs/.first.lock", "runs/first"),
        (".x.csv.lock.json", "x.csv"),
        ("cache/train/0123456789abcdef.lock", "cache/train/0123456789abcdef"),
        ("cache/train/0123456789abcdef.uses/12-ab", "cache/train/0123456789abcdef"),
        ("out/.partial-host-1-x/t.csv", "out/t.csv"),
        ("out/mine.locked", "out/mine.locked"),
    ],
)
def test_what_is_written_is_named_not_our_own_files_next_to_it(name: str, place: str) -> None:
    found = translate(OSError(errno.EROFS, "Read-only file system", name))
    assert found is not None
    assert found.where == place


def test_a_link_that_leads_nowhere_is_named_as_such(tmp_path: Path) -> None:
    link = tmp_path / "runs"
    link.symlink_to(tmp_path / "absent")
    with pytest.raises(FileExistsError) as caught:
        link.mkdir()
    assert "is a link that leads nowhere; remove it" in _line(caught.value)
