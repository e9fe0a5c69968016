from __future__ import annotations

import dataclasses
from pathlib import Path

import pandas as pd
import pytest

from phenolens.chains.settings import plain
from phenolens.core.construct import construct
from phenolens.core.errors import InputError
from phenolens.core.pair_table import PairTable

ROWS = pd.DataFrame({"entity1": ["A", "B", None], "entity2": ["B", "7", "C"]})


@pytest.mark.parametrize("name", ["known.csv", "known.tsv", "known.parquet", "known.csv.gz"])
def test_pairs_of_a_file(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if name.endswith("parquet"):
        ROWS.to_parquet(path)
    else:
        ROWS.to_csv(path, index=False, sep="\t" if "tsv" in name else ",")
    assert PairTable(file=str(path)).pairs == (("A", "B"), ("B", "7"))


def test_a_recipe_holds_the_fingerprint_not_the_pairs(tmp_path: Path) -> None:
    path = tmp_path / "known.csv"
    ROWS.to_csv(path, index=False)
    table = PairTable(file=str(path))
    settings = plain(table)
    assert set(settings) == {"file", "one", "other", "sha256"}
    assert construct(PairTable, settings, "table") == table
    hash(table)
    path.write_text(path.read_text() + "C,D\n")
    with pytest.raises(
        InputError, match=r"known.csv: has changed: its sha256 is .* restore the file"
    ):
        construct(PairTable, settings, "table")
    assert PairTable(file=str(path)) != table
    assert PairTable(file=str(path)).pairs[-1] == ("C", "D")


def test_bad_files(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        PairTable(file=str(tmp_path / "absent.csv"))
    path = tmp_path / "known.csv"
    ROWS.to_csv(path, index=False)
    with pytest.raises(InputError, match=r"no column 'entity'; did you mean 'entity[12]'"):
        PairTable(file=str(path), one="entity")
    path.write_bytes(b"")
    with pytest.raises(InputError, match="cannot be read as a table"):
        PairTable(file=str(path))


def test_it_is_read_once(tmp_path: Path) -> None:
    path = tmp_path / "known.csv"
    ROWS.to_csv(path, index=False)
    table = PairTable(file=str(path))
    path.unlink()
    assert len(table.pairs) == 2
    assert dataclasses.is_dataclass(table)
