"""Section: one part of the report of a run, made from what the run left on disk."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import ClassVar, Self

from phenolens.drawing.svg import Markup
from phenolens.drawing.template import load_template, read_part
from phenolens.results.contents import RunContents
from phenolens.results.parts import Part


@dataclass(frozen=True, slots=True, eq=False)
class Section(ABC):
    """One part of the report.

    A file `sections/foo.py` with a class `Foo(Section)` is on the page, with no other edit. Its
    template is `foo.html.j2` next to it; `foo.css` and `foo.js`, where they exist, are added to
    the page's style and script. Wrap the script in a function: all scripts share one scope. What
    the page offers to them (`state`, `table`, `drawer`, ...) is in docs/report.md.

    Attributes:
        title: Heading. A section without one belongs to the head of the page.
        label: Name in the contents; the title where it is empty.
        place: Where it goes: sections are sorted by this number, then by name.
        explains: Names of the explanations that it shows; empty: none.
        scripts: Names of its scripts without `.js`, in order, where it has more than its own.
        html: Its markup, without the heading.
        parts: What the page of a large run reads when it is needed (`run.in_parts`), by name:
            letters, numbers and `-`.
    """

    title: ClassVar[str] = ""
    label: ClassVar[str] = ""
    place: ClassVar[int] = 1000
    explains: ClassVar[tuple[str, ...]] = ()
    scripts: ClassVar[tuple[str, ...]] = ()

    html: Markup
    parts: Mapping[str, Part] = field(default_factory=dict)

    @classmethod
    @abstractmethod
    def of(cls, run: RunContents) -> Section | None:
        """Return the section of a run, or None where the run has nothing for it."""

    @classmethod
    def fill(cls, **values: object) -> Self:
        """Return the section, its template filled with these values."""
        package, name = cls._file()
        return cls(Markup(load_template(f"{name}.html.j2", package).render(**values)))

    def holding(self, parts: Mapping[str, Part]) -> Self:
        """Return the section with these parts."""
        return replace(self, parts=parts)

    @classmethod
    def style(cls) -> str:
        """Return its part of the style sheet."""
        package, name = cls._file()
        return read_part(f"{name}.css", package)

    @classmethod
    def script(cls) -> str:
        """Return its part of the script."""
        package, name = cls._file()
        return "".join(read_part(f"{part}.js", package) for part in cls.scripts or (name,))

    @property
    def id(self) -> str:
        """Its anchor on the page: the name of its file."""
        return self._file()[1]

    @classmethod
    def _file(cls) -> tuple[str, str]:
        package, _, name = cls.__module__.rpartition(".")
        return package, name
