"""The command line: it only parses arguments. Heavy imports wait until a command needs them."""

import sys


def main() -> None:
    """Run the command line; what goes wrong ends it with one clear line (see `ending`).

    Signals that ask it to stop are handled from the first moment to the last: before the commands
    are loaded, and while the process ends.
    """
    from phenolens.cli.streams import open_streams
    from phenolens.core.interrupt import Interrupted, as_exits, as_interrupts

    try:
        as_interrupts()
        open_streams()
        from phenolens.cli.program import run_program

        status = run_program()
    except Interrupted as stopped:  # before there was a command, or after it had ended
        status = 128 + stopped.signal
    as_exits(status)
    sys.exit(status)


__all__ = ["main"]
