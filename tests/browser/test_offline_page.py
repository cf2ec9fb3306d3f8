"""The page that works offline, opened as a file: drawn on, moved by keys, on a phone, in the dark."""

import functools
import io
import re
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from mlp import Model, RunConfig
from mlp.datasets import REGRESSION, Dataset
from mlp.datasets.dataset import Table, Target
from mlp.datasets.preprocessing import NumberColumn, Preprocessing
from mlp.export.page import offline_page
from mlp.inspection.predictions import class_probabilities
from tests.browser.accessibility import CONTRAST, violations
from tests.models import model_of
from tests.tables import mixed_model, trained

LAPTOP, PHONE = {"width": 1280, "height": 720}, {"width": 390, "height": 844}
EXAMPLES = 100  # of the test set

KINDS = ("images", "table", "regression", "points")


@functools.cache
def network(kind: str) -> Model:
    if kind == "images":
        return model_of(RunConfig(dataset="digits", hidden=(40, 20)), steps=600)
    if kind == "points":
        return model_of(RunConfig(dataset="moons", hidden=(8,)), steps=300)
    return mixed_model("regression" if kind == "regression" else "classification")


@pytest.fixture
def opened(from_disk: Callable[..., Page]) -> Callable[..., Page]:
    """Return a function that opens a network's page."""

    def open_page(model: Model, viewport: dict[str, int] = LAPTOP, scheme: str = "light") -> Page:
        page = from_disk(offline_page(model).encode(), viewport, scheme)
        expect(page.locator("#says")).to_contain_text("contributes most")
        return page

    return open_page


def output(page: Page) -> Locator:
    return page.locator("output")


def says(page: Page) -> Locator:
    return page.locator("#says")


def draw_line(page: Page) -> None:
    box = page.locator(".sheet canvas").bounding_box()
    assert box is not None
    x, y, side = box["x"], box["y"], box["width"]
    page.mouse.move(x + 0.5 * side, y + 0.2 * side)
    page.mouse.down()
    page.mouse.move(x + 0.45 * side, y + 0.8 * side, steps=8)
    page.mouse.up()


def answer_to_what_is_read(page: Page) -> list[float]:
    shares: list[float] = page.evaluate("answer(input.read())")
    return shares


def test_it_answers_test_examples_as_the_program_does(opened: Callable[..., Page]) -> None:
    model = network("images")
    rows = model.dataset.test.inputs[:EXAMPLES]
    found = np.array(opened(model).evaluate("(examples) => examples.map((each) => answer(each))", rows.tolist()))
    expected = class_probabilities(model, rows)
    assert_allclose(found, expected, atol=0.01)  # half precision
    assert_array_equal(found.argmax(axis=1), expected.argmax(axis=1))


def test_a_drawing_is_answered_while_it_is_drawn(opened: Callable[..., Page]) -> None:
    page = opened(network("images"))
    expect(output(page)).to_have_text("0")  # the first example, until somebody draws
    expect(page.locator(".truth")).to_have_text("✓ Correct")
    draw_line(page)
    expect(output(page)).to_have_text("1")
    expect(page.locator(".truth")).to_have_text("")
    assert np.argmax(answer_to_what_is_read(page)) == 1
    expect(page.locator(".bars .best")).to_contain_text("1")
    page.get_by_role("button", name="Undo").click()
    expect(output(page)).to_have_text("–")
    expect(says(page)).to_contain_text("Draw something")


def test_an_example_is_drawn_on_and_erased(opened: Callable[..., Page]) -> None:
    page = opened(network("images"))
    page.get_by_role("button", name="Example 22").click()
    expect(page.locator(".truth")).to_contain_text("✗ Wrong: it is ")
    before = page.evaluate("[...input.read()]")
    draw_line(page)
    drawn = page.evaluate("[...input.read()]")
    assert sum(drawn) > sum(before)
    assert all(new >= old for new, old in zip(drawn, before, strict=True))
    page.get_by_role("button", name="Eraser").click()
    draw_line(page)
    assert sum(page.evaluate("[...input.read()]")) < sum(drawn)
    page.evaluate("input.shades.reverse()")  # as of images of dark ink on paper
    assert sum(page.evaluate("[...input.read()]")) > sum(before)
    page.get_by_role("button", name="Clear").click()
    expect(output(page)).to_have_text("–")


