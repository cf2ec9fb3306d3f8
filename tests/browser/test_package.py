"""The dashboard of an installed package: a network trains, a lesson shows its code, nothing in the package changes."""

from pathlib import Path

from playwright.sync_api import Browser, expect

from tests.browser.panel import button, step, until
from tests.browser.server import served
from tests.installed import DASHBOARD, install


def test_it_trains_and_teaches_and_keeps_its_runs_elsewhere(browser: Browser, tmp_path: Path) -> None:
    installed = install(tmp_path)
    before = installed.files()
    command = [str(installed.mlp), *DASHBOARD]
    with served(tmp_path / "log.txt", command, installed.home, **installed.environment) as (url, _):
        page = browser.new_page(base_url=url)
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto("/?dataset=digits&epochs=2")
        button(page, "Train").click()
        until(page, lambda: step(page) == 76)
        page.get_by_role("link", name="Learn").click()
        page.get_by_text("Show the code").click()
        expect(page.locator(".mlp-source figcaption").first).to_contain_text("mlp/")
        expect(page.get_by_text("Lesson plan")).to_be_visible()
        page.close()
    assert errors == []
    assert [path.name for path in installed.home.rglob("runs.sqlite3")] == ["runs.sqlite3"]
    assert installed.files() == before
