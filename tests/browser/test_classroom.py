"""In front of a class: links that hide controls, and three keys for the projector."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.panel import at_rest, button, expect_slider, slider, status, step, until, until_by

# The lines of a text, as they are broken on the screen.
LINES = """(text) => [...text.children].reduce((lines, part) => {
  const { top } = part.getBoundingClientRect();
  if (top !== lines.top) lines.push("");
  lines.top = top;
  lines[lines.length - 1] += part.textContent;
  return lines;
}, [])"""


def test_a_teachers_link_presets_everything_and_hides_what_it_says(page: Page) -> None:
    page.goto("/?dataset=digits&learning_rate=0.05&hide=preset.units.pace.nonsense")
    expect(slider(page, "Learning rate")).to_have_attribute("aria-valuetext", "0.05")
    expect(page.get_by_text("There is no control to hide 'nonsense'")).to_be_visible()
    expect(page.get_by_role("combobox", name="Preset")).to_be_hidden()
    expect(page.locator(".st-key-back_to_preset")).to_be_hidden()
    expect(page.locator('input[aria-label="Units in layer 1"]')).to_be_hidden()
    expect(page.locator('input[aria-label="Hidden layers"]')).to_be_visible()
    button(page, "Train").click()
    until(page, lambda: "run=" in page.url)
    assert "hide=preset.units.pace" in page.url, "a pupil may reload"

    expect(page.get_by_role("button", name="For the classroom")).to_have_count(0)
    expect(page.get_by_role("heading", name="Network (changes")).to_be_visible()

    # As pages change, the browser may make an entry of an address that has no settings, and Back lead there.
    entry = page.evaluate(
        """() => {
            history.pushState({}, "", "/?hide=preset.units.pace");
            return navigation.currentEntry.key;
        }"""
    )
    page.get_by_role("link", name="Runs").click()
    expect(page).to_have_url(re.compile(r"/runs\?hide=preset.units.pace$"))
    page.evaluate("(entry) => void navigation.traverseTo(entry)", entry)
    expect(slider(page, "Learning rate")).to_be_visible()
    at_rest(page)
    expect_slider(page, "Learning rate", "0.05")
    expect(page.get_by_text("Press Restart to apply")).to_have_count(0)

    page.goto("/learn?scene=batches&hide=batch_size")
    expect(slider(page, "Batch size")).to_be_visible()  # a control of Train and Boundary was hidden, not of this page


def test_a_teacher_chooses_what_to_hide_one_by_one(page: Page) -> None:
    page.goto("/?dataset=digits&learning_rate=0.05&hidden=100-200-300-400&activation=relu.elu.tanh.tanh")
    page.get_by_role("button", name="For the classroom").click()
    hide, link = page.get_by_test_id("stButtonGroup"), page.locator(".mlp-link code")
    for name in ("Units", "Activation", "Hidden layers", "Initial weights, seed", "More network settings"):
        hide.get_by_text(name, exact=True).click()
    expect(link).to_contain_text("hide=layers.units.activation.start.network_more")
    expect(link).not_to_contain_text("run=")
    lines = link.evaluate(LINES)
    assert len(lines) > 1
    assert all(line[-1] in "/?&" for line in lines[:-1]), lines
    page.goto("".join(lines))
    expect(slider(page, "Learning rate")).to_have_attribute("aria-valuetext", "0.05")
    expect(page.get_by_role("heading", name="Training (changes")).to_be_visible()
    expect(page.locator('input[aria-label="Hidden layers"]')).to_be_hidden()
    expect(page.get_by_role("heading", name="Network (changes")).to_be_hidden()
    of_layers = page.locator('[class*="activation"]')  # one for each layer, and the switch below them
    expect(of_layers).to_have_count(5)
    assert not any(control.is_visible() for control in of_layers.all())


def test_a_link_that_works_elsewhere_is_shown_as_a_code_to_scan(page: Page, app_url: str) -> None:
    page.goto("/?dataset=digits")
    page.get_by_role("button", name="For the classroom").click()
    expect(page.get_by_text("This address works on this machine only")).to_be_visible()
    expect(page.get_by_text("Scan to join")).to_have_count(0)

    page.goto(app_url.replace("127.0.0.1", "app.localhost") + "/?dataset=digits")
    page.get_by_role("button", name="For the classroom").click()
    dialog = page.get_by_role("dialog", name="For the classroom")
    expect(dialog.locator(".mlp-link code")).to_contain_text("app.localhost")
    expect(dialog.get_by_text("Scan to join")).to_be_in_viewport()
    code = dialog.get_by_role("img").last
    until(page, lambda: code.evaluate("(image) => image.naturalWidth") > 0)
    box = code.bounding_box()
    assert box
    assert min(box["width"], box["height"]) > 400, "to be read across the room"
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).to_have_count(0)


# A browser sends both presses in one message.
AT_ONCE = "(names) => names.forEach((name) => document.querySelector(name).click())"


@pytest.mark.parametrize("path", ["/?dataset=digits&epochs=10000&present=yes", "/boundary?present=yes"])
def test_three_keys_steer_the_run_on_the_projector(page: Page, path: str) -> None:
    page.set_viewport_size({"width": 1920, "height": 1080})
    page.goto(path)
    told = status(page)
    expect(told).to_have_text("Ready")
    expect(page.get_by_test_id("stSidebar")).to_be_hidden()
    keys = page.get_by_role("dialog", name="Keys")
    until_by(page, lambda: page.keyboard.press("?"), keys.is_visible)  # a page that is being laid out hears no keys
    until_by(page, lambda: page.keyboard.press("Escape"), keys.is_hidden)  # before it has the focus, it hears none
    page.keyboard.press("Space")
    until(page, lambda: step(page) > 5)
    words = button(page, "Pause").locator(".stMarkdownEllipsis")
    assert words.evaluate("({ scrollWidth, clientWidth }) => scrollWidth - clientWidth") == 0, "the word is cut off"
    page.keyboard.press("Space")
    expect(told).to_have_text("Paused")
    if "boundary" in path:  # on the smallest projector, too
        page.set_viewport_size({"width": 1280, "height": 720})
        for chart in ("loss", "accuracy"):
            expect(page.locator(f"[data-chart={chart}]")).to_be_in_viewport(ratio=1)
        page.locator(".adding").get_by_text("A", exact=True).click()  # which keeps no key for itself
        expect(page.locator(".adding input:focus")).to_have_count(0)
    before = step(page)
    page.keyboard.press("ArrowRight")
    until(page, lambda: step(page) == before + 1)
    page.keyboard.press("r")
    expect(told).to_have_text("Ready")
    until_by(page, lambda: page.keyboard.press("?"), keys.is_visible)  # while the restart draws the page, it takes none
    expect(keys).to_contain_text("restart")
    page.evaluate(AT_ONCE, ['[role=dialog] [aria-label="Close"]', ".st-key-button_play_arrow button"])
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(told).to_have_text("Training")
    page.get_by_role("button", name="Exit").press("Enter")
    expect(page.get_by_test_id("stSidebar")).to_be_visible()
    expect(button(page, "Present")).to_be_focused()  # which has taken its place
    until(page, lambda: "present" not in page.url)
    at_rest(page)
    page.keyboard.press("r")
    page.keyboard.press("t")
    expect(told).to_have_text("Paused")  # not ready: outside a presentation, R is no key
