from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from phenolens.results.contents import RunContents
from phenolens.sections.recipe import Recipe


def test_the_recipe_is_there_as_it_was_run(run_folder: Path) -> None:
    run = RunContents.read(run_folder)
    section = Recipe.of(run)
    assert section is not None
    assert '<span class="table">[method]</span>' in section.html
    assert "# &lt;b&gt;" in section.html
    assert Recipe.of(replace(run, recipe="")) is None
