"""The replay of a run, opened as a file: played, moved by keys and by the curves, on a phone, in the dark."""

import functools
import io
import re
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from mlp import RunConfig, load_dataset
from mlp.datasets import REGRESSION, Dataset
from mlp.export import ExportedRun
from mlp.export.replay import write_replay
from tests.browser.accessibility import CONTRAST, violations
from tests.browser.panel import swipe
from tests.stories import story
from tests.tables import mixed

LAPTOP, PHONE = {"width": 1280, "height": 720}, {"width": 390, "height": 844}
KEPT = [1, 2, 4, 8, 16, 38, 76, 114, 152, 190]
KINDS = ("images", "table", "regression", "points", "shades")


@functools.cache
def run_of(kind: str) -> ExportedRun:
    if kind == "images":
        config = RunConfig(dataset="digits", hidden=(20,), learning_rate=0.1, epochs=5)
        slower = replace(config, learning_rate=0.02)
        return story(
            config,
            load_dataset("digits"),
            KEPT,
            [(76, slower, "learning rate 0.1 → 0.02"), (152, slower, "forked")],
        )
    if kind == "points":
        return story(RunConfig(dataset="moons", hidden=(8,), learning_rate=0.1), load_dataset("moons"), KEPT)
    config = RunConfig(hidden=(8,), learning_rate=0.05, batch_size=16)
    if kind == "shades":
        shades = np.random.default_rng(0).integers(0, 200, 200)
        images = np.repeat(shades, 64).reshape(-1, 8, 8).astype(np.uint8)
        return story(config, Dataset.from_arrays(images, shades / 100, task=REGRESSION), KEPT)
    return story(config, mixed("classification" if kind == "table" else kind).dataset, KEPT)


@pytest.fixture
def opened(from_disk: Callable[..., Page]) -> Callable[..., Page]:
    """Return a function that opens a replay."""

    def open_page(kind: str, viewport: dict[str, int] = LAPTOP, scheme: str = "light") -> Page:
        out = io.BytesIO()
        write_replay(run_of(kind), out)
        page = from_disk(out.getvalue(), viewport, scheme)
        expect(now(page)).to_contain_text(f"step {KEPT[-1]}")
        return page

    return open_page


def now(page: Page) -> Locator:
    return page.locator(".now")


def curve(page: Page, index: int = 0) -> Locator:
    return page.locator(".curves canvas").nth(index)


def test_keys_go_from_step_to_step_and_everything_follows(opened: Callable[..., Page]) -> None:
    page = opened("images")
    slider = page.get_by_label("Step", exact=True)
    after = [curve(page).get_attribute("aria-label"), page.locator(".predictions small").inner_text()]
    page.keyboard.press("ArrowLeft")
    expect(now(page)).to_have_text("step 152 · epoch 4.00 of 5 · learning rate 0.02")
    page.keyboard.press("Home")
    expect(now(page)).to_have_text("step 0 · epoch 0.00 of 5 · learning rate 0.1")
    expect(slider).to_have_attribute("aria-valuetext", "step 0 · epoch 0.00 of 5 · learning rate 0.1")
    expect(curve(page)).to_have_attribute("aria-label", re.compile("Accuracy: train –, validation"))
    before = [curve(page).get_attribute("aria-label"), page.locator(".predictions small").inner_text()]
    assert all(one != other for one, other in zip(before, after, strict=True))
    assert page.locator(".cells li.wrong").count() > 15
    slider.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(now(page)).to_contain_text("step 2 ·")
    page.keyboard.press("End")
    expect(now(page)).to_contain_text("step 190 ·")
    assert page.locator(".cells li.wrong").count() < 10


def test_it_plays_from_the_start_to_the_end_and_pauses(opened: Callable[..., Page]) -> None:
    page = opened("images")
    page.evaluate(
        "window.seen = []; new MutationObserver(() => seen.push(at)).observe(find('.now'), { childList: true })"
    )
    page.get_by_label("Playback speed").select_option("25")
    page.get_by_role("button", name="Play the run").click()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    expect(page.get_by_role("button", name="Play the run")).to_be_visible()
    assert page.evaluate("seen") == list(range(len(KEPT) + 1))
    page.get_by_label("Playback speed").select_option("2")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("Space")
    expect(now(page)).to_contain_text("step 1 ·")
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Play the run")).to_be_visible()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("button", name="Play the run")).to_be_visible()


