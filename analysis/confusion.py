"""Which classes the network takes for which: the confusion matrix, and an order of the classes."""

import numpy as np
from numpy.typing import NDArray

# Beyond so many classes the leaves of the tree are not turned: that takes seconds for a thousand.
TURNED_LEAVES = 300


def count_confusions(
    labels: NDArray[np.integer], predicted: NDArray[np.integer], classes: int
) -> NDArray[np.int64]:
    """How many samples of each label got each prediction.

    Args:
        labels, predicted: (N,), 0 to classes - 1; a label of -1, for none, is not counted.

    Returns:
        int64, (classes, classes), label in rows, prediction in columns, summing to the number of
        samples that have a label.
    """
    assert labels.shape == predicted.shape and labels.ndim == 1
    labelled = labels >= 0
    pairs = labels[labelled].astype(np.int64) * classes + predicted[labelled]
    return np.bincount(pairs, minlength=classes * classes).reshape(classes, classes)


def list_cells(counts: NDArray[np.int64]) -> NDArray[np.int32]:
    """The cells that are not zero, fullest first, equal ones in the order of the matrix.

    Args:
        counts: int64, (C, C), as by `count_confusions`.

    Returns:
        int32, (n, 3): label, prediction, count.
    """
    rows, columns = np.nonzero(counts)
    found = counts[rows, columns]
    cells = np.stack([rows, columns, found], axis=1)[np.argsort(-found, kind="stable")]
    return cells.astype(np.int32)


def order_by_similarity(counts: NDArray[np.int64]) -> NDArray[np.int32]:
    """The classes in an order that puts those taken for each other side by side.

    Average linkage over 1 - s, where s is the mean of the two shares in which one class is taken
    for the other, with the leaves turned so that neighbours are as alike as can be
    (Bar-Joseph et al., Fast optimal leaf ordering for hierarchical clustering, 2001).

    Args:
        counts: int64, (C, C), label in rows.

    Returns:
        int32, (C,), each class once. Classes are left as they are where none is ever confused.
    """
    classes = len(counts)
    errors = counts * (1 - np.eye(classes, dtype=np.int64))
    if classes < 3 or not errors.any():
        return np.arange(classes, dtype=np.int32)
    from scipy.cluster.hierarchy import leaves_list, linkage
    from scipy.spatial.distance import squareform

    shares = errors / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    distances = 1 - (shares + shares.T) / 2
    np.fill_diagonal(distances, 0)
    condensed = squareform(distances, checks=False)
    tree = linkage(condensed, "average", optimal_ordering=classes <= TURNED_LEAVES)
    return np.asarray(leaves_list(tree), dtype=np.int32)
