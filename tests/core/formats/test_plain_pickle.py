"""Plain values are read as `pickle` reads them; nothing else is read, and nothing runs."""

from __future__ import annotations

import collections
import datetime
import pickle
import pickletools
import subprocess
from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phenolens.core.errors import InputError
from phenolens.core.formats.plain_pickle import MOST_BYTES, read_plain

PLAIN: dict[str, Any] = {
    "Metadata_Plate": "P1",
    "unicode": "µ 蛋",
    "none": None,
    "yes": True,
    "no": False,
    "int": 3,
    "negative": -(2**40),
    "float": 1.5,
    "list": [1, [2, "x"]],
    "tuple": (1, 2, 3, 4),
    "dict": {"a": 1, 2: {}},
    "empty": "",
    "f8": np.float64(2.5),
    "f4": np.float32(0.1),
    "i8": np.int64(-7),
    "u1": np.uint8(200),
    "b1": np.bool_(True),
    "text": np.str_("A01"),
    "big": np.array([1.5], dtype=">f8")[0],
}


@pytest.mark.parametrize("protocol", range(6))
def test_plain_values_are_those_of_pickle(protocol: int) -> None:
    found = read_plain(pickle.dumps(PLAIN, protocol=protocol))
    assert found == PLAIN
    for name, value in PLAIN.items():
        assert type(found[name]) is type(value), name


@pytest.mark.parametrize("module", [b"numpy.core.multiarray", b"numpy._core.multiarray"])
@pytest.mark.parametrize("protocol", [2, 3, 4])
def test_an_array_of_objects_is_its_values(module: bytes, protocol: int) -> None:
    """As NumPy 1 and 2 name their modules."""
    values = np.empty(2, dtype=object)
    values[:] = [{"Metadata_Well": np.str_("A01")}, "x"]
    raw = pickle.dumps(values, protocol=protocol)
    (written,) = {b"numpy.core.multiarray", b"numpy._core.multiarray"} & {
        name for name in (b"numpy.core.multiarray", b"numpy._core.multiarray") if name in raw
    }
    if protocol == 4:  # the name has its length before it, and the frame its own
        operations = list(pickletools.genops(raw))
        assert operations[1][0].name == "FRAME"
        raw = raw.replace(bytes([len(written)]) + written, bytes([len(module)]) + module)
    else:
        raw = raw.replace(written, module)
    assert read_plain(raw) == [{"Metadata_Well": "A01"}, "x"]


def test_inner_arrays_and_ordered_dictionaries_are_read() -> None:
    held = collections.OrderedDict(a=np.array([1, 2]), b=np.array(["x", None], dtype=object))
    found = read_plain(pickle.dumps(held, protocol=4))
    assert type(found) is dict
    assert list(found) == ["a", "b"]


class Calls:
    """What a pickle must not be able to do."""

    def __init__(self, *call: Any) -> None:
        self.call = call

    def __reduce__(self) -> Any:
        return self.call[0], self.call[1:]


@pytest.mark.parametrize(
    "value",
    [
        Calls(print, "run"),
        Calls(subprocess.Popen, ["true"]),
        Calls(getattr, [], "append"),
        {"a": Calls(eval, "1")},
        datetime.date(2024, 1, 1),
        print,
        np.ndarray,
        {1, 2},
        frozenset([1]),
        2**70,
        1j,
        bytearray(b"x"),
        np.datetime64("2024-01-01"),
        np.array([(1, 2)], dtype=[("a", "i4"), ("b", "i4")]),
        np.random.default_rng(0),
        {("a", "b"): 1},
        collections.OrderedDict({(1, 2): 3}),
    ],
    ids=range(17),
)
@pytest.mark.parametrize("protocol", [0, 2, 4, 5])
def test_anything_else_is_refused(
    value: Any, protocol: int, capsys: pytest.CaptureFixture[str]
) -> None:
    raw = pickle.dumps(value, protocol=protocol)
    if value is np.ndarray:  # a name is read, and is nothing that can be called
        assert not callable(read_plain(raw))
        return
    with pytest.raises(InputError, match="its metadata "):
        read_plain(raw)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x80\x04",
        b".",
        b"t.",
        b"N0.",
        b"u.",
        b"]N\x86R.",
        b"cnumpy\nndarray\n)R.",
        b"cnumpy\nndarray\n}b.",
        b"cnumpy\ndtype\nX\x02\0\0\0O8\x85R]b.",
        b"cnumpy\ndtype\n(tR.",
        b"h\x05.",
        b"P1\n.",
        b"\x82\x01.",
        b"cos\nsystem\n(S'touch PWNED'\ntR.",
        b"(S'touch PWNED'\nios\nsystem\n.",
        b"(cos\nsystem\nS'touch PWNED'\no.",
        b"cnumpy\nndarray\n)\x81.",
        b"\x8e\xff\xff\xff\xff\xff\xff\xff\x7f.",
        b"\x8b\xff\xff\xff\x7f.",
        b"I" + b"9" * 5000 + b"\n.",
        b"N" * 100 + b"\x00.",
    ],
    ids=repr,
)
def test_what_is_crafted_is_refused(raw: bytes) -> None:
    with pytest.raises(InputError, match="its metadata "):
        read_plain(raw)


def test_a_large_one_is_refused_and_a_repeating_one_is_quick() -> None:
    with pytest.raises(InputError, match="more than 16 MB"):
        read_plain(b"N" * (MOST_BYTES + 1))
    layers = b"]q\x00" + b"".join(
        b"]q" + bytes([i + 1]) + b"(" + b"h" + bytes([i]) + b"h" + bytes([i]) + b"e"
        for i in range(100)
    )
    assert isinstance(read_plain(layers + b"."), list)  # 2**100 lists, if each were its own


@settings(max_examples=300)
@given(st.binary(max_size=60), st.sampled_from([b"", b"\x80\x04", b"cnumpy\ndtype\n", b"(lp0\n"]))
def test_any_bytes_end_in_a_value_or_a_message(raw: bytes, begin: bytes) -> None:
    with suppress(InputError):
        read_plain(begin + raw + b".")


def test_one_that_takes_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("phenolens.core.formats.plain_pickle.MOST_STEPS", 100)
    assert read_plain(b"\x80\x04" + b"N0" * 40 + b"N.") is None
    with pytest.raises(InputError, match="takes more than 100 instructions"):
        read_plain(b"\x80\x04" + b"N0" * 60 + b"N.")
