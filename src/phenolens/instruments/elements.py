"""Elements of an XML file, one after another; a file is data, so nothing that it declares is used.

An index of a plate with many planes may have some hundred megabytes, so elements are given away
as they end. Document types and entities are refused, which is what a reader of foreign XML has to
be safe from; no other file and no address is opened.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from phenolens.core.errors import InputError

_PART = 2**20  # bytes that are parsed at once
_MOST = 200_000  # parts of one element: an image has some 40
_COPY_AGAIN = "copy or export the file again"


def elements(path: Path, names: Collection[str]) -> Iterator[Element]:
    """Yield the elements of these names with all that is in them, in the order of their ends.

    Names and attributes have no namespaces: those of instruments change with the version. An
    element inside another one that is wanted is part of that one.

    Raises:
        InputError: It cannot be opened, is not XML, or declares a document type or an entity.
    """
    wanted = _Wanted(path, frozenset(names))
    try:
        with path.open("rb") as file:
            while part := file.read(_PART):
                wanted.parser.Parse(part)
                yield from wanted.taken()
        wanted.parser.Parse(b"", True)  # noqa: FBT003 -- expat names it so
    except expat.ExpatError as error:
        what = f"is not XML that can be read: {error}"
        raise InputError(what, where=path, fix=_COPY_AGAIN) from error
    except OSError as error:
        raise InputError(f"cannot be opened: {error.strerror or error}", where=path) from error
    yield from wanted.taken()


def root_name(path: Path) -> str:
    """Return the name of the outermost element, without its namespace; empty where it is not XML.

    Only the beginning of the file is read.
    """
    found: list[str] = []
    parser = expat.ParserCreate()
    parser.StartElementHandler = lambda name, _: found.append(name)
    try:
        with path.open("rb") as file:
            parser.Parse(file.read(4096))
    except (expat.ExpatError, OSError):
        return found[0].rpartition(":")[2] if found else ""
    return found[0].rpartition(":")[2] if found else ""


def text_of(element: Element, name: str) -> str:
    """Return the text of a part of an element, empty where it has none."""
    return (element.findtext(name) or "").strip()


class _Wanted:
    """Builds the wanted elements while a file is parsed, and forgets all others."""

    def __init__(self, path: Path, names: frozenset[str]) -> None:
        self._path, self._names = path, names
        self._builder: TreeBuilder | None = None
        self._depth = self._parts = 0
        self._ready: list[Element] = []
        self.parser = expat.ParserCreate(namespace_separator="}")
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self.parser.StartDoctypeDeclHandler = self._refuse
        self.parser.EntityDeclHandler = self._refuse

    def taken(self) -> list[Element]:
        """Return the elements that have ended since the last call."""
        ready, self._ready = self._ready, []
        return ready

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        name = name.rpartition("}")[2]
        if self._builder is None:
            if name not in self._names:
                return
            self._builder, self._depth, self._parts = TreeBuilder(), 0, 0
        self._depth += 1
        self._parts += 1
        if self._parts > _MOST:
            raise InputError(f"has an element of more than {_MOST} parts", where=self._path)
        plain = {key.rpartition("}")[2]: value for key, value in attributes.items()}
        self._builder.start(name, plain)

    def _end(self, name: str) -> None:
        if self._builder is None:
            return
        self._builder.end(name.rpartition("}")[2])
        self._depth -= 1
        if not self._depth:
            self._ready.append(self._builder.close())
            self._builder = None

    def _text(self, text: str) -> None:
        if self._builder is not None:
            self._builder.data(text)

    def _refuse(self, *_: object) -> None:
        raise InputError(
            "declares a document type or an entity, which no instrument does",
            where=self._path,
            fix=_COPY_AGAIN,
        )
