"""On the command line, saved networks predict what is in files, and are measured."""

import csv
import io
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy
from PIL import Image, ImageDraw

from mlp import Model, RunConfig, evaluate, load_dataset
from mlp.datasets import Recipe
from mlp.datasets.own.importing import import_file, import_images, import_table
from mlp.datasets.own.plan import TURNED, Dialect, ImageOptions, ImagesPlan
from mlp.datasets.own.preview import preview_table, suggested_plan
from mlp.datasets.own.stored import delete
from mlp.datasets.preprocessing import CategoryColumn
from mlp.inspection.predictions import class_probabilities
from mlp.inspection.regression import predicted_numbers
from mlp.text import percent
from tests.cli.calls import Say, is_one_sentence
from tests.cli.networks import DIGITS, saved
from tests.tables import regression_model, trained

pytestmark = pytest.mark.usefixtures("own_folders")


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def check(model: Model, text: str, inputs: np.ndarray, file: str) -> None:
    """What is written is what the network predicts for these inputs."""
    rows = rows_of(text)
    info = model.dataset.info
    assert [(row["file"], int(row["row"])) for row in rows] == [(file, row + 1) for row in range(len(inputs))]
    if info.task == "regression":
        (name,) = info.class_names
        np.testing.assert_allclose(
            [float(row[f"predicted {name}"]) for row in rows], predicted_numbers(model, inputs), rtol=1e-5
        )
        return
    shares = class_probabilities(model, inputs)
    found = [[float(row[f"P({name})"]) for name in info.class_names] for row in rows]
    np.testing.assert_allclose(found, shares, rtol=1e-5, atol=1e-12)
    assert [row["predicted"] for row in rows] == [info.class_names[best] for best in shares.argmax(axis=1)]


# ── predict ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("labels", [False, True])
def test_rows_of_pixels(labels: bool, say: Say) -> None:
    inputs = DIGITS.dataset.test.inputs[:40]
    names = [*(["label"] if labels else []), *(f"pixel{n}" for n in range(64))]
    rows = [[*(["3"] if labels else []), *map(str, pixels)] for pixels in inputs]
    Path("pixels.csv").write_text("\n".join(",".join(row) for row in [names, *rows]) + "\n")
    said = say("predict", saved(DIGITS), "pixels.csv")
    assert (said.code, said.err) == (0, "")
    check(DIGITS, said.out, inputs, "pixels.csv")


@pytest.mark.parametrize("shape", [(8, 8), (64,)])
def test_arrays_of_images(shape: tuple[int, ...], say: Say) -> None:
    inputs = DIGITS.dataset.test.inputs[:6000]
    images = inputs.reshape(-1, *shape)
    np.savez("images.npz", x_test=images, y_test=DIGITS.dataset.test.labels)
    np.save("images.npy", images.astype(np.float64))
    for file in ("images.npz", "images.npy"):
        check(DIGITS, say("predict", saved(DIGITS), file).out, inputs, file)


def test_many_rows_are_written_in_order_to_a_file(say: Say) -> None:
    inputs = np.tile(DIGITS.dataset.test.inputs, (40, 1))
    np.save("many.npy", inputs)
    said = say("predict", saved(DIGITS), "many.npy", "--output", "out.csv")
    assert (said.code, said.out, said.err) == (0, "", "")
    assert len(inputs) == 12_000
    check(DIGITS, Path("out.csv").read_text("utf-8"), inputs, "many.npy")


def test_drawings_on_paper_or_in_light_go_through_the_recipe(say: Say) -> None:
    model = trained(RunConfig(dataset="digits", hidden=(40,)), load_dataset("digits"), 700)
    for name, paper, ink in (("paper.png", 255, 0), ("light.png", 0, 255)):
        picture = Image.new("L", (400, 300), paper)
        ImageDraw.Draw(picture).ellipse([240, 60, 380, 250], outline=ink, width=25)  # far from the middle
        picture.save(name)
    rows = rows_of(say("predict", saved(model), "paper.png", "light.png").out)
    assert [(row["file"], row["row"], row["predicted"]) for row in rows] == [
        ("paper.png", "1", "0"),
        ("light.png", "1", "0"),
    ]
    assert min(float(row["P(0)"]) for row in rows) > 0.9


