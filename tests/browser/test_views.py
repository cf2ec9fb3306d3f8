"""The tabs that look into a run: its diagnosis and its cure, its answers to examples, its weights, and what it sees."""

import re

import pytest
from playwright.sync_api import Page, expect

from mlp import RunConfig
from mlp.store import Store
from tests.browser.panel import (
    SLOW,
    at_rest,
    button,
    choose,
    comes_true,
    drag,
    expect_slider,
    hide,
    number,
    open_view,
    run_id,
    share,
    slider,
    status,
    train_until,
    until,
)
from tests.stored_runs import keep

NOTHING = "No problems found"


@pytest.fixture(scope="module")
def stored() -> str:
    """A trained network with two hidden layers, of which the first has more units than are shown at once."""
    store = Store()
    kept = keep(store, RunConfig(dataset="digits", hidden=(70, 48), epochs=6), "anybody")
    store.close()
    return kept


def train(page: Page, address: str) -> str:
    """Train a run to its end; return its name in the address."""
    page.goto(address)
    button(page, "Train").click()
    expect(status(page)).to_have_text(re.compile("Finished|Diverged"), timeout=60_000)
    return run_id(page)


def try_the_cure(page: Page, parent: str) -> None:
    """Press the button of a learning rate of 1 that is too high; wait for the fork that it makes."""
    expect(page.get_by_text("learning rate 1 → 0.1, from the start").first).to_be_visible()
    illness = page.get_by_text("The learning rate is too high", exact=True)
    card = page.get_by_test_id("stVerticalBlock").filter(has=illness).last
    card.get_by_role("button", name="Try the cure").click()
    expect(page).to_have_url(re.compile(rf"/\?run=(?!{parent})\w{{10}}"))
    expect(number(page, "learning rate")).to_have_text("0.1")  # the child's; its parent is finished, too
    expect(slider(page, "Learning rate")).to_have_attribute("aria-valuetext", "0.1")


def test_a_network_of_zeros_is_diagnosed_as_symmetric_and_nothing_else(page: Page) -> None:
    train(page, "/?dataset=digits&preset=zeros&epochs=3&pace=max")
    open_view(page, "Diagnosis")
    expect(page.get_by_text("All units of a layer are the same", exact=True)).to_be_visible()
    expect(page.locator(".stMain [data-testid=stMarkdown] strong")).to_have_count(1)
    expect(page.get_by_role("button", name="Try the cure")).to_have_count(0)  # takes a reset
    expect(page.get_by_text(NOTHING)).to_have_count(0)


def test_the_cure_of_a_rate_too_high_is_a_fork_at_a_tenth_of_it_that_trains(page: Page, other: Page) -> None:
    parent = train(page, "/?dataset=digits&preset=too_fast&epochs=20&pace=max")
    page.get_by_role("button", name=re.compile("^The learning rate is too high")).click()  # the line below the panel
    try_the_cure(page, parent)
    expect(status(page)).to_have_text("Finished", timeout=30_000)
    until(page, lambda: share(page, "validation") > 90)
    expect(page.get_by_text("Press Restart to apply")).to_have_count(0)
    open_view(page, "Diagnosis")
    expect(page.get_by_text(NOTHING)).to_be_visible()

    other.goto(f"/?run={parent}&view=diagnosis")  # somebody else's run is cured by a fork of one's own
    try_the_cure(other, parent)
    expect(other.get_by_text("Read only")).to_have_count(0)


def test_the_accuracy_has_an_interval_and_the_test_set_stays_shut_until_opened(page: Page, stored: str) -> None:
    page.goto(f"/?run={stored}&view=mistakes")
    expect(page.locator(".mlp-gallery > li").first).to_be_visible()
    measured = r"of 300 validation examples are correct after step \d+\. True accuracy: \d\d\.\d–\d\d\.\d\u202f% \(95"
    expect(page.get_by_text(re.compile(measured))).to_be_visible()
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
    open_view(page, "Diagnosis")
    expect(page.get_by_text("Nothing to judge yet: the run has trained too little")).to_be_visible()
    expect(page.get_by_text(NOTHING)).to_have_count(0)
    button(page, "Train").click()
    expect(status(page)).to_have_text("Finished", timeout=30_000)
    expect(page.get_by_text(NOTHING)).to_be_visible()
    expect(page.get_by_text("trained too little")).to_have_count(0)
    open_view(page, "Mistakes")
    expect(page.get_by_text("examples of this data set are points")).to_be_visible()
    expect(page.locator(".mlp-confusion td")).to_have_count(4)
    expect(page.locator(".mlp-confusion p")).to_have_text("")  # there are no images to choose
    views = page.locator(".st-key-tabs").get_by_role("radio")
    names = ("Watch", "Mistakes", "Weights", "Projection", "Diagnosis")
    expect(views).to_have_text([re.compile(name) for name in names])


