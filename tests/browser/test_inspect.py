"""The Inspect page: a run's diagnosis and its cure, and its answers to validation and test examples."""

import re
from functools import partial

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.panel import SLOW, button, choose, number, run_id, slider, status, step, until

pytestmark = pytest.mark.browser

NOTHING = "No problems found"


def train(page: Page, address: str) -> str:
    """Train a run to its end; return its name in the address."""
    page.goto(address)
    button(page, "Train").click()
    expect(status(page)).to_have_text(re.compile("Finished|Diverged"), timeout=60_000)
    return run_id(page)


def inspect(page: Page, view: str) -> None:
    page.get_by_role("link", name="Inspect").click()
    choose_view(page, view)


def choose_view(page: Page, view: str) -> None:
    page.get_by_test_id("stMain").get_by_role("radio", name=re.compile(view)).click()


def try_the_cure(page: Page, illness: str) -> None:
    card = page.get_by_test_id("stVerticalBlock").filter(has=page.get_by_text(illness, exact=True)).last
    card.get_by_role("button", name="Try the cure").click()


def test_a_network_of_zeros_is_diagnosed_as_symmetric_and_nothing_else(page: Page) -> None:
    train(page, "/?dataset=digits&preset=zeros&epochs=3&pace=max")
    inspect(page, "Diagnosis")
    expect(page.get_by_text("All units of a layer are the same")).to_be_visible()
    expect(page.locator(".stMain [data-testid=stMarkdown] strong")).to_have_count(1)
    expect(page.get_by_role("button", name="Try the cure")).to_have_count(0)  # takes a reset
    expect(page.get_by_text(NOTHING)).to_have_count(0)


def test_the_cure_of_a_rate_too_high_is_a_fork_at_a_tenth_of_it_that_trains(page: Page) -> None:
    parent = train(page, "/?dataset=digits&preset=too_fast&epochs=20&pace=max")
    inspect(page, "Diagnosis")
    expect(page.get_by_text("The learning rate is too high", exact=True)).to_be_visible()
    expect(page.get_by_text("learning rate 1 → 0.1, from the start").first).to_be_visible()
    try_the_cure(page, "The learning rate is too high")
    expect(page).to_have_url(re.compile(rf"/\?run=(?!{parent})\w{{10}}"))
    expect(number(page, "learning rate")).to_have_text("0.1")  # the child's; its parent is finished, too
    expect(slider(page, "Learning rate")).to_have_attribute("aria-valuetext", "0.1")
    expect(status(page)).to_have_text("Finished", timeout=30_000)
    until(page, lambda: float((number(page, "validation").text_content() or "0").split("\u202f")[0]) > 90)
    expect(page.get_by_text("Press Restart to apply")).to_have_count(0)
    inspect(page, "Diagnosis")
    expect(page.get_by_text(NOTHING)).to_be_visible()


def test_somebody_elses_run_is_cured_by_a_fork_of_ones_own(page: Page, browser: Browser, app_url: str) -> None:
    run = train(page, "/?dataset=digits&preset=too_fast&epochs=20&pace=max")
    context = browser.new_context(base_url=app_url, viewport={"width": 1280, "height": 720})
    other = context.new_page()
    other.goto(f"/inspect?run={run}")
    choose_view(other, "Diagnosis")
    try_the_cure(other, "The learning rate is too high")
    expect(other).to_have_url(re.compile(rf"/\?run=(?!{run})\w{{10}}"))
    expect(number(other, "learning rate")).to_have_text("0.1")
    expect(slider(other, "Learning rate")).to_have_attribute("aria-valuetext", "0.1")
    expect(other.get_by_text("Read only")).to_have_count(0)
    context.close()


