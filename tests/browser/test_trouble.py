"""What pages show when runs can't be saved, or the store can't be used."""

import re
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psutil
from playwright.sync_api import Page, WebSocketRoute, expect

from mlp.engine.engine import SERVER_STOPPED
from mlp.store import Store
from tests.browser.panel import SLOW, at_rest, button, run_id, status, step, train_until, until
from tests.browser.server import served


class Wire:
    """What connects a page with its server, which can be cut."""

    def __init__(self, page: Page) -> None:
        self.connections = 0
        self._last: WebSocketRoute | None = None
        page.route_web_socket(re.compile("_stcore/stream"), self._connect)

    def _connect(self, socket: WebSocketRoute) -> None:
        self.connections += 1
        self._last = socket
        socket.connect_to_server()

    def cut(self, page: Page) -> None:
        """Cut it, as a lapse of Wi-Fi does, and wait until the page has connected again by itself."""
        assert self._last is not None
        before = self.connections
        self._last.close(code=1012)
        until(page, lambda: self.connections > before)
        at_rest(page)


def test_a_page_whose_connection_lapses_goes_on_with_its_run_its_network_and_its_file(page: Page) -> None:
    wire = Wire(page)
    train_until(page, 20)
    run, seen = run_id(page), step(page)
    wire.cut(page)
    expect(status(page)).to_have_text("Training")
    until(page, lambda: step(page) > seen + 50)
    assert run_id(page) == run
    button(page, "Pause").click()
    expect(status(page)).to_have_text("Paused")

    page.get_by_role("link", name="Boundary").click()  # where a network is not stored
    button(page, "Train").click()
    until(page, lambda: step(page) > 100)
    button(page, "Pause").click()
    expect(status(page)).to_have_text("Paused")
    reached = step(page)
    wire.cut(page)
    button(page, "Resume").click()
    until(page, lambda: step(page) > reached)
    button(page, "Pause").click()

    page.get_by_role("link", name="Data").click()
    rows = "\n".join(["a,b,class", *(f"{number},{number % 7},{'AB'[number % 2]}" for number in range(40))])
    page.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(
        {"name": "rows.csv", "mimeType": "text/csv", "buffer": rows.encode()}
    )
    use = page.get_by_role("button", name="Use it")
    expect(use).to_be_enabled()
    wire.cut(page)
    use.click()
    expect(page.get_by_text("40 rows")).to_be_visible()


def test_a_locked_then_deleted_store_stops_saving_but_not_training_and_says_so(page: Page, tmp_path: Path) -> None:
    file = tmp_path / "runs.sqlite3"
    with served(tmp_path / "log.txt", MLP_STORE=f"sqlite:///{file}") as (address, _):
        train_until(page, 20, address + SLOW)
        lock = sqlite3.connect(file, isolation_level=None)
        lock.execute("BEGIN IMMEDIATE")
        banner = page.locator(".mlp-live .trouble")
        expect(banner).to_contain_text("Runs aren't being saved", timeout=30_000)
        seen = step(page)
        until(page, lambda: step(page) > seen + 50)
        expect(status(page)).to_have_text("Training")
        lock.execute("ROLLBACK")
        lock.close()
        expect(banner).to_be_hidden(timeout=30_000)
        for path in tmp_path.glob("runs.sqlite3*"):
            path.unlink()
        expect(banner).to_contain_text("was deleted while the program was running", timeout=30_000)
        button(page, "Pause").click()
        expect(status(page)).to_have_text("Paused")
        last, saved = step(page), run_id(page)
        store = Store(f"sqlite:///{file}")
        until(page, lambda: store.run(saved).step == last)
        assert store.history(saved)["step"][-1] == last
        store.close()


