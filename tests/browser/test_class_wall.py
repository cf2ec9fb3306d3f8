"""A lesson from end to end: a teacher and two students, one of them on a phone."""

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from mlp.tokens import class_code
from tests.browser.accessibility import violations
from tests.browser.panel import button, status, step, until
from tests.browser.server import served
from tests.browser.tabs import PROJECTOR

SECRET = "a-secret-for-tests-of-the-class-"
STUDENTS = ("Ada", "No. 2")
PATIENCE_MS = 30_000
NEWS_MS = 2500  # a little longer than between two questions of a page


@pytest.fixture
def lesson(browser: Browser, tmp_path: Path) -> Iterator[tuple[Page, Page, Page]]:
    """The teacher's page and those of two students, on a server of their own."""
    sizes = [{"width": 1280, "height": 720}, {"width": 1280, "height": 720}, {"width": 390, "height": 844}]
    store = f"sqlite:///{tmp_path}/runs.sqlite3"
    with served(tmp_path / "log.txt", MLP_TEACHER=SECRET, MLP_STORE=store) as (url, _):
        contexts = [browser.new_context(base_url=url, viewport=size) for size in sizes]  # type: ignore[arg-type]
        pages = [context.new_page() for context in contexts]
        yield pages[0], pages[1], pages[2]
        for context in contexts:
            context.close()


def test_a_lesson(lesson: tuple[Page, Page, Page], tmp_path: Path) -> None:
    teacher, ada, other = lesson
    teacher.goto(f"/teach/{SECRET}")
    assert SECRET not in teacher.url
    expect(teacher.get_by_text("Nobody has opened the class's address yet")).to_be_visible()

    # The address can be read from the last row, in particular the code at its end.
    teacher.get_by_role("button", name="Join").click()
    code = teacher.locator(".mlp-link code span").last
    expect(code).to_have_text(class_code(SECRET))
    until(teacher, lambda: code.evaluate("({ offsetHeight }) => offsetHeight") > PROJECTOR["height"] / 5)
    assert code.evaluate("({ scrollWidth, clientWidth }) => scrollWidth - clientWidth") == 0
    teacher.get_by_role("dialog").get_by_role("button", name="Close").click()

    # Two students join; one types a name before the script that watches the focus is there. The wall shows both.
    held: list[Route] = []
    ada.route(re.compile("/published/parts-refocus"), lambda route: held.append(route))
    for page in (ada, other):
        page.goto("/?dataset=digits&epochs=1000&pace=50")
    expect(button(ada, "Train")).to_be_enabled()
    ada.get_by_placeholder("Your name or number").fill("Ada")
    for route in held:
        route.continue_()
    ada.evaluate("(script) => import(script)", held[0].request.url)  # waits until the page has run it
    ada.keyboard.press("Enter")
    expect(button(ada, "Train")).to_be_focused()  # since the box goes
    for page in (ada, other):
        button(page, "Train").click()
    tiles = teacher.locator(".mlp-wall li")
    for name in STUDENTS:
        tile = tiles.filter(has_text=name)
        expect(tile).to_contain_text("Training", timeout=PATIENCE_MS)
        expect(tile.locator("b")).to_contain_text(re.compile(r"\d\d\.\d"))
    assert violations(teacher) == []

    # Look here pauses both and covers their pages; Go on undoes it.
    teacher.get_by_role("button", name="Everyone look here").click()
    for page in (ada, other):
        expect(page.get_by_text("Look at the front")).to_be_in_viewport()
        expect(status(page)).to_have_text("Paused")
    ada.keyboard.press("?")  # which opens a dialog on a page that is not covered
    teacher.get_by_role("button", name="Go on").click()
    for page in (ada, other):
        expect(page.get_by_text("Look at the front")).to_have_count(0)
        expect(status(page)).to_have_text("Training")
        before = step(page)
        until(page, lambda page=page, before=before: step(page) > before)  # type: ignore[misc]
        expect(page.get_by_role("dialog")).to_have_count(0)

    # What one has found is offered to all.
    tiles.filter(has_text="Ada").get_by_role("button").click()
    teacher.get_by_role("button", name="Give everyone these settings").click()
    other.get_by_role("button", name="Use them").click()
    expect(status(other)).to_have_text("Ready")
    assert "pace=50" not in other.url
    newcomer = other.context.request.get(f"/{class_code(SECRET)}", max_redirects=0)
    assert "epochs=1000" in newcomer.headers["location"]

    # A challenge: only the network that begins in it counts; at its end the test set is opened.
    teacher.get_by_role("button", name="Start together").click()
    teacher.get_by_role("button", name="Start", exact=True).click()
    ada.get_by_role("button", name="Take part").click()
    expect(status(ada)).to_have_text("Ready")
    button(ada, "Train").click()
    expect(tiles.filter(has_text="Ada").locator(".place")).to_contain_text("#1 · best")
    teacher.set_viewport_size({"width": 390, "height": 844})
    sideways = "() => document.querySelector('[data-testid=stMain]').scrollWidth - window.innerWidth"
    until(teacher, lambda: teacher.evaluate(sideways) <= 0)
    teacher.set_viewport_size(PROJECTOR)
    teacher.get_by_role("button", name="End the challenge").click()
    expect(ada.get_by_text("place 1 of 1 student.")).to_be_visible()
    expect(tiles.filter(has_text="Ada").locator(".place")).to_contain_text(re.compile(r"test \d\d\.\d"))
    with teacher.expect_download() as download:
        teacher.get_by_role("button", name="CSV").click()
    download.value.save_as(tmp_path / "class.csv")
    with (tmp_path / "class.csv").open(encoding="utf-8-sig") as file:
        rows = {row["name"]: row for row in csv.DictReader(file)}
    assert set(rows) == set(STUDENTS)
    assert rows["Ada"]["place in the challenge"] == "1"
    assert rows["No. 2"]["place in the challenge"] == ""

    # A run is opened read-only, and removed from the page that shows it.
    tiles.filter(has_text="Ada").get_by_role("button").click()
    teacher.get_by_role("button", name="Open, read only").click()
    expect(teacher.get_by_text("Read only: another browser controls this run.")).to_be_visible()
    expect(teacher.get_by_role("dialog")).to_have_count(0)
    teacher.get_by_role("link", name="Class").click()
    tiles.filter(has_text="Ada").get_by_role("button").click()
    teacher.get_by_role("button", name="Remove this run").click()
    teacher.get_by_role("button", name="Remove the run").click()
    expect(ada.get_by_text("Your teacher removed the run that was here.")).to_be_visible()
    expect(status(ada)).to_have_text("Ready")

    # If the wall can't be shown, it says why, until it can.
    teacher.route("**/class_wall", lambda route: route.fulfill(status=409, json={"error": "The data is gone."}))
    expect(teacher.get_by_text("The data is gone.")).to_be_visible()
    teacher.unroute("**/class_wall")
    expect(teacher.get_by_text("The data is gone.")).to_have_count(0)

    # Taken off the wall, a student is back, with the run, when the page is used.
    button(ada, "Train").click()
    tiles.filter(has_text="Ada").get_by_role("button").click()
    teacher.get_by_role("button", name="Take off the wall").click()
    expect(tiles).to_have_count(1)
    ada.wait_for_timeout(NEWS_MS)  # in which the page learns of it
    ada.keyboard.press("Shift")
    expect(tiles.filter(has_text="No. 3")).to_contain_text("Training")
