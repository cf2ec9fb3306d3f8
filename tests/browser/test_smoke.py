"""The dashboard opens."""

import re

import pytest
from playwright.sync_api import Page, Request, expect

pytestmark = pytest.mark.browser


def test_dashboard_opens_without_complaint(page: Page, app_url: str, console_errors: list[str]) -> None:
    elsewhere: list[str] = []

    def note(request: Request) -> None:
        if not request.url.startswith((app_url, "data:", "blob:")):
            elsewhere.append(request.url)

    page.on("request", note)
    page.goto("/")
    page.locator("[data-testid=stMain] [data-testid=stElementContainer]").first.wait_for()
    page.locator("[data-test-script-state=notRunning]").wait_for()
    page.wait_for_load_state("networkidle")

    expect(page).to_have_title(re.compile("perceptron|MLP", re.IGNORECASE))
    assert page.get_by_test_id("stException").count() == 0
    assert console_errors == []
    assert elsewhere == [], "the first start needs no network"