def test_a_view_follows_the_training_and_a_step_of_the_past_stays(page: Page) -> None:
    asked: list[str | bytes] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: asked.append(frame)))
    page.clock.install()  # it runs as usual until it is told otherwise
    train_until(page, 20)
    shown = {"Mistakes": "validation examples are correct", "Robustness": "validation images are correct"}

    def asked_in_time() -> int:
        """How often the page asks for the view again in the time in which it should ask twice."""
        before = len(asked)
        page.clock.run_for(4500)
        return len(asked) - before

    for view in ("Robustness", "Mistakes"):
        open_view(page, view)
        expect(page.get_by_text(shown[view])).to_be_visible()
        until(page, lambda: asked_in_time() >= 2)
    chosen = slider(page, "Step")
    chosen.focus()
    chosen.press("Home")
    expect(chosen).to_have_attribute("aria-valuetext", re.compile("^step 0 "))
    expect(page.get_by_text(shown["Mistakes"])).to_have_text(re.compile(r"^1?\d\.\d"))  # untrained, it guesses
    until(page, lambda: asked_in_time() == 0)


def test_all_views_show_the_step_of_the_one_time_slider(page: Page) -> None:
    train(page, "/?dataset=digits&epochs=2&pace=max")
    time, correct = slider(page, "Step"), page.get_by_text("validation examples are correct")
    open_view(page, "Mistakes")
    expect(correct).to_be_visible()
    now = correct.inner_text()
    open_view(page, "Watch")
    time.press("Home")
    expect(status(page)).to_have_text("Viewing step 0")
    open_view(page, "Mistakes")
    until(page, lambda: correct.inner_text() != now)
    first = correct.inner_text()
    time.press("ArrowRight")
    time.press("ArrowRight")
    expect(status(page)).to_have_text("Viewing step 2")
    until(page, lambda: correct.inner_text() not in (first, now))
    page.get_by_role("button", name="Now").click()
    until(page, lambda: correct.inner_text() == now)
    open_view(page, "Watch")
    expect(status(page)).to_have_text("Finished")
    expect(page.locator("[data-chart=accuracy] .main-svg").first).to_be_visible()


def test_a_tab_draws_its_view_and_leaves_the_run_above_it_as_it_is(page: Page, stored: str) -> None:
    page.goto(f"/?run={stored}&view=mistakes")
    expect(page.locator(".mlp-confusion td").first).to_be_visible()
    expect(number(page, "step")).to_be_visible()
    at_rest(page)
    with page.expect_request(re.compile("/live/")):
        open_view(page, "Watch")
    expect(page.locator("[data-chart=accuracy] .main-svg").first).to_be_visible()
    with page.expect_request(re.compile("/live/")):
        open_view(page, "Mistakes")
    expect(page.locator(".mlp-confusion td").first).to_be_visible()
    at_rest(page)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    open_view(page, "Diagnosis")
    expect(page.get_by_text("Checked for:")).to_be_visible()
    expect(page).to_have_url(re.compile("view=diagnosis"))
    with page.expect_request(re.compile("/live/")):
        open_view(page, "Watch")
    expect(page.locator("[data-chart=accuracy] .main-svg").first).to_be_visible()
    at_rest(page)
    assert sum("/live/" in address for address in asked) == 1, "for Watch"


def test_any_other_run_is_opened_in_the_same_view(page: Page) -> None:
    first = train(page, "/?dataset=digits&epochs=2&seed=815&pace=max")
    second = train(page, "/?dataset=digits&epochs=2&seed=4711&pace=max")
    open_view(page, "Mistakes")
    expect(page.locator(".mlp-confusion td")).to_have_count(100)
    before = page.locator(".mlp-confusion table").inner_text()
    page.get_by_role("button", name="Open run").click()
    name = page.get_by_role("combobox", name="Run")
    until(
        page, lambda: bool(name.evaluate("(box) => box.value.includes('4711') && box.scrollWidth <= box.clientWidth"))
    )
    choose(page, "Run", re.compile("seed 815"))
    expect(page).to_have_url(re.compile(f"run={first}.*seed=815.*view=mistakes"))
    expect(name).to_have_count(0)
    until(page, lambda: page.locator(".mlp-confusion table").inner_text() != before)
    page.go_back()
    expect(page).to_have_url(re.compile(f"run={second}.*seed=4711.*view=mistakes"))
    until(page, lambda: page.locator(".mlp-confusion table").inner_text() == before)


