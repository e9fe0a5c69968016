"""A model's embeddings: made once per set of tiles, resumed, and always as the file holds them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from phenolens.core.profiles import Profiles
from phenolens.embedding import embed as embedding
from phenolens.runs import embed as embedder
from phenolens.runs import fitting
from phenolens.runs.embed import embed_model
from phenolens.runs.prepare import Pixels
from phenolens.runs.train import train

MakePixels = Callable[..., Pixels]


def test_other_tiles_embed_anew_without_training(
    pixels_of: MakePixels, monkeypatch: pytest.MonkeyPatch
) -> None:
    pixels = pixels_of()
    made, seconds = embed_model(pixels, train(pixels, "joint", None))
    assert seconds > 0
    assert made.load().features.shape == (96, 192)
    monkeypatch.setattr(fitting, "fit", lambda *_: pytest.fail("was trained before"))
    other = pixels_of("embedding.tiles={size=16, rows=1, columns=1}")
    again, _ = embed_model(other, train(other, "joint", None))
    assert again.key != made.key
    assert again.load().features.shape == (24, 192)
    monkeypatch.setattr(embedder, "embed", lambda *_: pytest.fail("was embedded before"))
    back, _ = embed_model(pixels, train(pixels, "joint", None))
    assert (back.key, len(back.load())) == (made.key, 96)


def test_a_killed_embedding_goes_on_at_its_last_shard(
    pixels_of: MakePixels, finished: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedding, "SHARD", 10)  # 24 images: three shards
    true: Any = embedding.embed
    pixels, reads = pixels_of(), list[int]()
    model = train(pixels, "joint", None)

    def killed(*given: Any) -> Profiles:
        def progress(done: int, _: int) -> None:
            reads.append(done)
            if done > 20:
                raise KeyboardInterrupt

        return true(*given[:-1], progress)

    with monkeypatch.context() as patch:
        patch.setattr(embedder, "embed", killed)
        with pytest.raises(KeyboardInterrupt):
            embed_model(pixels, model)
    assert reads == [10, 20, 24]
    done: list[int] = []
    monkeypatch.setattr(
        embedder, "embed", lambda *g: true(*g[:-1], lambda ready, _: done.append(ready))
    )
    made, _ = embed_model(pixels, model)
    assert done == [24]  # the last shard alone
    expected = Profiles.load(finished / "embeddings" / "joint.parquet").features
    assert np.abs(made.load().features - expected).max() < 1e-5
