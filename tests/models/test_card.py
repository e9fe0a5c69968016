"""The card says how to use a model; what is no card is refused with its reason."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from phenolens.core.errors import InputError
from phenolens.models.card import CARD, Card, read_card

FULL = Card(
    encoder={"name": "vit", "size": "tiny", "depth": 2},
    channels=("DNA", "Tubulin"),
    pixel_size=0.65,
    pixels=({"step": "resize", "factor": 0.5}, {"step": "rescale", "low": 0.1, "high": 99.9}),
    tiles={"size": 224, "rows": 2, "columns": 2},
    method={"name": "dino", "out": 64},
    parts={"decoder": {"name": "projection", "dim": 8, "widths": [4, 2]}},
    provenance={"seed": 0},
)


def test_round_trip(tmp_path: Path) -> None:
    (tmp_path / CARD).write_text(FULL.to_json())
    assert read_card(tmp_path) == FULL
    plain = Card(encoder={"name": "conv_net"}, channels=("DNA",))
    (tmp_path / CARD).write_text(plain.to_json())
    assert read_card(tmp_path) == plain


def test_what_is_no_card_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no model here; give a folder with config"):
        read_card(tmp_path)
    for text in ("[1]", "{", "3"):
        (tmp_path / CARD).write_text(text)
        with pytest.raises(InputError, match="not a model's card"):
            read_card(tmp_path)
    (tmp_path / CARD).write_text('{"format": 1, "name": "vit"}')
    with pytest.raises(InputError, match="has format 1, this version reads 2; train the model"):
        read_card(tmp_path)


def test_a_key_that_is_unknown_or_missing_is_named(tmp_path: Path) -> None:
    table = json.loads(FULL.to_json())
    (tmp_path / CARD).write_text(json.dumps({**table, "tile": {}}))
    with pytest.raises(InputError, match=r"config\.json\.tile: unknown key; did you mean 'tiles'"):
        read_card(tmp_path)
    (tmp_path / CARD).write_text(json.dumps({k: v for k, v in table.items() if k != "channels"}))
    with pytest.raises(InputError, match="needs channels"):
        read_card(tmp_path)


def test_networks_must_be_named() -> None:
    with pytest.raises(InputError, match="encoder: needs name = "):
        Card(encoder={"depth": 2}, channels=("DNA",))
    with pytest.raises(InputError, match=r"parts\.decoder: needs name = "):
        Card(encoder={"name": "vit"}, channels=("DNA",), parts={"decoder": {"dim": 2}})
