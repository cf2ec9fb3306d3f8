"""A projection shows in two or three dimensions how near examples lie to each other inside a network.

Examples that the last hidden layer turns into nearly the same numbers lie together. The output layer has to separate
the classes there by straight lines.
"""

import numpy as np

from mlp.inspection.predictions import sample_rows
from mlp.network.layers import Array
from mlp.text import quoted
from mlp.training import Model

EXAMPLES = 600  # of the validation set
PERPLEXITY = 30.0  # about how many neighbors of an example t-SNE looks at; a third of all others if they are few
METHODS = {"pca": "PCA", "tsne": "t-SNE"}


def features(model: Model, rows: Array) -> Array:
    """Return the last hidden layer's values for validation examples, shape [examples, units].

    Without a hidden layer, these are the inputs themselves.
    """
    return model.outputs(model.dataset.validation.inputs[rows], [len(model.config.hidden)])[0]


def project(model: Model, method: str, dimensions: int) -> tuple[Array, Array]:
    """Return the rows of some validation examples, and their places [examples, dimensions].

    "pca" rotates the axes and drops those with the least variance; "tsne" keeps neighbors together, and the distances
    between its groups mean nothing. Dimensions beyond the number of examples or of units are 0. Sources: Pearson
    (1901); van der Maaten and Hinton, "Visualizing data using t-SNE" (2008). Raises ValueError for another method,
    and for a network whose numbers are NaN or infinite.
    """
    if method not in METHODS:
        raise ValueError(f"method is {quoted(method)}; choose one of: {', '.join(METHODS)}.")
    rows = sample_rows(model.dataset, min(EXAMPLES, len(model.dataset.validation.labels)))
    points = features(model, rows)
    if not np.isfinite(points).all():
        raise ValueError("This network's weights became NaN or infinite. Choose an earlier step.")
    places = np.zeros((len(rows), dimensions), np.float32)
    if (points == points[0]).all():  # all are the same
        return rows, places
    dimensions = min(dimensions, *points.shape)
    if method == "pca":
        found = principal_components(points, dimensions)
    else:
        # Takes a second to import, and only a worker needs it.
        from sklearn.manifold import TSNE

        perplexity = min(PERPLEXITY, max(1, (len(rows) - 1) / 3))
        found = TSNE(dimensions, perplexity=perplexity, init="pca", random_state=0).fit_transform(points)
    places[:, :dimensions] = found
    return rows, places


def principal_components(points: Array, dimensions: int) -> Array:
    """Return points [n, units] along their directions of largest variance, shape [n, dimensions].

    With the mean taken off, X = U S Vᵀ, and the places are X V = U S. Either V comes from XᵀX = V S² Vᵀ, or U from
    XXᵀ = U S² Uᵀ, whichever is smaller. Each axis points
    toward its farthest point.
    """
    x = points.astype(np.float64)
    x -= x.mean(axis=0)
    few_units = x.shape[1] <= x.shape[0]
    squares, vectors = np.linalg.eigh(x.T @ x if few_units else x @ x.T)  # the smallest first
    most = slice(-1, -dimensions - 1, -1)
    places = x @ vectors[:, most] if few_units else vectors[:, most] * np.sqrt(squares[most].clip(0))
    farthest = np.abs(places).argmax(axis=0)
    return places * np.where(places[farthest, np.arange(dimensions)] < 0, -1, 1)
