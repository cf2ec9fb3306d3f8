"""The settings of a run on the Train page: by control, preset, keyboard and link."""

import re

from playwright.sync_api import Page, expect

from tests.browser.panel import (
    SLOW,
    at_rest,
    button,
    choose,
    drag,
    expect_slider,
    number,
    status,
    step,
    train_until,
    until,
    until_by,
)
from tests.browser.tour import SCHEMES, THEMES

# By how many pixels a slider's value reaches into its label, and how large the labels' letters are.
SIDEBAR = """() => [...document.querySelectorAll("[data-testid=stSidebar] [data-testid=stSlider]")].map((slider) => {
  const part = (name) => slider.querySelector(`[data-testid=${name}]`);
  const [label, value] = [part("stWidgetLabel"), part("stSliderThumbValue")];
  const letters = parseFloat(getComputedStyle(label.querySelector("p")).fontSize);
  return [label.querySelector("p").getBoundingClientRect().bottom - value.getBoundingClientRect().top, letters];
})"""
PLACES = """() => [".mlp-live .panel", ".mlp-live .time", "[data-chart=weights]", "[data-testid=stSidebar] label"]
  .map((name) => JSON.stringify(document.querySelector(name).getBoundingClientRect()))"""


def focused(page: Page) -> str:
    """The label of what the keyboard acts on."""
    label: str = page.evaluate("() => document.activeElement.ariaLabel ?? document.activeElement.innerText")
    return label


def expect_main_button(page: Page, name: str) -> None:
    """Wait until one button, and no other of the two, has the color of the main one in either theme."""
    page.mouse.move(0, 0)  # a button under it has another
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        red, green, blue = bytes.fromhex(THEMES[scheme]["primaryColor"][1:])
        for each in ("Pause", "Restart"):
            expected = expect(button(page, each))
            check = expected.to_have_css if each == name else expected.not_to_have_css
            check("background-color", f"rgb({red}, {green}, {blue})")


def test_the_learning_rate_acts_while_it_trains_and_leaves_a_marker(page: Page) -> None:
    train_until(page, 20)
    drag(page, "Learning rate", "ArrowLeft", 1)
    expect(number(page, "learning rate")).to_have_text("0.08")
    expect(page).to_have_url(re.compile("learning_rate=0.08"))
    expect(page.locator('[data-chart="accuracy"]')).to_contain_text("0.1 → 0.08")
    expect(status(page)).to_have_text("Training")
    expect(page.get_by_text("Changed: learning rate, epochs.")).to_be_visible()
    button(page, "Find a learning rate").press("Enter")
    use = button(page, "Use [0-9.]+")
    found = (use.text_content() or "").split()[-1]
    at_rest(page)  # the dialog was drawn again
    use.press("Enter")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(button(page, "Find a learning rate")).to_be_focused()
    expect(number(page, "learning rate")).to_have_text(found)
    expect(page.locator('[data-chart="accuracy"]')).to_contain_text(f"0.08 → {found}")

    button(page, "Restart").click()
    expect(status(page)).to_have_text("Ready")
    expect(number(page, "learning rate")).to_have_text(found)
    button(page, "Back to the preset").click()
    expect(number(page, "learning rate")).to_have_text("0.1")
    expect(page.get_by_text("Changed: ")).to_have_count(0)


