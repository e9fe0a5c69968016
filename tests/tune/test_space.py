"""Which chains are tried, by default and by one's own list."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from phenolens.chains.chain import build_steps, chain_text, read_chain
from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles
from phenolens.tune.space import default_space, distinct, read_space

Made = Callable[..., Profiles]


def test_the_default_space_is_what_the_page_says(wells: Profiles) -> None:
    chains = default_space(wells)
    names = [chain_text(chain) for chain in chains]
    assert len(set(names)) == len(names) == 3 * 2 * 7 * 2 + 3 * 2
    assert names[0] == ""
    for name in (
        "standardize",
        "robustize,select_features",
        "standardize,tvn(family=ws_dino),coral",
        "select_features,tvn(family=efaar)",
        "standardize,sphere(regularization=1.0,components=all),coral",
    ):
        assert name in names
    for chain in chains:
        build_steps(chain)


def test_it_fits_the_table(made_wells: Made) -> None:
    plates = [chain_text(chain) for chain in default_space(made_wells(batches=1))]
    assert "coral(by=[plate])" in plates
    assert "tvn(family=efaar,by=[plate])" in plates
    bare = made_wells()
    bare = replace(bare, meta=bare.meta.drop(columns=["control", "plate"]))
    names = [chain_text(chain) for chain in default_space(bare)]
    assert "standardize(by=[],on=all)" in names
    assert "sphere(regularization=1.0,components=all,on=all)" in names
    assert not [name for name in names if "coral" in name or "tvn" in name]
    assert len(names) == 3 * 2 * 7


def test_ones_own_chains_stand_beside_or_alone(wells: Profiles, tmp_path: Path) -> None:
    file = tmp_path / "space.toml"
    own = """
[[chain]]
steps = "standardize,pca(components=3)"
[[chain]]
profiling = [{step = "sphere", on = "all"}]
[[chain]]
steps = ""
"""
    file.write_text(own, encoding="utf-8")
    chains = read_space(file, wells)
    assert len(chains) == len(default_space(wells)) + 2
    assert [chain_text(chain) for chain in chains[-2:]] == [
        "standardize,pca(components=3)",
        "sphere(on=all)",
    ]
    file.write_text(f"default = false\n{own}", encoding="utf-8")
    assert [chain_text(chain) for chain in read_space(file, wells)] == [
        *("standardize,pca(components=3)", "sphere(on=all)", "")
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a =", "is not TOML"),
        ("chains = []", "chains: unknown key; did you mean 'chain'"),
        ("chain = 3", r"`chain` is not a list of tables; write \[\[chain\]\]"),
        ("[[chain]]", "chain.0: needs either `steps` or `profiling`"),
        ("[[chain]]\nstep = 'a'", "chain.0: step: unknown key; did you mean 'steps'"),
        ("[[chain]]\nprofiling = 3", "chain.0: `profiling` is not a list of tables"),
        ("[[chain]]\nsteps = 'standardise'", "no 'standardise' in profiling; did you mean"),
    ],
)
def test_what_is_wrong_in_a_space_is_said(
    wells: Profiles, tmp_path: Path, text: str, message: str
) -> None:
    file = tmp_path / "space.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        read_space(file, wells)


def test_no_such_space(wells: Profiles, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        read_space(tmp_path / "absent.toml", wells)


def test_a_chain_is_tried_once() -> None:
    one, two = read_chain("standardize"), read_chain("standardize")
    assert distinct([one, (), two]) == (one, ())
