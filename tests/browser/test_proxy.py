"""Behind nginx with TLS, as docs/serving.md sets it up: below a path, and behind a prefix that is stripped."""

import os
import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, FilePayload, Response, expect

from mlp.export import FORMATS
from tests.browser.panel import button, open_view, status, step, until
from tests.browser.server import ROOT, SERVER, served
from tests.browser.tabs import PROJECTOR

PATH, PREFIX = "/mlp", "/user/ada/proxy/8501"  # where the server is, and where a JupyterHub would show it
TABLE = "width,kind\n" + "".join(f"{row % 7},{'AB'[row % 7 > 3]}\n" for row in range(60))


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port


def configuration(server: str, port: int, folder: Path) -> str:
    """Return the documented configuration for nginx, with this machine's ports and files.

    The prefix is added, and a page that shows the dashboard in a frame.
    """
    text = (ROOT / "docs" / "serving.md").read_text(encoding="utf-8")
    [documented] = re.findall(r"```nginx\n(.*?)```", text, re.DOTALL)
    [location] = re.findall(r"^    location / {.*?^    }\n", documented, re.DOTALL | re.MULTILINE)
    stripping = location.replace("/ {", f"{PREFIX}/ {{").replace(":8501;", f":8501{PATH}/;", 1)
    frame = f'<link rel="icon" href="data:,"><iframe width="1200" height="600" src="https://127.0.0.1:{port}{PATH}/"></iframe>'
    course = f"location = /course {{ default_type text/html; return 200 '{frame}'; }}\n"
    changes = {
        location: location.replace("/ {", f"{PATH}/ {{") + stripping + course,
        "http://127.0.0.1:8501": server.removesuffix(PATH),
        "listen 443 ssl": f"listen 127.0.0.1:{port} ssl",
        "listen 80": f"listen 127.0.0.1:{free_port()}",
        "/etc/letsencrypt/live/mlp.school.example": str(folder),
    }
    for old, new in changes.items():
        assert old in documented
        documented = documented.replace(old, new)
    places = "".join(
        f"{name}_temp_path {folder}/{name};\n" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root; " if os.geteuid() == 0 else ""  # its workers must reach the folder
    return f"{user}daemon off; pid {folder}/pid; events {{}}\nhttp {{\naccess_log off;\n{places}{documented}}}\n"


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of nginx in front of a server with a folder for imported data. Under CI, nginx must be there."""
    nginx = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if nginx is None:
        if os.environ.get("CI") == "true":
            pytest.fail("There is no nginx.", pytrace=False)
        pytest.skip("Tests behind nginx left out. Get it with: apt-get install nginx openssl")
    folder, port = tmp_path_factory.mktemp("proxy"), free_port()
    keys = ["-keyout", str(folder / "privkey.pem"), "-out", str(folder / "fullchain.pem"), "-subj", "/CN=127.0.0.1"]
    make = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-days",
        "2",
    ]
    subprocess.run([*make, *keys], check=True, capture_output=True)
    command = [*SERVER, f"--server.baseUrlPath={PATH}"]
    site = f"https://localhost:{port}"
    data = str(folder / "data")
    with served(folder / "log.txt", command, base=PATH, MLP_DATA_DIR=data, MLP_EMBED_IN=site) as (server, _):
        (folder / "nginx.conf").write_text(configuration(server, port, folder))
        errors = folder / "error.log"
        process = subprocess.Popen([nginx, "-e", errors, "-c", folder / "nginx.conf", "-p", folder])
        try:
            yield f"https://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait()
        assert "[error]" not in errors.read_text()
    assert "(most recent call last)" not in (folder / "log.txt").read_text()


@pytest.fixture(scope="module")
def context(browser: Browser, proxy: str) -> BrowserContext:
    return browser.new_context(base_url=proxy, viewport=PROJECTOR, ignore_https_errors=True)


@pytest.mark.parametrize("base", [PATH, PREFIX], ids=["below a path", "behind a prefix that is stripped"])
def test_every_part_of_the_dashboard_works(context: BrowserContext, proxy: str, base: str) -> None:
    page, failed = context.new_page(), list[str]()

    def note(response: Response) -> None:
        if response.status >= 400:
            failed.append(f"{response.status} {response.url}")

    page.on("response", note)
    page.goto(f"{base}/boundary/?noise=0.1")
    expect(page).to_have_url(re.compile(re.escape(f"{base}/boundary?") + ".*noise=0.1"))
    expect(status(page)).to_have_text("Ready")
    page.goto(f"{base}/?dataset=digits&hidden=16&epochs=10000")
    button(page, "Train").click()
    until(page, lambda: step(page) > 20)
    button(page, "Pause").click()
    assert page.url.startswith(f"{proxy}{base}/?")
    assert all(cookie.get("secure") for cookie in context.cookies())

    page.get_by_role("button", name="Download", exact=True).click()
    dialog = page.get_by_role("dialog", name="Download")
    with page.expect_download(timeout=60_000) as found:
        dialog.get_by_role("button", name=FORMATS["safetensors"].label).click()
    assert found.value.path().stat().st_size > 1000
    page.keyboard.press("Escape")

    open_view(page, "Draw")
    page.locator(".mlp-draw .sheet canvas").click()
    expect(page.get_by_label("Answer", exact=True)).to_have_text(re.compile(r"\d"))

    page.get_by_role("link", name="Data").click()
    table = FilePayload(name="kinds.csv", mimeType="text/csv", buffer=TABLE.encode())
    page.locator("input[type=file]").set_input_files(table)
    expect(page.get_by_text("60 rows × 2 columns")).to_be_visible(timeout=30_000)
    assert failed == []
    page.close()


def test_in_the_frame_of_another_site_a_browser_is_known_again(context: BrowserContext, proxy: str) -> None:
    page = context.new_page()
    page.goto(proxy.replace("127.0.0.1", "localhost") + "/course")
    dashboard = page.frame_locator("iframe")
    shown = dashboard.locator(".state[role=status]")
    expect(shown).to_have_text("Ready")
    dashboard.get_by_role("button", name="Train Shortcut T").click()
    expect(shown).not_to_have_text("Ready")
    page.reload()
    expect(shown).to_have_text(re.compile("Training|Finished|Paused"))  # the run that this browser trained last
    page.close()