def test_how_curves_are_shown_and_images_augmented_changes_while_it_trains(page: Page) -> None:
    train_until(page, 20)
    page.get_by_text("Curves", exact=True).click()
    page.get_by_role("radio", name="examples").click()
    axes = page.get_by_role("radiogroup", name="X axis").get_by_role("radio")
    assert len({axis.evaluate("(axis) => axis.offsetTop") for axis in axes.all()}) == 1, "they keep to one row"
    expect(page.locator('[data-chart="accuracy"]')).to_contain_text("examples")
    page.get_by_text("Zoom to the end").click()
    expect(page).to_have_url(re.compile("zoom=yes"))
    revision = "() => document.querySelector('[data-chart=accuracy] .plot')._fullLayout.yaxis.uirevision"
    until(page, lambda: page.evaluate(revision) == "accuracy True")
    page.get_by_text("Log scale for the loss").click()
    expect(page).to_have_url(re.compile("x=examples.*log_loss|log_loss.*x=examples"))
    page.wait_for_function("() => document.querySelector('[data-chart=loss] .plot')._fullLayout.yaxis.type === 'log'")

    page.get_by_text("Augmentation", exact=True).click()
    images = page.locator(".mlp-augmentation .after")
    expect(images).to_have_attribute("aria-label", "The same images: not changed")
    mask = "() => document.querySelector('.mlp-augmentation .after').style.getPropertyValue('--pictures')"
    before = page.evaluate(mask)
    drag(page, "Rotation", "ArrowRight", 1)
    expect(images).to_have_attribute("aria-label", "The same images: 1 kind of change")
    assert page.evaluate(mask) != before
    expect(page.locator('[data-chart="accuracy"]')).to_contain_text("rotation 0 → 3")
    expect(page).to_have_url(re.compile("rotation=3"))
    expect(status(page)).to_have_text("Training")


def test_what_needs_a_restart_waits_for_it_and_nothing_is_lost(page: Page) -> None:
    page.goto(SLOW)
    drag(page, "Units in layer 1", "ArrowRight", 1)  # nothing is trained yet: it is built at once
    expect(page.locator('[data-chart="architecture"] .plot')).to_have_attribute("aria-label", re.compile("101"))
    button(page, "Train").click()
    until(page, lambda: step(page) > 20)
    expect_main_button(page, "Pause")
    until(page, lambda: page.locator(".mlp-live .time").is_visible())
    places = page.evaluate(PLACES)
    drag(page, "Units in layer 1", "ArrowRight", 1)
    notice = page.get_by_text("Press Restart to apply")
    expect(notice).to_contain_text("101–200 → 102–200")
    expect(button(page, "Start this")).to_be_in_viewport()
    expect_main_button(page, "Restart")
    assert page.evaluate(PLACES) == places, "the notice moves nothing"
    for width, height, least in ((1280, 720, 14), (2560, 1440, 17)):
        page.set_viewport_size({"width": width, "height": height})
        for overlap, letters in page.evaluate(SIDEBAR):
            assert overlap <= 0
            assert letters >= least
    before = step(page)
    until(page, lambda: step(page) > before)  # the old network trains on
    button(page, "Restart").click()
    expect(notice).to_have_count(0)
    expect(page.locator('[data-chart="architecture"] .plot')).to_have_attribute("aria-label", re.compile("102"))


def test_another_experiment_waits_until_it_is_started_and_can_be_undone(page: Page) -> None:
    train_until(page, 20)
    notice = page.get_by_text("Press Restart to apply")
    for _ in range(5):  # a tick that crosses the choice must not undo half of it
        choose(page, "Preset", "Overfitting")
        expect(notice).to_contain_text("100–200 → 512–512, optimizer SGD → Adam, learning rate 0.1 → 0.01")
        expect_slider(page, "Learning rate", "0.01")
        button(page, "Undo").click()
        expect(notice).to_have_count(0)
        expect_slider(page, "Learning rate", "0.1")
    expect(number(page, "learning rate")).to_have_text("0.1")
    expect(status(page)).to_have_text("Training")

    choose(page, "Preset", "Overfitting")
    button(page, "Start this").click()
    expect(number(page, "learning rate")).to_have_text("0.01")
    expect(status(page)).to_have_text("Training")
    expect(notice).to_have_count(0)
    button(page, "Undo restart").click()
    expect(number(page, "learning rate")).to_have_text("0.1")
    expect_slider(page, "Learning rate", "0.1")
    expect(status(page)).to_have_text("Paused")


