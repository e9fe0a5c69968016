"""Judging a linear classifier on rows that it was not trained on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool, Float64, Int64
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from phenolens.statistics.ties import FITTED, levels, reaches

FIGURES = (
    "roc_auc",
    "average_precision",
    "accuracy",
    "f1",
    "precision",
    "recall",
    "specificity",
)


@dataclass(frozen=True, slots=True)
class Linear:
    """Logistic regression on standardized features, both kinds weighted alike.

    Scaling, components and weights are fitted on the rows of training alone.

    Attributes:
        inverse_penalty: C of scikit-learn's L2 penalty.
        components: Principal components kept; 0 keeps the features.
    """

    inverse_penalty: float = 1.0
    components: int = 0

    def fitted(self, x: Float64[np.ndarray, "n d"], y: Bool[np.ndarray, " n"]) -> Any:
        """Return scikit-learn's pipeline, fitted."""
        steps: list[Any] = [StandardScaler()]
        if self.components:
            steps.append(PCA(min(self.components, *x.shape), svd_solver="full"))
        steps.append(
            LogisticRegression(
                C=self.inverse_penalty, class_weight="balanced", tol=1e-6, max_iter=10_000
            )
        )
        return make_pipeline(*steps).fit(x, y)


def held_out(
    x: Float64[np.ndarray, "n d"],
    positive: Bool[np.ndarray, " n"],
    fold: Int64[np.ndarray, " n"],
    model: Linear,
) -> Float64[np.ndarray, " n"]:
    """Return each row's log-odds of being positive, by the model that did not see its fold."""
    log_odds = np.empty(len(x))
    for one in np.unique(fold):
        test = fold == one
        fitted = model.fitted(x[~test], positive[~test])
        log_odds[test] = fitted.decision_function(x[test])
    return log_odds


def judged(
    positive: Bool[np.ndarray, " n"],
    log_odds: Float64[np.ndarray, " n"],
    stratum: Int64[np.ndarray, " n"],
) -> dict[str, float]:
    """Return the figures of held-out log-odds, by the names of `FIGURES`.

    ROC-AUC and average precision rank the rows of one stratum (a fold and plate) only, since the
    log-odds of two models do not share a scale (Forman & Scholz 2010, Apples-to-apples in
    cross-validation studies), and rows of two plates not an offset; strata count by their pairs
    of a positive and a negative, and by their positives. The other figures count all rows once,
    at log-odds 0. Precision and F1 are 0 where no row is called positive. Log-odds
    within the optimizer's tolerance are ties (`statistics/ties.py`).

    Args:
        positive: (n,) the labels; some stratum holds both kinds.
        log_odds: (n,) from `held_out`.
        stratum: (n,) which rows may be ranked together.
    """
    parts = [stratum == one for one in np.unique(stratum)]
    parts = [p for p in parts if 0 < positive[p].sum() < p.sum()]
    ones = np.array([positive[p].sum() for p in parts])
    pairs = ones * np.array([(~positive[p]).sum() for p in parts])
    ranks = [levels(log_odds[p], FITTED) for p in parts]
    auc = [roc_auc_score(positive[p], r) for p, r in zip(parts, ranks, strict=True)]
    precision = [average_precision_score(positive[p], r) for p, r in zip(parts, ranks, strict=True)]
    called = reaches(log_odds, 0.0, FITTED)
    hit = int(np.count_nonzero(called & positive))
    rejected = int(np.count_nonzero(~called & ~positive))
    return {
        "roc_auc": float(np.average(auc, weights=pairs)),
        "average_precision": float(np.average(precision, weights=ones)),
        "accuracy": (hit + rejected) / len(positive),
        "f1": 2 * hit / (int(called.sum()) + int(positive.sum())),
        "precision": hit / max(1, int(called.sum())),
        "recall": hit / int(positive.sum()),
        "specificity": rejected / int((~positive).sum()),
    }