def test_a_picture_of_the_examples_size_is_taken_as_it_is(say: Say) -> None:
    image = DIGITS.dataset.test.inputs[7]
    Image.fromarray(np.rint(image.reshape(8, 8) * (255 / 16)).astype(np.uint8)).save("eight.png")
    check(DIGITS, say("predict", saved(DIGITS), "eight.png").out, image[None], "eight.png")
    Path("[b].png").write_bytes(Path("eight.png").read_bytes())
    for pattern, files in (("*.png", ["[b].png", "eight.png"]), ("[b].png", ["[b].png"])):  # if no shell expands them
        found = rows_of(say("predict", "network.safetensors", pattern).out)
        assert [row["file"] for row in found] == files


@pytest.mark.parametrize("paper", [True, False])
def test_a_picture_for_imported_images_becomes_what_the_import_made_of_it(paper: bool, say: Say) -> None:
    ink, ground = (0, 255) if paper else (255, 0)
    for number in range(20):
        for name, line in (("flat", [(2, number), (17, number)]), ("tall", [(number, 2), (number, 17)])):
            picture = Image.new("L", (20, 20), ground)
            ImageDraw.Draw(picture).line(line, fill=ink, width=2)
            Path(f"lines/{name}").mkdir(parents=True, exist_ok=True)
            picture.save(f"lines/{name}/{number}.png")
    name = import_file(Path("lines"))
    model = trained(RunConfig(dataset=name, hidden=(8,), batch_size=4), load_dataset(name), 30)
    shares = {tuple(row) for row in class_probabilities(model, model.dataset.train.inputs).round(5).tolist()}
    path = saved(model)
    files = [f"lines/{kind}/{number}.png" for kind in ("flat", "tall") for number in range(5, 15)]
    found = [(float(row["P(flat)"]), float(row["P(tall)"])) for row in rows_of(say("predict", path, *files).out)]
    known = sum(min(abs(flat - other) for other, _ in shares) < 2e-5 for flat, _ in found)
    assert known >= 10  # of 20, about 14 are in the training set


@pytest.mark.parametrize("turned", [(), ("invert",), ("transpose",), ("transpose", "flip", "invert")])
def test_examples_in_files_are_turned_as_the_imported_images_were(turned: tuple[str, ...], say: Say) -> None:
    kept = np.random.default_rng(3).integers(0, 256, (30, 9, 8), dtype=np.uint8)
    for number, image in enumerate(kept):
        file = Path(f"kinds/{'ab'[number % 2]}/{number}.png")
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(file)
    rows, columns = (8, 9) if "transpose" in turned else (9, 8)
    options = ImageOptions((rows, columns), **{name: name in turned for name in TURNED})
    dataset = load_dataset(import_images(Path("kinds"), ImagesPlan("Kinds", options)))
    model = trained(RunConfig(dataset=dataset.info.name, hidden=(4,), batch_size=4), dataset, 3)
    expected = kept.swapaxes(1, 2) if "transpose" in turned else kept
    expected = expected[..., ::-1] if "flip" in turned else expected
    expected = 255 - expected if "invert" in turned else expected
    np.save("kept.npy", kept)
    Path("kept.csv").write_text("\n".join(",".join(map(str, image.ravel())) for image in kept) + "\n")
    path = saved(model)
    delete(dataset.info.name)  # what is known comes from the network's file
    pictures = [f"kinds/{'ab'[number % 2]}/{number}.png" for number in range(30)]
    for files in (pictures, ["kept.npy"], ["kept.csv"]):
        found = rows_of(say("predict", path, *files).out)
        shares = [[float(row["P(a)"]), float(row["P(b)"])] for row in found]
        assert np.allclose(shares, class_probabilities(model, expected.reshape(30, -1)), atol=2e-6)


def people(task: str) -> Model:
    lines = ["city;height;age;pay"]
    for day in range(200):
        height = "" if day % 7 == 0 else f"{150 + day / 4}".replace(".", ",")
        pay = ("low", "=high")[day % 2] if task == "classification" else f"{20_000 + 7.25 * day**2}".replace(".", ",")
        lines.append(f"{('Paris', 'Rome', '')[day % 3]};{height};{day * 37 % 91};{pay}")
    Path("people.csv").write_text("\n".join([*lines, ""]))
    name = import_file(Path("people.csv"), target="pay")
    model = trained(RunConfig(dataset=name, hidden=(8,), learning_rate=0.02), load_dataset(name), 200)
    assert model.dataset.info.task == task
    return model


