"""The Data page as a person uses it: a file is dropped, looked at, changed, imported, and a network learns from it."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, FilePayload, Locator, Page, expect

from tests.browser.accessibility import CONTRAST, WCAG, violations
from tests.browser.panel import at_rest, button, open_view, run_id, status, step, until, until_by
from tests.browser.server import served
from tests.browser.tabs import person, tab
from tests.picture_files import shade, write_zip

TIMEOUT = 30_000  # the first look into a file starts a worker
CITIES = ("Lima", "<b>Bonn</b>", "*Oslo*")
PEOPLE = "age,city,rooms,class\n" + "".join(
    f"{'' if row % 9 == 0 else 20 + row % 50},{CITIES[row % 3]},{row % 5},{'AB'[row % 5 > 2]}\n" for row in range(120)
)
BACKGROUND = "() => getComputedStyle(document.querySelector('.stApp')).backgroundColor"


@pytest.fixture(scope="module")
def context(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserContext]:
    """A browser at a server with a folder for imported data that is gone after these tests."""
    folder = tmp_path_factory.mktemp("data")
    log = folder / "log.txt"
    with served(log, MLP_DATA_DIR=str(folder)) as (url, _):
        yield person(browser, url)
    assert "(most recent call last)" not in log.read_text()
    assert list((folder / "own").glob(".import*")) == []


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    for page in tab(context):
        page.goto("/data")
        yield page


def drop(page: Page, name: str, content: bytes) -> None:
    page.locator("input[type=file]").set_input_files(FilePayload(name=name, mimeType="", buffer=content))


def use(page: Page) -> None:
    """Import what is shown, until Train has opened with it."""
    button(page, "Use it").click()
    page.wait_for_url("**/?*dataset=own*", timeout=TIMEOUT)
    expect(button(page, "Train")).to_be_enabled()


def error(page: Page) -> Locator:
    return page.get_by_test_id("stAlert")


def test_a_table_is_dropped_a_guess_changed_and_a_network_learns_it(page: Page) -> None:
    drop(page, "people.csv", PEOPLE.encode())
    expect(page.get_by_text("120 rows × 4 columns")).to_be_visible(timeout=TIMEOUT)
    question = page.get_by_role("radiogroup", name="Five whole numbers: a number or a category?")
    question.get_by_role("radio", name="Category").click()
    means_missing(page, "20")
    page.get_by_role("textbox", name="Name of the data set").fill("My people")
    page.get_by_role("textbox", name="Name of the data set").press("Enter")
    use(page)

    expect(page.get_by_role("combobox", name="Data set")).to_have_value("My people")
    button(page, "Train").click()
    until(page, lambda: step(page) > 5)
    see_rows(page)

    page.get_by_role("link", name="Data").click()
    use_again(page)
    page.get_by_role("link", name="Data").click()
    row = page.get_by_text("120 rows of 3 columns · 2 classes")
    expect(row).to_be_visible()
    button(page, "Details").click()
    # age and whether it is missing; three cities; five kinds of rooms
    expect(page.get_by_text("10 inputs; examples: 84 for training, 18 for validation, 18 for testing.")).to_be_visible()
    page.keyboard.press("Escape")
    rename_and_delete(page)


def means_missing(page: Page, text: str) -> None:
    """Write a text into the first column's cell of those that mean missing: the lowest age no longer counts."""
    columns = page.get_by_test_id("stDataFrame").first
    ages = columns.locator("canvas tr").nth(1)
    expect(ages).to_contain_text("20 … 69")
    box = page.locator("#portal input:focus")
    at_rest(page)  # an answer to what was chosen before closes a cell that is open
    until_by(page, lambda: columns.dblclick(position={"x": 400, "y": 52}), box.is_visible)
    box.press_sequentially(text)
    box.press("Enter")
    page.keyboard.press("Enter")
    expect(ages).to_contain_text("21 … 69")


def use_again(page: Page) -> None:
    """Begin another run with the only data set: the one before is left, and only Train is to be pressed."""
    button(page, "Use").click()
    page.wait_for_url("**/?*dataset=own*")
    expect(status(page)).to_have_text("Ready")
    assert "run=" not in page.url
    expect(button(page, "Train")).to_be_enabled()


def see_rows(page: Page) -> None:
    """Look at the rows beside the curves while a network trains, and open one of them."""
    table = page.locator(".mlp-live .rows")
    expect(table.locator("th")).to_have_text(["age", "city", "rooms", "true", "predicted"])
    rows = table.locator("tbody tr")
    expect(rows).to_have_count(15)
    assert set(rows.locator("td:nth-child(2)").all_text_contents()) == set(CITIES), "as text"
    until(page, lambda: rows.and_(page.locator(".right")).count() > 7)
    rows.nth(0).get_by_role("button").focus()
    page.keyboard.press("ArrowDown")
    expect(rows.nth(1).get_by_role("button")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"view=mistakes.*example=\d+"))
    expect(button(page, "Close")).to_be_visible()


