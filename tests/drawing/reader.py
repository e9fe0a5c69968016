"""Reader: holds a page to balanced tags, for the tests of every page."""

from __future__ import annotations

from html.parser import HTMLParser


class Reader(HTMLParser):
    """Holds the page to balanced tags and collects ids and references."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.ids: list[str] = []
        self.refers: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in {"meta", "br", "link", "wbr"}:
            self.open.append(tag)
        given = dict(attrs)
        self.ids += [given["id"] or ""] if "id" in given else []
        self.refers += [given[key] or "" for key in ("src", "href") if key in given]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag
