"""The command line: it only parses arguments. Heavy imports wait until a command needs them."""

from phenolens.cli.program import main

__all__ = ["main"]
