"""The real app in a real browser: what the tests of this folder are given."""

import contextlib
import os
import shutil
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Page, Request, sync_playwright

from mlp import RunConfig
from mlp.store import Store
from tests.browser.server import ROOT, running, served
from tests.browser.tabs import person, tab
from tests.stored_runs import keep

SCREENSHOTS = ROOT / "screenshots"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
NO_BROWSER = "Browser tests left out: no Chromium. Get it with: apt-get install chromium (or set CHROMIUM=/path)"
# No sandbox: CI is root. The rest keeps the browser from calling home, which a closed network answers with errors.
BROWSER_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--process-per-site",  # so that a tab has at once what another one of its person has read
]

# Of all pages, during a test:
uncaught: list[str] = []  # exceptions that nothing caught: after one in React, a page is white; what was not allowed
reported: list[str] = []  # errors on the console


@pytest.fixture(scope="package")
def chromium() -> str:
    """Path of the machine's browser. Without one the test is skipped, but under CI it fails."""
    named = os.environ.get("CHROMIUM")
    path = shutil.which(named) if named else next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        if os.environ.get("CI") == "true":
            pytest.fail(NO_BROWSER, pytrace=False)
        pytest.skip(NO_BROWSER)
    return path


@pytest.fixture(scope="package")
def app_url(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of the app, started for these tests on a free port and ended with everything it started."""
    log = tmp_path_factory.mktemp("app") / "log.txt"
    with served(log) as (url, _):
        yield url
    printed = log.read_text(errors="replace")
    assert "(most recent call last)" not in printed, f"The app met an error, or Streamlit warned of one:\n{printed}"


@pytest.fixture(scope="package")
def browser(chromium: str) -> Iterator[Browser]:
    """A browser. Not for longer than these tests, since Playwright keeps an event loop running in this thread."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=BROWSER_ARGUMENTS)
        browser.on("context", _record_errors)
        yield browser
        browser.close()


def _record_errors(context: BrowserContext) -> None:
    context.on("weberror", lambda thrown: uncaught.append(thrown.error.stack or str(thrown.error)))
    context.on("console", _note)


def _note(said: ConsoleMessage) -> None:
    if said.type == "error":
        report = f"{said.location['url']}: {said.text}"
        reported.append(report)
        if "Content Security Policy" in said.text:
            uncaught.append(report)


@pytest.fixture(autouse=True)
def nothing_uncaught() -> Iterator[None]:
    """No page may meet an exception that nothing catches, or ask for what the server's headers don't allow."""
    yield
    assert uncaught == []


@pytest.fixture(scope="package")
def contexts(browser: Browser, app_url: str) -> list[BrowserContext]:
    """The browsers of two people. Kept for all tests, with the scripts they have read: that halves opening a page."""
    return [person(browser, app_url) for _ in range(2)]


@pytest.fixture
def page(contexts: list[BrowserContext]) -> Iterator[Page]:
    """An empty tab the size of a projector's picture, with no cookies; `page.goto("/")` opens the app."""
    yield from tab(contexts[0])


@pytest.fixture
def other(contexts: list[BrowserContext]) -> Iterator[Page]:
    """An empty tab of somebody else's browser."""
    yield from tab(contexts[1])


@pytest.fixture(scope="package")
def stored() -> str:
    """The id of a finished run on Digits, which another browser started."""
    with closing(Store()) as store:
        return keep(store, RunConfig(dataset="digits", hidden=(16,), epochs=2), "anybody")


@pytest.fixture
def console_errors(page: Page) -> list[str]:
    """What the page's console reports as an error from now on: uncaught exceptions, and what Plotly warns of, too."""
    errors: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type == "error" or message.text.startswith("WARN"):
            errors.append(f"{message.text} ({message.location['url']})")

    page.on("console", note)
    page.on("pageerror", lambda error: errors.append(str(error)))
    return errors


def pytest_runtest_setup() -> None:
    """Forget what can't explain a failure of the test that begins."""
    running[:] = [(process, log) for process, log in running if process.poll() is None]
    uncaught.clear()
    reported.clear()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add to a failure what servers printed, and what pages reported and looked like; name a missing browser once."""
    report = yield
    if report.skipped and isinstance(report.longrepr, tuple) and report.longrepr[2].endswith(NO_BROWSER):
        report.longrepr = (__file__, 0, NO_BROWSER)  # one place, so that pytest's summary has one line for all
    if report.failed:
        report.sections += [("What the app printed", log.read_text(errors="replace")) for _, log in running]
        report.sections.append(("What the pages reported", "\n".join(uncaught + reported)))
        browser = getattr(item, "funcargs", {}).get("browser")
        if browser is not None and report.when == "call":
            report.sections.append(("What the pages looked like", "\n".join(_pictures(browser, item.name))))
    return report


def _pictures(browser: Browser, name: str) -> Iterator[str]:
    """Take a picture of each open page; yield their addresses and the pictures' files."""
    pages = [page for context in browser.contexts for page in context.pages]
    for number, page in enumerate(pages, 1):
        picture = SCREENSHOTS / f"{name}-{number}.png"
        with contextlib.suppress(Error):  # the page, or the browser itself, may be gone
            page.screenshot(path=picture)
            yield f"{page.url}: {picture}"


@pytest.fixture
def from_disk(browser: Browser, tmp_path: Path) -> Iterator[Callable[..., Page]]:
    """Return a function that opens a whole page from the disk. In the end, nothing else was asked for or failed."""
    troubles: list[str] = []
    contexts: list[BrowserContext] = []

    def note_request(request: Request) -> None:
        if not request.url.startswith(tmp_path.as_uri()):
            troubles.append(request.url)

    def note_message(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            troubles.append(message.text)

    def open_file(content: bytes, viewport: dict[str, int], scheme: str) -> Page:
        file = tmp_path / "a page #1.html"
        file.write_bytes(content)
        phone = viewport["width"] < viewport["height"]
        context = browser.new_context(viewport=viewport, color_scheme=scheme, has_touch=phone)  # type: ignore[arg-type]
        contexts.append(context)
        page = context.new_page()
        page.on("request", note_request)
        page.on("console", note_message)
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.goto(file.as_uri())
        return page

    yield open_file
    for context in contexts:
        context.close()
    assert troubles == []
