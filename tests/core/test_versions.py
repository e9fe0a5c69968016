"""Versions of what runs here."""

from __future__ import annotations

import platform

import numpy as np

from phenolens.core.versions import PACKAGES, own_version, version_of


def test_versions_are_those_that_are_installed() -> None:
    assert version_of("numpy") == np.__version__
    assert version_of("no-such-package") is None
    assert all(version_of(name) for name in PACKAGES)


def test_one_line_says_what_runs() -> None:
    line = own_version()
    assert platform.python_version() in line
    assert platform.platform() in line
    assert "\n" not in line
