"""The views of a run that learned a table: its rows, what happens if a value changes, and what matters."""

import re
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from mlp import RunConfig
from mlp.datasets.own.importing import import_file, import_table
from mlp.datasets.own.plan import NUMBER
from mlp.datasets.own.preview import preview_table, suggested_plan
from mlp.store import Store
from tests.browser.accessibility import violations
from tests.browser.panel import comes_true, drag, slider, until
from tests.browser.server import served
from tests.browser.tabs import person, tab
from tests.browser.tour import OF_TABLES, Tour
from tests.stored_runs import keep

COLUMNS = 40  # of the wide table
CITIES = ("Lima", "<b>Bonn", "*Oslo*")
PEOPLE = "age,city,rooms,class\n" + "".join(
    f"{'' if row % 9 == 0 else 20 + row % 50},{CITIES[row % 3]},{1.5 + row % 7},{'old' if row % 50 > 25 else 'young'}\n"
    for row in range(200)
)
HOUSES = "sold,price\n" + "".join(
    f"{2015 + row % 8}-{1 + row % 12:02}-{1 + row % 28:02},{100 + 20 * (row % 8) + row % 12}\n" for row in range(200)
)
NUMBERS = np.random.default_rng(0).normal(size=(99, COLUMNS)).round(3)
WIDE = "".join(
    ",".join(map(str, row)) + "\n"
    for row in [
        [*(f"x{index}" for index in range(COLUMNS)), "price"],
        *([*numbers, round(100 + 20 * sum(numbers[-5:]), 2)] for numbers in NUMBERS.tolist()),
    ]
)


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Runs on a table with classes and on one with a number to predict; their data goes with these tests."""
    folder = tmp_path_factory.mktemp("tables")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLP_DATA_DIR", str(folder))
        store, kept = Store(), {}
        for name, text in {"people": PEOPLE, "wide": WIDE}.items():
            file = folder / f"{name}.csv"
            file.write_text(text, encoding="utf-8")
            config = RunConfig(dataset=import_file(file), hidden=(8,), epochs=30, batch_size=16, learning_rate=0.05)
            kept[name] = keep(store, config, "anybody")
            kept[f"{name}, no hidden layer"] = keep(store, replace(config, hidden=()), "anybody")
        file = folder / "houses.csv"
        file.write_text(HOUSES)
        suggested = suggested_plan(preview_table(file), "Houses")  # which leaves dates out
        houses = import_table(file, replace(suggested, kinds={**suggested.kinds, "sold": NUMBER}))
        kept["houses"] = keep(store, RunConfig(dataset=houses, hidden=(8,), epochs=20, batch_size=16), "anybody")
        store.close()
        yield kept


@pytest.fixture(scope="module")
def context(
    browser: Browser, stored: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[BrowserContext]:
    """A browser at a server that finds those runs and their data."""
    log = tmp_path_factory.mktemp("app") / "log.txt"
    with served(log) as (url, _):
        yield person(browser, url)
    assert "(most recent call last)" not in log.read_text()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    yield from tab(context)


def test_the_answer_moves_while_a_value_is_dragged(page: Page, stored: dict[str, str]) -> None:
    page.goto(f"/?run={stored['people']}&view=try")
    answer, sure = page.locator(".mlp-try output"), page.locator(".mlp-try .sure")
    expect(sure).to_have_text(re.compile("sure"))
    handle = slider(page, "age")
    box = handle.bounding_box()
    assert box
    page.mouse.move(box["x"] + 8, box["y"] + box["height"] / 2)
    page.mouse.down()
    expect(answer).to_have_text("young")
    young = sure.inner_text()
    page.mouse.move(box["x"] + 0.3 * box["width"], box["y"] + box["height"] / 2)
    until(page, lambda: sure.inner_text() != young)  # still held down
    page.mouse.move(box["x"] + box["width"] - 8, box["y"] + box["height"] / 2)
    expect(answer).to_have_text("old")
    page.mouse.up()
    mark = "() => document.querySelector('.mlp-try .js-plotly-plot')?.layout.shapes[0]?.x0"
    until(page, lambda: page.evaluate(mark) == float(handle.get_attribute("aria-valuetext") or "nan"))

    cities = page.get_by_role("combobox", name="city")
    expect(cities.locator("option").last).to_have_text("missing or new")
    cities.select_option("<b>Bonn")
    expect(page.locator(".mlp-try .js-plotly-plot .xtitle")).to_have_text("city")
    page.get_by_role("checkbox", name="age is missing").check()
    expect(page.locator(".mlp-try .js-plotly-plot .xtitle")).to_have_text("age")
    expect(handle).to_be_disabled()
    page.get_by_role("button", name="Undo all changes").click()
    expect(handle).to_be_enabled()
    expect(page.locator(".mlp-try .changed")).to_have_count(0)

    exact = page.get_by_role("textbox", name="age, exact value")
    exact.fill("30,5")
    exact.press("Enter")
    expect(handle).to_have_attribute("aria-valuetext", "30.5")
    exact.fill("thirty")  # no number: taken back, not missing
    exact.press("Enter")
    expect(exact).to_have_value("30.5")
    expect(handle).to_be_enabled()
    exact.fill("1,234,567")
    exact.press("Enter")
    expect(exact).to_have_value("1234567")  # what was understood
    exact.dblclick()
    page.keyboard.type("42")
    expect(exact).to_have_value("42")
    exact.press("ArrowUp")
    expect(exact).to_have_value("43")
    expect(handle).to_have_attribute("aria-valuetext", "43")


def test_a_date_is_a_slider_of_days_and_is_typed_as_a_date(page: Page, stored: dict[str, str]) -> None:
    page.goto(f"/?run={stored['houses']}&view=try")
    handle, exact = slider(page, "sold"), page.get_by_role("textbox", name="sold, exact value")
    expect(exact).to_have_value(re.compile(r"^20\d\d-\d\d-\d\d$"))
    exact.fill("2016-02-28")
    exact.press("Enter")
    expect(handle).to_have_attribute("aria-valuetext", "2016-02-28")
    mark = "() => document.querySelector('.mlp-try .js-plotly-plot')?.layout.shapes[0]?.x0"
    until(page, lambda: page.evaluate(mark) == "2016-02-28")
    handle.press("ArrowRight")
    handle.press("ArrowRight")
    expect(exact).to_have_value("2016-03-01")
    exact.fill("soon")
    exact.press("Enter")
    expect(exact).to_have_value("2016-03-01")
    tabs = page.locator(".st-key-tabs")
    tabs.get_by_role("radio", name="Mistakes").click()
    expect(page.get_by_test_id("stDataFrame")).to_be_visible()


def test_another_example_starts_from_its_own_values_and_a_change_stays_while_another_tab_is_open(
    page: Page, stored: dict[str, str]
) -> None:
    page.goto(f"/?run={stored['people']}&view=try")
    values = "() => [...document.querySelectorAll('.mlp-try :is([type=text], select)')].map((each) => each.value)"
    expect(page.locator(".mlp-try .control")).to_have_count(3)
    before = page.evaluate(values)
    page.get_by_role("button", name="Another example").click()
    until(page, lambda: page.evaluate(values) != before)
    drag(page, "rooms", "End", 1)
    expect(slider(page, "rooms")).to_have_attribute("aria-valuetext", "7.5")
    tabs = page.locator(".st-key-tabs")
    tabs.get_by_role("radio", name="Mistakes").click()
    expect(page.locator(".mlp-confusion td")).to_have_count(4)
    tabs.get_by_role("radio", name="Try it").click()
    expect(slider(page, "rooms")).to_have_attribute("aria-valuetext", "7.5")
    assert violations(page, within=".mlp-try") == []


def test_of_many_columns_some_have_controls_and_the_others_are_found_by_name(
    page: Page, stored: dict[str, str]
) -> None:
    page.goto(f"/?run={stored['wide']}&view=try")
    controls = page.locator(".mlp-try .control")
    expect(controls).to_have_count(12)
    expect(page.locator(".mlp-try .bars li")).to_have_count(0)  # it predicts a number
    page.get_by_text("28 more columns").click()
    expect(controls).to_have_count(12 + 24)
    page.get_by_label("Find a column").fill("x3")
    expect(controls).to_have_count(12 + 10)
    said = page.locator(".mlp-try output").inner_text()
    drag(page, "x39", "End", 1)
    assert comes_true(page, lambda: page.locator(".mlp-try output").inner_text() != said, seconds=10)


def test_each_row_of_predictions_is_pressed_where_it_is(page: Page, stored: dict[str, str]) -> None:
    page.goto(f"/?run={stored['people']}")
    rows = page.locator(".mlp-live .rows tbody tr")
    expect(rows).to_have_count(15)
    page.add_style_tag(content="tr { position: static !important }")  # as in Safari: nothing is placed within a row
    page.evaluate("new Promise(requestAnimationFrame)")
    hit = """(row) => {
      const { x, y, width, height } = row.getBoundingClientRect();
      return document.elementFromPoint(x + width / 2, y + height / 2).closest("button")?.closest("tr") === row;
    }"""
    assert all(row.evaluate(hit) for row in rows.all())


def test_what_matters_is_computed_while_the_page_waits(page: Page, stored: dict[str, str]) -> None:
    page.goto(f"/?run={stored['people']}&view=importance")
    bars = page.locator("[data-chart=importance] .ytick text")
    expect(bars).to_have_text(["age", re.compile("city|rooms"), re.compile("city|rooms")], timeout=60_000)
    expect(page.get_by_text("Columns that say the same share their importance")).to_be_visible()


def test_a_tables_tabs_fit_beside_the_list_of_runs(page: Page, stored: dict[str, str]) -> None:
    page.goto(f"/?run={stored['people']}&view=robustness")
    expect(page.locator("[data-chart=noise] .js-plotly-plot")).to_be_visible()
    names = ("Watch", "Try it", "Mistakes", "What matters", "Weights", "Projection", "Robustness", "Diagnosis")
    expect(page.locator(".st-key-tabs").get_by_role("radio")).to_have_text([re.compile(name) for name in names])
    expect(page.locator(".st-key-tabs").get_by_role("radio", name="Diagnosis")).to_be_in_viewport(ratio=0.99)
    expect(page.get_by_role("button", name="Open run")).to_be_in_viewport(ratio=1)
    page.set_viewport_size({"width": 390, "height": 844})
    expect(page.get_by_role("button", name="Open run")).to_be_in_viewport(ratio=1)


def test_a_cell_of_the_matrix_shows_its_rows(page: Page, stored: dict[str, str]) -> None:
    page.goto(f"/?run={stored['people']}&view=mistakes")
    page.get_by_role("gridcell", name="young predicted correctly").click()
    expect(page.get_by_role("combobox", name="True class")).to_have_value("young")
    expect(page.get_by_role("radio", name="In order")).to_be_checked()
    expect(page.get_by_test_id("stDataFrame")).to_be_visible()


def test_every_chart_of_a_table_keeps_to_the_colors_of_the_theme(page: Page, stored: dict[str, str]) -> None:
    tour = Tour(page)
    page.emulate_media(color_scheme=tour.schemes[0])
    for run, view, charts in (
        ("people", "importance", ("importance",)),
        ("people", "robustness", ("noise", "missing", "columns")),
        ("people, no hidden layer", "weights", ("output",)),
        ("wide", "mistakes", ("fit", "residuals")),
    ):
        page.goto(f"/?run={stored[run]}&view={view}")
        tour.look(*charts)
    assert tour.seen >= OF_TABLES
