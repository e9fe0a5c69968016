"""What is tried again, what is not, and what the error says."""

from __future__ import annotations

import pytest

from phenolens.core.errors import InputError
from phenolens.images.reader import of_the_file
from phenolens.remote.requests import TRIES, tried


def test_a_busy_server_is_asked_again() -> None:
    calls: list[int] = []

    def ask() -> int:
        calls.append(1)
        if len(calls) < 3:
            raise ConnectionResetError("reset by peer")
        return 7

    assert tried(ask, "s3://b/a") == 7
    assert len(calls) == 3


@pytest.mark.parametrize(
    ("fault", "said", "calls", "own"),
    [
        (TimeoutError("slow"), "in 4 tries; the last failed by TimeoutError: slow", TRIES, True),
        (FileNotFoundError("a"), "does not exist on the server", 1, True),
        (PermissionError("no"), "may not be read; check bucket", 1, False),
    ],
)
def test_what_fails_says_how_and_whether_the_file_is_to_blame(
    fault: Exception, said: str, calls: int, own: bool
) -> None:
    made: list[int] = []

    def ask() -> None:
        made.append(1)
        raise fault

    with pytest.raises(InputError, match=said) as caught:
        tried(ask, "s3://b/a")
    assert len(made) == calls
    assert of_the_file(caught.value) is own
