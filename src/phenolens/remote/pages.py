"""The files that a server of plain HTTP lists: pages of links, one per folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from html.parser import HTMLParser
from pathlib import PurePosixPath
from urllib.parse import quote, unquote, urljoin, urlsplit

from phenolens.core.errors import InputError
from phenolens.core.progress import Progress, uncounted

_DEEPEST = 32  # folders: a link to a folder above would be followed without end


def is_inside(name: str) -> bool:
    """Return whether a path stays below the folder that it starts from.

    Example:
        >>> is_inside("a/b.tif"), is_inside("../b.tif"), is_inside("/b.tif"), is_inside("")
        (True, False, False, False)
    """
    parts = PurePosixPath(name).parts
    return (
        bool(name) and not name.startswith("/") and ".." not in parts and not set("\\\0") & {*name}
    )


def links(page: str, url: str) -> list[str]:
    """Return what a page links to below its folder: decoded paths, those of folders end with `/`.

    Links to other places, to the folder above, and with a query (Apache's order of columns) are
    left out.

    Args:
        page: HTML.
        url: The address of its folder, ends with `/`.

    Example:
        >>> links('<a href="../">..</a> <a href="?C=N">Name</a> <a href="a%20b/">a b</a>', "http://h/x/")
        ['a b/']
    """
    parser = _Links()
    parser.feed(page)
    home = urlsplit(url)
    base = unquote(home.path)
    found: dict[str, None] = {}
    for link in parser.found:
        try:
            there = urlsplit(urljoin(url, link))
        except ValueError:  # no address at all
            continue
        path = unquote(there.path)
        below = path[len(base) :]
        here = there.netloc.lower() == home.netloc.lower() and path.startswith(base)
        if here and not there.query and is_inside(below):
            found[below] = None
    return list(found)


def walked(
    page_of: Callable[[str], bytes],
    url: str,
    start: str,
    at_once: int,
    progress: Progress = uncounted,
) -> Iterator[str]:
    """Yield the paths of all files in a folder and those below it.

    Args:
        page_of: Path of a folder below the address, empty or ending with `/` -> its page.
        url: The address, without user and query, ends with `/`.
        start: The folder to begin with.
        at_once: Pages that are asked for at the same time.
        progress: Called with (folders listed, files found), after each folder.

    Raises:
        InputError: A page cannot be had, so that files would be missing; or folders have no end.
            A folder that does not exist holds nothing.
    """

    def of(folder: str) -> list[str]:
        try:
            page = page_of(folder).decode("utf-8", errors="replace")
        except InputError as error:
            if isinstance(error.__cause__, FileNotFoundError):
                return []
            raise
        return [folder + name for name in links(page, url + quote(folder))]

    level, seen, folders, files = [start], {start}, 0, 0
    with ThreadPoolExecutor(at_once) as pool:
        for _ in range(_DEEPEST):
            new: list[str] = []
            for names in pool.map(of, level):
                added = [name for name in dict.fromkeys(names) if name not in seen]
                seen.update(added)
                new += added
                folders, files = folders + 1, files + sum(not n.endswith("/") for n in added)
                progress(folders, files)
            yield from (name for name in new if not name.endswith("/"))
            level = [name for name in new if name.endswith("/")]
            if not level:
                return
    what = f"has folders more than {_DEEPEST} deep"
    raise InputError(what, where=url, fix="name a folder further down, or what to read with --only")


class _Links(HTMLParser):
    """Collects the links of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note where a link leads."""
        if tag == "a":
            self.found += [value for name, value in attrs if name == "href" and value]
