"""A race, from its form to the chart on which it is watched."""

import re

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser


def choose(page: Page, label: str, option: str) -> None:
    page.get_by_role("combobox", name=label).click()
    page.get_by_role("option", name=option, exact=True).click()


def test_a_race_starts_runs_that_differ_in_one_setting_and_they_move_on_one_chart(page: Page) -> None:
    page.goto("/race")
    choose(page, "Data set", "Digits, 8 × 8")
    expect(page.get_by_text("3 settings × 5 seeds (42 to 46) = 15 runs of 25 epochs")).to_be_visible()
    page.get_by_role("slider", name="Seeds").press("Home")
    expect(page.get_by_text("3 settings × 1 seed = 3 runs")).to_be_visible()
    page.get_by_role("button", name="Start the race").click()
    expect(page).to_have_url(re.compile(r"/runs\?runs=\w{10}(%2C|,)\w{10}(%2C|,)\w{10}$"))
    accuracy = page.locator('.mlp-board [data-chart="accuracy"]')
    for rate in ("0.01", "0.1", "0.3"):
        expect(accuracy).to_contain_text(f"learning rate {rate}", timeout=30_000)
    page.wait_for_function(  # all three reach their last epoch on the chart
        """() => document.querySelector('.mlp-board [data-chart="accuracy"] .js-plotly-plot')._fullData
            .filter(({ x, mode }) => mode?.startsWith("lines") && x.at(-1) === 25).length >= 3""",
        timeout=60_000,
    )
    started = page.url
    expect(page.locator(".st-key-compare_verdict")).to_contain_text("one seed can't show whether that is luck")
    page.get_by_role("link", name="Race", exact=True).click()
    earlier = page.locator(".st-key-earlier_race_0")
    expect(earlier).to_contain_text(re.compile("Digits, 8 × 8 · 3 runs.*scored highest"))
    earlier.get_by_role("link", name="Learning rate 0.01, 0.1, 0.3").click()
    expect(page).to_have_url(started)


def test_too_few_values_are_no_race(page: Page) -> None:
    page.goto("/race")
    page.get_by_role("button", name="Do large batches need a larger rate?").click()
    expect(page.get_by_text("6 settings × 5 seeds")).to_be_visible()
    page.get_by_role("button", name="Which learning rate is best?").click()
    expect(page.get_by_text("3 settings × 5 seeds")).to_be_visible()
    box = page.get_by_role("combobox", name="Learning rate: values")
    box.click()
    box.press("Backspace")
    box.press("Backspace")
    box.press("Escape")
    expect(page.get_by_text("That makes 1 combination of values; a race has 2 to 6.")).to_be_visible()
    expect(page.get_by_role("button", name="Start the race")).to_have_count(0)
