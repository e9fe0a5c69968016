"""What steps learn has the sizes that its docstring says, so that a saved fit can be checked."""

from __future__ import annotations

import numpy as np
import pytest

from phenolens.core.profiles import Profiles
from phenolens.corrections.learned import Learned
from phenolens.profiling.pca import Pca


def test_it_holds_what_was_made_and_how(wells: Profiles) -> None:
    learned = Pca(components=2).learn(wells)
    assert isinstance(learned, Learned)
    assert learned.features.shape == (len(wells), 2)
    assert learned.names == ("pca0000", "pca0001")
    assert learned.state.V.shape == (5, 2)
    assert learned.facts["components_out"] == 2
    with pytest.raises(AttributeError):
        learned.names = ()  # type: ignore[misc]
    np.testing.assert_allclose(learned.state.V.T @ learned.state.V, np.eye(2), atol=1e-12)
