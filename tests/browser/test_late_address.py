"""What a person has chosen stays, even if the browser's next message was sent before it learned of the new address."""

import re
from collections.abc import Callable
from functools import partial

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from mlp import RunConfig
from mlp.store import Store
from tests.browser.panel import at_rest, button, choose, open_view, status, until
from tests.stored_runs import keep


@pytest.fixture(scope="module")
def stored() -> str:
    """A stored run."""
    store = Store()
    kept = keep(store, RunConfig(dataset="digits", hidden=(16,), epochs=1), "anybody")
    store.close()
    return kept


class Connection:
    """The connection between a page and the server, whose answers can be held back."""

    def __init__(self, page: Page) -> None:
        self.held: list[str | bytes] | None = None
        self.deliver: Callable[[str | bytes], None]
        page.route_web_socket(re.compile("_stcore/stream"), self._route)

    def press_both(self, page: Page, first: Callable[[], None], second: Callable[[], None], answer: bytes) -> None:
        """Press something; once the server has answered, press the second before the page knows of that answer."""
        held: list[str | bytes] = []
        at_rest(page)  # or the end of what the script is doing would be held back, too
        self.held = held
        first()
        until(page, lambda: any(answer in message for message in held if isinstance(message, bytes)))
        second()
        self.held = None
        for message in held:
            self.deliver(message)

    def _route(self, socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()
        self.deliver = socket.send
        server.on_message(lambda message: self.held.append(message) if self.held is not None else socket.send(message))


def test_a_view_stays_open_when_something_else_is_pressed_at_once(page: Page, stored: str) -> None:
    connection = Connection(page)
    page.goto(f"/?run={stored}&view=mistakes")
    expect(page.locator(".mlp-confusion td").first).to_be_visible()
    open_list = button(page, "Open run").click
    connection.press_both(page, lambda: open_view(page, "Diagnosis"), open_list, b"view=diagnosis")
    expect(page.get_by_role("combobox", name="Run")).to_be_visible()
    expect(page.get_by_role("radio", name="Diagnosis")).to_be_checked()
    expect(page.get_by_text("Checked for:")).to_be_visible()
    expect(page).to_have_url(re.compile("view=diagnosis"))


def test_a_scene_stays_open_when_something_else_is_changed_at_once(page: Page) -> None:
    connection = Connection(page)
    page.goto("/learn?scene=chain")
    example = page.get_by_role("spinbutton", name="Example")
    expect(page.get_by_text("1 of 13:")).to_be_visible()

    def change_example() -> None:
        example.fill("2")
        example.press("Enter")

    connection.press_both(page, button(page, "Next stage").click, change_example, b"stage=")
    expect(page.get_by_text("Example 2 is in class")).to_be_visible()
    expect(page.get_by_text("2 of 13:")).to_be_visible()
    expect(page).to_have_url(re.compile("stage="))


def test_a_restart_stays_when_something_else_is_changed_at_once(page: Page) -> None:
    connection = Connection(page)
    page.goto("/?dataset=digits&hidden=16&epochs=1&pace=max")
    button(page, "Train").click()
    expect(status(page)).to_have_text("Finished")
    expect(page).to_have_url(re.compile("run="))
    expect(page.get_by_role("button", name=re.compile("more epochs"))).to_be_visible()  # the script knows that it ended
    change_data = partial(choose, page, "Data set", "Moons")
    connection.press_both(page, button(page, "Restart").click, change_data, b"Undo restart")
    expect(page).to_have_url(re.compile("dataset=moons"))
    expect(status(page)).to_have_text("Ready")
    expect(page).not_to_have_url(re.compile("run="))
