"""Combat: a shift and a scale per batch and feature, shrunk over features, by scanpy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd
from jaxtyping import Float, Int64

from phenolens.core.errors import InputError
from phenolens.core.extras import import_extra
from phenolens.core.float32 import in_float32
from phenolens.core.profiles import Profiles
from phenolens.corrections.explained import chance, check_share, mean_share
from phenolens.grouping.grouped import row_hashes
from phenolens.grouping.groups import RowGroups
from phenolens.profiling.base import BaseStep

_FLAT = 1e-6
_ENOUGH = 2


@dataclass(frozen=True, kw_only=True)
class Combat(BaseStep):
    """ComBat (Johnson, Li and Rabinovic 2007): x = alpha + Z beta + gamma_b + delta_b epsilon.

    gamma (a batch's shift of a feature) and delta (its scale) are shrunk towards what they are
    over the batch's other features, by parametric empirical Bayes, and removed; alpha and the
    covariates' part stay. Run by `scanpy.pp.combat` (`pip install 'phenolens[combat]'`).

    What the batches explain of a feature's variance, on average over features and in addition
    to the covariates, is measured before and after, and must not rise above what it was (or
    what noise would give). It does not become zero: the shrinkage leaves some.

    A feature that is constant within every batch has no scale: its shift is removed completely,
    and the provenance names it. Treatments that only one batch has are taken for the batch's
    effect, unless a covariate names them and other batches separate the two.

    Attributes:
        by: Columns that make a batch.
        covariates: Columns whose effect is kept, such as `control` or `treatment`; numbers as
            they are, all else as categories.
    """

    by: tuple[str, ...] = ("batch",)
    covariates: tuple[str, ...] = ()

    instead: ClassVar[str] = (
        "its shifts exist for the batches it has seen only: apply combat to all rows together, or "
        "use standardize by batch, coral or tvn, which bring a new batch in by its controls"
    )

    def __post_init__(self) -> None:
        if not self.by:
            raise InputError("combat needs at least one column", where="by")
        both = sorted(set(self.by) & set(self.covariates))
        if both:
            raise InputError(f"'{both[0]}' is a batch and a covariate", where="covariates")

    def __call__(self, profiles: Profiles) -> Profiles:
        """Return the adjusted profiles.

        Raises:
            InputError: scanpy is not installed, there is one batch, a batch has one row (names
                it), covariates and batches cannot be separated, fewer than two features vary, or
                a feature is not finite.
        """
        x = profiles.finite("combat")
        groups = RowGroups.of(profiles, self.by, "combat").every_row_in_one("combat")
        _refuse_small(groups)
        batch = np.eye(len(groups))[groups.codes]
        Z = _covariates(profiles, self.covariates)
        effects = self._fit(x, batch, Z)
        shift = effects[: len(groups)] - batch.mean(axis=0) @ effects[: len(groups)]
        kept = Z @ effects[len(groups) :]
        rest = x - kept - batch @ effects[: len(groups)]
        flat = rest.std(axis=0) <= _FLAT * np.abs(x).max(axis=0)
        if (~flat).sum() < _ENOUGH:
            raise InputError("combat needs at least 2 features that vary within the batches")
        made = x - batch @ shift
        order = np.lexsort((groups.codes, row_hashes(profiles.features)))
        made[np.ix_(order, ~flat)] = _adjusted(x[order][:, ~flat], groups.codes[order], Z[order])
        made = in_float32(made, "combat")
        return profiles.after(
            self,
            features=made,
            names=profiles.names,
            batches=len(groups),
            constant=np.array(profiles.names)[flat].tolist(),
            **_shares(x - kept, made, batch, Z, groups.codes),
        )

    def _fit(
        self,
        x: Float[np.ndarray, "n d"],
        batch: Float[np.ndarray, "n b"],
        Z: Float[np.ndarray, "n c"],
    ) -> Float[np.ndarray, "e d"]:
        """Return the least-squares effects of batches and covariates."""
        design = np.concatenate([batch, Z], axis=1)
        if np.linalg.matrix_rank(design) < design.shape[1]:
            raise InputError(
                f"combat cannot separate {list(self.by)} from {list(self.covariates)}: "
                "the effects of batches and covariates are the same",
                fix="leave the covariate out, or add rows that have it in another batch",
            )
        return np.linalg.lstsq(design, x, rcond=None)[0]


def _refuse_small(groups: RowGroups) -> None:
    if len(groups) < _ENOUGH:
        raise InputError("combat needs at least 2 batches, and the table has 1")
    size = np.bincount(groups.codes)
    small = np.flatnonzero(size < _ENOUGH)
    if len(small):
        raise InputError(
            f"combat needs at least {_ENOUGH} rows in every batch, and "
            f"{groups.name(int(small[0]))} has {size[small[0]]}",
            fix="leave the batch out",
        )


def _covariates(profiles: Profiles, names: tuple[str, ...]) -> Float[np.ndarray, "n c"]:
    """Return the columns as numbers: a category by whether it is each of its values but one."""
    columns = [np.empty((len(profiles), 0))]
    for name in names:
        values = profiles.column(name, "combat")
        if values.isna().any():
            raise InputError(
                f"combat: covariate '{name}' is missing in "
                f"{profiles.place(int(values.isna().argmax()))}",
                fix="fill it in, or take the row out",
            )
        if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
            columns.append(values.to_numpy(dtype=np.float64)[:, None])
        else:
            codes = pd.factorize(values.astype(str), sort=True)[0]
            columns.append(np.eye(codes.max() + 1)[codes][:, 1:])
    return np.concatenate(columns, axis=1)


def _adjusted(
    x: Float[np.ndarray, "n d"], codes: Int64[np.ndarray, " n"], Z: Float[np.ndarray, "n c"]
) -> Float[np.ndarray, "n d"]:
    """Return what scanpy makes of these rows.

    Covariates go in as numbers: scanpy gives a category one column per value. These add up to
    the sum of the batches' columns, and the equations cannot be solved.
    """
    anndata = import_extra("anndata", needed_by="combat", extra="combat")
    scanpy = import_extra("scanpy", needed_by="combat", extra="combat")
    obs = pd.DataFrame(Z, columns=[f"covariate{i}" for i in range(Z.shape[1])])
    obs.index = obs.index.astype(str)
    obs["batch"] = pd.Categorical(codes)
    table = anndata.AnnData(x, obs=obs)
    # The first round compares with a scale of 0 where a feature is constant in one batch.
    with np.errstate(divide="ignore", invalid="ignore"):
        made = scanpy.pp.combat(
            table, key="batch", covariates=list(obs.columns[:-1]) or None, inplace=False
        )
    if not np.isfinite(made).all():
        raise InputError(
            "combat found no prior for the batches' scales: the features' variances do not differ"
        )
    return np.asarray(made, dtype=np.float64)


def _shares(
    x: Float[np.ndarray, "n d"],
    made: Float[np.ndarray, "n d"],
    batch: Float[np.ndarray, "n b"],
    Z: Float[np.ndarray, "n c"],
    codes: Int64[np.ndarray, " n"],
) -> dict[str, float]:
    """Return what batches explain before and after, without the covariates' part."""
    design = np.concatenate([batch, Z], axis=1)
    effects = np.linalg.lstsq(design, made.astype(np.float64), rcond=None)[0]
    before = mean_share(x, codes)
    after = mean_share(made - Z @ effects[batch.shape[1] :], codes)
    return {
        "batch_share_before": before,
        "batch_share_after": check_share("batches after combat", before, after, chance(codes)),
    }
