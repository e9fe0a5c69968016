from __future__ import annotations

from contextlib import nullcontext

import numpy as np
import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.core.progress import uncounted
from phenolens.explanations.base import Subject


def test_a_table_has_no_images_to_explain() -> None:
    table = Profiles(meta=pd.DataFrame({"well": ["A01"]}), features=np.ones((1, 1)))
    subject = Subject(model="table", embeddings=table, bar=lambda _: nullcontext(uncounted))
    with pytest.raises(InputError, match="attention needs images, and this run began with a table"):
        subject.seen("attention")
