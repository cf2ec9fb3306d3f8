"""What is made here leaves the page as files that the browser saves."""

import re
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from mlp import RunConfig
from mlp.export import FORMATS, ExportedRun, open_network
from tests.browser.panel import button, run_id, share, status, step, train_until, until
from tests.browser.test_classroom import WCAG
from tests.models import model_of


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


def test_a_network_that_left_is_opened_from_its_file_and_trained_on(page: Page, tmp_path: Path) -> None:
    model = model_of(RunConfig(dataset="digits", hidden=(8,), epochs=10_000), 300)
    FORMATS["safetensors"].save(ExportedRun(model), tmp_path / "mine.safetensors")
    page.goto("/?dataset=points")
    page.get_by_role("button", name="Open run").click()
    page.get_by_role("button", name="Open a network").click()
    dialog = page.get_by_role("dialog", name="Open a network")
    dialog.locator("input[type=file]").set_input_files(tmp_path / "mine.safetensors")
    expect(dialog.get_by_text("trained on Digits, 8 × 8 for 300 steps")).to_be_visible()
    expect(page.get_by_role("combobox", name="Run", exact=True)).to_have_count(0)  # the list of runs is closed
    assert Axe().run(page, options=WCAG).response["violations"] == []
    dialog.get_by_test_id("stBaseButton-primary").click()
    expect(status(page)).to_contain_text("Paused")
    assert run_id(page)
    expect(dialog).to_have_count(0)
    button(page, "Resume").click()
    until(page, lambda: step(page) > 20)
    assert share(page, "validation") > 60, "it does not begin anew"


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
