"""One file each: method, encoder, layout, pixel step, step, metric, baseline, explanation, section.

A temporary package defines one of each. Each is listed, used by name in a recipe, found in the
report and in the documentation's table, and nothing else is edited.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from phenolens.core import registry
from phenolens.core.docs import table
from phenolens.core.registry import ROOMS, catalogue, extend
from phenolens.runs.recipe import Recipe
from phenolens.runs.run import run

FILES = {
    "screens/guest_layout.py": '''
        """A layout of noise."""
        from dataclasses import dataclass
        from functools import partial
        from pathlib import Path

        import numpy as np
        import pandas as pd

        from phenolens.core.roles import with_roles
        from phenolens.core.screen import Images, Rows, Screen


        def noise(rows: Rows) -> Images:
            return np.stack(
                [np.random.default_rng(int(r)).integers(0, 999, (2, 24, 24)) + 99 * r for r in rows]
            ).astype(np.uint16)


        @dataclass(frozen=True, kw_only=True)
        class GuestLayout:
            """Guest images: noise whose level depends on the well."""

            plates: int = 2

            def __call__(self, root: Path) -> Screen:
                wells = [(f"p{p}", f"A{w:02d}", w) for p in range(self.plates) for w in range(1, 9)]
                meta = pd.DataFrame(
                    {
                        "plate": [p for p, _, _ in wells],
                        "well": [w for _, w, _ in wells],
                        "batch": [p for p, _, _ in wells],
                        "compound": ["DMSO" if w < 3 else f"c{w}" for _, _, w in wells],
                        "moa": [None if w < 3 else f"m{w % 3}" for _, _, w in wells],
                    }
                )
                return Screen(
                    meta=with_roles(meta), channels=("DNA", "ER"), read=noise, size=(24, 24)
                )
        ''',
    "pixels/guest_invert.py": '''
        """A pixel step."""
        from dataclasses import dataclass, replace
        from functools import partial

        from phenolens.core.screen import Images, Read, Rows, Screen


        def inverted(read: Read, rows: Rows) -> Images:
            return 65535 - read(rows)


        @dataclass(frozen=True, kw_only=True)
        class GuestInvert:
            """Guest step on pixels: dark becomes bright."""

            def __call__(self, screen: Screen) -> Screen:
                return screen.after(self, replace(screen, read=partial(inverted, screen.read)))

            @classmethod
            def example(cls, screen: Screen) -> "GuestInvert":
                return cls()
        ''',
    "encoders/guest_mean.py": '''
        """An encoder."""
        from collections.abc import Sequence

        import torch
        from torch import Tensor, nn

        from phenolens.encoders.base import Encoder


        class GuestMean(Encoder):
            """Guest encoder: a linear map of the channels' means."""

            def __init__(self, channels: Sequence[str], *, width: int = 4) -> None:
                super().__init__(channels)
                self.dim = width
                self.map = nn.Linear(len(self.channels), width)

            def forward(self, x: Tensor) -> Tensor:
                self.check_channels(x)
                return self.map(x.mean((2, 3)))

            @classmethod
            def example(cls) -> tuple[Encoder, Tensor]:
                return cls(("DNA",)), torch.rand(3, 1, 8, 8)
        ''',
    "methods/guest_guess.py": '''
        """A method."""
        from collections.abc import Mapping
        from typing import Any

        from torch import nn

        from phenolens.core.views import ViewFacts, Views
        from phenolens.encoders.base import Encoder
        from phenolens.methods.base import Clock, Method, Outcome


        class GuestGuess(Method):
            """Guest method: guess a column of the table from the embedding."""

            def __init__(
                self, encoder: Encoder, facts: ViewFacts, *, column: str = "batch"
            ) -> None:
                super().__init__(facts)
                self.encoder, self.column = encoder, column
                self.head = nn.Linear(encoder.dim, len(facts.values[column]))

            @classmethod
            def columns(cls, settings: Mapping[str, Any]) -> tuple[str, ...]:
                return (settings["column"],)

            @classmethod
            def example(cls) -> tuple[Method, Views]:
                raise NotImplementedError

            def loss(self, views: Views, clock: Clock) -> Outcome:
                embedding = self.encoder(views.images[0])
                code = views.codes[self.column][:, 0]
                term = nn.functional.cross_entropy(self.head(embedding), code)
                return Outcome({"guess": term}, embedding.detach())
        ''',
    "baselines/guest_count.py": '''
        """A baseline."""
        from collections.abc import Mapping
        from dataclasses import dataclass
        from typing import ClassVar

        import numpy as np

        from phenolens.baselines.base import Given
        from phenolens.core.profiles import Profiles


        @dataclass(frozen=True, kw_only=True)
        class GuestCount:
            """Guest baseline: two constants and noise."""

            title: ClassVar[str] = "guest constants"
            uses_encoder: ClassVar[bool] = False

            def __call__(self, given: Given) -> Mapping[str, Profiles]:
                features = np.random.default_rng(0).normal(size=(len(given.screen), 3))
                return {"guest": Profiles(meta=given.screen.meta, features=features)}
        ''',
    "profiling/guest_double.py": '''
        """A step."""
        from dataclasses import dataclass

        from phenolens.core.profiles import Profiles


        @dataclass(frozen=True, kw_only=True)
        class GuestDouble:
            """Guest step on profiles: every feature twice as large."""

            def __call__(self, profiles: Profiles) -> Profiles:
                return profiles.after(self, features=2 * profiles.features)
        ''',
    "metrics/guest_size.py": '''
        """A metric."""
        from dataclasses import dataclass
        from typing import ClassVar

        import numpy as np

        from phenolens.core.profiles import Profiles
        from phenolens.core.score import Score


        @dataclass(frozen=True, kw_only=True)
        class GuestSize:
            """Guest metric: the mean absolute feature."""

            title: ClassVar[str] = "Guest size"
            better: ClassVar[str] = "low"
            good: ClassVar[str] = "Nothing is good or bad about it."
            chance: ClassVar[str] = "Depends on the scale of the features."
            blind: ClassVar[str] = "It cannot see a mechanism."

            def __call__(self, profiles: Profiles) -> Score:
                size = np.abs(profiles.finite("guest_size")).mean(axis=1)
                rows = profiles.meta.assign(value=size)
                return Score("guest_size", float(size.mean()), n=len(rows), rows=rows)
        ''',
    "explanations/guest_look.py": '''
        """An explanation."""
        from dataclasses import dataclass
        from typing import ClassVar

        import pandas as pd

        from phenolens.core.explanation import Explanation
        from phenolens.explanations.base import Subject


        @dataclass(frozen=True, kw_only=True)
        class GuestLook:
            """Guest explanation: how many images there are."""

            title: ClassVar[str] = "Guest look"
            needs_images: ClassVar[bool] = True

            def __call__(self, subject: Subject) -> Explanation:
                count = len(subject.seen("guest_look").screen)
                rows = pd.DataFrame({"images": [count]})
                return Explanation(name="guest_look", rows=rows, figures={"images": float(count)})
        ''',
    "sections/guest_note.py": '''
        """A section of the report."""
        from __future__ import annotations

        from phenolens.drawing.svg import Markup
        from phenolens.results.contents import RunContents
        from phenolens.sections.base import Section


        class GuestNote(Section):
            """Guest section: a sentence."""

            title = "A note by a guest"

            @classmethod
            def of(cls, run: RunContents) -> Section | None:
                return cls(Markup("<p>written by the guest section</p>"))
        ''',
}
RECIPE = """
name = "guests"
baselines = ["guest_count"]
[screen]
layout = "guest_layout"
[[pixels]]
step = "guest_invert"
[views.crops]
global_views = 1
local_views = 1
global_size = 16
local_size = 8
[encoder]
name = "guest_mean"
[method]
name = "guest_guess"
[training]
epochs = 2
batch_size = 8
warmup_epochs = 1
[embedding]
tiles = { size = 16, rows = 1, columns = 1 }
[[profiling]]
step = "guest_double"
[metrics.guest_size]
[explanations.guest_look]
"""
NAMES = {path.partition("/")[0]: Path(path).stem for path in FILES}


@pytest.fixture
def guests(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The package, on the path and in the catalogue."""
    package = tmp_path / "guests_of_the_house"
    for path, code in FILES.items():
        file = package / path
        file.parent.mkdir(parents=True)
        lines = code.strip("\n").split("\n")
        file.write_text("\n".join(line.removeprefix(" " * 8) for line in lines) + "\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(registry, "_packages", dict(registry._packages))
    extend(package.name)
    yield package
    for name in [name for name in sys.modules if name.startswith(package.name)]:
        del sys.modules[name]
    monkeypatch.undo()
    catalogue.cache_clear()


def test_there_is_a_guest_for_every_room() -> None:
    assert set(NAMES) == set(ROOMS)


@pytest.mark.parametrize("room", ROOMS)
def test_it_is_listed(room: str, guests: Path) -> None:
    entry = catalogue(room)[NAMES[room]]
    assert entry.package == guests.name
    assert entry.summary.startswith("Guest")


@pytest.mark.parametrize("room", ROOMS)
@pytest.mark.usefixtures("guests")
def test_it_is_in_the_table_of_the_documentation(room: str) -> None:
    row = next(line for line in table(room).splitlines() if f"`{NAMES[room]}`" in line)
    assert catalogue(room)[NAMES[room]].summary.rstrip(".") in row
    if room == "metrics":
        assert "It cannot see a mechanism" in row


@pytest.mark.usefixtures("guests")
def test_a_recipe_names_them_and_the_report_shows_them(tmp_path: Path) -> None:
    recipe = tmp_path / "guests.toml"
    recipe.write_text(RECIPE)
    results = run(Recipe.load(recipe), tmp_path, tmp_path / "runs" / "guests")
    assert results.scores["guest_size"]["n"] == 16
    assert "guest constants" in results.baselines
    assert results.explanations["guest_look"]["joint"]["figures"] == {"images": 16.0}
    card = json.loads((results.folder / "models" / "joint" / "config.json").read_text())
    assert card["encoder"]["name"] == "guest_mean"
    assert card["method"] == {"name": "guest_guess", "column": "batch"}
    assert [step["step"] for step in card["pixels"]] == ["guest_invert", "rescale"]
    page = (results.folder / "report.html").read_text()
    for text in ("written by the guest section", "Guest size", "guest constants", "guest_invert"):
        assert text in page, text
