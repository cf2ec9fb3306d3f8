"""The dashboard opens."""

import re

import pytest
from playwright.sync_api import Page, Request, Response, expect

from tests.browser.panel import at_rest
from ui.parts.component import LOADER
from ui.parts.headers import content_security_policy


def test_dashboard_opens_without_complaint(page: Page, app_url: str, console_errors: list[str]) -> None:
    elsewhere: list[str] = []
    policies: dict[str, str | None] = {}

    def note(request: Request) -> None:
        if not request.url.startswith((app_url, "data:", "blob:")):
            elsewhere.append(request.url)

    def note_policy(response: Response) -> None:
        if response.url.startswith("http"):
            policies[response.url.removeprefix(app_url)] = response.headers.get("content-security-policy")

    page.on("request", note)
    page.on("response", note_policy)
    page.goto("/")
    page.get_by_role("button", name=re.compile("^Train")).wait_for()
    at_rest(page)
    page.wait_for_load_state("networkidle")

    expect_name(page, "Train")
    assert page.get_by_test_id("stException").count() == 0
    assert console_errors == []
    assert elsewhere == [], "the first start needs no network"
    assert policies.keys() >= {"/", "/_stcore/health", "/app/static/fonts/ibm-plex-sans-latin.woff2"}
    assert set(policies.values()) == {content_security_policy()}


def expect_name(page: Page, name: str) -> None:
    """Wait until the window and the first heading, which a screen reader lists, are named after the page."""
    expect(page).to_have_title(f"{name} – MLP")
    expect(page.get_by_role("heading", level=1)).to_have_text(name)


@pytest.mark.parametrize(
    ("old", "new", "name"),
    [
        ("/compare?runs=abc,d%2De&hide=noise", r"/runs\?runs=abc(,|%2C)d(-|%2D)e&hide=noise", "Runs"),
        ("/how?scene=chain&stage=dW2&code=true", r"/learn\?scene=chain&stage=dW2&code=true", "Learn"),
        ("/inspect?example=7&hide=pace", r"/\?(?=.*view=mistakes)(?=.*example=7)(?=.*hide=pace).*", "Train"),
        ("/race?present=yes", r"/runs\?race=new&present=yes", "Runs"),
    ],
)
def test_old_addresses_lead_to_the_right_page_and_keep_their_query(
    page: Page, app_url: str, console_errors: list[str], old: str, new: str, name: str
) -> None:
    page.goto(old)
    at_rest(page)
    expect(page).to_have_url(re.compile(f"^{app_url}{new}$"))
    expect_name(page, name)
    expect(page.get_by_test_id("stException")).to_have_count(0)
    assert console_errors == []


# Calls a component's loader as Streamlit does at first, later data first; returns which data were shown.
CALL_IN_DISORDER = """async (loader) => {
  const script = URL.createObjectURL(new Blob([loader], { type: "text/javascript" }));
  const { default: show } = await import(script);
  const parentElement = document.createElement("div");
  await Promise.all([2, 1, 3].map((turn) => show({ parentElement, data: { turn } })));
  return window.shown;
}"""


def test_older_data_never_replace_newer(page: Page) -> None:
    stub = "window.shown = []; export default ({ data }) => window.shown.push(data.turn);"
    page.route("**/stub.js", lambda route: route.fulfill(content_type="text/javascript", body=stub))
    page.route("**/stub.css", lambda route: route.fulfill(content_type="text/css", body=""))
    page.goto("/_stcore/health")  # any page from here
    loader = LOADER.substitute(js="stub.js", css="stub.css", plotly="", light="{}", ahead="[]", patience=0)
    assert page.evaluate(CALL_IN_DISORDER, loader) == [2, 3]


def test_screen_readers_leave_out_icons_within_texts(page: Page) -> None:
    page.goto("/")
    expect(page.get_by_role("heading", name="Training (changes apply immediately)", exact=True)).to_be_visible()
    page.get_by_role("radio", name="Diagnosis").click()  # whose icons appear after the script that hides them
    expect(page.get_by_text("Nothing to judge yet")).to_be_visible()
    expect(page.get_by_role("img", name=re.compile(" icon$"))).to_have_count(0)
