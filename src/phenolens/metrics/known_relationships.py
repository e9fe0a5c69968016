"""KnownRelationships: how many known pairs are in the tails of all pairs' similarities."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import pandas as pd
from jaxtyping import Float64, Int64

from phenolens.core.errors import InputError
from phenolens.core.pair_table import PairTable
from phenolens.core.pairs import PairRule
from phenolens.core.profiles import Profiles
from phenolens.core.ranges import LARGEST_SEED, MANY, between
from phenolens.core.score import Score
from phenolens.core.values import SEPARATOR
from phenolens.metrics.nearest_match import labelled
from phenolens.neighbours.cosine_pairs import AllPairs
from phenolens.neighbours.order import canonical_order
from phenolens.statistics.chance import chance

_NAME = "known_relationships"
_FEWEST_PAIRS = 20  # of the null: with fewer no tail of 5 % holds a pair
_FEWEST_ENTITIES = 20  # what EFAAR_benchmarking asks for


@dataclass(frozen=True, kw_only=True)
class KnownRelationships:
    """Recall of known relationships: the share of known pairs among the extreme similarities.

    As EFAAR_benchmarking 1.0 (Celik et al. 2024): the cosine similarities of all pairs of entities
    make a distribution; a known pair is recalled if it is at or below its 5th percentile or at or
    above its 95th. Chance is the share of the tails, 0.1 (0.05 with the upper tail alone); 1 is
    every known pair recalled, out of reach where more pairs are known than the tails hold. It
    ranks pairs, so one strong group of entities (whatever kills cells) can fill both tails and
    push every other pair into the middle; and a true pair that is not in the list counts as chance.

    An entity is the mean of its rows. The interval draws entities with replacement, a
    pair counting as often as both of its entities together (Owen 2007, pigeonhole bootstrap); the
    null shuffles the entities' names.

    Attributes:
        pairs: The known pairs. Without any, and without `table`: those that share `same`.
        table: The same from a file.
        same: Column that makes a pair where no pairs are given.
        column: Whose values are the entities: one per row.
        thresholds: Where the tails end, as shares of all pairs.
        tails: Both, or only the upper: similar, not opposite.
        permutations: How many shuffles make the null.
        resamples: How many make the interval.
        seed: Of all draws.
    """

    title: ClassVar[str] = "Known relationships (recall)"
    better: ClassVar[str] = "high"
    good: ClassVar[str] = (
        "Near 1: known pairs are among the most similar or most opposite of all pairs."
    )
    chance: ClassVar[str] = "the share of the tails, 0.1"
    chance_level: ClassVar[float] = 0.1
    blind: ClassVar[str] = (
        "pairs that no source lists; and one strong group of entities can fill both tails"
    )

    pairs: tuple[tuple[str, str], ...] = ()
    table: PairTable | None = None
    same: str = "moa"
    column: str = "compound"
    thresholds: tuple[float, float] = (0.05, 0.95)
    tails: Literal["both", "upper"] = "both"
    permutations: int = 1000
    resamples: int = 2000
    seed: int = 0

    def __post_init__(self) -> None:
        if self.pairs and self.table:
            raise InputError("takes `pairs` or `table`, not both")
        low, high = self.thresholds
        if not 0 <= low < high <= 1:
            raise InputError(
                f"must rise within 0 and 1, got {list(self.thresholds)}", where="thresholds"
            )
        between(0, MANY, permutations=self.permutations)
        between(1, MANY, resamples=self.resamples)
        between(0, LARGEST_SEED, seed=self.seed)

    def __call__(self, profiles: Profiles) -> Score:
        """Return the score, with one row per known pair.

        Raises:
            InputError: No column `column` (or `same`, where it makes the pairs), a cell of several
                entities, fewer than 7 entities, an entity whose mean is zero, a feature that is
                not finite, or no known pair among the entities.
        """
        source, notes = labelled(profiles, self.column, _NAME)
        used = profiles.take(source)
        used = used.take(canonical_order(used))
        names, x = self._entities(used, notes)
        left, right = self._known(used, names, notes)
        cosines = AllPairs.of(x, self.seed)
        rows = self._rows(names, left, right, cosines)
        hits = int(rows["value"].sum())
        low, high = self._interval(left, right, rows["value"].to_numpy(), len(names))
        return Score(
            name=_NAME,
            value=hits / len(rows),
            low=low,
            high=high,
            hits=hits,
            n=len(rows),
            **chance(hits / len(rows), self._null(left, right, cosines)),
            rows=rows,
            figures={
                "recall_lower": float((rows["tail"] == "lower").mean()),
                "recall_upper": float((rows["tail"] == "upper").mean()),
                "entities": float(len(names)),
                "null_pairs": float(len(cosines.null)),
            },
            notes=tuple(notes),
        )

    def _entities(
        self, used: Profiles, notes: list[str]
    ) -> tuple[pd.Index, Float64[np.ndarray, "e d"]]:
        """Return the entities, sorted, and the mean of each one's rows."""
        text = used.meta[self.column].astype(str).str.strip()
        several = text[text.str.contains(SEPARATOR, regex=False)]
        if len(several):
            raise InputError(
                f"{_NAME} needs one {self.column} per row, got '{several.iloc[0]}'",
                fix="set `column` to one with single names; `same` may have several",
            )
        code, names = pd.factorize(text, sort=True)
        x = used.finite(_NAME)
        if len(names) * (len(names) - 1) // 2 < _FEWEST_PAIRS:
            raise InputError(
                f"{_NAME} needs at least 7 different values of {self.column}, got {len(names)}"
            )
        total = np.zeros((len(names), x.shape[1]))
        np.add.at(total, code, x)
        mean = total / np.bincount(code)[:, None]
        if len(names) < len(used):
            notes.append(
                f"{len(used)} rows averaged to one profile per {self.column}: {len(names)}"
            )
        empty = np.flatnonzero(~mean.any(axis=1))
        if len(empty):
            raise InputError(f"the mean of '{names[empty[0]]}' is zero, so its cosine is undefined")
        return names, mean

    def _known(
        self, used: Profiles, names: pd.Index, notes: list[str]
    ) -> tuple[Int64[np.ndarray, " p"], Int64[np.ndarray, " p"]]:
        """Return the known pairs as places among the entities, each once, the lesser first."""
        given = self.table.pairs if self.table else self.pairs
        if given:
            both = np.array(given, dtype=object)
            code = names.get_indexer(both.ravel()).reshape(-1, 2)
            there = (code >= 0).all(axis=1)
            absent = int((~there).sum())
            notes += [f"known pairs left out, not in the table: {absent}"] if absent else []
            kept = code[there]
            kept = np.sort(kept[kept[:, 0] != kept[:, 1]], axis=1)
        else:
            kept = self._sharing(used, names)
        kept = np.unique(kept, axis=0).astype(np.int64)
        if not len(kept):
            among = f"the {len(given)} given" if given else f"those that share a {self.same}"
            raise InputError(
                f"{_NAME}: {among}: no known pair of two values of {self.column} in the table",
                fix=f"names in the table are like '{names[0]}'",
            )
        entities = len(np.unique(kept))
        if entities < _FEWEST_ENTITIES:
            notes.append(
                f"the known pairs have only {entities} values of {self.column}; EFAAR_benchmarking "
                f"asks for at least {_FEWEST_ENTITIES}"
            )
        return kept[:, 0], kept[:, 1]

    def _sharing(self, used: Profiles, names: pd.Index) -> Int64[np.ndarray, "p 2"]:
        """Return the pairs of entities that share a value of `same`."""
        shared = used.column(self.same, _NAME)
        entity = used.meta[self.column].astype(str).str.strip()
        table = pd.DataFrame({"entity": entity, "shared": shared.to_numpy()}).dropna()
        table = table.drop_duplicates().reset_index(drop=True)
        allowed = PairRule(same=("shared",), differ=("entity",)).allows(table)
        left, right = np.nonzero(np.triu(allowed))
        code = names.get_indexer(table["entity"])
        return np.sort(np.stack([code[left], code[right]], axis=1), axis=1).astype(np.int64)

    def _rows(
        self,
        names: pd.Index,
        left: Int64[np.ndarray, " p"],
        right: Int64[np.ndarray, " p"],
        cosines: AllPairs,
    ) -> pd.DataFrame:
        """Return the table of known pairs."""
        cosine = cosines.cosine(left, right)
        lower, upper = cosines.tails(cosine, *self.thresholds)
        lower &= self.tails == "both"
        return pd.DataFrame(
            {
                self.column: names[left],
                f"other_{self.column}": names[right],
                "cosine": cosine,
                "percentile": cosines.percentile(cosine),
                "tail": np.select([upper, lower], ["upper", "lower"], default="none"),
                "value": (lower | upper).astype(np.int64),
            }
        )

    def _null(
        self, left: Int64[np.ndarray, " p"], right: Int64[np.ndarray, " p"], cosines: AllPairs
    ) -> Float64[np.ndarray, " r"]:
        """Return the recall with the entities' names shuffled, once per permutation."""
        rng = np.random.default_rng(self.seed)
        null = np.empty(self.permutations)
        for i in range(self.permutations):
            drawn = rng.permutation(len(cosines.unit))
            cosine = cosines.cosine(drawn[left], drawn[right])
            lower, upper = cosines.tails(cosine, *self.thresholds)
            null[i] = np.mean(upper | lower if self.tails == "both" else upper)
        return null

    def _interval(
        self,
        left: Int64[np.ndarray, " p"],
        right: Int64[np.ndarray, " p"],
        hit: Int64[np.ndarray, " p"],
        entities: int,
    ) -> tuple[float, float]:
        """Return the 95 % percentile interval, entities drawn with replacement."""
        rng = np.random.default_rng(self.seed)
        recall = []
        for _ in range(self.resamples):
            count = rng.multinomial(entities, np.full(entities, 1 / entities))
            weight = count[left] * count[right]
            if weight.any():
                recall.append(weight @ hit / weight.sum())
        if not recall or min(recall) == max(recall):  # nothing varies: no interval
            return float("nan"), float("nan")
        low, high = np.quantile(recall, [0.025, 0.975])
        return float(low), float(high)
