"""What browser tests look at and press on the pages that train."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

expect.set_options(timeout=15_000)  # a busy machine may need it for the first page of a server

SLOW = "/?dataset=digits&epochs=10000&pace=50"  # trains as long as a test looks

# Two frames later: by then what is to fade, such as the colors of a theme that was left, or to unfold has begun.
IS_STILL = """async () => {
  await new Promise((next) => requestAnimationFrame(() => requestAnimationFrame(next)));
  return document.getAnimations().every(({ playState, effect }) =>
    playState !== "running" || effect.getTiming().iterations === Infinity);
}"""


def status(page: Page) -> Locator:
    return page.locator(".state[role=status]")


def share(page: Page, name: str) -> float:
    """One of the percentages in the panel's strip."""
    found = re.match(r"[\d.]+", number(page, name).text_content() or "")
    return float(found[0]) if found else 0.0


def number(page: Page, name: str) -> Locator:
    """One of the numbers in the panel's strip."""
    return page.locator(f'.numbers [data-name="{name}"] dd')


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=re.compile(rf"^{name}( Shortcut \w)?$"))


def open_view(page: Page, name: str) -> None:
    """Open one of the run's tabs."""
    page.locator(".st-key-tabs").get_by_role("radio", name=name).click()


def run_id(page: Page) -> str:
    """The run that the address names."""
    found = re.search(r"[?&]run=([a-z0-9]{10})", page.url)
    assert found, page.url
    return found[1]


def step(page: Page) -> int:
    return int((number(page, "step").text_content() or "0").replace(",", ""))


def hide(page: Page, hidden: bool = True) -> None:
    """Have the page take its tab for hidden, or for seen again."""
    page.evaluate(
        """(hidden) => {
            Object.defineProperty(document, "hidden", { get: () => hidden, configurable: true });
            document.dispatchEvent(new Event("visibilitychange"));
        }""",
        hidden,
    )


def comes_true(page: Page, condition: Callable[[], bool], seconds: float, pause: float = 0.05) -> bool:
    """Look until a condition holds, with a pause after each look; return whether it did in time."""
    for _ in range(int(seconds / pause)):
        if condition():
            return True
        page.wait_for_timeout(1000 * pause)
    return False


def until(page: Page, condition: Callable[[], bool], seconds: float = 15) -> None:
    """Look until a condition holds; fail if it does not in time."""
    if not comes_true(page, condition, seconds):
        pytest.fail("It did not happen in time.")


def train_until(page: Page, steps: int, address: str = SLOW) -> None:
    """Train a run beyond some steps."""
    page.goto(address)
    button(page, "Train").click()
    until(page, lambda: step(page) > steps)


def until_by(page: Page, act: Callable[[], None], condition: Callable[[], bool]) -> None:
    """Do something until a condition holds: a page that is still being laid out may ignore it."""
    for _ in range(6):
        act()
        if comes_true(page, condition, 2.5):
            return
    pytest.fail("It did not happen in time.")


def expect_slider(page: Page, label: str, text: str) -> None:
    """Wait until a slider shows a value, and the one that it replaces, if any, is gone."""
    read = "(all) => all.map((each) => each.getAttribute('aria-valuetext'))"  # in one go: one may be about to vanish
    until(page, lambda: slider(page, label).evaluate_all(read) == [text])


def slider(page: Page, label: str) -> Locator:
    # When all controls are replaced, the old one stays for a moment, out of sight.
    return page.locator(f'input[type="range"][aria-label="{label}"]').filter(visible=True)


def drag(page: Page, label: str, key: str, times: int) -> None:
    """Move a slider with the keyboard."""
    handle = slider(page, label)
    handle.focus()
    for _ in range(times):
        handle.press(key)


def swipe(page: Page, start: Locator, across: float, down: float) -> None:
    """Have a finger touch the middle of something, and move some pixels."""
    start.evaluate("(node) => node.scrollIntoView({ block: 'center' })")
    box = start.bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    session = page.context.new_cdp_session(page)
    for tenth in range(11):
        kind, point = "touchMove" if tenth else "touchStart", {"x": x + tenth * across / 10, "y": y + tenth * down / 10}
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [point]})
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    session.detach()


def at_rest(page: Page) -> None:
    """Wait until the page's script has run to its end: what it draws until then closes a list that is open."""
    page.locator("[data-test-script-state=notRunning]").wait_for()


def until_still(page: Page) -> None:
    """Wait until nothing fades, unfolds or moves by itself: what is clicked meanwhile may be elsewhere by then."""
    until(page, lambda: page.evaluate(IS_STILL))


def choose(page: Page, label: str, option: str | re.Pattern[str]) -> None:
    found = page.get_by_role("option", name=option, exact=True)
    at_rest(page)
    # A late answer of the page may close a list that was just opened.
    until_by(page, lambda: page.get_by_role("combobox", name=label).press("ArrowDown"), found.is_visible)
    found.click()
