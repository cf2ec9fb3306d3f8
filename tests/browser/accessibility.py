"""What axe-core finds against the rules of accessibility: contrast, names, roles, use by keyboard."""

from collections.abc import Sequence

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.panel import until_still

WCAG = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa")
CONTRAST = ("color-contrast",)  # all that another theme changes


def violations(page: Page, rules: Sequence[str] = WCAG, within: str | None = None) -> list[tuple[str, list[str]]]:
    """Return which rules a page, or a part of it, doesn't keep to, and where, once nothing fades."""
    until_still(page)
    options = {"runOnly": [*rules], "resultTypes": ["violations"]}
    found = Axe().run(page, context=within, options=options).response["violations"]
    return [(each["id"], [node["html"][:120] for node in each["nodes"]]) for each in found]
