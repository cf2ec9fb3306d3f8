"""The drawing canvas as a person uses it, with mouse, finger and keyboard."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from mlp import initial_state, load_dataset
from mlp.datasets import is_available
from mlp.presets import PRESETS
from mlp.store import Store
from mlp.training import Status, steps_left
from mlp.training.history import History
from tests.browser.panel import SLOW, button, open_view, status, step, until
from tests.stored_runs import checkpoint, train_on

Drawing = dict[str, Any]
DRAWINGS: list[Drawing] = json.loads(
    (Path(__file__).parents[1] / "datasets" / "strokes.json").read_text(encoding="utf-8")
)
SEVEN, EIGHT = (next(drawing for drawing in DRAWINGS if drawing["digit"] == digit) for digit in "78")
FULL: Drawing = {"brush": 16, "strokes": [[[x, y] for x in (0.02, 0.98)] for y in np.linspace(0.02, 0.98, 9)]}


@pytest.fixture(scope="module")
def runs() -> dict[str, str]:
    """Stored runs, by the name of their data set: those that are there, and one whose weights are NaN."""
    store, runs = Store(), {}
    names = [name for name in ("mnist", "digits", "moons") if is_available(name)]
    for name in [*names, "broken"]:
        config, history = PRESETS["fast"].config("digits" if name == "broken" else name), History()
        dataset = load_dataset(config.dataset)
        state = initial_state(config, dataset)
        state = train_on(history, config, state, steps_left(config, dataset, state))
        runs[name] = store.begin(checkpoint(config, state), "token")
        if name == "broken":
            state = replace(state, parameters=np.full_like(state.parameters, np.nan))
        store.record(runs[name], checkpoint(config, state, history, Status.FINISHED))
        store.release(runs[name])
    store.close()
    return runs


def open_canvas(page: Page, run_id: str) -> None:
    page.set_viewport_size({"width": 1280, "height": 1000})
    page.goto(f"/?run={run_id}&view=draw")
    expect(sheet(page)).to_be_visible()


def sheet(page: Page) -> Locator:
    return page.locator(".mlp-draw .sheet canvas")


def said(page: Page) -> Locator:
    return page.get_by_label("Answer", exact=True)


def draw(page: Page, drawing: Drawing) -> None:
    """Draw with the mouse."""
    page.get_by_role("slider", name="Brush").fill(str(drawing["brush"]))
    box = sheet(page).bounding_box()
    assert box
    for stroke in drawing["strokes"]:
        for index, (x, y) in enumerate(stroke):
            page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])
            if index == 0:
                page.mouse.down()
        page.mouse.up()


def answered(page: Page, drawing: Drawing) -> str:
    """Draw on an empty sheet; return what the network says once all strokes are answered."""
    draw(page, drawing)
    page.wait_for_function(
        "() => { const { sheet } = document.querySelector('.mlp-draw'); return !sheet.asking.busy; }"
    )
    answer = said(page).text_content() or ""
    button(page, "Clear").click()
    expect(said(page)).to_have_text("")
    return answer


def add(page: Page, drawing: Drawing, truth: str) -> None:
    draw(page, drawing)
    page.get_by_role("combobox", name="This was a").select_option(truth)
    button(page, "Add to my test set").click()


def seen(page: Page) -> str:
    """The drawing as the network sees it, as the address of a picture."""
    found: str = page.evaluate("() => document.querySelector('.mlp-draw .seen canvas').toDataURL()")
    return found


def ink(page: Page) -> int:
    """How many dark pixels the drawing has."""
    found: int = page.evaluate(
        """() => {
            const canvas = document.querySelector(".mlp-draw .sheet canvas");
            const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
            let dark = 0;
            for (let at = 0; at < data.length; at += 4) dark += data[at] < 128 && data[at + 3] > 128;
            return dark;
        }"""
    )
    return found


def inks(page: Page) -> list[int]:
    """How bright the ink is: on the sheet, as the network sees it, and in the gallery below."""
    found: list[int] = page.evaluate(
        """() => {
            const brightest = (canvas) => {
                const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
                let most = -1;
                for (let at = 0; at < data.length; at += 4) if (data[at + 3] === 255) most = Math.max(most, data[at]);
                return most;
            };
            const ink = getComputedStyle(document.querySelector(".mlp-gallery .ink")).backgroundColor;
            const canvases = [...document.querySelectorAll(".mlp-draw canvas")];
            return [...canvases.map(brightest), Number(ink.match(/[0-9]+/)[0])];
        }"""
    )
    return found


@pytest.mark.parametrize(("name", "digits"), [("digits", (0, 2, 4, 6, 8)), ("mnist", (1, 3, 5, 7, 9))])
def test_what_is_drawn_with_the_mouse_is_right(
    page: Page, runs: dict[str, str], name: str, digits: tuple[int, ...]
) -> None:
    """As right as `tests/datasets/test_drawing.py` says of all drawings, of which these are some, of every kind."""
    if name not in runs:
        pytest.skip("MNIST is not on disk (see tests/training/test_mnist.py)")
    open_canvas(page, runs[name])
    some = [DRAWINGS[5 * digit + digit % 5] for digit in digits]
    wrong = [
        f"{each['kind']} {each['digit']} → {said}" for each in some if (said := answered(page, each)) != each["digit"]
    ]
    assert len(wrong) <= 1, wrong


def test_the_answer_moves_while_one_draws_and_tells_what_the_network_sees(page: Page, runs: dict[str, str]) -> None:
    open_canvas(page, runs["digits"])
    expect(said(page)).to_have_text("")
    expect(page.get_by_text("Draw here")).to_be_visible()
    expect(button(page, "Undo")).to_be_disabled()
    box = sheet(page).bounding_box()
    assert box
    left, top, side = box["x"], box["y"], box["width"]
    page.mouse.move(left + 0.3 * side, top + 0.2 * side)
    page.mouse.down()
    for share in np.linspace(0.3, 0.6, 12):
        page.mouse.move(left + share * side, top + 0.2 * side)
    expect(page.get_by_role("img", name="Your drawing as the network sees it")).to_be_visible()  # the pen is still down
    expect(page.get_by_text("Draw here")).to_be_hidden()
    first = seen(page)
    for share in np.linspace(0.2, 0.8, 12):
        page.mouse.move(left + 0.6 * side, top + share * side)
    until(page, lambda: seen(page) != first)
    page.mouse.up()
    expect(page.locator(".mlp-draw .bars li")).to_have_count(10)
    expect(page.locator(".mlp-draw .bars .best b")).to_have_text(said(page).text_content() or "")


def test_a_tap_leaves_a_dot(page: Page, runs: dict[str, str]) -> None:
    open_canvas(page, runs["digits"])
    sheet(page).click()
    expect(said(page)).not_to_have_text("")


def test_strokes_are_undone_and_wiped_and_the_brush_is_chosen(page: Page, runs: dict[str, str]) -> None:
    open_canvas(page, runs["digits"])
    line = [[[0.3, 0.3], [0.7, 0.3]]]
    draw(page, {"brush": 4, "strokes": line})
    until(page, lambda: ink(page) > 0)
    thin = ink(page)
    draw(page, {"brush": 12, "strokes": [[[0.3, 0.7], [0.7, 0.7]]]})
    until(page, lambda: ink(page) > 3.5 * thin)
    both = ink(page)
    button(page, "Undo").click()
    until(page, lambda: ink(page) == thin)
    draw(page, {"brush": 12, "strokes": [[[0.3, 0.7], [0.7, 0.7]]]})
    until(page, lambda: ink(page) == both)
    sheet(page).press("Control+z")
    until(page, lambda: ink(page) == thin)
    button(page, "Clear").press("Enter")
    until(page, lambda: ink(page) == 0)
    expect(said(page)).to_have_text("")
    button(page, "Undo").click()  # brings back what was wiped
    until(page, lambda: ink(page) == thin)
    expect(said(page)).not_to_have_text("")
    draw(page, FULL)
    expect(page.get_by_text("There is more ink here than in any training image")).to_be_visible()
    button(page, "Clear").click()
    expect(page.get_by_text("There is more ink here")).to_be_hidden()


def test_keys_move_a_pen_and_the_page_stays_where_it_is(page: Page) -> None:
    page.goto(SLOW)
    page.set_viewport_size({"width": 1280, "height": 600})
    open_view(page, "Draw")
    pen, keys = page.locator(".mlp-draw .pen"), page.keyboard
    strokes = "() => document.querySelector('.mlp-draw').sheet.strokes.map(({ points }) => points.length)"
    expect(pen).to_be_hidden()
    sheet(page).focus()
    keys.press("ArrowLeft")  # the pen is lifted
    expect(pen).to_be_visible()
    expect(page.get_by_text("Arrow keys move the pen")).to_be_visible()
    main = page.get_by_test_id("stMain")
    before = main.evaluate("(main) => main.scrollTop")
    assert before < main.evaluate("(main) => main.scrollHeight - main.clientHeight"), "it could scroll"
    keys.press("Space")
    for _ in range(10):
        keys.press("ArrowDown")
    expect(pen).to_have_class("pen down")
    expect(page.get_by_text("Arrow keys move the pen")).to_be_hidden()
    keys.press("Space")
    keys.press("ArrowRight")
    expect(pen).to_have_class("pen")
    keys.press("Space")  # a dot
    assert page.evaluate(strokes) == [11, 1]
    expect(said(page)).not_to_have_text("")
    keys.press("Control+z")
    keys.press("ArrowRight")  # what drew is gone: the pen is lifted
    assert page.evaluate(strokes) == [11]
    assert main.evaluate("(main) => main.scrollTop") == before
    keys.press("s")  # the page's own keys go on
    until(page, lambda: step(page) == 1)
    keys.press("Space")
    page.get_by_role("slider", name="Brush").fill("4")
    expect(pen).to_have_class("pen")  # what it drew has one width
    sheet(page).click()
    keys.press("Space")  # is the page's: the mouse drew last
    assert page.evaluate(strokes) == [11, 1, 1]


def test_own_drawings_become_a_test_set(page: Page, runs: dict[str, str]) -> None:
    open_canvas(page, runs["digits"])
    expect(button(page, "Add to my test set")).to_be_disabled()
    add(page, EIGHT, "8")
    expect(page.get_by_text("Your drawing is answered correctly.")).to_be_visible()
    expect(said(page)).to_have_text("")  # ready for the next
    add(page, EIGHT, "3")
    expect(page.get_by_text("1 of 2 drawings are answered correctly.")).to_be_visible()
    cells = page.get_by_role("list", name="Examples").get_by_role("listitem", name="Example")
    expect(cells.first).to_have_class("wrong")
    expect(cells.first).to_contain_text("3 → 8")
    draw(page, SEVEN)
    until(page, lambda: 0 <= min(inks(page)) <= max(inks(page)) < 100)  # none is −1: all are drawn
    light = inks(page)
    page.emulate_media(color_scheme="dark")  # ink is as bright as the words, wherever a picture is
    until(page, lambda: min(inks(page)) > 180)
    page.emulate_media(color_scheme="light")
    until(page, lambda: inks(page) == light)
    page.get_by_role("link", name="Runs").click()
    page.get_by_role("link", name="Train").click()
    open_view(page, "Draw")
    expect(page.get_by_text("1 of 2 drawings are answered correctly.")).to_be_visible()
    button(page, "Remove last").click()
    expect(page.get_by_text("Your drawing is answered correctly.")).to_be_visible()
    button(page, "Clear all").click()
    expect(page.get_by_text("a few drawings show")).to_be_visible()


def test_the_answer_moves_by_itself_while_the_network_trains(page: Page, console_errors: list[str]) -> None:
    page.goto(SLOW)
    open_view(page, "Draw")  # before training and during it
    expect(sheet(page)).to_be_in_viewport(ratio=1)
    draw(page, SEVEN)
    canvas = page.locator(".mlp-draw")
    until(page, lambda: canvas.get_attribute("data-step") == "0")
    button(page, "Train").click()
    until(page, lambda: int(canvas.get_attribute("data-step") or 0) > 50)
    sure = page.locator(".mlp-draw .sure")
    early = sure.text_content()
    until(page, lambda: sure.text_content() != early)
    open_view(page, "Watch")
    expect(canvas).to_have_count(0)
    open_view(page, "Draw")
    expect(sheet(page)).to_be_visible()
    until(page, lambda: ink(page) > 0)  # the drawing is still there
    until(page, lambda: bool(canvas.get_attribute("data-step")))
    first = int(canvas.get_attribute("data-step") or 0)
    until(page, lambda: int(canvas.get_attribute("data-step") or 0) > first + 50)
    page.get_by_role("link", name="Runs").click()
    expect(canvas).to_have_count(0)
    page.get_by_role("link", name="Train", exact=True).click()
    open_view(page, "Draw")
    expect(sheet(page)).to_be_visible()
    until(page, lambda: ink(page) > 0)
    then = int(canvas.get_attribute("data-step") or 0)
    until(page, lambda: int(canvas.get_attribute("data-step") or 0) > then + 50)
    button(page, "Pause").click()
    expect(status(page)).to_have_text("Paused")
    button(page, "Step").click()
    until(page, lambda: canvas.get_attribute("data-step") == str(step(page)))  # paused, it shows the network of now
    for name in ("Clear", "Add to my test set"):  # on a projector of 1280 × 720, with the run's steps above
        expect(button(page, name)).to_be_in_viewport(ratio=1)
    assert page.locator(".mlp-draw").evaluate("(canvas) => canvas.scrollWidth - canvas.clientWidth") == 0
    assert console_errors == []


def test_a_copy_of_the_network_is_trained_on_ones_own_drawings(page: Page, runs: dict[str, str]) -> None:
    open_canvas(page, runs["digits"])
    train = button(page, "Fine-tune on my drawings")
    expect(train).to_be_disabled()  # there are no drawings yet
    add(page, EIGHT, "3")  # an eight that its maker calls a three, so that there is something to learn
    expect(train).to_be_enabled()  # the one that was there: what is pressed now must not be about to vanish
    add(page, SEVEN, "3")
    expect(page.get_by_text("0 of 2 drawings are answered correctly.")).to_be_visible()
    draw(page, SEVEN)
    expect(said(page)).to_have_text("7")
    train.click()
    seen = page.get_by_role("row", name="Your 2 drawings (trained on)")
    expect(seen.get_by_role("cell")).to_have_text([re.compile("trained on"), "0 of 2", "2 of 2"])
    expect(page.get_by_role("row", name="300 validation examples")).to_contain_text("%")
    expect(page.get_by_text("so they no longer test it")).to_be_visible()
    expect(said(page)).to_have_text("3")  # the canvas asks the tuned network
    expect(page.get_by_text("2 of 2 drawings are answered correctly.")).to_be_visible()
    choice = page.get_by_test_id("stMain").get_by_role("radio", name="Original")
    choice.click()
    expect(said(page)).to_have_text("7")
    expect(page.get_by_text("0 of 2 drawings are answered correctly.")).to_be_visible()
    button(page, "Clear").click()
    add(page, EIGHT, "8")  # one that it has not seen
    expect(page.get_by_role("row", name="Your 1 drawing added since (fair test)")).to_be_visible()

    button(page, "Open it as a new run").click()
    expect(status(page)).to_have_text("Finished")
    expect(page).not_to_have_url(re.compile(runs["digits"]))
    expect(page.locator('[data-chart="accuracy"]')).to_contain_text("fine-tuned on 2 drawings")
    open_view(page, "Draw")
    expect(page.get_by_text("It was trained on 2 of them.")).to_be_visible()
    draw(page, SEVEN)
    expect(said(page)).to_have_text("3")


def test_the_page_does_not_scroll_under_a_finger(browser: Browser, app_url: str, runs: dict[str, str]) -> None:
    context = browser.new_context(
        base_url=app_url, viewport={"width": 844, "height": 390}, has_touch=True, is_mobile=True
    )
    page = context.new_page()
    page.goto(f"/?run={runs['digits']}")
    expect(page.get_by_role("button", name="Fork").first).to_be_visible()
    assert page.locator("kbd").filter(visible=True).count() == 0  # a phone has no keys
    drawer = page.get_by_test_id("stExpandSidebarButton")
    drawer.tap()  # it is closed on a phone's side, too,
    expect(page.get_by_test_id("stSidebarCollapseButton")).to_be_visible()  # and shows how to close it again
    page.set_viewport_size({"width": 390, "height": 700})
    drawer.tap()
    page.get_by_role("link", name="Train", exact=True).tap()
    expect(drawer).to_be_focused()  # the drawer closed
    expect(page.locator(".st-key-phone_bar")).to_have_text("Train")
    expect(page.locator(".st-key-phone_bar")).to_be_visible()
    open_view(page, "Draw")
    expect(sheet(page)).to_be_visible()
    sheet(page).scroll_into_view_if_needed()
    box = sheet(page).bounding_box()
    assert box
    assert page.get_by_test_id("stMain").evaluate("(main) => main.scrollWidth") <= 390
    session = context.new_cdp_session(page)

    def touch(kind: str, *places: tuple[float, float]) -> None:
        points = [
            {"x": box["x"] + x * box["width"], "y": box["y"] + y * box["height"], "id": index}
            for index, (x, y) in enumerate(places)
        ]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", (0.5, 0.9))
    for share in np.linspace(0.9, 0.1, 15):
        touch("touchMove", (0.5, float(share)))
    one = page.evaluate("() => document.querySelector('.mlp-draw').sheet.strokes.length")
    touch("touchStart", (0.5, 0.1), (0.2, 0.5))  # a second finger, or the palm
    touch("touchMove", (0.5, 0.1), (0.2, 0.6))
    touch("touchEnd")
    assert one == page.evaluate("() => document.querySelector('.mlp-draw').sheet.strokes.length") == 1
    after = sheet(page).bounding_box()
    assert after
    assert after["y"] == box["y"]
    expect(said(page)).not_to_have_text("")
    assert ink(page) > 0.5 * 0.08 * sheet(page).evaluate("({ width }) => width * width")
    context.close()


def test_points_have_no_canvas_and_a_network_without_finite_weights_says_so(page: Page, runs: dict[str, str]) -> None:
    page.goto(f"/?run={runs['moons']}&view=draw")
    expect(page.get_by_text("There is no view 'draw'")).to_be_visible()
    views = page.locator(".st-key-tabs").get_by_role("radio")
    expect(views.filter(has_text="Diagnosis")).to_be_visible()
    expect(views.filter(has_text="Draw")).to_have_count(0)
    open_canvas(page, runs["broken"])
    draw(page, SEVEN)
    expect(page.get_by_role("alert").filter(has_text="the weights are NaN or infinite")).to_be_visible()
    expect(said(page)).to_have_text("")