def test_a_unit_that_is_pressed_is_shown_in_full(page: Page, stored: str, console_errors: list[str]) -> None:
    page.goto(f"/?run={stored}&view=weights")
    expect(page.locator(".mlp-units button")).to_have_count(64)
    tops = page.locator(".mlp-units button").evaluate_all("(all) => all.map((each) => each.offsetTop)")
    assert {tops.count(top) for top in tops} == {8}, "no unit is left alone in the last row"
    page.get_by_role("button", name="Unit 9", exact=True).click()
    expect(page.get_by_role("button", name="Unit 9", exact=True)).to_have_attribute("aria-pressed", "true")
    unit = page.get_by_role("spinbutton", name="Unit")
    expect(unit).to_have_value("9")
    expect(page.get_by_text(re.compile("Above zero for"))).to_be_visible()
    expect(page.locator(".mlp-gallery > li")).to_have_count(12)
    unit.fill("66")
    unit.press("Enter")
    expect(page.locator(".mlp-units button")).to_have_count(6)  # the rest of the 70
    expect(page.get_by_role("button", name="Unit 66", exact=True)).to_have_attribute("aria-pressed", "true")
    for layer in range(3):
        expect(page.locator(f'.mlp-board [data-chart="layer{layer}"] .js-plotly-plot')).to_be_visible()
    # Streamlit looks for its own health under the page's address first; that is its way, not an error of ours.
    assert console_errors == []


def test_distorted_images_are_shown_and_cost_accuracy(page: Page, stored: str) -> None:
    page.goto(f"/?run={stored}&view=robustness")
    sentence = page.get_by_text(re.compile("validation images are correct"))
    expect(sentence).to_be_visible()

    def shares() -> list[float]:
        return [float(share) for share in re.findall(r"([\d.]+)\u202f%", sentence.text_content() or "")]

    handle = page.locator('input[type="range"][aria-label="Rotate, degrees"]')
    handle.focus()
    for _ in range(9):
        handle.press("ArrowRight")
    until(page, lambda: len(found := shares()) == 2 and found[0] < found[1] - 20)  # presses are answered one by one
    expect(page.locator(".mlp-board .js-plotly-plot")).to_have_count(5)


def test_a_projection_is_computed_while_the_page_waits_and_a_point_shows_its_picture(page: Page, stored: str) -> None:
    page.goto(f"/?run={stored}&view=projection")
    plot = page.locator('.mlp-board [data-chart="projection2"] .js-plotly-plot')
    expect(plot).to_be_visible()
    plot.scroll_into_view_if_needed()
    place = page.evaluate("""() => {
        const plot = document.querySelector('[data-chart="projection2"] .js-plotly-plot');
        const { xaxis, yaxis, _size } = plot._fullLayout, { x, y } = plot._fullData[0];
        const box = plot.getBoundingClientRect();
        return [box.x + _size.l + xaxis.d2p(x[0]), box.y + _size.t + yaxis.d2p(y[0])];
    }""")
    page.mouse.move(*place)
    expect(page.locator(".mlp-board .peek")).to_be_visible()
    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_function("""() => {
        const { width, legend } = document.querySelector('[data-chart="projection2"] .js-plotly-plot')._fullLayout;
        return width < 390 && legend._effHeight === legend._height;
    }""")  # all classes are named below it, without scrolling
    page.get_by_test_id("stMain").get_by_text("t-SNE").first.click()
    expect(page.get_by_role("heading", name="t-SNE of the last hidden layer")).to_be_visible(timeout=60_000)


