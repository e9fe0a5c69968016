"""Pairing: which two images are a positive pair in training, and which views show the partner."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from phenolens.core.errors import InputError
from phenolens.core.pairs import PairRule
from phenolens.core.views import Kind

IMAGE = "image"  # a rule with same = ["image"] pairs each image with itself: SimCLR, BYOL, DINO


@dataclass(frozen=True, kw_only=True)
class Pairing:
    """Which two images are a positive pair in training: a pair rule, and how it is applied.

    Attributes:
        same: Columns in which the two share a value; `image` means the image itself (DINO, SimCLR,
            BYOL), `compound` is WS-DINO, `treatment` with `differ = ["batch"]` is CDCL.
        differ: Columns in which the two must differ.
        unless: Columns of which the two must not share all, such as `plate` and `well`.
        fallback: What an image without a partner gets. `self`: it is its own partner. `relax`: a
            partner by `same` alone (CDCL on CPG0004), or itself. `drop`: it is not trained on.
            `error`: refuse to train.
        balance: Column whose values are drawn equally often (WS-DINO: the weak label); drawing is
            then with replacement. Empty: every image once per epoch.
        include_self: Whether an image may be drawn as its own partner (WS-DINO: yes).
        shown: Which views show the partner. `locals`: all local ones (WS-DINO). `half`: every
            second view of each kind (CDCL; SimCLR between two images).
    """

    same: tuple[str, ...] = (IMAGE,)
    differ: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    fallback: Literal["self", "relax", "drop", "error"] = "self"
    balance: str = ""
    include_self: bool = False
    shown: Literal["locals", "half"] = "locals"

    def __post_init__(self) -> None:
        if IMAGE in self.same and (len(self.same) > 1 or self.differ or self.unless):
            raise InputError(
                "an image paired with itself can share nothing else, and has no differ or unless",
                where="same",
                fix=f"write same = ['{IMAGE}'] alone, or columns without '{IMAGE}'",
            )

    @property
    def rule(self) -> PairRule | None:
        """The rule that two images must satisfy; None where each image is its own partner."""
        return None if self.same == (IMAGE,) else PairRule(self.same, self.differ, self.unless)

    @property
    def relaxed(self) -> PairRule | None:
        """The rule by `same` alone, for images without a partner; None where it is not used."""
        return PairRule(self.same) if self.rule and self.fallback == "relax" else None

    def sources(self, kinds: Sequence[Kind]) -> tuple[int, ...]:
        """Return what each view shows: 0 the anchor, 1 the partner.

        Example:
            >>> Pairing(shown="half").sources(("global", "global", "local", "local", "local"))
            (0, 1, 0, 1, 0)
        """
        if self.shown == "locals":
            return tuple(int(kind == "local") for kind in kinds)
        return tuple(kinds[:i].count(kind) % 2 for i, kind in enumerate(kinds))

    def check(self, kinds: Sequence[Kind]) -> None:
        """Raise InputError where partners are drawn and no view would show them."""
        if not self.rule or 1 in self.sources(kinds):
            return
        local = kinds.count("local")
        raise InputError(
            f"images are paired by {list(self.same)}, but none of the {len(kinds) - local} global "
            f"and {local} local views shows the partner",
            where="pairs.shown",
            fix="use shown = 'half' with at least two views of one kind, or shown = 'locals' with "
            "local views",
        )
