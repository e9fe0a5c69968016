from __future__ import annotations

from phenolens.core.model_names import of_model


def test_the_one_model_of_a_run_needs_no_name() -> None:
    assert [of_model(name) for name in ("joint", "table", "DNA")] == ["", "", " of DNA"]
