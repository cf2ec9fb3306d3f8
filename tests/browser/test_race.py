"""A race, from its form to the chart on which it is watched, paused and resumed."""

import re

from playwright.sync_api import Locator, Page, Route, expect

from mlp.presets import PRESETS
from tests.browser.panel import at_rest, button, choose, until, until_by


def form(page: Page) -> Locator:
    return page.get_by_role("dialog")


def open_form(page: Page) -> None:
    page.goto("/runs?race=new")
    expect(form(page)).to_be_visible()


def test_a_race_starts_runs_that_differ_in_one_setting_and_they_move_on_one_chart(page: Page) -> None:
    open_form(page)
    choose(page, "Data set", "Digits, 8 × 8")
    expect(page.get_by_text("3 settings × 5 seeds (42 to 46) = 15 runs of 25 epochs")).to_be_visible()
    page.get_by_role("slider", name="Seeds").press("Home")
    expect(page.get_by_text("3 settings × 1 seed = 3 runs")).to_be_visible()
    button(page, "Start the race").click()
    expect(form(page)).to_have_count(0)
    expect(page).to_have_url(re.compile(r"/runs\?runs=\w{10}(%2C|,)\w{10}(%2C|,)\w{10}$"))
    accuracy = page.locator('.mlp-board [data-chart="accuracy"]')
    for rate in ("0.01", "0.1", "0.3"):
        expect(accuracy).to_contain_text(f"learning rate {rate}", timeout=30_000)
    page.wait_for_function(  # all three reach their last epoch on the chart
        """() => document.querySelector('.mlp-board [data-chart="accuracy"] .js-plotly-plot')._fullData
            .filter(({ x, mode }) => mode?.startsWith("lines") && x.at(-1) === 25).length >= 3""",
        timeout=60_000,
    )
    started = page.url
    expect(page.locator(".st-key-verdict")).to_contain_text("one seed can't show whether that is luck")
    button(page, "Clear").click()
    expect(page.get_by_text("Tick runs in the table")).to_be_visible()
    earlier = page.locator(".st-key-earlier_race_0")
    expect(earlier).to_contain_text(re.compile("Digits, 8 × 8 · 3 runs.*scored highest"))
    earlier.get_by_role("button", name="Learning rate 0.01, 0.1, 0.3").click()
    expect(page).to_have_url(started)


def test_the_runs_of_a_race_are_paused_resumed_and_stopped_together(page: Page) -> None:
    open_form(page)
    choose(page, "Question", "Do more hidden units help?")
    choose(page, "Data set", "Digits, 8 × 8")
    epochs = page.get_by_role("spinbutton", name="Epochs")
    epochs.fill("1000")
    epochs.press("Enter")
    page.get_by_role("slider", name="Seeds").press("Home")
    expect(page.get_by_text("4 settings × 1 seed = 4 runs of 1,000 epochs")).to_be_visible()
    button(page, "Start the race").click()
    # Small networks may have finished meanwhile; the largest takes minutes.
    pause, resume, stop = (page.locator(f".st-key-{name}_runs button") for name in ("pause", "resume", "stop"))
    pause.first.click()  # while the page is drawn again, it has the buttons before, too
    expect(pause).to_have_count(0)
    resume.first.click()
    expect(resume).to_have_count(0)
    stop.first.click()
    expect(page.get_by_text("Tick runs in the table")).to_be_visible()
    # The race's four runs are the latest. Below, one that another test has left may train on.
    # One that a busy machine has not trained yet is ready.
    cells = page.locator('canvas [role="gridcell"]')
    statuses = cells.filter(has_text=re.compile("^(Training|Ready|Paused|Finished)$"))
    expect(statuses.first).to_have_text(re.compile("Ready|Paused"))
    for place in range(1, 4):
        expect(statuses.nth(place)).to_have_text(re.compile("Ready|Paused|Finished"))


def test_epochs_that_were_typed_stay_whichever_data_set_is_chosen(page: Page) -> None:
    open_form(page)
    epochs = page.get_by_role("spinbutton", name="Epochs")
    epochs.fill("1000")
    epochs.press("Enter")
    expect(page.get_by_text("runs of 1,000 epochs")).to_be_visible()
    choose(page, "Data set", "XOR")
    at_rest(page)
    expect(page.get_by_text("runs of 1,000 epochs")).to_be_visible()
    expect(epochs).to_have_value("1000")
    epochs.fill("")
    epochs.press("Enter")
    usual = PRESETS["tutorial"].config("xor").epochs
    expect(page.get_by_text(f"runs of {usual:,} epochs")).to_be_visible()
    expect(epochs).to_have_attribute("placeholder", f"{usual:,}")