def test_the_confusion_matrix_shows_a_cells_images_to_mouse_and_keyboard(page: Page, stored: str) -> None:
    page.goto(f"/?run={stored}&view=mistakes")
    sevens = page.get_by_role("gridcell", name="7 predicted correctly")
    count = int(sevens.inner_text().replace(",", ""))
    sevens.click()
    titles = page.locator(".mlp-gallery > li b")
    expect(titles).to_have_text(["7"] * 12)
    expect(sevens).to_have_attribute("aria-selected", "true")
    assert 12 < count <= 36, "of 300 images about 30 are sevens"
    page.get_by_role("button", name=f"Show {count - 12} more").click()
    expect(titles).to_have_text(["7"] * count)

    counts = page.locator(".mlp-confusion td")
    expect(counts).to_have_count(100)
    numbers = [int(text.replace(",", "") or 0) for text in counts.all_inner_texts()]
    caption = f"{sum(numbers[::11]):,} of {sum(numbers):,} correct"  # every eleventh is on the diagonal
    expect(page.locator(".mlp-confusion small")).to_have_text(caption)
    sevens.focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowDown", "ArrowDown", "ArrowRight", "ArrowDown", "ArrowLeft"):
        page.keyboard.press(key)  # and at the edges it stays
    focused = page.locator(".mlp-confusion td:focus")
    words = "9 predicted as 8: " if numbers[98] else "No 9 was predicted as 8"
    expect(focused).to_have_attribute("aria-label", re.compile(f"^{words}"))
    expect(page.locator(".mlp-confusion p")).to_contain_text(words)
    expect(page.locator(".mlp-confusion [tabindex='0']")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(focused).to_have_attribute("aria-selected", "true")
    expect(focused).to_have_attribute("aria-label", re.compile(f"^{words}"))


def test_on_a_phone_a_link_shows_the_tab_of_its_view(page: Page, stored: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"/?run={stored}&view=diagnosis")
    expect(page.get_by_role("radio", name="Diagnosis")).to_be_in_viewport(ratio=0.99)


def test_a_press_that_is_followed_by_a_question_for_news_is_not_taken_back(page: Page) -> None:
    page.clock.install()  # it runs as usual until it is told otherwise
    train_until(page, 20, "/?dataset=digits&hidden=70&epochs=10000&pace=50")
    open_view(page, "Weights")
    number = page.get_by_role("spinbutton", name="Unit")
    for unit in (9, 1, 17):
        page.get_by_role("button", name=f"Unit {unit}", exact=True).click()
        page.clock.run_for(2100)  # the page asks before it has an answer to the press
        expect(number).to_have_value(str(unit))
        page.clock.run_for(2100)
        page.wait_for_timeout(500)  # for a late answer
        expect(number).to_have_value(str(unit))

    open_view(page, "Mistakes")
    truth, answer = (page.get_by_role("combobox", name=name) for name in ("True class", "Predicted class"))
    for row, column in ((3, 3), (5, 5)):
        page.locator(".mlp-confusion tr").nth(row + 1).locator("td").nth(column).click()
        page.clock.run_for(2100)
        expect(truth).to_have_value(str(row))
        page.clock.run_for(2100)
        page.wait_for_timeout(500)
        expect(truth).to_have_value(str(row))
        expect(answer).to_have_value(str(column))


def test_what_was_set_in_a_view_is_there_when_one_returns_to_it_while_the_network_trains(page: Page) -> None:
    train_until(page, 20)
    open_view(page, "Robustness")
    drag(page, "Rotate, degrees", "ArrowRight", 3)
    expect(page.get_by_text("when distorted")).to_be_visible()
    open_view(page, "Weights")
    page.get_by_role("spinbutton", name="Unit").fill("5")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Unit 5", exact=True)).to_have_attribute("aria-pressed", "true")
    open_view(page, "Mistakes")
    page.get_by_text("Row percentages").click()
    page.get_by_text("In order").click()
    expect(page.get_by_role("radio", name="In order")).to_be_checked()
    choose(page, "True class", "3")
    expect(page.locator(".mlp-gallery > li").first).to_contain_text("3")
    open_view(page, "Watch")
    expect(page.locator("[data-chart=accuracy] .main-svg").first).to_be_visible()

    open_view(page, "Robustness")
    expect(page.get_by_text("when distorted")).to_be_visible()
    expect_slider(page, "Rotate, degrees", "15")
    open_view(page, "Weights")
    expect(page.get_by_role("spinbutton", name="Unit")).to_have_value("5")
    open_view(page, "Mistakes")
    expect(page.get_by_role("combobox", name="True class")).to_have_value("3")
    expect(page.get_by_role("radio", name="In order")).to_be_checked()
    expect(page.get_by_label("Row percentages")).to_be_checked()


def test_a_view_of_a_network_that_trains_rests_while_its_tab_is_hidden(page: Page) -> None:
    train_until(page, 10, SLOW)
    open_view(page, "Weights")
    plots = page.locator(".mlp-board .plot > div")
    expect(plots.first).to_be_visible()
    state = "() => [...document.querySelectorAll('.mlp-board .plot > div')].map((plot) => JSON.stringify(plot.data))"

    def moves() -> bool:
        before = page.evaluate(state)
        return comes_true(page, lambda: page.evaluate(state) != before, seconds=5)

    until(page, moves)
    hide(page)
    # What was asked for before is still drawn, one chart after the other.
    assert any(not moves() for _ in range(20)), "it comes to rest"
    hide(page, False)
    assert moves()
