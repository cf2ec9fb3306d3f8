"""What is made here leaves the page as files that the browser saves."""

import re
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from mlp.export import FORMATS, open_network
from tests.browser.panel import button, status, train_until
from tests.browser.test_classroom import WCAG


def test_a_network_is_saved_by_the_browser_as_it_was_when_the_menu_opened(page: Page, tmp_path: Path) -> None:
    saved: list[str] = []
    page.on("download", lambda download: saved.append(download.suggested_filename))
    train_until(page, 20)
    page.get_by_role("button", name="Download", exact=True).click()
    dialog = page.get_by_role("dialog", name="Download")
    named = re.search(r"after ([\d,]+) steps", dialog.get_by_text("after").text_content() or "")
    assert named
    step = int(named[1].replace(",", ""))
    names = ("safetensors", "onnx")
    for name in names:
        with page.expect_download() as found:
            dialog.get_by_role("button", name=FORMATS[name].label).click()
        assert found.value.suggested_filename == f"digits-8-8-step-{step}.{name}"
        found.value.save_as(tmp_path / name)
    expect(dialog.get_by_text("Saved as digits-8-8-step")).to_have_count(1)
    network = open_network(tmp_path / "safetensors")
    assert network.description is not None
    assert network.description.trained["step"] == step
    assert Axe().run(page, options=WCAG).response["violations"] == []
    page.locator(".st-key-present button").first.dispatch_event("click")  # the whole page is drawn again
    expect(page.locator(".mlp-live .presenting")).to_be_visible()
    expect(dialog.get_by_text("Saved as digits-8-8-step")).to_have_count(1)
    assert saved == [f"digits-8-8-step-{step}.{name}" for name in names], "none of them twice"
    expect(status(page)).to_contain_text("Training")


def test_the_network_of_the_plane_leaves_too_and_a_presentation_has_no_menu(page: Page) -> None:
    page.goto("/boundary")
    page.get_by_role("button", name="Download", exact=True).click()
    with page.expect_download() as found:
        page.get_by_role("dialog").get_by_role("button", name=FORMATS["json"].label).click()
    assert found.value.suggested_filename.endswith("-step-0.json")
    page.goto("/boundary?present=yes")
    expect(button(page, "Train")).to_be_visible()
    expect(page.get_by_role("button", name="Exit")).to_be_visible()
    expect(page.get_by_role("button", name="Download", exact=True)).to_have_count(0)
