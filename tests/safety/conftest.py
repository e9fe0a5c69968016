"""The command line as a function, and a small table for it, as the tests of the commands have."""

from tests.cli.conftest import call, wells

__all__ = ["call", "wells"]
