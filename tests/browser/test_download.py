"""What is made here leaves the page as files that the browser saves."""

import csv
import re
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from mlp import RunConfig
from mlp.charts import LIGHT
from mlp.export import FORMATS, ExportedRun, open_network
from tests.browser.accessibility import violations
from tests.browser.panel import button, run_id, share, status, step, train_until, until
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
    expect(dialog.get_by_text("Ready: digits-8-8-step")).to_have_count(1)
    network = open_network(tmp_path / "safetensors")
    assert network.description is not None
    assert network.description.trained["step"] == step
    assert violations(page) == []
    page.locator(".st-key-present button").first.dispatch_event("click")  # the whole page is drawn again
    expect(page.locator(".mlp-live .presenting")).to_be_visible()
    expect(dialog.get_by_text("Ready: digits-8-8-step")).to_have_count(1)
    assert saved == [f"digits-8-8-step-{step}.{name}" for name in names], "none of them twice"
    with page.expect_download() as found:
        dialog.get_by_role("link", name="Save it again").click()
    assert found.value.suggested_filename == saved[-1]
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
    assert violations(page) == []
    dialog.get_by_test_id("stBaseButton-primary").click()
    expect(status(page)).to_contain_text("Paused")
    assert run_id(page)
    expect(dialog).to_have_count(0)
    button(page, "Resume").click()
    until(page, lambda: step(page) > 20)
    assert share(page, "validation") > 60, "it goes on"


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


def test_a_chart_is_saved_as_a_light_picture_with_its_title_or_as_its_numbers(page: Page, tmp_path: Path) -> None:
    page.emulate_media(color_scheme="dark")
    page.goto("/?dataset=digits&epochs=2")
    button(page, "Train").click()
    expect(status(page)).to_contain_text("Finished")
    figure = page.locator('[data-chart="accuracy"]')
    menu = figure.get_by_label("Save the chart Accuracy")
    menu.focus()
    page.keyboard.press("Enter")
    assert violations(page) == []
    page.keyboard.press("Tab")
    with page.expect_download() as found:
        page.keyboard.press("Enter")
    assert found.value.suggested_filename == "accuracy.svg"
    expect(figure.get_by_role("button", name="PNG")).to_be_hidden()
    picture = found.value.path().read_text()
    assert LIGHT.validation.lower() in picture.lower() or _rgb(LIGHT.validation) in picture
    for words in ("Accuracy", "validation", "epochs"):
        assert words in picture
    # As in Safari, where a press gives a button no focus, and takes it from what has it.
    page.evaluate("addEventListener('mousedown', (event) => event.defaultPrevented || document.activeElement.blur())")
    menu.click()
    with page.expect_download() as found:
        figure.get_by_role("button", name="PNG").click()
    with Image.open(found.value.path()) as image:
        assert image.size == (1600, 840)
        assert image.convert("RGB").getpixel((2, 2)) == (255, 255, 255)
    menu.click()
    with page.expect_download() as found:
        figure.get_by_role("button", name="CSV").click()
    mark, table = found.value.path().read_text()[0], found.value.path().read_text()[1:]
    assert mark == "\ufeff", "a spreadsheet knows by it how to read names such as Müller"
    rows = list(csv.reader(table.splitlines()))
    assert rows[0] == ["series", "x", "y"]
    ends = {name: float(y) for name, _, y in rows[1:] if y}
    assert ends.keys() == {"train", "validation", "best"}
    assert ends["validation"] == pytest.approx(share(page, "validation"), abs=0.1)


def _rgb(color: str) -> str:
    return f"rgb({', '.join(str(int(color[at : at + 2], 16)) for at in (1, 3, 5))})"