def test_a_damaged_store_is_set_aside_and_named_and_limits_are_shown_where_they_bind(
    page: Page, tmp_path: Path
) -> None:
    file = tmp_path / "runs.sqlite3"
    file.write_bytes(b"This is no database." * 500)
    limits = "class,runs=1,memory=100,store=0"
    with served(tmp_path / "log.txt", MLP_STORE=f"sqlite:///{file}", MLP_LIMITS=limits) as (address, _):
        page.goto(address)
        expect(page.get_by_text(re.compile("stored runs was damaged"))).to_be_visible()
        expect(button(page, "Train")).to_be_enabled()
        page.get_by_role("button", name="Dismiss").click()
        expect(page.get_by_text(re.compile("stored runs was damaged"))).to_have_count(0)
        page.goto(f"{address}/runs")
        page.get_by_role("link", name="Train a network").click()  # there are no runs yet
        expect(status(page)).to_have_text("Ready")
        _reach_limits(page, address)
    assert b"This is no database." in b"".join(path.read_bytes() for path in tmp_path.glob("runs*"))


def _reach_limits(page: Page, address: str) -> None:
    train_until(page, 5, address + SLOW)
    expect(page.locator(".mlp-live .trouble")).to_contain_text(
        "Only the curves of this run are being saved: this brows"
    )
    second = page.context.new_page()
    second.goto(f"{address}/?dataset=digits&hidden=1024-1024-1024-1024-1024-1024")
    expect(second.get_by_text(re.compile(r"may need \d+ MB of memory; 100 MB are allowed\. Choose"))).to_be_visible()
    second.goto(f"{address}/?dataset=digits&seed=2")
    expect(status(second)).to_have_text("Ready")
    place = button(second, "Train").bounding_box()
    button(second, "Train").click()
    refusal = "This browser trains 1 run; 1 may train at once. Pause one first."
    expect(second.get_by_test_id("stToast")).to_contain_text(refusal)
    assert button(second, "Train").bounding_box() == place  # the page keeps its style
    expect(status(second)).to_have_text("Ready")
    button(page, "Pause").click()
    expect(status(page)).to_have_text("Paused")
    button(second, "Train").click()
    expect(status(second)).to_have_text("Training")


def test_a_store_of_a_newer_program_is_refused_and_left_alone(page: Page, tmp_path: Path) -> None:
    file = tmp_path / "runs.sqlite3"
    Store(f"sqlite:///{file}").close()
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE meta SET schema_version = 999")
    connection.close()
    with served(tmp_path / "log.txt", MLP_STORE=f"sqlite:///{file}") as (address, _):
        page.goto(address)
        expect(page.get_by_text("newer version of this program")).to_be_visible()


@contextmanager
def unfinished_request(page: Page) -> Iterator[None]:
    """Have the server wait for the rest of a drawing meanwhile."""
    with page.expect_request("**/live/*") as asked:
        pass
    url = urlsplit(asked.value.url)
    with socket.create_connection((str(url.hostname), int(url.port or 80))) as connection:
        path = url.path.replace("/live/", "/draw/")
        connection.sendall(f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 784\r\n\r\n".encode())
        yield


def test_of_two_servers_on_one_file_the_second_shows_what_the_first_trains_until_that_is_ended(
    page: Page, other: Page, tmp_path: Path
) -> None:
    log = tmp_path / "log.txt"  # of the first; the second is the app of all tests: both have their store
    with served(log) as (first, process):
        train_until(page, 20, first + SLOW)
        trained = run_id(page)
        other.goto(f"/?run={trained}")
        expect(other.get_by_text("Read only")).to_be_visible()
        seen = step(other)
        until(other, lambda: step(other) > seen + 20)
        button(page, "Pause").click()
        expect(status(other)).to_have_text("Paused")
        seen = step(page)
        button(page, "Resume").click()
        until(page, lambda: step(page) > seen)
        with unfinished_request(page):
            server = psutil.Process(process.pid)
            for each in (*server.children(recursive=True), server):  # as systemd does
                each.terminate()
            process.wait(20)
        with closing(Store()) as store:
            run = store.run(trained)
            assert (run.status, run.message) == ("paused", SERVER_STOPPED), "it was not just left"
        printed = log.read_text()
        assert not re.search("Traceback|worker", printed), printed
