"""How much of a group is connected in the graph of nearest neighbours."""

from __future__ import annotations

import numpy as np
from jaxtyping import Int64
from scipy import sparse
from scipy.sparse.csgraph import connected_components


def graph_connectivity(near: Int64[np.ndarray, "n k"], code: Int64[np.ndarray, " n"]) -> float:
    """Return the mean over groups of the share of their rows in their largest component.

    Luecken et al. 2022 (scib): the graph of neighbours, in which an edge holds both ways, is cut
    down to one group; where batches split a cell type (a compound), it falls into pieces. 1 where
    every group is connected, 1 / rows where no two rows of a group are neighbours. A group of
    one row counts 1.

    Args:
        near: Each row's neighbours, itself not among them; -1: none.
        code: Each row's group; a negative one is in none.
    """
    row, place = np.nonzero(near >= 0)
    other = near[row, place]
    inside = (code[row] == code[other]) & (code[row] >= 0)
    edges = sparse.coo_array(
        (np.ones(int(inside.sum()), dtype=np.int8), (row[inside], other[inside])),
        shape=(len(code), len(code)),
    )
    piece = connected_components(edges, directed=False)[1]
    shares = []
    for group in np.unique(code[code >= 0]):
        size = np.bincount(piece[code == group])
        shares.append(size.max() / size.sum())
    return float(np.mean(shares))