def test_a_step_is_chosen_on_a_curve_and_by_a_change(opened: Callable[..., Page]) -> None:
    page = opened("images")
    place = page.evaluate("[panels[0].across(page.places[7]), panels[0].box.top + 10]")
    curve(page).click(position={"x": place[0], "y": place[1]})
    expect(now(page)).to_contain_text(f"step {KEPT[6]} ·")
    slider = page.locator(".time input").bounding_box()
    canvas = curve(page).bounding_box()
    assert slider
    assert canvas
    thumb = 1.1 * 16
    middle = slider["x"] + thumb / 2 + (slider["width"] - thumb) * page.evaluate("slider.value / slider.max")
    assert canvas["x"] + place[0] == pytest.approx(middle, abs=1.5), "the thumb is below the line"
    fork = page.get_by_role("button", name="step 152: forked")
    expect(page.locator("[aria-current]")).to_have_text("step 76: learning rate 0.1 → 0.02")
    fork.click()
    expect(now(page)).to_contain_text("step 152 ·")
    expect(page.locator("[aria-current]")).to_have_text("step 152: forked")
    page.keyboard.press("Home")
    expect(page.locator("[aria-current]")).to_have_count(0)


def test_the_first_layer_changes_as_it_learns(opened: Callable[..., Page]) -> None:
    page = opened("images")
    canvas = page.locator(".first-layer canvas")
    late = canvas.screenshot()
    page.keyboard.press("Home")
    expect(now(page)).to_contain_text("step 0 ·")
    assert canvas.screenshot() != late
    page.emulate_media(color_scheme="dark")
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert background == "rgb(13, 19, 25)"
    expect(canvas).to_have_attribute("aria-label", re.compile("from −.* to .*: 20 of 20 units"))


def test_labels_of_two_curves_are_apart(opened: Callable[..., Page]) -> None:
    page = opened("points")
    assert page.evaluate("apart([50, 52], 20, 0, 100)") == [41, 61]
    assert page.evaluate("apart([52, 50], 20, 0, 100)") == [61, 41]
    assert page.evaluate("apart([99, 100], 20, 0, 100)") == [80, 100]
    assert page.evaluate("apart([10, 50], 20, 0, 100)") == [10, 50]


@pytest.mark.parametrize(
    ("kind", "panel", "words"),
    [
        ("images", ".predictions small", r"\d+ of 25 correct$"),
        ("table", ".predictions small", r"\d+ of 15 correct"),
        ("points", ".plane small", r"\d+ of \d+ validation points correct"),
        ("regression", ".fit small", "validation examples"),
        ("shades", ".first-layer small", "8 of 8 units"),
    ],
)
def test_each_kind_shows_its_own_panels_on_a_projector_and_a_phone(
    kind: str, panel: str, words: str, opened: Callable[..., Page]
) -> None:
    page = opened(kind)
    expect(page.locator(panel)).to_have_text(re.compile(words))
    assert page.evaluate("document.documentElement.scrollHeight <= innerHeight")
    page = opened(kind, PHONE)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    expect(page.get_by_role("button", name="Play the run")).to_be_in_viewport()


def test_a_table_of_long_words_is_no_wider_than_its_room(opened: Callable[..., Page]) -> None:
    page = opened("table")
    page.evaluate(
        "for (const cell of document.querySelectorAll('th, td:not(:last-child)')) cell.append('long words '.repeat(3))"
    )
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    expect(page.locator(".sure").first).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize("kind", KINDS)
def test_it_keeps_to_the_rules_of_accessibility(kind: str, opened: Callable[..., Page]) -> None:
    page = opened(kind, scheme="light")
    page.locator("summary").click()
    assert violations(page) == []
    page.emulate_media(color_scheme="dark")
    assert violations(page, CONTRAST) == []


def test_a_finger_that_scrolls_the_page_leaves_the_step(opened: Callable[..., Page]) -> None:
    page = opened("images", PHONE)
    for place in (curve(page), page.locator(".time input")):
        swipe(page, place, 0, -150)
        expect(now(page)).to_contain_text("step 190 ·")
        assert page.evaluate("scrollY") > 0
    page.locator(".time input").tap()
    expect(now(page)).to_contain_text(f"step {KEPT[6]} ·")
    swipe(page, page.locator(".time input"), 150, 5)
    expect(now(page)).to_contain_text("step 190 ·")
