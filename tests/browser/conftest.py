"""The real app in a real browser: what the tests of this folder are given."""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Generator, Iterator, Sequence
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
SCREENSHOTS = ROOT / "screenshots"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
NO_BROWSER = "Browser tests left out: no Chromium. Get it with: apt-get install chromium (or set CHROMIUM=/path)"
SERVER = [sys.executable, "-m", "streamlit", "run", "app.py"]
SERVER += ["--server.port={port}", "--server.address=127.0.0.1", "--server.headless=true"]
START_SECONDS = 60
STOP_SECONDS = 10
# No sandbox: CI is root. The rest keeps the browser from calling home, which a closed network answers with errors.
BROWSER_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

LOG = pytest.StashKey[Path]()


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
def app_url(chromium: str, tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Iterator[str]:
    """Address of the app, started for these tests on a free port and ended with everything it started."""
    log = tmp_path_factory.mktemp("app") / "log.txt"
    pytestconfig.stash[LOG] = log
    with served(log) as (url, _):
        yield url
    printed = log.read_text(errors="replace")
    assert "(most recent call last)" not in printed, f"The app met an error, or Streamlit warned of one:\n{printed}"


@contextlib.contextmanager
def served(
    log: Path, command: Sequence[str] = SERVER, folder: Path = ROOT, **environment: str
) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Run the app on a free port; yield its address and process. Ends it with everything it started."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [word.format(port=port) for word in command],
            cwd=folder,
            env=os.environ | environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        url = f"http://127.0.0.1:{port}"
        _wait_until_healthy(process, url, log)
        yield url, process
    finally:
        _end(process)


@pytest.fixture(scope="package")
def browser(chromium: str) -> Iterator[Browser]:
    """A browser. Not for longer than these tests, since Playwright keeps an event loop running in this thread."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=BROWSER_ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def contexts(browser: Browser, app_url: str) -> list[BrowserContext]:
    """The browsers of two people. Kept for all tests, with the scripts they have read: that halves opening a page."""
    return [browser.new_context(base_url=app_url, viewport={"width": 1280, "height": 720}) for _ in range(2)]


@pytest.fixture
def page(contexts: list[BrowserContext]) -> Iterator[Page]:
    """An empty tab the size of a projector's picture, with no cookies; `page.goto("/")` opens the app."""
    yield from _tab(contexts[0])


@pytest.fixture
def other(contexts: list[BrowserContext]) -> Iterator[Page]:
    """An empty tab of somebody else's browser."""
    yield from _tab(contexts[1])


def _tab(context: BrowserContext) -> Iterator[Page]:
    yield context.new_page()
    for page in context.pages:
        page.close()
    context.clear_cookies()


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


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add to a failure what the app printed and what the page looked like; say once that there is no browser."""
    report = yield
    if report.skipped and isinstance(report.longrepr, tuple) and report.longrepr[2].endswith(NO_BROWSER):
        report.longrepr = (__file__, 0, NO_BROWSER)  # one place, so that pytest's summary has one line for all
    if report.failed:
        log = item.config.stash.get(LOG, None)
        if log is not None:
            report.sections.append(("What the app printed", log.read_text(errors="replace")))
        page = getattr(item, "funcargs", {}).get("page")
        if page is not None and report.when == "call":
            picture = SCREENSHOTS / f"{item.name}.png"
            with contextlib.suppress(Error):  # the browser itself may be gone
                page.screenshot(path=picture)
                report.sections.append(("What the page looked like", str(picture)))
    return report


def _wait_until_healthy(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            pytest.fail(f"The app ended at once:\n{log.read_text(errors='replace')}", pytrace=False)
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=1):
                return
        except OSError:
            time.sleep(0.05)
    pytest.fail(f"The app was not ready after {START_SECONDS} s:\n{log.read_text(errors='replace')}", pytrace=False)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End this process and what it started, nothing else: its family for certain."""
    try:
        family = psutil.Process(process.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        family = []
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    _, alive = psutil.wait_procs(family, timeout=1)
    for child in alive:
        child.kill()