def test_predictions_show_confusion_and_examples_and_the_test_set_stays_shut_until_opened(page: Page) -> None:
    train(page, "/?dataset=digits&epochs=3&pace=max")
    inspect(page, "Predictions")
    expect(page.get_by_role("gridcell", name="7 predicted correctly")).to_be_visible()
    expect(page.locator(".mlp-gallery > li").first).to_be_visible()
    expect(
        page.get_by_text(
            re.compile(r"of 300 validation examples are correct. True accuracy: \d\d\.\d–\d\d\.\d\u202f% \(95")
        )
    ).to_be_visible()
    dots = page.wait_for_function(
        "() => document.querySelector('[data-chart=calibration] .js-plotly-plot')?._fullData[1].marker.size"
    ).json_value()
    assert max(dots) > 1.5 * min(dots), "a bin of many answers has a larger dot"
    page.get_by_role("radio", name="Test").click()
    expect(page.get_by_text("The test set is kept for the very end")).to_be_visible()
    expect(page.get_by_text("test examples are correct")).to_have_count(0)
    expect(page.locator(".mlp-gallery > li")).to_have_count(0)
    page.get_by_role("button", name="Open the test set").click()
    expect(page.get_by_text("test examples are correct")).to_be_visible()
    expect(page.locator(".mlp-gallery > li").first).to_be_visible()


def test_an_untrained_run_and_points_have_what_means_something_for_them(page: Page) -> None:
    page.goto("/?dataset=moons&epochs=30&pace=max")
    expect(button(page, "Train")).to_be_visible()
    inspect(page, "Diagnosis")
    expect(page.get_by_text(NOTHING)).to_be_visible()
    expect(page.get_by_text("The run has trained too little")).to_be_visible()
    page.get_by_role("link", name="Train").click()
    button(page, "Train").click()
    expect(status(page)).to_have_text("Finished", timeout=30_000)
    inspect(page, "Diagnosis")
    expect(page.get_by_text(NOTHING)).to_be_visible()
    expect(page.get_by_text("trained too little")).to_have_count(0)
    choose_view(page, "Predictions")
    expect(page.get_by_text("examples of this data set are points")).to_be_visible()
    expect(page.locator(".mlp-confusion td")).to_have_count(4)
    expect(page.locator(".mlp-confusion p")).to_have_text("")  # there are no images to choose
    views = page.locator(".st-key-inspect_view").get_by_role("radio")
    expect(views).to_have_text([re.compile(name) for name in ("Predictions", "Weights", "Diagnosis", "Projection")])


def test_a_view_follows_the_training_and_a_step_of_the_past_stays(page: Page) -> None:
    asked: list[str | bytes] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: asked.append(frame)))
    page.goto(SLOW)
    button(page, "Train").click()
    until(page, lambda: step(page) > 20)
    inspect(page, "Predictions")
    expect(page.locator(".mlp-gallery > li").first).to_be_visible()
    for view in ("Robustness", "Predictions"):
        before = len(asked)
        choose_view(page, view)
        until(page, partial(lambda count: len(asked) >= count, before + 3))  # the choice, and two refreshes
    chosen = slider(page, "Step")
    chosen.focus()
    chosen.press("Home")
    expect(chosen).to_have_attribute("aria-valuetext", "step 0")

    def quiet() -> bool:
        before = len(asked)
        page.wait_for_timeout(4500)  # in which it would ask twice
        return len(asked) == before

    assert quiet() or quiet()  # the choice itself may be sent only after the slider shows it


def test_any_other_run_is_chosen_beside_what_is_shown(page: Page) -> None:
    first = train(page, "/?dataset=digits&epochs=2&seed=815&pace=max")
    second = train(page, "/?dataset=digits&epochs=2&seed=4711&pace=max")
    inspect(page, "Predictions")
    sidebar = page.get_by_test_id("stSidebar")
    expect(sidebar.get_by_text("Seed: 4711")).to_be_visible()
    expect(sidebar.get_by_text("Units: 64–100–200–10")).to_be_visible()
    before = page.locator(".mlp-confusion table").inner_text()
    name = page.get_by_role("combobox", name="Run")
    until(
        page, lambda: bool(name.evaluate("(box) => box.value.includes('4711') && box.scrollWidth <= box.clientWidth"))
    )
    choose(page, "Run", re.compile("seed 815"))
    expect(page).to_have_url(re.compile(first))
    expect(sidebar.get_by_text("Seed: 815")).to_be_visible()
    until(page, lambda: page.locator(".mlp-confusion table").inner_text() != before)
    page.go_back()
    expect(page).to_have_url(re.compile(second))
    expect(sidebar.get_by_text("Seed: 4711")).to_be_visible()
    until(page, lambda: page.locator(".mlp-confusion table").inner_text() == before)
