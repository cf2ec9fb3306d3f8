"""Imported data is stored whole or not at all, found by its name, renamed and deleted."""

import json
import pickle
import re
import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from mlp import RunConfig, advance, evaluate, initial_state
from mlp.datasets import (
    REGRESSION,
    DatasetError,
    dataset_info,
    is_available,
    load_dataset,
    size_on_disk,
)
from mlp.datasets.dataset import Target
from mlp.datasets.own import stored
from mlp.datasets.own.plan import SplitPlan
from tests.datasets.own.made import Arrays, files_of, people, store_people, store_pictures

pytestmark = pytest.mark.usefixtures("own")
ROOT = Path(__file__).resolve().parents[3]


# ── what is stored ────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_table_is_found_by_its_name() -> None:
    name = store_people()
    info = dataset_info(name)
    assert re.fullmatch(r"own:[0-9a-f]{12}", name)
    assert (info.label, info.kind, info.class_names, info.columns) == ("People", "table", ("A", "B"), 5)
    assert (info.train, info.validation, info.test) == (70, 15, 15)
    assert info.target == Target("kind")
    assert (info.source, info.description) == ("imported from people.csv", "100 rows of 2 columns.")
    assert is_available(name)
    assert size_on_disk(name) > 100 * (5 + 2) * 4


def test_its_rows_make_the_inputs() -> None:
    dataset = load_dataset(store_people())
    table = dataset.table
    assert table is not None
    assert table.preprocessing.names == ("age", "age missing", "city = Bonn", "city = Lima", "city = Oslo")
    for split in ("train", "validation", "test"):
        inputs = dataset.split(split).inputs
        assert inputs.dtype == np.float32
        assert np.array_equal(table.preprocessing.transform(table.rows(split)), inputs)
        assert not inputs.flags.writeable
    ages = np.concatenate([table.rows(split)[:, 0] for split in ("train", "validation", "test")])
    assert sorted(ages[~np.isnan(ages)]) == sorted(age for age in people().numbers("age") if not np.isnan(age))
    assert abs(dataset.train.inputs[:, 0].mean()) < 1e-6
    assert dataset.train.inputs[:, 0].std() == pytest.approx(1, abs=1e-5)


def test_images_are_found_by_their_name() -> None:
    inputs = np.random.default_rng(0).integers(0, 256, (40, 6, 5), dtype=np.uint8)
    name = store_pictures(inputs, np.arange(40) % 2)
    dataset = load_dataset(name)
    assert (dataset.info.kind, dataset.info.image_shape, dataset.info.scale) == ("images", (6, 5), 1 / 255)
    assert dataset.info.description == "40 images of 6 × 5 pixels."
    together = np.concatenate([dataset.split(split).inputs for split in ("train", "validation", "test")])
    assert sorted(map(bytes, together)) == sorted(map(bytes, inputs.reshape(40, -1)))
    by_image = {bytes(image): index % 2 for index, image in enumerate(inputs)}
    assert [by_image[bytes(image)] for image in dataset.test.inputs] == dataset.test.labels.tolist()
    assert stored.read_stored(name).notes == ("One image was skipped.",)


def test_how_images_were_turned_is_part_of_them(own: Path) -> None:
    inputs = np.random.default_rng(0).integers(0, 256, (40, 6, 5), dtype=np.uint8)
    upright, turned = (store_pictures(inputs, np.arange(40) % 2, turned=how) for how in ((), ("flip", "invert")))
    assert dataset_info(upright).turned == ()
    assert dataset_info(turned).turned == ("flip", "invert")
    assert dataset_info(turned).description == "40 images of 6 × 5 pixels, flipped, inverted."
    values = json.loads(files_of(upright, own).joinpath(stored.INFO).read_text())
    del values["turned"]  # as an earlier version left it
    files_of(upright, own).joinpath(stored.INFO).write_text(json.dumps(values))
    assert dataset_info(upright).turned is None
    assert store_pictures(inputs, np.arange(40) % 2) == upright  # whose name it keeps


def test_a_network_learns_a_table() -> None:
    ages = np.arange(200) % 80
    name = store_people(ages > 40, Arrays({"age": ages.astype(float)}))
    dataset, config = load_dataset(name), RunConfig(dataset=name, hidden=(8,), batch_size=10, learning_rate=0.5)
    state, _ = advance(config, dataset, initial_state(config, dataset), 500)
    assert evaluate(config, dataset, state, "test").accuracy > 0.9


def test_it_travels_to_another_process_by_its_name() -> None:
    dataset = load_dataset(store_people())
    packed = pickle.dumps(dataset)
    assert len(packed) < 200
    assert pickle.loads(packed) is dataset  # noqa: S301


