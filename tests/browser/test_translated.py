"""Pages that the browser translates: what changes stays right, and nothing breaks."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.panel import button, number, open_view, status

# What Chrome's translation does to a page: each text gives its place to two elements, also those that come later.
TRANSLATES = """() => {
  const left = (text) => !text.data.trim() || text.parentElement.closest("font, script, style, svg, [translate=no]");
  const translate = (text) => {
    if (!text.isConnected || left(text)) return;
    const font = document.createElement("font");
    font.append(Object.assign(document.createElement("font"), { textContent: `¡${text.data}!` }));
    text.replaceWith(font);
  };
  const textsIn = (node) => {
    const walker = document.createTreeWalker(node, NodeFilter.SHOW_TEXT);
    const texts = node.nodeType === Node.TEXT_NODE ? [node] : [];
    while (walker.nextNode()) texts.push(walker.currentNode);
    return texts;
  };
  const later = (texts) => setTimeout(() => texts.forEach(translate), 50);
  new MutationObserver((records) => {
    for (const { target, addedNodes } of records) later([target, ...addedNodes].flatMap(textsIn));
  }).observe(document.body, { childList: true, characterData: true, subtree: true });
  later(textsIn(document.body));
}"""


@pytest.fixture
def translated(page: Page) -> Page:
    """An empty tab of a browser that translates each page."""
    page.add_init_script(f"addEventListener('DOMContentLoaded', {TRANSLATES})")
    return page


def test_a_translated_page_follows_the_network(translated: Page) -> None:
    page = translated
    page.goto("/?dataset=digits&epochs=1&pace=50&view=mistakes")
    correct = page.get_by_text("validation examples are correct")
    expect(correct).to_contain_text("¡ of 300 validation examples are correct after step 0. True accuracy: !")
    button(page, "¡Train!").click()
    expect(status(page)).to_have_text("¡Finished!", timeout=30_000)
    expect(number(page, "step")).to_have_text("38")
    expect(correct).to_contain_text("¡ of 300 validation examples are correct after step 38. True accuracy: !")


def test_a_translated_sentence_may_lose_a_part(translated: Page, console_errors: list[str]) -> None:
    page = translated
    page.goto("/?dataset=digits&learning_rate=100&pace=max&view=diagnosis")
    expect(page.get_by_text("Nothing to judge yet")).to_have_text("¡Nothing to judge yet!")
    button(page, "¡Train!").click()
    expect(button(page, "¡Try the cure!").first).to_be_visible()
    expect(page.get_by_text("to judge")).to_have_count(0)
    assert console_errors == []


def test_a_translated_menu_saves_a_chart_and_a_class_keeps_its_name(translated: Page, stored: str) -> None:
    page = translated
    page.goto(f"/?run={stored}")
    menu = page.get_by_label("Save the chart Accuracy")
    expect(menu).to_be_visible(timeout=30_000)
    menu.press("Enter")
    with page.expect_download() as saved:
        page.get_by_text("¡CSV!").filter(visible=True).click()
    assert saved.value.suggested_filename == "accuracy.csv"
    open_view(page, "Draw")
    option = page.locator(".mlp-draw option").nth(1)
    expect(option).to_have_text("¡0!")
    expect(option).to_have_attribute("value", "0")
