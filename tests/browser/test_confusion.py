"""The confusion matrix of many classes: no data set has a hundred yet, so its script is given one."""

import itertools
import re
from typing import Any

from playwright.sync_api import Page, expect

from ui.train.confusion import HTML

COUNT = 100
SHOW = """async ([html, data]) => {
  const { default: show } = await import(new URL("published/train-confusion.js", document.baseURI).href);
  const frame = document.querySelector(".mlp-confusion").parentElement;
  frame.innerHTML = html;
  const setTriggerValue = (_, cell) => (window.pressedCell = cell);
  show({ data, parentElement: frame, setTriggerValue });
}"""


def show_matrix(page: Page, count: int, more: str = "") -> None:
    """Show a matrix of so many classes, in which class 42 was once predicted as 7, and all else is correct.

    `more` ends each name.
    """
    counts = [[10 * (truth == answer) for answer in range(count)] for truth in range(count)]
    counts[min(42, count - 1)][7] = 1
    names = [f"<b>class {index}{more}" for index in range(count)]
    data: dict[str, Any] = dict(names=names, counts=counts, percent=False, chosen=None, pressable=True, caption="")
    page.evaluate(SHOW, [HTML, data])


def test_numbers_are_written_if_there_is_room_and_a_hundred_classes_stay_a_square_with_names_that_can_be_read(
    page: Page, stored: str
) -> None:
    page.goto(f"/?run={stored}&view=mistakes")
    page.add_style_tag(content="th { writing-mode: horizontal-tb !important }")  # as in Safari: no upright words
    expect(page.locator(".mlp-confusion td")).to_have_count(100)
    show_matrix(page, 15)
    expect(page.get_by_role("gridcell", name="class 3 predicted correctly")).to_have_text("10")
    assert page.locator(".mlp-confusion th[scope=col] span:not(:empty)").count() == 15
    show_matrix(page, 8, " with a very, very long name")
    name = page.locator(".mlp-confusion th[scope=col] span").first
    assert name.evaluate("({ clientHeight, scrollHeight }) => clientHeight < Math.min(155, scrollHeight)")
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 844})
        show_matrix(page, COUNT)
        expect_a_readable_square(page)


def expect_a_readable_square(page: Page) -> None:
    """A hundred classes: cells without numbers, names that do not cover each other, and each cell tells what it is."""
    cells = page.locator(".mlp-confusion td")
    expect(cells).to_have_count(COUNT * COUNT)
    assert page.locator(".mlp-confusion td:not(:empty)").count() == 0
    table = page.locator(".mlp-confusion table").bounding_box()
    assert table
    assert 0.8 < table["height"] / table["width"] < 1.2
    names = page.locator(".mlp-confusion th[scope=row]:not(:empty)")
    places = [box["y"] + box["height"] / 2 for box in (names.nth(place).bounding_box() for place in range(25)) if box]
    assert names.count() == len(places) == 25
    expect(names.nth(1)).to_have_text("<b>class 4")
    assert min(after - before for before, after in itertools.pairwise(places)) > 10, "no name covers another"
    # By its label alone: a role would have the browser compute ten thousand names at each look.
    mistake = page.locator(".mlp-confusion td[aria-label*='class 42 predicted as <b>class 7: once']")
    mistake.hover()
    expect(page.locator(".mlp-confusion p")).to_have_text(re.compile("^<b>class 42 predicted as <b>class 7: once"))
    mistake.click()
    assert page.evaluate("window.pressedCell") == [42, 7]
    page.evaluate("window.pressedCell = null")
