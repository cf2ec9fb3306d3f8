"""The Runs page as a person uses it."""

import csv
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from mlp import RunConfig
from mlp.store import Store, new_token
from mlp.text import percent
from mlp.training import Status
from tests.browser.panel import button, comes_true, hide, until
from tests.browser.runs_page import Pupil, Shop, chart, column, compare, names_lines, press, rows, table, tick
from tests.browser.server import served
from tests.browser.tabs import person, tab
from tests.stored_runs import SMALL, keep

ADAM = replace(SMALL, optimizer="adam", learning_rate=0.01)
MOONS = RunConfig(dataset="moons", hidden=(4,), epochs=2)


@pytest.fixture(scope="module")
def shop(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("compare")
    file, address = folder / "runs.sqlite3", f"sqlite:///{folder}/runs.sqlite3"
    store, token = Store(address), new_token()
    moons = keep(store, MOONS, "another browser's")
    sgd, adam = ([keep(store, replace(each, seed=seed), token) for seed in range(3)] for each in (SMALL, ADAM))
    store.flush()
    with served(folder / "log.txt", MLP_STORE=address) as (url, _):
        yield Shop(url, file, store, token, sgd, adam, moons)
    store.close()


@pytest.fixture
def enroll(shop: Shop) -> Iterator[Callable[[], Pupil]]:
    """Return a function that makes pupils. They are deleted after the test, however it ends: others count the runs."""
    pupils: list[Pupil] = []

    def enroll() -> Pupil:
        pupils.append(Pupil(shop))
        return pupils[-1]

    yield enroll
    for pupil in pupils:
        shop.store.delete(pupil.id)


@pytest.fixture
def pupil(enroll: Callable[[], Pupil]) -> Pupil:
    return enroll()


@pytest.fixture
def lost(shop: Shop) -> Iterator[str]:
    """A run whose data set is gone."""
    run_id = keep(shop.store, MOONS, shop.token)
    shop.lose_data(run_id, MOONS)
    yield run_id
    shop.store.delete(run_id)


@pytest.fixture(scope="module")
def context(browser: Browser, shop: Shop) -> BrowserContext:
    return person(browser, shop.url, viewport={"width": 1280, "height": 1000})


@pytest.fixture
def page(context: BrowserContext, shop: Shop) -> Iterator[Page]:
    """An empty tab of the browser that started the runs."""
    context.add_cookies([{"name": "mlp_browser", "value": shop.token, "url": shop.url}])
    yield from tab(context)


def test_a_link_opens_the_comparison_of_those_runs_that_are_there(page: Page, shop: Shop) -> None:
    compare(page, shop.sgd[0], shop.adam[0])
    names_lines(page, 2)
    expect(chart(page)).to_have_attribute("aria-label", re.compile(r"SGD 0\.1 \d.*Adam 0\.01 \d"))
    expect(page.get_by_role("link", name="Train", exact=True)).to_be_visible()
    expect(page.get_by_text("2 of 7 runs selected")).to_be_visible()
    page.goto(f"/runs?runs={shop.moons},nosuchrun,%3Cimg%20src=x%3E")
    expect(page.get_by_text("There is no run 'nosuchrun'")).to_be_visible()
    names_lines(page, 1)
    expect(page.get_by_role("button", name="Delete")).to_be_disabled()
    expect(page.get_by_role("button", name="Edit")).to_be_disabled()
    expect(page.get_by_text("Read only: another browser started these runs.")).to_be_visible()
    expect(page.get_by_test_id("stException")).to_have_count(0)


def test_ticking_rows_overlays_runs_and_the_address_follows(page: Page, shop: Shop) -> None:
    page.goto("/runs")
    expect(page.get_by_text("Tick runs in the table")).to_be_visible()
    expect(page.get_by_text("7 runs", exact=True)).to_be_visible()

    def height() -> float:
        return float(table(page).evaluate("(table) => table.offsetHeight"))

    until(page, lambda: height() // 35 - 1 == 7)  # there is room for all, below the headings
    until(page, lambda: len(rows(page)) == 7)
    names = column(page, 1)
    assert names[:2] == ["Digits · 8 units · Adam 0.01 · seed 2", "Digits · 8 units · Adam 0.01 · seed 1"]
    assert len(set(names)) == 7, "no two runs have one name"
    page.set_viewport_size({"width": 1280, "height": 420})
    until(page, lambda: 5 <= height() // 35 - 1 <= 6)  # it shrinks with the window, but never to less than five rows
    page.set_viewport_size({"width": 1280, "height": 1000})
    until(page, lambda: height() // 35 - 1 == 7)
    tick(page, 0)  # the newest
    names_lines(page, 1)
    expect(page).to_have_url(re.compile(f"runs={shop.adam[2]}$"))
    tick(page, 3)
    names_lines(page, 2)
    # A ticked run's row shows its line, in the color of the chart.
    until(page, lambda: [cell for cell in column(page, 1) if cell] == ["line/1/light", "line/2/light"])
    shown = [page.request.get(f"{shop.url}/{cell}").text() for cell in column(page, 1) if cell]
    assert ['stroke="#0072B2"' in shown[0], 'stroke="#C44E00"' in shown[1]] == [True, True]
    drawn = "() => [...document.querySelectorAll('[data-chart=accuracy] .js-line')].map((line) => line.style.stroke)"
    assert page.evaluate(drawn) == ["rgb(0, 114, 178)", "rgb(196, 78, 0)"]
    page.emulate_media(color_scheme="dark")
    until(page, lambda: [cell for cell in column(page, 1) if cell] == ["line/1/dark", "line/2/dark"])
    page.emulate_media(color_scheme="light")
    expect(page).to_have_url(re.compile(rf"runs={shop.adam[2]}(,|%2C){shop.sgd[2]}$"))
    page.reload()
    names_lines(page, 2)
    page.go_back()
    names_lines(page, 1)
    page.locator('a[href*="run="]').filter(has_text="Open").click()
    expect(button(page, "Restart")).to_be_visible()
    page.go_back()  # once is enough
    names_lines(page, 1)


def test_seeds_share_a_row_that_is_ticked_as_one_and_unfolds_to_its_runs(page: Page, shop: Shop) -> None:
    def ticked() -> list[str | None]:
        found: list[str | None] = (
            table(page)
            .locator('canvas tr[role="row"]')
            .evaluate_all("(rows) => rows.slice(1).map((row) => row.getAttribute('aria-selected'))")
        )
        return found

    page.goto("/runs")
    page.get_by_text("One row per setting").click()
    until(page, lambda: column(page, 2) == ["▶\N{VARIATION SELECTOR-15} 3", "▶\N{VARIATION SELECTOR-15} 3", ""])
    expect(page).to_have_url(re.compile("grouped=true"))
    press(page, 18, 35 + 17, lambda: ticked() == ["true", "false", "false"])
    names_lines(page, 1)
    expect(page).to_have_url(re.compile(r"runs=\w{10}(%2C|,)\w{10}(%2C|,)\w{10}"))
    expect(page.locator('[data-chart="accuracy"] .plot path.js-fill')).to_have_count(1)
    press(page, 359, 35 + 17, lambda: column(page, 3) == ["▼ 3", "", "", "", "▶\N{VARIATION SELECTOR-15} 3", ""])
    until(page, lambda: ticked() == [*4 * ["true"], "false", "false"])
    names = column(page, 2)
    assert [name.strip() for name in names[:2]] == [f"Digits · 8 units · Adam 0.01{more}" for more in ("", " · seed 2")]
    press(page, 18, 35 * 2 + 17, lambda: ticked() == ["false", "false", "true", "true", "false", "false"])
    expect(page.get_by_text("2 of 7 runs selected")).to_be_visible()


def test_seeds_are_bands_and_a_sentence_says_which_is_better(page: Page, shop: Shop) -> None:
    compare(page, *shop.sgd, *shop.adam)
    names_lines(page, 2)
    for runs in (shop.sgd, shop.adam):  # the chart, the table and the verdict are about the same numbers
        reached = percent(float(np.mean([shop.store.run(run_id).validation_score for run_id in runs])))
        expect(chart(page)).to_have_attribute("aria-label", re.compile(rf" {reached}[,.]"))
    first = page.locator(".st-key-verdict li").first
    expect(first).to_have_text(re.compile(r"(SGD 0\.1|Adam 0\.01).* [\d.]+ points? \(−?[\d.]+ to [\d.]+\)"))
    tests = page.get_by_text("Final validation accuracy, by a paired t-test")
    expect(tests).to_be_hidden()
    page.get_by_text("How this was tested").click()
    expect(tests).to_be_visible()
    bands = page.locator('[data-chart="accuracy"] .plot path.js-fill')
    expect(bands).to_have_count(2)
    page.get_by_text("Seeds as bands").click()
    names_lines(page, 6)
    expect(bands).to_have_count(0)
    expect(page.get_by_text("How this was tested")).to_have_count(0)
    page.set_viewport_size({"width": 390, "height": 800})
    page.locator('[data-chart="accuracy"] .legend').wait_for()
    too_wide = "() => document.querySelector('[data-testid=stMain]').scrollWidth - window.innerWidth"
    assert page.evaluate(too_wide) <= 0
    compare(page, *shop.sgd, shop.adam[0])
    expect(page.get_by_text("1 seed in common can't show whether that is luck")).to_be_visible()


def test_curves_of_a_run_that_trains_move_in_place(page: Page, shop: Shop, pupil: Pupil) -> None:
    def points() -> int:
        found: int = page.evaluate(
            """() => document.querySelector("[data-chart=accuracy] .plot > div")
                ._fullData.find(({ name, mode }) => name === "Under way" && mode === "lines").x.length"""
        )
        return found

    pupil.train(100)  # it leads, so that the axis grows with it
    compare(page, pupil.id, shop.sgd[0])
    names_lines(page, 2)
    verdict = page.locator(".st-key-verdict li")
    waits = "Still training: Under way. The comparison appears when all runs have finished."
    expect(page.locator(".st-key-verdict")).to_contain_text(waits)
    page.wait_for_function("() => document.querySelector('[data-chart=accuracy] .plot > div')?._fullLayout")
    page.evaluate("() => { document.querySelector('[data-chart=accuracy] .plot > div').marked = true; }")
    area = page.locator('[data-chart="accuracy"] .nsewdrag').first.bounding_box()
    assert area is not None
    page.mouse.move(area["x"] + 40, area["y"] + 40)
    page.mouse.down()
    page.mouse.move(area["x"] + 200, area["y"] + 160, steps=5)
    page.mouse.up()
    reach = "() => document.querySelector('[data-chart=accuracy] .plot > div')._fullLayout.xaxis.range"
    until(page, lambda: page.evaluate(reach)[0] > 0)
    zoomed, before = page.evaluate(reach), points()
    for _ in range(3):
        pupil.train(10)
    until(page, lambda: points() > before)
    assert page.evaluate(reach) == zoomed
    pupil.train(10, Status.FINISHED)  # that is for the page to show
    until(page, lambda: points() == len(pupil.history.view()))
    marked = "() => document.querySelector('[data-chart=accuracy] .plot > div').marked"
    assert page.evaluate(marked) is True
    expect(verdict).to_have_text(
        [re.compile("scored higher.*one seed"), re.compile("trained.*of 300 validation examples")]
    )


def test_the_tables_numbers_follow_a_run_that_trains_and_it_keeps_its_order_its_ticks_and_its_place(
    page: Page, shop: Shop, pupil: Pupil, enroll: Callable[[], Pupil]
) -> None:
    def best(wanted: str) -> float:
        return next((accuracy for run, _, accuracy in rows(page) if run == wanted), -1.0)

    def final(wanted: str) -> str:
        ids = [address[-10:] for address in column(page, 3)]
        return dict(zip(ids, column(page, 7), strict=False)).get(wanted, "not in sight")

    def shows_what_is_stored() -> bool:
        return abs(best(pupil.id) - 100 * shop.store.run(pupil.id).best_validation_score) < 1e-6

    def in_order() -> bool:
        order = [accuracy for _, _, accuracy in rows(page)]
        return order == sorted(order)

    def ticks_are_right() -> bool:
        return all(ticked == (run in chosen) for run, ticked, _ in rows(page))

    page.set_viewport_size({"width": 1280, "height": 560})  # so that the table scrolls
    pupil.train(2)
    chosen = {shop.sgd[0], shop.sgd[2]}
    compare(page, *chosen)
    table(page).wait_for()
    until(page, ticks_are_right)
    until(page, lambda: final(pupil.id) == "")  # what a run reaches at its end is not known while it trains
    begun = best(pupil.id)
    # Sorts by the best accuracy.
    press(page, 632, 17, lambda: in_order() and ticks_are_right() and [run for run, *_ in rows(page)][:1] == [pupil.id])
    page.locator(".dvn-scroller").first.evaluate("(table) => (table.scrollTop = 70)")
    for _ in range(2):
        pupil.train(100)  # other runs move to its place
        until(page, lambda: best(pupil.id) > begun and shows_what_is_stored())
        until(page, lambda: in_order() and ticks_are_right())
    assert page.locator(".dvn-scroller").first.evaluate("(table) => table.scrollTop") == 70
    pupil.train(300, Status.FINISHED)
    until(page, shows_what_is_stored)
    until(page, lambda: final(pupil.id) != "")
    until(page, lambda: in_order() and ticks_are_right())
    assert {*page.url.split("runs=")[1].replace("%2C", ",").split(",")} == chosen
    page.locator(".dvn-scroller").first.evaluate("(table) => (table.scrollTop = 0)")
    worst = min(shop.store.runs(), key=lambda run: run.best_validation_score).id
    until(page, lambda: rows(page)[0][0] == worst)
    another = next(row for row, (run, *_) in enumerate(rows(page)) if run not in chosen)
    chosen.add(rows(page)[another][0])
    newcomer = enroll()
    newcomer.train(2, Status.PAUSED)
    tick(page, another)
    expect(page.get_by_text("3 of 9 runs selected")).to_be_visible()
    until(page, lambda: newcomer.id in [run for run, *_ in rows(page)] and in_order() and ticks_are_right())


def test_the_table_of_a_hidden_tab_rests_until_it_is_seen_again(page: Page, shop: Shop, pupil: Pupil) -> None:
    def follows(seconds: float = 5) -> bool:
        before = best = shop.store.run(pupil.id).best_validation_score
        while best == before:
            pupil.train(10)
            best = shop.store.run(pupil.id).best_validation_score
        return comes_true(page, lambda: any(abs(shown - 100 * best) < 1e-6 for *_, shown in rows(page)), seconds)

    pupil.train(20)
    page.goto("/runs")
    table(page).wait_for()
    assert follows()
    hide(page)
    follows(seconds=1)  # perhaps once more, with what was under way
    assert not follows(seconds=2.5)
    hide(page, False)
    assert follows()


def test_a_run_whose_data_set_is_gone_is_listed_and_compared_and_opened_with_a_sentence(
    page: Page, shop: Shop, lost: str
) -> None:
    page.goto("/runs")
    expect(page.get_by_text("8 runs", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="gone", exact=True)).to_be_visible()  # the filter for its data set
    table(page).wait_for()
    until(page, lambda: lost in [run for run, *_ in rows(page)])
    compare(page, lost, shop.sgd[0])
    names_lines(page, 2)
    page.get_by_role("radio", name="Weights").click()
    expect(chart(page, "weights")).to_have_attribute("aria-label", re.compile("Digits"))
    expect(page.get_by_text("There is no data set 'gone'")).to_be_visible()
    page.goto(f"/?run={lost}")
    expect(page.get_by_text("There is no data set 'gone'")).to_be_visible()
    expect(button(page, "Train")).to_be_enabled()
    expect(page.get_by_test_id("stException")).to_have_count(0)


def test_a_run_is_named_deleted_and_restored(page: Page, shop: Shop) -> None:
    compare(page, shop.sgd[0], shop.adam[0])
    page.get_by_role("button", name="Edit").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Notes").fill("A *note*")
    dialog.get_by_label("Name", exact=True).fill("Plain")
    dialog.get_by_label("Name", exact=True).press("Enter")
    expect(dialog).to_have_count(0)
    expect(chart(page)).to_have_attribute("aria-label", re.compile("Plain"))
    assert (shop.store.run(shop.sgd[0]).name, shop.store.run(shop.sgd[0]).notes) == ("Plain", "A *note*")

    page.get_by_role("button", name="Delete 2").press("Enter")
    expect(page.get_by_text("Deleted: Plain, Digits · 8 units · Adam 0.01 · seed 0")).to_be_visible()
    expect(page.get_by_text("Tick runs in the table")).to_be_visible()
    assert shop.store.run(shop.sgd[0]).deleted is not None
    lines = page.locator('[data-chart="parallel"] path.js-line')
    until(page, lambda: lines.count() == 5)  # all that are left, in gray
    strokes = "(lines) => lines.map((line) => line.style.stroke)"
    assert set(lines.evaluate_all(strokes)) == {"rgb(88, 101, 115)"}
    page.locator("button:focus").filter(has_text="Undo").click()  # which got it from Delete
    names_lines(page, 2)
    assert shop.store.run(shop.sgd[0]).deleted is None
    shop.store.rename(shop.sgd[0], "")


def test_what_is_being_typed_in_a_dialog_stays_when_a_run_ends(page: Page, shop: Shop, pupil: Pupil) -> None:
    def shown() -> list[str]:
        return column(page, 4)

    pupil.train(10)
    compare(page, pupil.id, shop.sgd[0])
    verdict = page.locator(".st-key-verdict li")
    expect(page.locator(".st-key-verdict")).to_contain_text("Still training: Under way.")
    button(page, "Edit").click()
    notes = page.get_by_role("dialog").get_by_label("Notes")
    notes.press_sequentially("Half a sen")
    notes.evaluate("(field) => { field.marked = true; }")
    pupil.train(10, Status.FINISHED)
    until(page, lambda: "Finished" in shown() and "Training" not in shown())
    notes.press_sequentially("tence")
    expect(notes).to_have_value("Half a sentence")
    assert notes.evaluate("(field) => field.marked") is True, "the dialog was never taken off the page"
    page.keyboard.press("Escape")
    expect(verdict).to_contain_text(["scored higher", "trained"])  # now the whole page knows


def test_settings_and_curves_can_be_downloaded(page: Page, shop: Shop, tmp_path: Path) -> None:
    compare(page, shop.sgd[0], shop.moons)
    names_lines(page, 2)
    page.get_by_role("button", name="Download", exact=True).click()
    files = {"Settings and results, CSV": "runs.csv", "Curves, CSV": "curves.csv", "Everything, JSON": "runs.json"}
    for label, name in files.items():
        with page.expect_download() as waiting:
            page.get_by_role("button", name=label).click()
        assert waiting.value.suggested_filename == name
        waiting.value.save_as(tmp_path / name)
    with (tmp_path / "runs.csv").open(encoding="utf-8-sig") as file:
        assert [row["dataset"] for row in csv.DictReader(file)] == ["digits", "moons"]
    assert [run["id"] for run in json.loads((tmp_path / "runs.json").read_text())] == [shop.sgd[0], shop.moons]
    # Streamlit's own CSV of the table would leave names that begin with a formula as they are.
    page.keyboard.press("Escape")
    page.get_by_test_id("stDataFrame").first.hover()
    expect(page.get_by_role("button", name="Search: Stored runs")).to_be_visible()
    expect(page.get_by_role("button", name="Download as CSV")).to_have_count(0)
    assert len((tmp_path / "curves.csv").read_text().splitlines()) > 8


def test_other_charts_show_all_runs_and_weights_only_the_selected(page: Page, shop: Shop) -> None:
    compare(page, shop.sgd[0], shop.moons)
    expect(chart(page, "parallel")).to_have_attribute("aria-label", re.compile("of 7 runs over"))
    page.get_by_role("radio", name="Scatter").click()
    expect(chart(page, "scatter")).to_have_attribute("aria-label", re.compile("of 7 runs over"))
    page.get_by_role("radio", name="Weights").click()
    expect(chart(page, "weights")).to_have_attribute("aria-label", re.compile("8 units.*4 units"))
    page.get_by_placeholder("Filter").fill("adam")
    page.get_by_placeholder("Filter").press("Enter")
    page.get_by_role("radio", name="Parallel").click()
    # The three that match, and the selected ones.
    expect(chart(page, "parallel")).to_have_attribute("aria-label", re.compile("of 5 runs"))
    names_lines(page, 2)
    tick(page, 0)
    names_lines(page, 3)  # what the filter hides stays selected
    expect(page.get_by_text("3 of 7 runs selected")).to_be_visible()
