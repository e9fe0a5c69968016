"""Figures of an encoder that need no label of a mechanism: rank, geometry, replicates, batch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float64, Int64
from torch import Tensor, nn

from phenolens.training.effective_rank import effective_rank

NEIGHBOURS = 10  # of a control, that vote for its batch
FOLDS = 5
_RIDGE = 1.0  # of the linear probe, in units of the mean variance of a feature
_LEAST = 4  # controls of a batch, else it is not predicted


@dataclass(frozen=True, slots=True, eq=False)
class Subset:
    """The images that an encoder is measured on, the same at every look.

    Attributes:
        images: Device -> the images (m, c, h, w) as `embed` gives them to the encoder, in parts,
            `tiles` of them for each image of the screen.
        tiles: Tiles per image; their embeddings are averaged.
        treatments: (n,) code of each image's treatment.
        places: (n,) code of where each image is: replicates are sought in other places.
        rivals: (n,) code of the images among which a replicate is sought: those of the same code.
            All alike, or by batch where treatments are in one batch each: there the batch alone
            would point at the replicate.
        batches: (n,) code of each image's batch, or of the plate or well that replaces it.
        controls: (n,) which images are controls.
        apart: What `places` are: batch, plate or well.
        network: Encoder -> what embeds an image, as `embed` does it.
    """

    images: Callable[[torch.device], Iterator[Tensor]]
    tiles: int
    treatments: Int64[Tensor, " n"]
    places: Int64[Tensor, " n"]
    rivals: Int64[Tensor, " n"]
    batches: Int64[Tensor, " n"]
    controls: Bool[Tensor, " n"]
    apart: str
    network: Callable[[nn.Module], nn.Module] = lambda encoder: encoder

    @property
    def has_replicates(self) -> bool:
        """Whether a treatment is there in two places among the same rivals."""
        return bool((_pairs(self) & _rivals(self)).any())


def measure(embeddings: Float64[Tensor, "n d"], subset: Subset) -> dict[str, float]:
    """Return the figures of these embeddings; one that needs what is not there is NaN.

    - `meter_rank`: effective rank (Garrido et al. 2023).
    - `alignment`, `uniformity`: of embeddings of length 1: mean squared distance of two of the same
      treatment in different places (near 0 is good), and log of the mean of exp(-2 d^2) over all
      pairs (low is good); Wang & Isola 2020, equations 1 and 2, with alpha = 2 and t = 2.
    - `replicates`: mean average precision by which a treated image finds its treatment among the
      treated images of other places, rivals only, by cosine. 1 is best; chance is the treatment's
      share.
    - `batch_knn`, `batch_linear`: balanced accuracy by which the batch of a control is predicted
      from its nearest controls, and by a ridge regression on controls of other folds. Chance, the
      best value, is 1 / (number of batches).
    """
    unit = embeddings / embeddings.norm(dim=1, keepdim=True).clamp_min(1e-12)
    pairs = _pairs(subset)
    squared = (2 - 2 * (unit @ unit.T)).clamp_min(0)
    off = ~torch.eye(len(unit), dtype=torch.bool)
    knn, linear = _batch_of_controls(embeddings, unit, subset)
    return {
        "replicates": _retrieval(unit, pairs, subset),
        "batch_knn": knn,
        "batch_linear": linear,
        "alignment": float(squared[pairs].mean()),
        "uniformity": float((-2 * squared[off]).exp().mean().log()),
        "meter_rank": float(effective_rank(embeddings)),
    }


def _pairs(subset: Subset) -> Bool[Tensor, "n n"]:
    """Return which two images are treated alike, in different places."""
    treated = ~subset.controls
    same = subset.treatments[:, None] == subset.treatments
    apart = subset.places[:, None] != subset.places
    return same & apart & treated & treated[:, None]


def _rivals(subset: Subset) -> Bool[Tensor, "n n"]:
    """Return among which images each one's replicates are sought."""
    apart = subset.places[:, None] != subset.places
    return apart & (subset.rivals[:, None] == subset.rivals) & ~subset.controls


def _retrieval(unit: Tensor, pairs: Tensor, subset: Subset) -> float:
    candidates = _rivals(subset)
    pairs = pairs & candidates
    values = []
    for row in _places(pairs.any(dim=1)).tolist():
        among = _places(candidates[row])
        order = (unit[among] @ unit[row]).argsort(descending=True, stable=True)
        found = pairs[row][among][order].double()
        precision = found.cumsum(0) / torch.arange(1, len(found) + 1)
        values.append(float((precision * found).sum() / found.sum()))
    return sum(values) / len(values) if values else float("nan")


def _batch_of_controls(embeddings: Tensor, unit: Tensor, subset: Subset) -> tuple[float, float]:
    rows = _places(subset.controls)
    codes, counts = torch.unique(subset.batches[rows], return_counts=True)
    enough = codes[counts >= _LEAST]
    rows = rows[torch.isin(subset.batches[rows], enough)]
    if len(enough) < 2:
        return float("nan"), float("nan")
    truth = torch.searchsorted(enough, subset.batches[rows])
    member = torch.nn.functional.one_hot(truth, len(enough)).double()
    similar = unit[rows] @ unit[rows].T
    similar.fill_diagonal_(-torch.inf)
    nearest = similar.topk(min(NEIGHBOURS, len(rows) - 1), dim=1).indices
    knn = _balanced(member[nearest].sum(1).argmax(1), truth)
    return knn, _balanced(_probed(embeddings[rows], member, truth), truth)


def _probed(x: Tensor, member: Tensor, truth: Tensor) -> Tensor:
    """Return the batch that a ridge regression on the other folds gives each control."""
    # Every batch is dealt over all folds.
    places = torch.empty(len(x), dtype=torch.long)
    for code in torch.unique(truth):
        own = _places(truth == code)
        places[own] = torch.arange(len(own)) % FOLDS
    given = torch.zeros(len(x), dtype=torch.long)
    for fold in range(FOLDS):
        held, rest = places == fold, places != fold
        if not held.any():
            continue
        mean, target = x[rest].mean(0), member[rest].mean(0)
        train = x[rest] - mean
        # As many equations as rows: features may be more.
        gram = train @ train.T
        gram += _RIDGE * gram.diagonal().mean().clamp_min(1e-12) * torch.eye(len(gram))
        weights = torch.linalg.solve(gram, member[rest] - target)
        given[held] = ((x[held] - mean) @ train.T @ weights + target).argmax(1)
    return given


def _balanced(given: Tensor, truth: Tensor) -> float:
    hits = (given == truth).double()
    return float(torch.stack([hits[truth == code].mean() for code in torch.unique(truth)]).mean())


def _places(mask: Tensor) -> Tensor:
    return mask.nonzero().flatten()
