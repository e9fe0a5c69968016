"""What is an address, and that a password is never shown."""

from __future__ import annotations

import pytest

from phenolens.core.errors import InputError
from phenolens.remote.address import Address, is_address


def test_addresses_and_paths() -> None:
    assert is_address("https://host/a")
    assert not is_address("/data/s3")
    assert not is_address("file:///data")


def test_nothing_secret_is_shown() -> None:
    one = Address("https://me:pass@host/plates/P1/?X-Amz-Signature=abc")
    assert one.shown == "https://host/plates/P1/"
    assert one.name == "P1"
    assert Address("s3://bucket").name == "bucket"


def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "s3fs", None)
    with pytest.raises(InputError, match=r"phenolens\[remote\]"):
        Address("s3://bucket/x").system()