def rename_and_delete(page: Page) -> None:
    """Give the only data set another name, then delete it together with what its run needs."""
    dialog = page.get_by_role("dialog")
    button(page, "Rename").click()
    dialog.get_by_role("textbox").fill("*Our* people")
    dialog.get_by_role("textbox").press("Enter")
    expect(page.get_by_text("*Our* people", exact=True).last).to_be_visible()  # and in a note on the import, if any
    expect(button(page, "Rename")).to_be_focused()
    button(page, "Delete").click()
    expect(dialog).to_contain_text("1 run needs it and can't be opened without")
    dialog.get_by_role("button", name="Delete").press("Enter")
    expect(dialog).to_have_count(0)
    expect(page.get_by_role("radio", name="File")).to_be_focused()
    expect(page.get_by_text("Your data sets")).to_have_count(0)


def test_an_import_is_canceled_and_one_that_fails_says_why_with_the_preview_still_there(page: Page) -> None:
    drop(page, "people.csv", (PEOPLE + 2000 * PEOPLE.partition("\n")[2]).encode())
    expect(page.get_by_text("rows × 4 columns")).to_be_visible(timeout=TIMEOUT)
    button(page, "Use it").click()
    streamlits_stop = page.get_by_test_id("stStatusWidget")
    streamlits_stop.wait_for(state="attached")
    expect(streamlits_stop).to_be_hidden()  # it would freeze the page
    expect(page.get_by_label("Name of the data set")).to_be_hidden()
    button(page, "Cancel").click()
    expect(button(page, "Use it")).to_be_visible()
    button(page, "Discard").press("Enter")
    expect(page.get_by_role("radio", name="File")).to_be_focused()
    drop(page, "pair.csv", b"size,kind\n1,a\n2,b\n")
    button(page, "Use it").click()
    expect(error(page)).to_contain_text("training, validation and test need at least one each. Add examples.")
    expect(page.get_by_text("2 rows × 2 columns")).to_be_visible()
    button(page, "Discard").click()
    expect(page.get_by_text("Your data sets")).to_have_count(0)


def test_images_are_dropped_and_a_mistake_is_found(page: Page, tmp_path: Path) -> None:
    shades = {
        f"set/{name}/{row}.png": shade(lowest + row)
        for name, lowest in (("dark", 0), ("light", 90))
        for row in range(60)
    }
    drop(page, "shades.zip", write_zip(tmp_path / "shades.zip", {**shades, "set/none/": b""}).read_bytes())
    expect(page.get_by_text("120 images of 2 classes")).to_be_visible(timeout=TIMEOUT)
    expect(page.get_by_text("No images in 1 folder: 'none'.")).to_be_visible()
    use(page)
    button(page, "Step").click()
    until(page, lambda: step(page) == 1)
    open_view(page, "Mistakes")
    expect(page.locator(".mlp-gallery li").first).to_be_visible()
    run = run_id(page)
    page.context.clear_cookies()  # now it is somebody else's browser
    page.goto(f"/?run={run}")
    expect(page.get_by_text("Read only: another browser controls this run")).to_be_visible()
    page.get_by_role("link", name="Data").click()
    expect(page.get_by_text("Drop a file here")).to_be_visible()
    expect(page.get_by_text("Your data sets")).to_have_count(0)


def test_a_bomb_is_refused_in_a_sentence_and_what_was_there_stays(page: Page, tmp_path: Path) -> None:
    bomb = write_zip(tmp_path / "bomb.zip", {"a/1.png": bytes(200_000_000)})
    drop(page, "bomb.zip", bomb.read_bytes())
    expect(error(page)).to_contain_text("bomb.zip has 0.2 MB but would unpack to 200 MB, as a ZIP bomb does.")
    expect(page.get_by_test_id("stFileChip")).to_have_count(0)  # for a moment, the page has the old one, too
    drop(page, "people.csv", PEOPLE.encode())
    expect(page.get_by_text("120 rows × 4 columns")).to_be_visible(timeout=TIMEOUT)
    expect(error(page)).to_have_count(0)


def test_everybody_can_use_the_page(page: Page, tmp_path: Path) -> None:
    """WCAG 2.1 AA as far as axe-core can tell, empty and with previews, in the light and in the dark."""

    def audit(state: str) -> None:
        page.mouse.move(1270, 700)  # off all buttons, whose colors and help fade
        for rules in (WCAG, CONTRAST):
            at_rest(page)  # what is drawn again is faint meanwhile
            assert violations(page, rules) == [], state
            before = page.evaluate(BACKGROUND)
            page.emulate_media(color_scheme="dark" if rules is WCAG else "light")
            until(page, lambda before=before: page.evaluate(BACKGROUND) != before)  # type: ignore[misc]

    page.emulate_media(color_scheme="light")
    expect(page.locator("input[type=file]")).to_be_attached()
    audit("empty")
    drop(page, "people.csv", PEOPLE.encode())
    expect(page.get_by_test_id("stDataFrame")).to_have_count(3, timeout=TIMEOUT)
    for fold in ("Split", "How the file is read"):
        page.get_by_test_id("stExpander").filter(has_text=fold).locator("summary").click()
    expect(page.get_by_role("combobox", name="Encoding")).to_be_visible()
    audit("table")
    button(page, "Discard").click()
    shades = {f"{name}/{row}.png": shade(row) for name in "ab" for row in range(3)}
    drop(page, "shades.zip", write_zip(tmp_path / "shades.zip", shades).read_bytes())
    expect(page.get_by_test_id("stDataFrame")).to_have_count(1)
    audit("images")
