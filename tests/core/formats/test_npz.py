"""Arrays of an archive: headers are compared with the bytes before memory is taken."""

from __future__ import annotations

import io
import resource
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from phenolens.core.errors import InputError
from phenolens.core.formats.npz import read_npz


def header(shape: Any, descr: str = "<f4") -> bytes:
    form: Any = np.lib.format
    made = io.BytesIO()
    form.write_array_header_1_0(made, {"descr": descr, "fortran_order": False, "shape": shape})
    return made.getvalue()


def archive(path: Path, kind: int = zipfile.ZIP_DEFLATED, **members: bytes) -> Path:
    with zipfile.ZipFile(path, "w", kind) as file:
        for name, raw in members.items():
            file.writestr(f"{name}.npy", raw)
    return path


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_arrays_are_those_of_numpy(tmp_path: Path, save: Any) -> None:
    path = tmp_path / "a.npz"
    arrays: dict[str, Any] = {
        "x": np.arange(6, dtype=np.float32).reshape(2, 3),
        "f": np.asfortranarray(np.arange(6).reshape(2, 3)),
        "text": np.array(["a", "bc"]),
        "none": np.empty((0, 3)),
        "one": np.array(3.5),
        "held": np.array({"a": [1, 2]}, dtype=object),
    }
    save(path, **arrays, other=np.ones(2))
    found, names = read_npz(path, arrays)
    assert names == [*arrays, "other"]
    for name, array in arrays.items():
        assert found[name].dtype == array.dtype
        assert found[name].tolist() == array.tolist()
    assert read_npz(path, ["absent"])[0] == {}


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (header((10**12, 3)), "array 'x' has 11175.9 GB, more than 1 GB"),
        (header((10**6, 3)), "does not fit its 0 bytes"),
        (header((2, 3)) + b"\0" * 23, "does not fit its 23 bytes"),
        (header((2, 3)) + b"\0" * 25, "does not fit its 25 bytes"),
        (header((-1, 3)), "has the shape"),
        (header((1,) * 40) + b"\0" * 4, "has the shape"),
        (header((True, 3)) + b"\0" * 12, "has the shape (True, 3)"),
        (header((2,), "<c8") + b"\0" * 16, "complex64 and shape"),
        (header((2,), "<M8[s]") + b"\0" * 16, "does not fit"),
        (header((2,), "|O") + b"N.", "of shape (2,) holds something else"),
        (header((10**12,), "|O") + b"].", "holds something else"),
        (header((), "|O"), "its metadata "),
        (b"\x93NUMPY\x01\x00\x10\x00not a dictionary", "the header of array 'x' cannot be read"),
        (b"\x93NUMPY\x01\x00\xff\x0f" + b"[" * 4095, "the header of array 'x' cannot be read"),
        (b"no array", "the header of array 'x' cannot be read"),
        (b"", "the header of array 'x' cannot be read"),
    ],
)
def test_a_header_that_lies_is_named(tmp_path: Path, raw: bytes, said: str) -> None:
    path = archive(tmp_path / "a.npz", x=raw)
    with pytest.raises(InputError) as error:
        read_npz(path, ["x"])
    assert said in str(error.value)
    assert len(str(error.value)) < 500


def test_a_bomb_takes_no_memory(tmp_path: Path) -> None:
    with (
        zipfile.ZipFile(tmp_path / "a.npz", "w", zipfile.ZIP_DEFLATED) as file,
        file.open("x.npy", "w", force_zip64=True) as member,
    ):
        member.write(header((2**18 + 1, 2**10)))
        for _ in range(64):
            member.write(bytes(2**20))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(InputError, match="more than 1 GB"):
        read_npz(tmp_path / "a.npz", ["x"])
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000  # KB


def test_other_archives_are_refused(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.npz", zipfile.ZIP_LZMA, x=header((1,)) + b"\0" * 4)
    with pytest.raises(InputError, match="compressed in a way that NumPy does not write"):
        read_npz(path, ["x"])
    whole = archive(tmp_path / "b.npz", x=header((100,)) + bytes(range(100)) * 4).read_bytes()
    for torn in (b"", b"PK\x03\x04", whole[:100], whole[: len(whole) // 2]):
        path.write_bytes(torn)
        with pytest.raises(InputError, match=r"is not a complete .npz file"):
            read_npz(path, ["x"])
    changed = bytearray(whole)
    changed[150] ^= 255
    path.write_bytes(bytes(changed))
    with pytest.raises(InputError):
        read_npz(path, ["x"])
    encrypted = bytearray(whole)
    for mark in (b"PK\x03\x04", b"PK\x01\x02"):
        at = encrypted.index(mark) + (6 if mark == b"PK\x03\x04" else 8)
        encrypted[at] |= 1
    path.write_bytes(bytes(encrypted))
    with pytest.raises(InputError, match=r"is not a complete .npz file: .*encrypted"):
        read_npz(path, ["x"])