def test_a_pen_is_moved_by_keys(opened: Callable[..., Page]) -> None:
    page = opened(network("images"))
    page.keyboard.press("Tab")
    expect(page.get_by_role("application", name="Sheet to draw on")).to_be_focused()
    expect(page.locator(".pen")).to_be_visible()
    page.keyboard.press("Space")  # the example makes room
    for _ in range(24):
        page.keyboard.press("ArrowDown")
    expect(output(page)).to_have_text("1")
    expect(page.locator(".pen")).to_have_class("pen down")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    assert page.evaluate("input.strokes.map(({ points }) => points.length)") == [25]
    assert page.evaluate("scrollY") == 0
    page.mouse.click(5, 5)
    expect(page.locator(".pen")).to_be_hidden()


def test_only_keys_lower_the_pen_and_other_tools_lift_it(opened: Callable[..., Page]) -> None:
    page = opened(network("images"))
    sheet, pen, keys = page.locator(".sheet canvas"), page.locator(".pen"), page.keyboard
    keys.press("Tab")
    for change in (
        page.get_by_role("button", name="Eraser").click,
        lambda: page.get_by_label("Brush size").fill("4"),
        page.get_by_role("button", name="Undo").click,
        page.get_by_role("button", name="Clear").click,
        sheet.click,
    ):
        sheet.focus()
        keys.press("Space")
        expect(pen).to_have_class("pen down")
        change()
        expect(pen).to_have_class("pen")
    keys.press("Space")  # the mouse drew last: the keys are the page's
    keys.press("ArrowDown")
    expect(pen).to_be_hidden()
    assert page.evaluate("input.strokes.length") == 2
    keys.press("Shift+Tab")
    keys.press("Tab")
    keys.press("Control+ArrowDown")
    assert page.evaluate("input.place") == [0.5, 0.2]
    keys.press("Space")
    assert page.evaluate("input.strokes.length") == 3


def test_units_and_classes_are_chosen_by_keys(opened: Callable[..., Page]) -> None:
    page = opened(network("images"))
    expect(says(page)).to_contain_text("“0”")
    page.locator(".stage canvas").focus()
    page.keyboard.press("ArrowLeft")
    expect(says(page)).to_contain_text("Unit 1 of hidden layer 2")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowLeft")
    expect(says(page)).to_contain_text("Unit 2 of hidden layer 1")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(says(page)).to_contain_text("Unit 40 of hidden layer 1")
    page.keyboard.press("ArrowLeft")  # there is no layer of units before it
    expect(says(page)).to_contain_text("Unit 40 of hidden layer 1")
    page.keyboard.press("Escape")
    expect(says(page)).to_contain_text("“0”")
    row = page.locator(".bars button").nth(7)
    row.focus()
    page.keyboard.press("Enter")
    expect(says(page)).to_contain_text("“7”")
    expect(row).to_have_attribute("aria-pressed", "true")


def test_what_lowers_an_answer_is_dashed(opened: Callable[..., Page]) -> None:
    page = opened(network("images"))
    expect(says(page)).to_contain_text("dashed orange against it")
    drawn = page.evaluate("""() => {
        const found = new Set(), { stroke } = CanvasRenderingContext2D.prototype;
        CanvasRenderingContext2D.prototype.stroke = function () {
            found.add(`${this.strokeStyle} ${this.getLineDash().length > 0}`);
            stroke.apply(this, arguments);
        };
        lights.draw();
        return [...found].sort();
    }""")
    assert drawn == ["#0072b2 false", "#c44e00 true"]


def test_a_unit_is_chosen_by_a_click(opened: Callable[..., Page]) -> None:
    page = opened(network("images"))
    x, y = page.evaluate("lights.now.places[1].middle(5)")
    page.locator(".stage canvas").click(position={"x": x, "y": y})
    expect(says(page)).to_contain_text("Unit 6 of hidden layer 1")
    page.locator(".stage canvas").click(position={"x": x, "y": y})
    expect(says(page)).to_contain_text("“0”")