@pytest.mark.parametrize("task", ["classification", "regression"])
@pytest.mark.parametrize(
    "text",
    [
        "note,age,city,height\nx,30,Rome,170.5\ny,,Atlantis,\nz,50,,165\nu,51,Paris,161\n",  # another order, and more
        "height;age;city\n170,5;30;Rome\n;;Atlantis\n165;50;\n161;51;Paris\n",
    ],
)
def test_a_table_is_read_by_its_columns_names(text: str, task: str, say: Say) -> None:
    model = people(task)
    Path("new.csv").write_text(text)
    assert model.dataset.table is not None
    preprocessing = model.dataset.table.preprocessing
    city = preprocessing.columns[[column.name for column in preprocessing.columns].index("city")]
    assert isinstance(city, CategoryColumn)
    none = np.nan
    numbers = {
        "city": [city.position("Rome"), none, none, city.position("Paris")],
        "height": [170.5, none, 165, 161],
        "age": [30, none, 50, 51],
    }
    raw = np.column_stack([numbers[column.name] for column in preprocessing.columns])
    said = say("predict", saved(model), "new.csv")
    assert (said.code, said.err) == (0, "")
    if task == "classification":
        assert "P(=high)" in said.out  # not at the start of a cell
        assert "'=high" in said.out
        said = said._replace(out=said.out.replace("'=high", "=high"))
    check(model, said.out, preprocessing.transform(raw), "new.csv")


def test_a_header_of_years_above_numbers_is_known_by_the_training_data(say: Say) -> None:
    rows = [f"{year % 7},{year % 5},{('low', 'high')[year % 2]}" for year in range(200)]
    Path("years.csv").write_text("\n".join(["2019,2020,pay", *rows, ""]))
    preview = preview_table(Path("years.csv"), dialect=Dialect(header=True), target="pay")
    name = import_table(Path("years.csv"), suggested_plan(preview, "Years"))
    model = trained(RunConfig(dataset=name, hidden=(8,)), load_dataset(name), 10)
    Path("one.csv").write_text("2020,2019\n3,6\n")
    assert model.dataset.table is not None
    expected = model.dataset.table.preprocessing.transform(np.array([[6.0, 3.0]]))
    check(model, say("predict", saved(model), "one.csv").out, expected, "one.csv")


def test_dates_are_read_as_in_the_training_data_whatever_other_rows_are(say: Say) -> None:
    days = [date(2020, 1, 1) + timedelta(days) for days in range(366)]
    lines = [f"{day:%d/%m/%Y},{('early', 'late')[day.month > 6]}\n" for day in days]
    Path("days.csv").write_text("".join(["when,class\n", "NA,early\n", *lines]))
    preview = preview_table(Path("days.csv"))
    plan = suggested_plan(preview, "Days")
    name = import_table(Path("days.csv"), replace(plan, kinds={**plan.kinds, "when": "number"}))
    model = trained(RunConfig(dataset=name, hidden=(8,)), load_dataset(name), 10)
    assert model.dataset.table is not None
    expected = model.dataset.table.preprocessing.transform(np.array([[18_568.0], [18_302.0], [18_621.0], [np.nan]]))
    rows = ["02/11/2020", "10/02/2020", "25/12/2020", "NA"]
    for count in (2, 4):
        Path("new.csv").write_text("\n".join(["when", *rows[:count], ""]))
        check(model, say("predict", saved(model), "new.csv").out, expected[:count], "new.csv")


def test_numbers_that_mean_missing_are_missing_in_new_rows(say: Say) -> None:
    lines = [f"{-999 if row % 4 == 0 else row},{'AB'[row % 4 == 0]}\n" for row in range(80)]
    Path("ages.csv").write_text("".join(["age,class\n", *lines]))
    preview = preview_table(Path("ages.csv"), missing_values={"age": ["-999"]})
    name = import_table(Path("ages.csv"), suggested_plan(preview, "Ages"))
    model = trained(RunConfig(dataset=name, hidden=(8,)), load_dataset(name), 10)
    assert model.dataset.table is not None
    expected = model.dataset.table.preprocessing.transform(np.array([[21.0], [np.nan], [np.nan]]))
    Path("new.csv").write_text("age\n21\n-999\n?\n")
    check(model, say("predict", saved(model), "new.csv").out, expected, "new.csv")
    np.save("new.npy", np.array([[21.0], [-999.0], [np.nan]]))
    check(model, say("predict", saved(model), "new.npy").out, expected, "new.npy")


