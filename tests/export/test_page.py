"""The page that works offline computes what the program computes: answers, drawings, and what contributes to them."""

import base64
import functools
import html
import itertools
import json
import math
import re
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import playwright
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from mlp import Model, RunConfig, initial_state
from mlp.datasets import REGRESSION, Dataset, Split
from mlp.datasets.dataset import Target
from mlp.datasets.drawing import prepare
from mlp.datasets.features import FEATURES, write_features
from mlp.datasets.preprocessing import CategoryColumn, NumberColumn, Preprocessing
from mlp.datasets.recipes import Recipe
from mlp.export import FORMATS, ExportedRun, ExportError
from mlp.export.page import PIECES, fits_in_half, offline_page
from mlp.inspection.predictions import class_probabilities, predict
from mlp.inspection.regression import predicted_numbers
from mlp.network.layers import ACTIVATIONS
from mlp.network.network import split_parameters
from tests.models import model_of, with_parameters
from tests.small_dataset import small_dataset
from tests.tables import mixed, mixed_model, regression_model, trained

NODE = Path(playwright.__file__).parent / "driver" / "node"
DIGITS = RunConfig(dataset="digits", hidden=(20, 10))
EXAMPLES = 100  # of the test set


def compute(expression: str, **given: Any) -> Any:
    """Return what an expression of the page's arithmetic gives in Node.js; `given` are its variables."""
    pieces = [(PIECES / f"{name}.js").read_text("utf-8") for name in ("network", "recipe")]
    values = "".join(f"const {name} = {json.dumps(value)};\n" for name, value in given.items())
    script = "\n".join([*pieces, values, f"console.log(JSON.stringify({expression}));"])
    run = subprocess.run([NODE, "-"], input=script, capture_output=True, text=True, timeout=60, check=False)
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


def inside(page: str) -> tuple[dict[str, Any], str]:
    """Return what a page's script reads: its values and its parameters."""
    [values] = re.findall(r'<script type="application/json" id="page">(.*?)</script>', page)
    [parameters] = re.findall(r'<script type="text/plain" id="parameters">(.*?)</script>', page)
    return json.loads(values), parameters


def answers(page: str, examples: list[Any]) -> np.ndarray:
    """Return the page's answers to examples as the data set has them."""
    values, parameters = inside(page)
    return np.array(
        compute(
            """(() => {
              const network = new Network(page.sizes, page.activations, floatsOf(parameters, page.half));
              return examples.map((each) => answerOf(page, network.forward(inputsOf(page, each)).at(-1).outputs));
            })()""",
            page=values,
            parameters=parameters,
            examples=examples,
        )
    )


def given(examples: np.ndarray) -> list[list[float | None]]:
    """Return examples as the page has them: null is a missing value."""
    return [[None if math.isnan(value) else value for value in example] for example in examples.tolist()]


def rounded(model: Model) -> Model:
    """Return the network with the weights that its page has."""
    plain = model.with_parameters(model.parameters)
    return with_parameters(plain, plain.parameters.astype(np.float16)) if fits_in_half(model) else model


def float_images() -> Dataset:
    rng = np.random.default_rng(0)
    return Dataset.from_arrays(rng.uniform(-1, 1, (200, 5, 7)), rng.integers(0, 3, 200))


MODELS = {
    "images": lambda: model_of(DIGITS, steps=300),
    "images of floats": lambda: trained(RunConfig(hidden=(8,)), float_images(), 20),
    "normalized": lambda: model_of(replace(DIGITS, batch_norm=True, averaging=0.9), steps=300),
    "own activations": lambda: model_of(replace(DIGITS, hidden=(20, 9), activation="tanh.elu"), steps=300),
    "no hidden layer": lambda: model_of(replace(DIGITS, hidden=()), steps=300),
    "points": lambda: model_of(RunConfig(dataset="spirals", activation="tanh"), steps=100),
    "features": lambda: model_of(
        RunConfig(dataset=Recipe(features=tuple(FEATURES)).name, hidden=(4,), activation="gelu"), steps=50
    ),
    "heights": lambda: model_of(RunConfig(dataset="hills?task=regression", hidden=(8,)), steps=50),
    "table": mixed_model,
    "regression": lambda: mixed_model("regression"),
    "array": lambda: regression_model(50),
}