def test_a_row_of_a_table_is_changed(opened: Callable[..., Page]) -> None:
    page = opened(network("table"))
    exact = page.get_by_label("amount, exact value")
    exact.fill("9.5")
    page.keyboard.press("Tab")
    page.get_by_label("city").select_option("Bonn")
    expect(output(page)).to_have_text("True")
    expect(page.get_by_label("city").locator("option").last).to_have_text("missing or new")
    page.get_by_label("city").select_option("Paris")
    page.get_by_label("amount", exact=True).fill("0.5")
    expect(output(page)).to_have_text("False")
    expect(page.locator(".truth")).to_have_text("")
    exact.dblclick()
    page.keyboard.type("7,25")
    page.keyboard.press("Enter")
    expect(exact).to_have_value("7.25")  # what was understood
    exact.press("ArrowUp")
    exact.press("ArrowUp")
    exact.press("ArrowDown")
    expect(exact).to_have_value("8.25")
    assert page.evaluate("input.read()[0]") == 8.25
    exact.fill("7.25 or so")  # no number: taken back, not missing
    page.keyboard.press("Enter")
    expect(exact).to_have_value("8.25")
    assert page.evaluate("input.read()[0]") == 8.25
    page.get_by_label("amount is missing").check()
    expect(page.get_by_label("amount", exact=True)).to_be_disabled()
    assert page.evaluate("input.read()[0]") is None
    page.get_by_role("button", name="Example 3").click()
    expect(page.locator(".truth")).not_to_have_text("")


@functools.cache
def wide_network() -> Model:
    """Return a network that predicts a price from a date of building and twenty sizes."""
    sizes = [NumberColumn(f"size {place}", median=5, mean=5, scale=3, low=0, high=10) for place in range(20)]
    built = NumberColumn("built", median=8000, mean=8000, scale=4000, low=0, high=16000, flag=True, is_date=True)
    preprocessing = Preprocessing((built, *sizes))
    rng = np.random.default_rng(0)
    raw = np.column_stack([rng.integers(0, 16000, 300), rng.integers(0, 11, (300, 20))]).astype(float)
    inputs = preprocessing.transform(raw)
    dataset = Dataset.from_arrays(inputs, inputs[:, 0] + inputs[:, -1], task=REGRESSION)
    table = Table(preprocessing, raw[:210], raw[210:255], raw[255:])
    target = Target("price", mean=100_000, scale=20_000)
    dataset = replace(dataset, info=replace(dataset.info, target=target, class_names=("price",)), table=table)
    return trained(RunConfig(hidden=(16,), learning_rate=0.02, epochs=30), dataset, 200)


def test_a_date_is_chosen_and_other_columns_are_found(opened: Callable[..., Page]) -> None:
    page = opened(wide_network())
    exact = page.get_by_label("built, exact value")
    exact.fill("1972-03-01")
    page.keyboard.press("Tab")
    assert page.evaluate("input.read()[0]") == 790
    slider = page.get_by_label("built", exact=True)
    expect(slider).to_have_attribute("aria-valuetext", "1972-03-01")
    [early] = answer_to_what_is_read(page)
    slider.fill("15999")
    expect(exact).to_have_value("2013-10-21")
    [late] = answer_to_what_is_read(page)
    assert late - early > 20_000
    expect(output(page)).to_have_text(f"{float(f'{late:.4g}'):,.0f}")
    page.get_by_text("9 more columns").click()
    page.get_by_role("searchbox").fill("size 19")
    page.get_by_label("size 19", exact=True).fill("10")
    assert answer_to_what_is_read(page)[0] > late


def test_more_ink_than_ever_learned_is_doubted(opened: Callable[..., Page]) -> None:
    page = opened(network("images"))
    page.get_by_label("Brush size").fill("16")
    page.get_by_role("button", name="Clear").click()
    draw_line(page)
    doubt = page.locator(".doubt")
    expect(output(page)).to_have_text(re.compile(r"\d"))
    expect(doubt).to_have_text("")
    page.evaluate("input.strokes.push({ width: 1.4, eraser: false, points: [[0.5, 0.5]] }), input.update()")
    expect(doubt).to_contain_text("more ink here than in any training image")


def test_a_number_is_predicted_in_its_own_unit(opened: Callable[..., Page]) -> None:
    page = opened(network("regression"))
    page.get_by_label("city").select_option("Bonn")
    page.get_by_label("amount", exact=True).fill("9")
    page.get_by_label("noise", exact=True).fill("0")
    [number] = answer_to_what_is_read(page)
    assert number == pytest.approx((9 - 5) / 3 + 1.5, abs=0.7)


def test_a_large_number_is_shown_to_its_units(opened: Callable[..., Page]) -> None:
    model = network("regression")
    info = replace(model.dataset.info, target=Target("price", mean=250_000, scale=51_000))
    page = opened(replace(model, dataset=replace(model.dataset, info=info)))
    (exact,), truth = answer_to_what_is_read(page), page.evaluate("examples[0].truth")
    expect(output(page)).to_have_text(f"{exact:,.0f}")
    expect(page.locator(".truth")).to_have_text(f"True value: {truth:,.0f}")
    expect(page.get_by_label("Example 1: ")).to_have_text(f"{truth:,.0f}")


