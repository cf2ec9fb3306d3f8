"""Projections and the pictures that belong to them."""

import numpy as np
import pytest
from sklearn.decomposition import PCA

from mlp import Model, RunConfig, advance, initial_state
from mlp.charts import projections
from mlp.engine import Engine
from mlp.engine.pool import LocalPool
from mlp.inspection.projection import principal_components, project
from tests.models import model_of
from tests.small_dataset import small_dataset

CONFIG = RunConfig(dataset="digits", hidden=(24, 12))
MODEL = model_of(CONFIG, 400)
DATASET, STATE = MODEL.dataset, MODEL.state


def neighbors_alike(places: np.ndarray, labels: np.ndarray) -> float:
    """Return how many of the points have a nearest neighbor of their own class."""
    distances = np.square(places[:, None] - places[None]).sum(axis=2)
    np.fill_diagonal(distances, np.inf)
    return float((labels[distances.argmin(axis=1)] == labels).mean())


@pytest.mark.parametrize("shape", [(40, 7), (7, 40)])
def test_pca_is_the_one_of_scikit_learn_but_for_the_ways_along_the_axes(shape: tuple[int, int]) -> None:
    points = np.random.default_rng(0).normal(size=shape).cumsum(axis=1).astype(np.float32)
    ours, theirs = principal_components(points, 3), PCA(3).fit_transform(points)
    np.testing.assert_allclose(np.abs(ours), np.abs(theirs), atol=1e-4)
    np.testing.assert_allclose(ours.max(axis=0), np.abs(theirs).max(axis=0), atol=1e-4)


def test_tsne_keeps_classes_together_by_a_worker() -> None:
    engine = Engine(lambda: LocalPool(workers=1))
    rows, places = engine.compute(project, MODEL, "tsne", 2).result(timeout=120)
    engine.close()
    assert neighbors_alike(places, DATASET.validation.labels[rows]) > 0.9


def test_what_can_not_be_projected_is_refused() -> None:
    with pytest.raises(ValueError, match="choose one of: pca, tsne"):
        project(MODEL, "umap", 2)
    lost, _ = advance(CONFIG, DATASET, STATE, 1)
    lost.parameters[:] = np.nan
    with pytest.raises(ValueError, match="became NaN or infinite"):
        project(Model(CONFIG, DATASET, lost), "pca", 2)


def test_all_units_alike_are_one_point_and_no_error() -> None:
    config = RunConfig(dataset="digits", hidden=(8,), initializer="zeros")
    _, places = project(model_of(config), "tsne", 2)
    assert np.isfinite(places).all()


@pytest.mark.parametrize("method", ["pca", "tsne"])
@pytest.mark.parametrize("dimensions", [2, 3])
def test_few_examples_or_units_have_places_too(method: str, dimensions: int) -> None:
    for examples, units in ((1, 8), (2, 8), (3, 8), (22, 8), (22, 1)):
        dataset = small_dataset(validation=examples)
        config = RunConfig(hidden=(units,))
        rows, places = project(Model(config, dataset, initial_state(config, dataset)), method, dimensions)
        assert places.shape == (len(rows), dimensions) == (examples, dimensions)
        assert np.isfinite(places).all()
        assert not places[:, min(examples, units) :].any()


@pytest.mark.parametrize("dimensions", [2, 3])
def test_the_chart_has_every_example_once_and_rings_the_wrong_ones(dimensions: int) -> None:
    rows, places = project(MODEL, "pca", dimensions)
    labels = DATASET.validation.labels[rows]
    answers = labels.copy()
    answers[:5] = (answers[:5] + 1) % 10
    chart = projections.projection(
        "PCA", places, rows, labels, answers, DATASET.info.class_names, step=0, pictures="here/"
    )
    *classes, wrong = chart["data"]
    assert sorted(number for trace in classes for number in trace["customdata"]) == sorted((rows + 1).tolist())
    assert wrong["customdata"].tolist() == (rows[:5] + 1).tolist(), "the numbers that Mistakes has"
    assert chart["layout"]["meta"]["pictures"] == "here/"
    sizes = {trace["marker"]["symbol"]: trace["marker"]["size"] for trace in classes}
    assert (sizes["cross"] > sizes["circle"]) is (dimensions == 3), "of the same size it is a hairline there"
    assert chart["layout"]["legend"]["y"] < 1, "Plotly's buttons are above it"