@pytest.mark.parametrize("kind", MODELS)
def test_the_page_answers_as_the_program_does(kind: str) -> None:
    model = MODELS[kind]()
    dataset, info = model.dataset, model.dataset.info
    rows = dataset.test.inputs[:EXAMPLES]
    examples = rows if dataset.table is None else dataset.table.test[:EXAMPLES]
    found = answers(offline_page(model), given(examples))
    if info.task == REGRESSION:
        assert_allclose(found[:, 0], predicted_numbers(rounded(model), rows), rtol=1e-5, atol=1e-5)
        assert_allclose(found[:, 0], predicted_numbers(model, rows), atol=0.01 * np.ptp(found))
    else:
        assert_allclose(found, class_probabilities(rounded(model), rows), atol=1e-5)
        assert_array_equal(found.argmax(axis=1), class_probabilities(model, rows).argmax(axis=1))


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_each_activation_and_its_slope_are_the_programs(name: str) -> None:
    z = np.linspace(-6, 6, 49)
    found = compute("z.map((each) => ACTIVATIONS[name].map((of) => of(each)))", z=z.tolist(), name=name)
    layer = ACTIVATIONS[name]()
    assert_allclose(np.array(found).T, [layer.forward(z.copy()), layer.backward(z.copy(), np.ones_like(z))], atol=1e-12)


def test_each_feature_of_a_point_is_the_programs() -> None:
    points = np.random.default_rng(0).uniform(-1, 1, (20, 2))
    expected = np.empty((20, len(FEATURES)))
    write_features(tuple(FEATURES), points, expected)
    page = {"kind": "points", "features": list(FEATURES)}
    found = compute("points.map((each) => [...inputsOf(page, each)])", page=page, points=points.tolist())
    assert_allclose(found, expected, atol=1e-12)


def test_numbers_of_half_precision_are_read_to_the_last_bit() -> None:
    every = np.arange(2**16, dtype=np.uint16).view(np.float16)
    finite = every[np.isfinite(every)]
    text = base64.b64encode(finite.astype("<f2").tobytes()).decode()
    assert_array_equal(compute("[...floatsOf(text, true)]", text=text), finite.astype(float))


def test_rows_of_a_table_are_preprocessed_as_the_program_does() -> None:
    preprocessing = Preprocessing(
        (
            NumberColumn("age", median=30, mean=32, scale=10, low=2, high=80, flag=True, missing_values=(-4,)),
            NumberColumn("born", median=8000, mean=9000, scale=3000, low=0, high=20000, is_date=True),
            CategoryColumn("city", ("Bonn", "Paris"), other=True, rare=("Nice", "Rome")),
            CategoryColumn("size", ("S", "M")),
        )
    )
    rows = np.array([[52, 8000.5, 0, 1], [np.nan, np.nan, 1, np.nan], [-4, 1e5, 2, 0], [0, 0, 3, 0], [1, 1, np.nan, 1]])
    page = {"kind": "table", "columns": json.loads(preprocessing.to_json())}
    found = compute("rows.map((row) => [...inputsOf(page, row)])", page=page, rows=given(rows))
    assert_allclose(found, preprocessing.transform(rows), rtol=1e-6)


def test_a_number_is_in_the_targets_own_unit() -> None:
    model = mixed_model("regression")
    info = replace(model.dataset.info, target=Target("price", mean=2000.0, scale=300.0))
    model = replace(model, dataset=replace(model.dataset, info=info))
    assert model.dataset.table is not None
    found = answers(offline_page(model), given(model.dataset.table.test[:30]))
    assert_allclose(found[:, 0], predicted_numbers(rounded(model), model.dataset.test.inputs[:30]), rtol=1e-5)


# ── Drawings ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_halves_are_rounded_to_even_numbers() -> None:
    values = [0.5, 1.5, 2.5, -0.5, -1.5, 0.49, 2.51, 3]
    assert_array_equal(compute("values.map(roundHalfToEven)", values=values), np.rint(values))


@functools.cache
def drawings() -> list[np.ndarray]:
    """Strokes of several widths between random places, a square, lines and a blot, each on a sheet of 112 × 112."""
    rng = np.random.default_rng(0)
    rows, columns = np.mgrid[:112, :112]
    paths = [rng.uniform(15, 97, (5, 2)) for _ in range(6)]
    square = [(25, 25), (25, 87), (87, 87), (87, 25), (25, 25)]
    wide, tall = [(50, 20), (52, 95)], [(20, 50), (95, 52)]
    made = []
    widths = (2, 4, 9, 15, 4, 6, 22, 28, 4, 4, 40)
    for width, path in zip(widths, [*paths, square, square, wide, tall, [(56, 56), (57, 57)]], strict=True):
        ink = np.zeros((112, 112))
        ends = np.array(path)
        for start, stop in itertools.pairwise(ends):
            for share in np.linspace(0, 1, 100):
                row, column = start + share * (stop - start)
                ink = np.maximum(ink, np.clip(width + 0.5 - np.hypot(rows - row, columns - column), 0, 1))
        made.append(np.rint(255 * ink))
    return made


