"""Inspect's Weights and Robustness views, as a person uses them."""

import re

import pytest
from playwright.sync_api import Page, expect

from mlp import RunConfig
from mlp.store import Store
from tests.stored_runs import keep

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def run() -> str:
    """A trained network with two hidden layers, of which the first has more units than are shown at once."""
    store = Store()
    kept = keep(store, RunConfig(dataset="digits", hidden=(70, 48), epochs=6), "anybody")
    store.close()
    return kept


def inspect(page: Page, run: str, view: str) -> None:
    """Open one view of the run."""
    page.goto(f"/inspect?run={run}")
    page.get_by_test_id("stMain").get_by_role("radio", name=view).click()


def test_a_unit_that_is_pressed_is_shown_in_full(page: Page, run: str, console_errors: list[str]) -> None:
    inspect(page, run, "Weights")
    expect(page.locator(".mlp-units button")).to_have_count(64)
    tops = page.locator(".mlp-units button").evaluate_all("(all) => all.map((each) => each.offsetTop)")
    assert {tops.count(top) for top in tops} == {8}, "no unit is left alone in the last row"
    page.get_by_role("button", name="Unit 9", exact=True).click()
    expect(page.get_by_role("button", name="Unit 9", exact=True)).to_have_attribute("aria-pressed", "true")
    unit = page.get_by_role("spinbutton", name="Unit")
    expect(unit).to_have_value("9")
    expect(page.get_by_text(re.compile("Above zero for"))).to_be_visible()
    expect(page.locator(".mlp-gallery > li")).to_have_count(12)
    unit.fill("66")
    unit.press("Enter")
    expect(page.locator(".mlp-units button")).to_have_count(6)  # the rest of the 70
    expect(page.get_by_role("button", name="Unit 66", exact=True)).to_have_attribute("aria-pressed", "true")
    for layer in range(3):
        expect(page.locator(f'.mlp-board [data-chart="layer{layer}"] .js-plotly-plot')).to_be_visible()
    # Streamlit looks for its own health under the page's address first; that is its way, not an error of ours.
    assert console_errors == []


def test_distorted_images_are_shown_and_cost_accuracy(page: Page, run: str) -> None:
    inspect(page, run, "Robustness")
    sentence = page.get_by_text(re.compile("validation images are correct"))
    expect(sentence).to_be_visible()
    before = sentence.text_content()
    handle = page.locator('input[type="range"][aria-label="Rotate, degrees"]')
    handle.focus()
    for _ in range(9):
        handle.press("ArrowRight")
    expect(sentence).not_to_have_text(before or "")
    shares = [float(share) for share in re.findall(r"([\d.]+)\u202f%", sentence.text_content() or "")]
    assert shares[0] < shares[1] - 20
    expect(page.locator(".mlp-board .js-plotly-plot")).to_have_count(5)


def test_a_projection_is_computed_while_the_page_waits_and_a_point_shows_its_picture(page: Page, run: str) -> None:
    inspect(page, run, "Projection")
    plot = page.locator('.mlp-board [data-chart="projection2"] .js-plotly-plot')
    expect(plot).to_be_visible()
    place = page.evaluate("""() => {
        const plot = document.querySelector('[data-chart="projection2"] .js-plotly-plot');
        const { xaxis, yaxis, _size } = plot._fullLayout, { x, y } = plot._fullData[0];
        const box = plot.getBoundingClientRect();
        return [box.x + _size.l + xaxis.d2p(x[0]), box.y + _size.t + yaxis.d2p(y[0])];
    }""")
    page.mouse.move(*place)
    expect(page.locator(".mlp-board .peek")).to_be_visible()
    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_function("""() => {
        const { width, legend } = document.querySelector('[data-chart="projection2"] .js-plotly-plot')._fullLayout;
        return width < 390 && legend._effHeight === legend._height;
    }""")  # all classes are named below it, without scrolling
    page.get_by_test_id("stMain").get_by_text("t-SNE").first.click()
    expect(page.get_by_role("heading", name="t-SNE of the last hidden layer")).to_be_visible(timeout=60_000)


def test_a_cell_of_the_confusion_matrix_shows_its_images(page: Page, run: str) -> None:
    inspect(page, run, "Predictions")
    sevens = page.get_by_role("gridcell", name="7 predicted correctly")
    count = int(sevens.inner_text().replace(",", ""))
    sevens.click()
    titles = page.locator(".mlp-gallery > li b")
    expect(titles).to_have_text(["7"] * 12)
    expect(sevens).to_have_attribute("aria-selected", "true")
    assert 12 < count <= 36, "of 300 images about 30 are sevens"
    page.get_by_role("button", name=f"Show {count - 12} more").click()
    expect(titles).to_have_text(["7"] * count)


def test_the_confusion_matrix_can_be_walked_by_keyboard(page: Page, run: str) -> None:
    inspect(page, run, "Predictions")
    counts = page.locator(".mlp-confusion td")
    expect(counts).to_have_count(100)
    numbers = [int(text.replace(",", "") or 0) for text in counts.all_inner_texts()]
    caption = f"{sum(numbers[::11]):,} of {sum(numbers):,} correct"  # every eleventh is on the diagonal
    expect(page.locator(".mlp-confusion small")).to_have_text(caption)
    page.get_by_role("gridcell", name="7 predicted correctly").focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowDown", "ArrowDown", "ArrowRight", "ArrowDown", "ArrowLeft"):
        page.keyboard.press(key)  # and at the edges it stays
    focused = page.locator(".mlp-confusion td:focus")
    words = "9 predicted as 8: " if numbers[98] else "No 9 was predicted as 8"
    expect(focused).to_have_attribute("aria-label", re.compile(f"^{words}"))
    expect(page.locator(".mlp-confusion p")).to_contain_text(words)
    expect(page.locator(".mlp-confusion [tabindex='0']")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(focused).to_have_attribute("aria-selected", "true")
    expect(focused).to_have_attribute("aria-label", re.compile(f"^{words}"))
