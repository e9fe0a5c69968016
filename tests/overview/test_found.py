from __future__ import annotations

import pandas as pd
import pytest

from phenolens.overview.found import is_own


@pytest.mark.parametrize("found", ["", "limits", "limits, profile, score", None, pd.NA])
def test_a_process_that_made_its_model_and_embeddings(found: object) -> None:
    assert is_own(found)


@pytest.mark.parametrize("found", ["train", "limits, train", "embed"])
def test_a_process_that_found_them(found: str) -> None:
    assert not is_own(found)