def test_points_are_read_from_columns_x_and_y(say: Say) -> None:
    name = Recipe("spirals", classes=3, features=("x", "sinx", "xy")).name
    model = trained(RunConfig(dataset=name, hidden=(8,)), load_dataset(name), 100)
    points = model.dataset.test.inputs
    lines = [f"{y},{x}" for x, y in points.tolist()]
    Path("points.csv").write_text("\n".join(["y,x", *lines, ""]))
    check(model, say("predict", saved(model), "points.csv").out, points, "points.csv")


def test_rows_of_numbers(say: Say) -> None:
    model = regression_model(50)
    np.save("rows.npy", model.dataset.test.inputs)
    check(model, say("predict", saved(model), "rows.npy").out, model.dataset.test.inputs, "rows.npy")


def test_a_network_from_elsewhere_needs_to_be_told_its_data(say: Say) -> None:
    model = trained(RunConfig(dataset="digits", hidden=(20,), activation="tanh"), load_dataset("digits"), 300)
    (w1, b1), (w2, b2) = [(dense.weights, dense.biases) for dense in model.network(1).dense_layers]
    arrays = {"fc1.weight": w1.T, "fc1.bias": b1, "fc2.weight": w2.T, "fc2.bias": b2}
    safetensors.numpy.save_file(
        {name: np.ascontiguousarray(each) for name, each in arrays.items()}, "theirs.safetensors"
    )
    np.save("images.npy", model.dataset.test.inputs)
    said = say("predict", "theirs.safetensors", "images.npy", "--dataset", "digits", "--activation", "tanh")
    check(model, said.out, model.dataset.test.inputs, "images.npy")
    assert "as in PyTorch" in said.err
    accuracy = evaluate(model.config, model.dataset, model.state, "test").accuracy
    said = say("evaluate", "theirs.safetensors", "--dataset", "digits", "--activation", "tanh")
    assert f"accuracy {percent(accuracy, 2)}" in said.out
    assert "--dataset" in say("evaluate", "theirs.safetensors").err


def png() -> None:
    Image.new("L", (8, 8)).save("input.png")


@pytest.mark.parametrize(
    ("network", "write", "file", "words"),
    [
        ("digits", lambda: Path("input.csv").write_text("a,b\n1,2\n3,4\n"), "input.csv", "Give it all of them."),
        (
            "digits",
            lambda: Path("input.csv").write_text("\n".join([",".join("0" * 66)] * 9)),
            "input.csv",
            "has 66 columns; the network takes 64 numbers. Leave out the others.",
        ),
        (
            "digits",
            lambda: Path("input.csv").write_text("\n".join([",".join("0" * 64)] * 9) + ",0\n"),
            "input.csv",
            "1 row with more or fewer than 64 values, first in line 9",
        ),
        (
            "people",
            lambda: Path("input.csv").write_text("age;city;height\n30;Rome;170\n31;Rome\n32;Rome;170\n33;Rome;1;70\n"),
            "input.csv",
            "2 rows with more or fewer than 3 values, first in line 3",
        ),
        ("digits", lambda: np.save("input.npy", np.zeros((2, 9))), "input.npy", "(examples, 64)"),
        ("digits", lambda: np.save("input.npy", np.full((2, 64), 0.5)), "input.npy", "from 0 to 16"),
        ("digits", lambda: np.save("input.npy", np.full((2, 64), "a")), "input.npy", "takes numbers"),
        ("digits", lambda: np.save("input.npy", np.array([{}]), allow_pickle=True), "input.npy", "Python objects"),
        ("digits", lambda: np.savez("input.npz", a=np.zeros(3), b=np.zeros(3)), "input.npz", "arrays 'a', 'b'"),
        ("digits", lambda: Path("input.png").write_bytes(b"none"), "input.png", "not a picture"),
        ("digits", lambda: None, "none.csv", "No such file"),
        (
            "people",
            lambda: Path("input.csv").write_text("age,town\n30,Rome\n31,Paris\n"),
            "input.csv",
            "'city', 'height'",
        ),
        ("people", png, "input.png", "Give it a table"),
    ],
)
def test_files_without_examples_get_a_sentence(network: str, write: Any, file: str, words: str, say: Say) -> None:
    path = saved(DIGITS if network == "digits" else people("classification"))
    write()
    said = say("predict", path, file)
    assert (said.code, said.out, is_one_sentence(said.err)) == (2, "", True)
    assert words in said.err