@pytest.mark.parametrize(
    ("name", "shape", "scale", "ground"),
    [
        ("digits", (8, 8), 1 / 16, 0),
        ("mnist", (28, 28), 1 / 255, 0),
        ("fashion-mnist", (28, 28), 1 / 255, 0),
        ("own:0123456789ab", (20, 33), 1 / 255, 0),
        ("own:0123456789ab", (20, 33), 1 / 255, 255),  # images of ink on paper
    ],
)
def test_a_drawing_goes_through_the_programs_recipe(
    name: str, shape: tuple[int, int], scale: float, ground: int
) -> None:
    model = model_of(replace(DIGITS, hidden=()))
    pixels = np.full((40, shape[0] * shape[1]), ground, np.uint8)
    info = replace(model.dataset.info, name=name, image_shape=shape, scale=scale)
    split = Split(pixels, model.dataset.train.labels[:40])
    dataset = Dataset(info, split, split, split)
    state = initial_state(model.config, dataset)
    page, _ = inside(offline_page(Model(model.config, dataset, state)))
    assert page["gray"] is name.startswith("own:")  # as on the program's pages
    ink = [(drawing / 255).ravel().tolist() for drawing in drawings()]
    found = compute("ink.map((each) => [...prepare(page, { rows: 112, columns: 112, ink: each })])", page=page, ink=ink)
    apart = np.abs(np.array(found) - [prepare(drawing, dataset) for drawing in drawings()])
    assert apart.max() <= 1  # sums in another order, which a level's edge may lie between
    assert np.count_nonzero(apart) <= 2
    assert np.any(found)


def test_a_drawing_for_images_of_floats_has_their_range() -> None:
    model = trained(RunConfig(hidden=()), float_images(), 1)
    page, _ = inside(offline_page(model))
    ink = [(drawing / 255).ravel().tolist() for drawing in drawings()[:3]]
    found = compute("ink.map((each) => [...prepare(page, { rows: 112, columns: 112, ink: each })])", page=page, ink=ink)
    assert_allclose(found, [prepare(drawing, model.dataset) for drawing in drawings()[:3]], atol=1e-5)


# ── What contributes ──────────────────────────────────────────────────────────────────────────────────────────────


def test_links_and_gradient_follow_the_chain_rule() -> None:
    model = model_of(replace(DIGITS, activation="tanh.elu"), steps=100)
    values, parameters = inside(offline_page(model))
    example = model.dataset.test.inputs[0]
    told = compute(
        """(() => {
          const network = new Network(page.sizes, page.activations, floatsOf(parameters, page.half));
          const input = inputsOf(page, example);
          const pass = network.forward(input);
          const nudged = (place, by) => network.forward(input.map((x, at) => x + by * (at === place)))[3].sums[7];
          return {
            outputs: pass.map(({ outputs }) => [...outputs]),
            all: network.explain(pass, 3, 7, 1e9),
            few: network.explain(pass, 3, 7, 5).links,
            numeric: [...input.keys()].map((place) => (nudged(place, 1e-4) - nudged(place, -1e-4)) / 2e-4),
          };
        })()""",
        page=values,
        parameters=parameters,
        example=example.tolist(),
    )
    assert_allclose(list(told["all"]["gradient"].values()), told["numeric"], atol=1e-5)
    weights = list(split_parameters(rounded(model).state.parameters, model.sizes))[-1][0]
    expected = np.array(told["outputs"][2]) * weights[:, 7]
    last = told["all"]["links"][2]
    assert {link["to"] for link in last} == {7}
    assert_allclose([link["value"] for link in last], expected[[link["from"] for link in last]], rtol=1e-5)
    for few, all_links in zip(told["few"], told["all"]["links"], strict=True):
        assert few == all_links[:5]
        sizes = [abs(link["value"]) for link in all_links]
        assert sizes == sorted(sizes, reverse=True)


# ── What is inside ────────────────────────────────────────────────────────────────────────────────────────────────


def coarse(model: Model) -> Model:
    """Return the same network with 1,000 added to its logits: there, numbers of half precision are 0.5 apart."""
    parameters = model.state.parameters.copy()
    parameters[-model.sizes[-1] :] += 1000
    return with_parameters(model, parameters)


@pytest.mark.parametrize("kind", ["images", "regression"])
def test_half_precision_is_used_only_if_it_changes_no_answer(kind: str) -> None:
    model = MODELS[kind]()
    assert inside(offline_page(model))[0]["half"]
    for other in (coarse(model), with_parameters(model, model.state.parameters * 1e6)):  # half ends at 65,504
        page = offline_page(other)
        assert not inside(page)[0]["half"]
        assert "in single precision, since half precision would change" in page


def test_a_weight_beyond_half_precision_is_noticed_though_no_class_changes() -> None:
    model = model_of(DIGITS)
    parameters = np.zeros_like(model.state.parameters)
    parameters[20 * 20] = 1e6  # of one pixel; all other weights are zero
    assert not fits_in_half(with_parameters(model, parameters))


