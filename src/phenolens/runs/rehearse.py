"""The chain and the metrics of a recipe tried on a screen's table, before any pixel is read."""

from __future__ import annotations

import numpy as np

from phenolens.core.errors import InputError
from phenolens.core.screen import Screen
from phenolens.embedding.tiles import Tiles
from phenolens.pixels.base import apply_chain
from phenolens.runs.learning import Learning
from phenolens.runs.measured import refuse_twice
from phenolens.runs.recipe import Recipe
from phenolens.runs.rehearse_table import rehearse_on


def rehearse(recipe: Recipe, planned: Screen, tiles: Tiles | None) -> None:
    """Raise what the recipe's steps or metrics will refuse, whatever the features are.

    Where images may be left out because they cannot be read, that is a missing column alone.

    Args:
        recipe: Its steps and metrics.
        planned: The screen that the pixel steps describe.
        tiles: How many rows there are of each image; None: one, and no column `tile`.

    Raises:
        InputError: As the step or the metric does; names it by its place in the recipe.
    """
    source = recipe.source
    measured = source.measured if isinstance(source, Learning) else {}
    measures = {name: made.measures for name, made in measured.items()}
    refuse_twice(planned.meta, measures)
    each = 1 if tiles is None else len(tiles)
    meta = planned.meta.loc[planned.meta.index.repeat(each)].reset_index(drop=True)
    if tiles is not None:
        meta["tile"] = np.tile(np.arange(each), len(planned))
    columns = [column for own in measures.values() for column in own]
    rehearse_on(meta, recipe, maybe=columns, rows_are_certain=planned.left_out is None)


def rehearse_screen(recipe: Recipe, screen: Screen) -> None:
    """Raise what a recipe will refuse of a screen, as its layout reads it.

    Raises:
        InputError: As `rehearse`, or the recipe is not about images.
    """
    if not isinstance(recipe.source, Learning):
        raise InputError("is about a table", where=recipe.name, fix="name a recipe with a [screen]")
    planned = apply_chain(recipe.source.pixels, screen)
    tiles = None if recipe.source.encoder is None else recipe.source.embedding.tiles
    if tiles is not None:
        tiles.check(planned.size)
    rehearse(recipe, planned, tiles)
