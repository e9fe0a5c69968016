"""The three streams of a process, also where its caller has closed some of them."""

import os
import sys


def open_streams() -> None:
    """Open stdin, stdout and stderr where they are closed, as by `>&-`: what is written is lost.

    Else the first file that is opened would take the place of a closed stream, and what a library
    prints would be written into it. Call it before anything is opened.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest number that is free: this one
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(number, "r" if number == 0 else "w", closefd=False))
