"""A projection shows on paper how near examples lie to each other inside a network.

Examples that the last hidden layer turns into nearly the same numbers lie together: what the output layer has to tell
apart by straight lines.
"""

import numpy as np

from mlp.config import RunConfig
from mlp.datasets import Dataset, load_dataset
from mlp.inspection import sample_choice
from mlp.layers import Array
from mlp.network import Network
from mlp.training import TrainingState, inputs_of, network_sizes

EXAMPLES = 1000  # of the validation set
METHODS = {"pca": "PCA", "tsne": "t-SNE"}


def features(config: RunConfig, dataset: Dataset, state: TrainingState, rows: Array) -> Array:
    """Return what the last hidden layer makes of validation examples, shape [examples, units].

    Without a hidden layer the inputs themselves.
    """
    images = dataset.validation.images[rows]
    network = Network(network_sizes(config, dataset), config.activation, state.parameters, len(rows))
    with np.errstate(over="ignore", invalid="ignore"):
        return network.forward_all(inputs_of(dataset, images))[-2].copy()


def project(config: RunConfig, state: TrainingState, method: str, dimensions: int) -> tuple[Array, Array]:
    """Return the rows of some validation examples, and their places [examples, dimensions].

    "pca" turns and drops axes, so that as much as possible of the spread stays; "tsne" keeps neighbours together, and
    says nothing about how far apart groups are. Sources: Pearson (1901); van der Maaten and Hinton, "Visualizing data
    using t-SNE" (2008). Raises ValueError for another method, and for a network that has left the finite numbers.
    """
    # Takes a second to import, and only the worker that projects needs it.
    from sklearn.decomposition import PCA
    from sklearn.manifold import TSNE

    if method not in METHODS:
        raise ValueError(f"method is {method!r}; choose one of: {', '.join(METHODS)}.")
    dataset = load_dataset(config.dataset)
    rows = sample_choice(dataset, min(EXAMPLES, len(dataset.validation.labels)))
    points = features(config, dataset, state, rows)
    if not np.isfinite(points).all():
        raise ValueError("This network has left the finite numbers. Choose an earlier moment.")
    dimensions = min(dimensions, points.shape[1])
    if (points == points[0]).all():  # nothing tells them apart
        return rows, np.zeros((len(rows), dimensions), np.float32)
    if method == "pca":
        places = PCA(dimensions, random_state=0).fit_transform(points)
    else:
        places = TSNE(dimensions, init="pca", random_state=0).fit_transform(points)
    return rows, np.asarray(places, np.float32)