def test_a_target_of_numbers_is_standardized_by_the_training_rows() -> None:
    values = np.random.default_rng(0).normal(170, 10, 100)
    values[3] = np.nan
    name = store_people(values, names=("height",), task=REGRESSION)
    dataset = load_dataset(name)
    target = dataset.info.target
    assert target is not None
    assert (dataset.info.classes, target.name) == (1, "height")
    labels = np.concatenate([dataset.split(split).labels for split in ("train", "validation", "test")])
    assert labels.dtype == np.float32
    np.testing.assert_allclose(
        sorted(labels * target.scale + target.mean), sorted(values[~np.isnan(values)]), rtol=1e-6
    )
    assert abs(dataset.train.labels.mean()) < 1e-6
    assert stored.read_stored(name).notes == ("1 row left out: no value to predict.",)


def test_nothing_of_other_rows_is_in_the_preprocessing() -> None:
    numbers, cities = np.arange(100.0), ["Bonn", "Lima"] * 50  # a number is its row
    before = load_dataset(store_people(columns=Arrays({"x": numbers, "city": cities}))).table
    assert before is not None
    kept_out = [int(row) for split in ("validation", "test") for row in before.rows(split)[:, 0]]
    assert len(kept_out) == 30
    changed = [
        np.where(np.isin(numbers, kept_out), 1e6, numbers),
        ["Oslo" if row in kept_out else city for row, city in enumerate(cities)],
    ]
    after = load_dataset(store_people(columns=Arrays(dict(zip(("x", "city"), changed, strict=True))))).table
    assert after is not None
    assert after.preprocessing == before.preprocessing
    assert (after.rows("test")[:, 0] == 1e6).all()
    assert np.isnan(after.rows("test")[:, 1]).all()


def test_columns_that_give_nothing_are_refused() -> None:
    with pytest.raises(DatasetError, match=r"There is no column to learn from. Make at least one a number"):
        store_people(columns=Arrays())
    with pytest.raises(DatasetError, match="The columns give 0 inputs; a network can have 1 to 10,000"):
        store_people(columns=Arrays({"city": [None] * 100}))


@pytest.mark.parametrize(
    ("labels", "names", "task", "sentence"),
    [
        ([-1] * 100, ("A",), "classification", "Column 'kind': there is no value in any row"),
        (
            [0] * 100,
            ("A", "B"),
            "classification",
            "Column 'kind': 1 class found; 2 to 100 can be learned. Choose another",
        ),
        (range(100), [str(i) for i in range(100)], "classification", None),
        ([*range(101)], [str(i) for i in range(101)], "classification", "'kind': 101 classes found"),
        ([7.0] * 100, ("kind",), "regression", "'kind': all training rows have the value 7. Choose another target"),
        ([np.inf] * 100, ("kind",), "regression", "'kind' has the value inf"),
    ],
)
def test_targets_that_cannot_be_learned_are_refused(
    labels: list[float], names: tuple[str, ...], task: str, sentence: str | None
) -> None:
    if sentence is None:
        assert dataset_info(store_people(list(labels), names=tuple(names), task=task)).classes == 100
    else:
        with pytest.raises(DatasetError, match=sentence):
            store_people(labels, names=tuple(names), task=task)


# ── the name is the content's ─────────────────────────────────────────────────────────────────────────────────────


def test_the_same_content_is_one_data_set(own: Path) -> None:
    first, again = store_people(label="First"), store_people(label="Again")
    assert first == again
    assert dataset_info(first).label == "Again"
    assert [path.name for path in own.iterdir()] == [first.removeprefix("own:")]


@pytest.mark.parametrize(
    "change",
    [
        {"labels": np.arange(100) % 3 == 0},
        {"columns": people(seed=1)},
        {"names": ("A", "C")},
        {"split": SplitPlan(seed=1)},
        {"split": SplitPlan(test=0.3)},
    ],
)
def test_other_content_is_another_data_set(change: dict) -> None:
    assert store_people(**change) != store_people()


def test_two_imports_at_once_end_as_one(own: Path) -> None:
    together = threading.Barrier(4)

    def store(index: int) -> str:
        def wait(share: float, sentence: str) -> None:
            if share == 0.5:
                together.wait(timeout=20)

        return store_people(token=f"browser {index}", progress=wait)

    with ThreadPoolExecutor(4) as pool:
        (name,) = set(pool.map(store, range(4)))
    assert [path.name for path in own.iterdir()] == [name.removeprefix("own:")]
    assert len(list((files_of(name, own) / "owners").iterdir())) == 4
    assert load_dataset(name).info.train == 70


@pytest.mark.parametrize("name", ["own:", "own:../elsewhere", "own:0123456789ab/../x", "own:0123456789AB", "own:xyz"])
def test_a_name_is_never_a_path(name: str, own: Path) -> None:
    shutil.copytree(files_of(store_people(), own), own / name.removeprefix("own:"), dirs_exist_ok=True)
    with pytest.raises(DatasetError, match="is not on this computer"):
        dataset_info(name)