def test_single_precision_answers_as_the_program_does() -> None:
    model = coarse(model_of(DIGITS, steps=300))
    rows = model.dataset.test.inputs[:EXAMPLES]
    assert_allclose(answers(offline_page(model), rows.tolist()), class_probabilities(model, rows), atol=2e-4)


def test_a_page_of_the_classic_network_is_no_larger_than_a_megabyte() -> None:
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (400, 28, 28), dtype=np.uint8)
    dataset = Dataset.from_arrays(images, np.arange(400) % 10)
    model = trained(RunConfig(hidden=(100, 200)), dataset, 1)
    page = offline_page(with_parameters(model, model.state.parameters * 1e6))
    assert not inside(page)[0]["half"]
    assert len(page.encode()) <= 1_000_000


def test_names_are_text_wherever_they_are_shown() -> None:
    evil = "</script><!--<script>alert(1)</script>&amp;\u2028'\""
    dataset = small_dataset()
    info = replace(dataset.info, class_names=(evil, "b", "c"), label=evil, goal=evil, source=evil, license=evil)
    dataset = replace(dataset, info=info)
    model = trained(RunConfig(hidden=(4,)), dataset, 3)
    page = offline_page(model)
    assert inside(page)[0]["names"][0] == evil
    assert page.count("<script") == page.count("</script") == 3
    assert "<!--" not in page
    assert page.count(html.escape(evil)) == 6  # title, heading, facts, data, source, license


def test_nothing_may_be_loaded_sent_or_run_but_the_page_itself() -> None:
    page = offline_page(mixed_model())
    [policy] = re.findall(r'http-equiv="Content-Security-Policy" content="(.*?)"', page)
    allowed = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert allowed.pop("default-src") == "'none'"
    assert allowed.pop("img-src") == "data:"
    assert all(re.fullmatch(r"'sha256-[\w+/=]{44}'", value) for value in allowed.values())
    assert set(allowed) == {"style-src", "script-src"}
    assert not re.findall(r"https?://|//cdn|@import|url\(", page)


def test_the_page_says_what_the_network_is() -> None:
    page = offline_page(model_of(DIGITS, steps=300))
    right = predict(model_of(DIGITS, steps=300)).correct.mean()
    assert f"<b>{100 * right:.1f}\u202f%</b> of 300 validation examples correct" in page
    for told in (
        "learned to read digits",
        "64 → 20 → 10 → 10 units, ReLU",
        "CC BY 4.0",
        "doi.org/10.24432/C50P49",
        "22 validation examples: share",
    ):
        assert told in page
    page = offline_page(mixed_model("regression"))
    assert "R² <b>0." in page
    assert "learned to predict value" in page
    assert "not stated" in page


def test_examples_are_of_every_class_and_the_last_are_mistakes() -> None:
    model = model_of(DIGITS, steps=300)
    examples = inside(offline_page(model))[0]["examples"]
    wrong = examples["wrong"]
    assert set(examples["truth"]) == set(range(10))
    assert wrong[-4:] == [True] * 4
    assert examples["truth"][:-4] == sorted(examples["truth"][:-4])
    assert len(wrong) <= 22
    pixels = np.frombuffer(base64.b64decode(examples["pixels"]), np.uint8).reshape(-1, 64)
    said = class_probabilities(model, pixels).argmax(axis=1)
    assert_array_equal(said != examples["truth"], wrong)


@pytest.mark.parametrize(("ground", "gray"), [(0, False), (240, True)])
def test_images_on_light_ground_are_shown_as_they_are(ground: int, gray: bool) -> None:
    images = np.full((60, 6, 6), ground, np.uint8)
    images[:, 2:4, 2:4] = 120
    model = trained(RunConfig(hidden=(), batch_size=8), Dataset.from_arrays(images, np.arange(60) % 2), 1)
    values, _ = inside(offline_page(model))
    assert values["gray"] is values["paper"] is gray
    assert values["mostInk"] == (None if gray else pytest.approx((32 * ground + 4 * 120) / 36))


def test_rows_of_a_table_keep_what_is_missing() -> None:
    values, _ = inside(offline_page(mixed_model()))
    rows, made = values["examples"]["rows"], mixed()
    assert values["inputNames"] == list(made.preprocessing.names)
    assert any(row[0] is None for row in rows)
    noise = made.raw[:, 2].tolist()
    assert all(row[2] in noise for row in rows)


def test_a_network_that_diverged_has_no_page(tmp_path: Path) -> None:
    model = with_parameters(
        model_of(DIGITS), np.full(RunConfig.parameters(DIGITS, model_of(DIGITS).dataset.info), np.nan)
    )
    with pytest.raises(ExportError, match="Training diverged"):
        FORMATS["html"].save(ExportedRun(model), tmp_path / "page.html")
