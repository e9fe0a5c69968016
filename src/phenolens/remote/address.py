"""The address of a folder on a server, and how it is shown: never with a password or a key."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

from phenolens.core.errors import InputError
from phenolens.core.extras import import_extra

_URL = re.compile(r"(s3|https?|memory)://", re.IGNORECASE)
_ANY = re.compile(r"\b\w+://[^\s'\"<>]+")
_KEYS = ("AWS_ACCESS_KEY_ID", "AWS_PROFILE")  # where any is set, requests to S3 are signed
_CONNECT, _READ = 15, 60  # seconds without a connection, without a byte
_CONNECTIONS = 64  # at most, to one server
_KEPT = "/%:@!$&'()*+,;=~"  # in a path that may be encoded already


def is_address(text: str) -> bool:
    """Return whether a text is the address of a folder on a server.

    Example:
        >>> is_address("s3://bucket/plates"), is_address("C:/plates"), is_address("plates")
        (True, False, False)
    """
    return bool(_URL.match(text))


def is_signed() -> bool:
    """Return whether requests to S3 are signed: keys are in the environment."""
    return any(os.environ.get(key) for key in _KEYS)


def without_secrets(text: str) -> str:
    """Return a text whose addresses have no user, password and query.

    Example:
        >>> without_secrets("503, url='https://me:key@host/a?sig=1'")
        "503, url='https://host/a'"
    """
    return _ANY.sub(lambda found: Address(found.group()).shown, text)


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

    @property
    def is_web(self) -> bool:
        """Whether it is of plain HTTP, where a folder is a page of links."""
        return self.url.lower().startswith("http")

    def at(self, path: str, name: str) -> str:
        """Return what the file system calls a file.

        Args:
            path: As `system` returns it.
            name: Path of the file below the address; of a folder it ends with `/`.

        Example:
            >>> Address("https://host/x?sig=1").at("https://host/x", "a b/1.tif")
            'https://host/x/a%20b/1.tif?sig=1'
        """
        if not self.is_web:
            return f"{path}/{name}".rstrip("/")
        query = urlsplit(self.url).query
        return f"{path}/{quote(name)}" + f"?{query}" * bool(query)

    def system(self) -> tuple[Any, str]:
        """Return fsspec's file system of it, and the path there.

        S3 is asked without signing, unless keys are in the environment. Nothing is tried again
        here: s3fs and botocore would each multiply the tries of `requests.tried`.

        Raises:
            InputError: What opens such an address is not installed.
        """
        core = import_extra("fsspec.core", needed_by="a folder on a server", extra="remote")
        options: dict[str, Any] = {}
        url = self.url
        if url.lower().startswith("s3:"):
            import_extra("s3fs", needed_by="s3://", extra="remote")
            limits = {"retries": {"total_max_attempts": 1}, "max_pool_connections": _CONNECTIONS}
            # With more at once within one file, s3fs asks for its size before each.
            options = {"anon": not is_signed(), "config_kwargs": limits, "max_concurrency": 1}
        elif self.is_web:
            aiohttp = import_extra("aiohttp", needed_by="https://", extra="remote")
            parts = urlsplit(url)
            url = urlunsplit((parts.scheme, parts.netloc, quote(parts.path, safe=_KEPT), "", ""))
            waits = aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT, sock_read=_READ)
            # Content as it is in the file: a table.csv.gz stays compressed.
            client = {"auto_decompress": False, "timeout": waits}
            headers = {"Accept-Encoding": "identity"}
            options = {"encoded": True, "client_kwargs": client, "headers": headers}
        try:
            system, path = core.url_to_fs(url, **options)
        except (ImportError, ValueError) as error:
            what = f"cannot be opened: {without_secrets(str(error))}"
            raise InputError(what, where=self.shown) from error
        if hasattr(system, "retries"):
            system.retries = 1
        return system, str(path).rstrip("/")
