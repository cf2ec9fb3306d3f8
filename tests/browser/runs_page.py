"""What tests of the Runs page look at and press."""

import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from playwright.sync_api import Locator, Page, expect

from mlp import RunConfig, initial_state, load_dataset
from mlp.store import Store
from mlp.training import Status
from mlp.training.history import History
from tests.browser.panel import until_by
from tests.stored_runs import SMALL, checkpoint, train_on


class Shop(NamedTuple):
    """A server with stored runs, and the secret of the browser that started them."""

    url: str
    file: Path
    store: Store
    token: str
    sgd: list[str]  # three seeds
    adam: list[str]
    moons: str

    def lose_data(self, run_id: str, config: RunConfig) -> None:
        """Have a run that was stored with these settings name a data set that is gone."""
        self.store.flush()
        settings = replace(config, dataset="gone").to_json()
        with closing(sqlite3.connect(self.file)) as connection, connection:
            change = "update runs set dataset = ?, config = ?, initial_config = ? where id = ?"
            connection.execute(change, ("gone", settings, settings, run_id))


class Pupil:
    """A run in the shop's store that is trained while a test watches it."""

    def __init__(self, shop: Shop) -> None:
        self.config, self.store, self.history = replace(SMALL, epochs=1000), shop.store, History()
        self.state = initial_state(self.config, load_dataset("digits"))
        self.id = self.store.begin(checkpoint(self.config, self.state), shop.token, name="Under way")

    def train(self, steps: int, status: Status = Status.RUNNING) -> None:
        self.state = train_on(self.history, self.config, self.state, steps)
        self.store.record(self.id, checkpoint(self.config, self.state, self.history, status))
        self.store.flush()


def compare(page: Page, *run_ids: str) -> None:
    page.goto(f"/runs?runs={','.join(run_ids)}")


def chart(page: Page, name: str = "accuracy") -> Locator:
    return page.locator(f'[data-chart="{name}"] .plot > div')


def names_lines(page: Page, count: int) -> None:
    """Wait until the chart of accuracy names this many lines."""
    expect(chart(page)).to_have_attribute("aria-label", re.compile(rf"^[^,]+(, [^,]+){{{count - 1}}}\.$"))


def table(page: Page) -> Locator:
    return page.get_by_test_id("stDataFrame").first


def press(page: Page, x: int, y: int, done: Callable[[], bool]) -> None:
    """Click a place in the table until it has worked: before its canvas is laid out, a click lands elsewhere."""
    until_by(page, lambda: table(page).click(position={"x": x, "y": y}), done)


def tick(page: Page, row: int) -> None:
    """Click the box to the left of a row, counted from 0."""
    press(page, 18, 35 * (row + 1) + 17, lambda: [ticked for _, ticked, _ in rows(page)][row : row + 1] == [True])


def rows(page: Page) -> list[tuple[str, bool, float]]:
    """The rows in sight, as screen readers get them: run, whether it is ticked, best accuracy in percent.

    Waits until the table has filled in its cells.
    """
    found = page.wait_for_function(
        """() => {
            const table = document.querySelector('[data-testid="stDataFrame"]');
            const rows = [...table.querySelectorAll('canvas tr[role="row"]')]
                .map((row) => [row.ariaSelected ?? row.getAttribute("aria-selected"),
                               ...[...row.querySelectorAll('[role="gridcell"]')].map((cell) => cell.textContent)])
                .filter((row) => row.length > 4)  // not the heading
                .map((row) => [row[0], row.slice(row.findIndex((text) => text?.startsWith("./?run=")))])
                .map(([ticked, [address, , , best]]) => [ticked, address, best]);
            return rows.every(([, , best]) => best) && rows;
        }"""
    ).json_value()
    return [(address[-10:], ticked == "true", float(best)) for ticked, address, best in found]


def column(page: Page, number: int) -> list[str]:
    """One column of the rows in sight, counted from 1, as screen readers get it."""
    cells = table(page).locator(f'canvas [role="gridcell"][aria-colindex="{number}"]')
    found: list[str] = cells.evaluate_all("(cells) => cells.map((cell) => cell.textContent)")
    return found
