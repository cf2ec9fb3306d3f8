"""Browsers of people, and their tabs."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Error, Page, ViewportSize

PROJECTOR: ViewportSize = {"width": 1280, "height": 720}  # pixels


def person(browser: Browser, url: str, **options: Any) -> BrowserContext:
    """Somebody's browser. Its first tab stays open, so that the next ones need not read the app's scripts again."""
    context = browser.new_context(**{"base_url": url, "viewport": PROJECTOR} | options)
    context.new_page().goto("_stcore/health")
    return context


def tab(context: BrowserContext) -> Iterator[Page]:
    """An empty tab, for a test; then all tabs but the first are closed, and cookies and a chosen theme are forgotten.

    A run that trains there is paused: without a tab it would go on for a minute, beside the tests that follow.
    """
    yield context.new_page()
    for page in context.pages[1:]:
        with suppress(Error):  # the test has closed it
            page.evaluate("() => document.querySelector('.st-key-button_pause button')?.click()")
        page.close()
    context.clear_cookies()
    context.pages[0].evaluate("() => localStorage.clear()")
