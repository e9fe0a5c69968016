"""Requests that are tried again: connections drop, and servers are busy."""

from __future__ import annotations

import errno
import time
from collections.abc import Callable
from typing import TypeVar

from phenolens.core.errors import InputError
from phenolens.remote.address import is_signed, without_secrets

Result = TypeVar("Result")
TRIES = 4
_WAIT = 0.5  # seconds before the second try; doubled each time


def tried(ask: Callable[[], Result], where: str, wait: float = _WAIT) -> Result:
    """Return what a request gives, after up to four tries.

    What is not there or not allowed is not asked again.

    Args:
        ask: The request.
        where: The address, for messages.
        wait: Seconds before the second try.

    Raises:
        InputError: It failed each time: says how often, and the last reason. Its cause says whether
            this file alone is to blame (`images.reader.of_the_file`).
    """
    for attempt in range(TRIES):
        if attempt:
            time.sleep(wait * 2 ** (attempt - 1))
        try:
            return ask()
        except FileNotFoundError:
            missing = FileNotFoundError(errno.ENOENT, "is not there")
            fix = "check the address: bucket or server, and path"
            raise InputError("does not exist on the server", where=where, fix=fix) from missing
        except PermissionError as error:
            raise _refused(where) from error
        except InputError:
            raise
        except Exception as error:  # each kind of server has its own errors
            if getattr(error, "status", None) in (401, 403):
                denied = PermissionError(errno.EACCES, "may not be read")
                raise _refused(where) from denied
            last = without_secrets(f"{type(error).__name__}: {error}").rstrip(": ")
    what = f"could not be fetched in {TRIES} tries; the last failed by {last}"
    raise InputError(what, where=where, fix="run the same command again to resume") from OSError(
        errno.EIO, last
    )


def _refused(where: str) -> InputError:
    fix = "check the address, user and password"
    if where.lower().startswith("s3:"):
        signed = "were signed with the keys of this environment: for a public bucket unset"
        not_signed = "were not signed: for a private bucket set"
        how = f"requests {signed if is_signed() else not_signed} AWS_ACCESS_KEY_ID and AWS_PROFILE"
        fix = f"check bucket and path; {how if is_signed() else how.replace(' and ', ' or ')}"
    return InputError("may not be read", where=where, fix=fix)
