"""The command line: parsing of arguments only. Heavy imports wait until a command needs them."""

from phenolens.cli.program import main

__all__ = ["main"]
