"""What a page of links lists, as servers write it."""

from __future__ import annotations

import pytest

from phenolens.core.errors import InputError
from phenolens.remote.pages import is_inside, links, walked

APACHE = """<a href="?C=N;O=D">Name</a> <a href="/plates/">Parent Directory</a>
<a href="A01%20%231.tif">A01 #1.tif</a> <A HREF='B%26C/'>B&amp;C/</A> <a name="x">no link</a>"""
NGINX = """<a href="../">../</a> <a href="http://host/plates/P%201/a&amp;b.tif">a</a>
<a href="https://elsewhere/plates/P%201/x.tif">x</a> <a href="//[">?</a>
<a href="%2e%2e/%2e%2e/secret.csv">s</a> <a href="x%00y.tif">n</a> <a href="a.tif#top">a</a>"""


def test_pages_of_two_servers() -> None:
    assert links(APACHE, "http://host/plates/P%201/") == ["A01 #1.tif", "B&C/"]
    assert links(NGINX, "http://HOST/plates/P%201/") == ["a&b.tif", "a.tif"]


def test_paths_stay_inside() -> None:
    assert is_inside("a/b.tif")
    for bad in ("", "/a", "../a", "a/../../b", "a\\b", "a\0b"):
        assert not is_inside(bad)


def test_folders_are_walked_once_and_not_without_end() -> None:
    pages = {"": '<a href="a/">a</a><a href="x.tif">x</a>', "a/": '<a href="y.tif">y</a>'}
    asked: list[str] = []

    def page_of(folder: str) -> bytes:
        asked.append(folder)
        return pages[folder].encode()

    counts: list[tuple[int, int]] = []
    found = walked(page_of, "http://h/", "", 2, lambda *both: counts.append(both))
    assert list(found) == ["x.tif", "a/y.tif"]
    assert counts == [(1, 1), (2, 2)]
    assert asked == ["", "a/"]
    with pytest.raises(InputError, match="more than 32 deep"):
        list(walked(lambda _: b'<a href="again/">again</a>', "http://h/", "", 2))


def test_a_folder_that_is_not_there_holds_nothing_and_one_that_fails_stops() -> None:
    def raising(cause: OSError) -> bytes:
        raise InputError("fails", where="x") from cause

    assert list(walked(lambda _: raising(FileNotFoundError()), "http://h/", "", 1)) == []
    with pytest.raises(InputError, match="fails"):
        list(walked(lambda _: raising(OSError()), "http://h/", "", 1))
