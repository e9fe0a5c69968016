from __future__ import annotations

import pandas as pd
import pytest

from phenolens.overview.baseline_name import shown_name


@pytest.mark.parametrize(
    ("choices", "repeated", "name"),
    [
        (["a", None, pd.NA, "b"], True, "intensity (a, b)"),
        (["a", "b"], False, "intensity"),
        ([None, ""], True, "intensity"),
        ([], True, "intensity"),
    ],
)
def test_only_repeated_titles_have_their_choices(
    choices: list[str | None], repeated: bool, name: str
) -> None:
    assert shown_name("intensity", choices, repeated=repeated) == name
