"""The address of a folder on a server, and how it is shown: never with a password or a key."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from phenolens.core.errors import InputError
from phenolens.core.extras import import_extra

_URL = re.compile(r"(s3|https?|memory)://", re.IGNORECASE)
_KEYS = ("AWS_ACCESS_KEY_ID", "AWS_PROFILE")  # where any is set, requests to S3 are signed


def is_address(text: str) -> bool:
    """Return whether a text is the address of a folder on a server.

    Example:
        >>> is_address("s3://bucket/plates"), is_address("C:/plates"), is_address("plates")
        (True, False, False)
    """
    return bool(_URL.match(text))


@dataclass(frozen=True, slots=True)
class Address:
    """A folder on a server.

    Attributes:
        url: As it was typed.
    """

    url: str

    @property
    def shown(self) -> str:
        """The address without user, password and query, for messages, files and pages."""
        parts = urlsplit(self.url)
        host = parts.netloc.rpartition("@")[2]
        return urlunsplit((parts.scheme, host, parts.path, "", ""))

    @property
    def name(self) -> str:
        """The last part of the path, or the host."""
        parts = urlsplit(self.url)
        named = parts.path.rstrip("/").rpartition("/")[2] or parts.netloc.rpartition("@")[2]
        return re.sub(r"[^\w.-]", "_", named)

    def system(self) -> tuple[Any, str]:
        """Return fsspec's file system of it, and the path there.

        S3 is asked without signing, unless keys are in the environment.

        Raises:
            InputError: What opens such an address is not installed.
        """
        core = import_extra("fsspec.core", needed_by="a folder on a server", extra="remote")
        options: dict[str, Any] = {}
        if self.url.lower().startswith("s3:"):
            import_extra("s3fs", needed_by="s3://", extra="remote")
            options["anon"] = not any(os.environ.get(key) for key in _KEYS)
        elif self.url.lower().startswith("http"):
            import_extra("aiohttp", needed_by="https://", extra="remote")
        try:
            system, path = core.url_to_fs(self.url, **options)
        except (ImportError, ValueError) as error:
            raise InputError(f"cannot be opened: {error}", where=self.shown) from error
        return system, str(path).rstrip("/")