def test_a_question_fills_in_the_form_and_too_few_values_are_no_race(page: Page) -> None:
    open_form(page)
    choose(page, "Question", "Do large batches need a larger rate?")
    expect(page.get_by_text("6 settings × 5 seeds")).to_be_visible()
    choose(page, "Question", "Which learning rate is best?")
    expect(page.get_by_text("3 settings × 5 seeds")).to_be_visible()
    box = page.get_by_role("combobox", name="Learning rate: values")
    at_rest(page)  # the box of the question before stays until then, and a list that is open is closed
    box.press_sequentially("10")  # not 1.0, which the list has
    box.press("Enter")
    expect(form(page).get_by_test_id("stMultiSelect").last).to_contain_text("0.310")
    for _ in range(3):
        box.press("Backspace")
    form(page).get_by_text("Which setting is better?").click()  # closes the list; Escape without one closes the drawer
    expect(page.get_by_text("That makes 1 combination of values; a race has 2 to 6.")).to_be_visible()
    expect(button(page, "Start the race")).to_be_disabled()
    form(page).get_by_role("button", name="Close").click()
    expect(form(page)).to_have_count(0)
    until(page, lambda: "race" not in page.url)
    button(page, "New race").click()
    expect(form(page)).to_be_visible()


def test_a_search_opened_by_a_link_is_started_watched_to_its_end_and_its_best_compared(page: Page) -> None:
    page.goto("/runs?search=new&dataset=digits&epochs=2&trials=5&vary_learning_rate=0.01..1:log")
    expect(form(page).get_by_text("5 trials, up to 2 epochs each, 2 at a time.")).to_be_visible()
    button(page, "Start the search").click()
    expect(form(page)).to_have_count(0)
    expect(page).to_have_url(re.compile(r"/runs\?search=\w{10}$"))
    panel = page.locator(".st-key-search_panel")
    expect(panel).to_contain_text(re.compile(r"Finished\. 5 of 5 trials"), timeout=60_000)
    progress = panel.locator('[data-chart="progress"] .plot > div')
    expect(progress).to_have_attribute("aria-label", re.compile(r"in trial \d, of 5 trials\.$"))
    panel.get_by_role("radio", name="Settings").click()
    expect(panel.locator('[data-chart="learning_rate"]')).to_be_visible()
    button(page, "Compare the best").click()
    expect(page.get_by_text(re.compile(r"[123] of \d+ runs? selected"))).to_be_visible()
    expect(page).to_have_url(re.compile(r"runs=\w{10}"))
    found = page.url
    page.goto("/runs")
    page.locator(".st-key-open_search_0 button").click()
    expect(panel).to_contain_text("Finished. 5 of 5 trials")
    assert re.findall(r"search=\w{10}", page.url) == re.findall(r"search=\w{10}", found)
    panel.get_by_role("link", name="Open on Train").click()
    expect(page).to_have_url(re.compile(r"/\?run=\w{10}"))


def test_the_drawer_takes_the_focus_escape_closes_it_and_the_focus_returns(page: Page) -> None:
    page.goto("/runs")
    opener = button(page, "New race")
    opener.focus()
    page.keyboard.press("Enter")
    expect(form(page)).to_be_focused()
    expect(button(page, "Start the race")).to_be_visible()
    page.keyboard.press("Shift+Tab")  # from its start to its end: the focus does not leave it
    expect(form(page).locator(":focus")).to_have_count(1)
    at_rest(page)
    question, choices = page.get_by_role("combobox", name="Question"), page.get_by_role("listbox")
    question.focus()  # the drawer scrolls up to it, and a scroll closes a list that is open
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    until_by(page, lambda: question.press("ArrowDown"), choices.is_visible)
    page.keyboard.press("Escape")  # closes the list alone
    expect(page.get_by_role("listbox")).to_have_count(0)
    expect(form(page)).to_be_visible()
    page.keyboard.press("Escape")
    expect(form(page)).to_have_count(0)
    expect(opener).to_be_focused()


def test_a_drawer_opened_by_a_link_gives_its_button_the_focus_also_if_closed_while_the_page_loads(page: Page) -> None:
    held: list[Route] = []
    # Without this script of Streamlit's, none of the page's components is there.
    page.route(re.compile("/BidiComponent"), lambda route: held.append(route))
    page.goto("/runs?race=new")
    expect(form(page)).to_be_focused()
    page.keyboard.press("Escape")
    until(page, lambda: "race" not in page.url)  # the server has answered
    assert held
    for route in held:
        route.continue_()
    expect(button(page, "New race")).to_be_focused()