def test_an_output_that_can_not_be_written_is_refused(say: Say) -> None:
    said = say("predict", saved(DIGITS), "images.npy", "-o", "none/out.csv")
    assert (said.code, is_one_sentence(said.err), "no such folder" in said.err) == (2, True, True)


def test_a_file_that_is_no_network_gets_a_sentence(say: Say) -> None:
    Path("bad.safetensors").write_bytes(b"no network")
    for words in (
        ("predict", "bad.safetensors", "x.csv"),
        ("evaluate", "bad.safetensors"),
        ("export", "bad.safetensors"),
    ):
        said = say(*words)
        assert (said.code, said.out, is_one_sentence(said.err)) == (2, "", True)
        assert "can't be opened" in said.err


# ── evaluate ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("split", ["train", "validation", "test"])
def test_a_network_is_measured_on_a_split(split: str, say: Say) -> None:
    found = evaluate(DIGITS.config, DIGITS.dataset, DIGITS.state, split)
    said = say("evaluate", saved(DIGITS), "--split", split)
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith(f"Digits, 8 × 8, {split} set, {len(DIGITS.dataset.split(split).labels):,} examples: ")
    assert said.out.endswith(f"accuracy {percent(found.accuracy, 2)}, loss {found.loss:.4g}\n")


def test_a_regression_is_measured_in_its_own_unit(say: Say) -> None:
    model = people("regression")
    said = say("evaluate", saved(model))
    predicted = predicted_numbers(model, model.dataset.test.inputs)
    assert model.dataset.info.target is not None
    truth = model.dataset.info.target.mean + model.dataset.info.target.scale * model.dataset.test.labels
    assert f"RMSE {np.sqrt(np.mean((predicted - truth) ** 2)):.4g}" in said.out


def test_several_networks_are_measured_alone_and_together(say: Say) -> None:
    other = trained(replace(DIGITS.config, seed=1), DIGITS.dataset, 200)
    files = [saved(DIGITS, "one.safetensors"), saved(other, "two.safetensors")]
    mean = np.mean([class_probabilities(model, DIGITS.dataset.test.inputs) for model in (DIGITS, other)], axis=0)
    accuracy = (mean.argmax(axis=1) == DIGITS.dataset.test.labels).mean()
    said = say("evaluate", *files)
    assert (said.code, said.err) == (0, "")
    for name, model in (("one", DIGITS), ("two", other)):
        alone = evaluate(model.config, model.dataset, model.state, "test")
        assert f"\n{name}.safetensors: accuracy {percent(alone.accuracy, 2)}, loss {alone.loss:.4g}\n" in said.out
    assert f"\ntogether: accuracy {percent(accuracy, 2)}, loss " in said.out
    model = people("regression")
    numbers = say("evaluate", saved(model, "three.safetensors"), "three.safetensors")
    assert "\ntogether: R² " in numbers.out
    refused = say("evaluate", *files, "three.safetensors")
    assert (refused.code, refused.out, is_one_sentence(refused.err)) == (2, "", True)
    assert "different data sets" in refused.err


def test_a_table_prepared_in_another_way_is_refused(say: Say) -> None:
    model = people("classification")
    path = saved(model)
    file = Path("people.csv")
    file.write_text(file.read_text().replace("Paris", "Lima"))
    other = import_file(file, target="pay")
    for command in (("evaluate", path), ("predict", path, "people.csv"), ("open", path)):
        said = say(*command, "--dataset", other)
        assert (said.code, is_one_sentence(said.err)) == (2, True)
        assert "in another way" in said.err
