"""A recipe's name is a data set's name: every process draws the very same points from it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlp import RunConfig, advance, evaluate, initial_state, load_dataset
from mlp.datasets import DATASETS, FEATURES, REGRESSION, DatasetError, OwnPoint, Recipe, dataset_info, make_points
from mlp.datasets.points import SHAPES
from mlp.datasets.recipes import EMPTY, SURFACES, own_from_text, own_to_text
from mlp.lessons.walk import central_differences
from mlp.network.training_losses import SquaredError
from mlp.training import inputs_of

DOUBLE = np.dtype(np.float64)
HUNDREDTHS = st.integers(-130, 130).map(lambda number: number / 100)


@st.composite
def recipes(draw: st.DrawFn) -> Recipe:
    task = draw(st.sampled_from(["classification", REGRESSION]))
    shape = draw(st.sampled_from(Recipe.shapes(task)))
    classes = draw(st.integers(2, SHAPES[shape].most_classes if shape in SHAPES else 6))
    values = st.integers(0, classes - 1) if task != REGRESSION else st.sampled_from([-1.0, 0.0, 0.5, 1.0])
    return Recipe(
        shape=shape,
        points=draw(st.integers(20, 2000)),
        noise=draw(st.integers(0, 50)) / 100,
        classes=classes,
        features=tuple(draw(st.lists(st.sampled_from(list(FEATURES)), min_size=1, unique=True))),
        seed=draw(st.integers(0, 2**32 - 1)),
        training=draw(st.integers(10, 90)),
        task=task,
        own=tuple(draw(st.lists(st.builds(OwnPoint, HUNDREDTHS, HUNDREDTHS, values), max_size=5))),
    )


@given(recipes())
def test_a_name_says_the_whole_recipe(recipe: Recipe) -> None:
    read = Recipe.read(recipe.name)
    assert read == recipe
    for split, count in zip(read.draw(), recipe.split_sizes, strict=True):
        assert len(split.inputs) == len(split.labels) == count


def test_a_recipe_s_name_does_not_depend_on_how_its_numbers_are_given() -> None:
    names = ("circles?points=400&noise=0.1", "circles?noise=0")
    assert Recipe(points=400.0, noise=0.1).name == names[0]  # type: ignore[arg-type]
    assert [Recipe.read(name).name for name in names] == list(names)


def test_a_recipe_is_a_data_set_like_any_other() -> None:
    recipe = Recipe("spirals", points=200, noise=0.05, classes=4, seed=3)
    dataset, info = load_dataset(recipe.name), dataset_info(recipe.name)
    expected = make_points("spirals", 200, 0.05, 4, 3)
    np.testing.assert_array_equal(dataset.train.inputs, expected.inputs[:120])
    np.testing.assert_array_equal(dataset.validation.inputs, expected.inputs[120:160])
    np.testing.assert_array_equal(dataset.test.labels, expected.labels[160:])
    assert (info.train, info.validation, info.test, info.classes, info.inputs) == (120, 40, 40, 4, 2)
    assert RunConfig(dataset=recipe.name).sizes(dataset_info(recipe.name)) == (2, 100, 200, 4)
    assert not dataset.train.inputs.flags.writeable
    assert recipe.name not in list(DATASETS), "no list of choices is longer for it"


def test_points_added_by_hand_are_learned_from() -> None:
    own = (OwnPoint(0.25, -0.5, 1), OwnPoint(0.25, -0.5, 0))
    dataset = load_dataset(Recipe("circles", points=100, own=own).name)
    assert len(dataset.train.labels) == 62
    np.testing.assert_allclose(dataset.train.inputs[-2:], [[0.25, -0.5]] * 2)
    assert dataset.train.labels[-2:].tolist() == [1, 0]
    assert len(dataset.validation.labels) == 20


def test_on_an_empty_plane_ones_own_points_are_all_there_is() -> None:
    own = (OwnPoint(0.1, 0.2, 1),)
    dataset = load_dataset(Recipe(EMPTY, own=own).name)
    assert dataset.validation is dataset.train, "pages then show no validation accuracy"
    assert [len(dataset.split(split).labels) for split in ("train", "validation", "test")] == [1, 1, 1]
    with pytest.raises(DatasetError, match=r"no points to learn from\. Add some"):
        dataset_info(Recipe(EMPTY).name)


def test_features_are_what_they_are_called() -> None:
    x, y = np.array([0.5, -0.25], np.float32), np.array([0.1, 1.0], np.float32)
    recipe = Recipe(features=tuple(FEATURES))
    found = inputs_of(load_dataset(recipe.name), np.stack([x, y], axis=1))
    np.testing.assert_allclose(found.T, [x, y, x * x, y * y, x * y, np.sin(6 * x), np.sin(6 * y)], rtol=1e-6)


@pytest.mark.parametrize("points", [((0.3, 0.3, 0), (0.3, 0.3, 1)), ((0.3, 0.3, 0),), ((0.1, 0.1, 0), (0.5, 0.5, 0))])
def test_few_or_contradicting_points_still_train(points: tuple[tuple[float, float, float], ...]) -> None:
    own = tuple(OwnPoint(*point) for point in points)
    config = RunConfig(
        dataset=Recipe(EMPTY, own=own).name, hidden=(4,), activation="tanh", batch_size=len(own), epochs=500
    )
    dataset = load_dataset(config.dataset)
    state, report = advance(config, dataset, initial_state(config, dataset), 500)
    assert report.diverged is None
    contradicting = len({point.value for point in own}) == 2
    assert evaluate(config, dataset, state).loss == pytest.approx(np.log(2) if contradicting else 0, abs=0.05)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"shape": "moon"}, "Did you mean 'moons'"),
        ({"shape": "slope"}, "no shape 'slope'"),
        ({"task": "guessing"}, "no task 'guessing'.*Known: classification, regression"),
        ({"points": 5}, "from 20 to 2,000"),
        ({"noise": float("nan")}, "noise is nan"),
        ({"classes": 3}, "from 2 to 2"),
        ({"training": 95}, "from 10 to 90"),
        ({"features": ()}, "at least one of: x, y"),
        ({"features": ("z",)}, "no input 'z'. Known: x, y"),
        ({"own": (OwnPoint(9, 0, 0),)}, "coordinate is 9"),
        ({"own": (OwnPoint(0, 0, 2),)}, "value is 2"),
        ({"own": (OwnPoint(0, 0, 0),) * 301}, "at most 300"),
    ],
)
def test_what_cannot_be_drawn_is_refused(values: dict[str, object], sentence: str) -> None:
    with pytest.raises(DatasetError, match=sentence):
        Recipe(**values)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["moons?points=many", "moons?pionts=20", "?", "nowhere?", "moons?own=1_2"])
def test_a_name_that_says_no_recipe_is_unknown(name: str) -> None:
    assert name not in DATASETS
    with pytest.raises(DatasetError):
        dataset_info(name)
    with pytest.raises(KeyError):
        DATASETS[name]


def test_added_points_are_written_in_hundredths() -> None:
    own = (OwnPoint(-0.35, 0.2, 1), OwnPoint(0.1, 0, -0.5))
    assert own_to_text(own) == "-35_20_100.10_0_-50"
    assert own_from_text(own_to_text(own)) == own


# ── Regression ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_squared_errors_gradient_is_its_slope() -> None:
    rng = np.random.default_rng(0)
    outputs, targets = rng.standard_normal((7, 1)), rng.standard_normal(7)
    loss = SquaredError(7, 1, DOUBLE)
    outcome = loss(outputs, targets)
    assert outcome.loss == pytest.approx(sum(0.5 * (z - y) ** 2 for z, y in zip(outputs[:, 0], targets, strict=True)))
    slope = central_differences(lambda: SquaredError(7, 1, DOUBLE)(outputs, targets).loss / 7, outputs)
    np.testing.assert_allclose(loss.grad_logits, slope, rtol=1e-6)


@pytest.mark.parametrize("surface", SURFACES)
def test_a_network_finds_the_height_over_every_point(surface: str) -> None:
    config = RunConfig(
        dataset=Recipe(surface, points=1000, noise=0, task=REGRESSION).name,
        hidden=(32, 32),
        optimizer="adam",
        learning_rate=0.01,
        epochs=200,
    )
    dataset = load_dataset(config.dataset)
    state = initial_state(config, dataset)
    before = evaluate(config, dataset, state)
    after = evaluate(config, dataset, advance(config, dataset, state, 10**6)[0])
    assert after.loss < before.loss / 20
    assert after.accuracy > 0.85, "answers within 0.1 of the truth"
    assert np.abs(dataset.train.labels).max() <= 1.0001