def test_a_preset_starts_at_once_unless_a_run_is_under_way(page: Page) -> None:
    page.goto("/?dataset=digits&epochs=1&pace=max")
    button(page, "Train").click()
    expect(status(page)).to_have_text("Finished")
    button(page, "10 more epochs").click()
    expect(number(page, "epoch")).to_have_text("11/11")
    expect(status(page)).to_have_text("Finished")
    expect_slider(page, "Epochs", "11")
    choose(page, "Preset", "Overfitting")
    expect(status(page)).to_have_text("Training")
    expect(number(page, "learning rate")).to_have_text("0.01")
    button(page, "Undo restart").click()
    expect(number(page, "epoch")).to_have_text("11/11")
    button(page, "Restart").click()
    expect(status(page)).to_have_text("Ready")
    choose(page, "Preset", "Overfitting")
    expect(status(page)).to_have_text("Training")


def test_a_restart_can_be_undone(page: Page) -> None:
    page.goto(SLOW)
    button(page, "Step").click()
    until(page, lambda: step(page) == 1)
    choose(page, "Data set", "Moons")
    button(page, "Restart").click()
    expect(number(page, "step")).to_have_text("0")
    expect(page.locator('[data-chart="decisions"]')).to_be_visible()
    button(page, "Undo restart").click()
    expect(number(page, "step")).to_have_text("1")
    expect(page).to_have_url(re.compile("dataset=digits|epochs=10000"))
    expect(page.get_by_text("Press Restart to apply")).to_have_count(0)


def test_back_and_forward_travel_through_settings(page: Page) -> None:
    page.goto("/?dataset=digits")
    expect(status(page)).to_have_text("Ready")
    drag(page, "Learning rate", "ArrowLeft", 1)
    expect(page).to_have_url(re.compile("learning_rate=0.08"))
    drag(page, "Pace", "ArrowLeft", 1)
    expect(page).to_have_url(re.compile("pace=50"))
    page.go_back()
    expect_slider(page, "Pace", "100 steps/s")
    expect_slider(page, "Learning rate", "0.08")
    page.go_back()
    expect_slider(page, "Learning rate", "0.1")
    page.go_forward()
    expect_slider(page, "Learning rate", "0.08")
    expect(page).to_have_url(re.compile("learning_rate=0.08"))


def open_list(page: Page) -> None:
    """Open the list that has the focus. An answer of the page that is still under way may close it again."""
    until_by(page, lambda: page.keyboard.press("ArrowDown"), lambda: page.get_by_role("option").count() > 1)


def test_choosing_by_keyboard_keeps_the_place(page: Page) -> None:
    train_until(page, 20)
    for label, after in (("Optimizer", None), ("Data set", "Hidden layers"), ("Preset", "Data set")):
        page.get_by_role("combobox", name=label).focus()
        for _ in range(2):  # the second time, some of the others are new already
            told = page.url
            open_list(page)
            page.keyboard.press("ArrowDown")
            page.keyboard.press("Enter")
            page.wait_for_function("(told) => location.href !== told", arg=told)
            at_rest(page)
            expect(page.get_by_role("combobox", name=label)).to_be_focused()
        passed: list[str] = []
        while after and after not in passed:
            page.keyboard.press("Tab")
            passed.append(focused(page))
            assert len(passed) < 4, passed


def test_a_link_full_of_nonsense_opens_all_the_same(page: Page, console_errors: list[str]) -> None:
    page.goto("/?dataset=minst&learning_rate=banana&hidden=0&foo=bar&seed=7")
    expect(status(page)).to_have_text("Ready")
    notice = page.get_by_text("Learning rate is 'banana'; it must be a number from")
    for sentence in (
        "no data set 'minst'. Did you mean 'mnist'?",
        "Hidden layers is 0; it must be a whole number from 1",
        "no setting 'foo'",
    ):
        expect(notice).to_contain_text(sentence)
    expect(page).to_have_url(re.compile(r"\?seed=7$"))
    button(page, "Dismiss").click()
    expect(notice).to_have_count(0)

    page.goto("/?dataset=digits&hidden=" + "9" * 3000 + "".join(f"&unknown{number}=1" for number in range(300)))
    expect(page.get_by_text("And 297 more.")).to_be_visible()
    expect(status(page)).to_be_in_viewport()
    assert console_errors == []