def test_names_end_before_the_edge_and_keep_their_values(opened: Callable[..., Page]) -> None:
    model = network("table")
    info = replace(model.dataset.info, class_names=("groß & schön & schön", "klein"))
    page = opened(replace(model, dataset=replace(model.dataset, info=info)))
    drawn = page.evaluate("""new Promise((done) => {
        const found = [], { fillText } = CanvasRenderingContext2D.prototype;
        CanvasRenderingContext2D.prototype.fillText = function (words, x) {
            const { width } = this.measureText(words);
            found.push([words, { left: x + width, right: width - x + this.canvas.clientWidth }[this.textAlign] ?? 0]);
            fillText.apply(this, arguments);
        };
        page.inputNames[2] = "a city with a very long name = Paris";
        lights.draw();
        done([found, lights.canvas.clientWidth]);
    })""")
    (names, width) = drawn
    assert all(end <= width for _, end in names), names
    assert [name for name, _ in names if name.endswith("… = Paris")]


def test_a_point_is_moved(opened: Callable[..., Page]) -> None:
    page = opened(network("points"))
    sheet = page.locator(".sheet canvas")
    box = sheet.bounding_box()
    assert box is not None
    sheet.click(position={"x": box["width"] / 2, "y": box["height"] * 0.1})
    expect(output(page)).to_have_text("A")
    assert page.evaluate("input.read()") == pytest.approx([0, 0.96], abs=0.02)
    top, bottom = page.evaluate(
        "[0, input.map.side - 1].map((row) => input.map.colorAt(Math.floor((row + 0.5) * input.map.side)))"
    )
    assert top[2] > top[0], "A is blue"
    assert bottom[0] > bottom[2], "B is orange"
    page.get_by_label("y", exact=True).fill("-1")
    expect(output(page)).to_have_text("B")
    page.locator(".stage canvas").focus()
    page.keyboard.press("ArrowLeft")
    expect(sheet).to_have_attribute(
        "aria-label", "The output of unit 2 in layer 1 everywhere in the plane, and 200 validation points"
    )


@pytest.mark.parametrize("kind", KINDS)
def test_it_fits_a_projector_and_a_phone(kind: str, opened: Callable[..., Page]) -> None:
    page = opened(network(kind))
    assert page.evaluate("document.documentElement.scrollHeight <= innerHeight")
    page = opened(network(kind), PHONE)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    if kind == "images":
        page.touchscreen.tap(195, 340)
        expect(page.locator(".truth")).to_have_text("")
        assert answer_to_what_is_read(page)


# Controls whose focus ring, 5 pixels wide with its distance, what scrolls around them cuts off on its left or right.
CUT = """() => [...document.querySelectorAll("button, select, input, summary, canvas[tabindex]")].filter((control) => {
  let around = control.parentElement;
  while (around && getComputedStyle(around).overflowX === "visible") around = around.parentElement;
  const [own, room] = [control, around ?? document.body].map((each) => each.getBoundingClientRect());
  const first = own.left - 5 < room.left && !around?.scrollLeft;
  return own.width && (first || (own.right + 5 > room.right && around?.scrollWidth <= around?.clientWidth));
}).map((control) => control.outerHTML.slice(0, 80))"""


@pytest.mark.parametrize("kind", KINDS)
def test_it_keeps_to_the_rules_of_accessibility(kind: str, opened: Callable[..., Page]) -> None:
    page = opened(network(kind), scheme="light")
    page.locator("summary", has_text="About").click()
    assert violations(page) == []
    assert page.evaluate(CUT) == []
    page.emulate_media(color_scheme="dark")
    assert violations(page, CONTRAST) == []


def test_it_follows_the_systems_theme_but_is_light_on_paper(opened: Callable[..., Page]) -> None:
    page = opened(network("images"))

    def corner() -> tuple[int, ...]:
        picture = Image.open(io.BytesIO(page.locator(".sheet canvas").screenshot()))
        return picture.convert("RGB").getpixel((20, 20))  # type: ignore[return-value]

    assert corner() == (255, 255, 255)
    page.emulate_media(color_scheme="dark")
    assert corner() == (13, 19, 25)
    page.emulate_media(color_scheme="dark", media="print")
    assert corner() == (255, 255, 255)
