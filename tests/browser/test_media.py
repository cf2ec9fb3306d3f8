"""The page on paper, in the colors of a high-contrast theme, and enlarged to 400 %."""

import itertools

from playwright.sync_api import Browser, Page, ViewportSize, expect

from mlp import RunConfig
from mlp.store import Store
from tests.browser.panel import number, swipe, until
from tests.stored_runs import keep

TOP = "(place) => place.getBoundingClientRect().top"
A4: tuple[ViewportSize, ...] = ({"width": 718, "height": 1047}, {"width": 1047, "height": 718})  # within its margins

# Where the elements are that can be seen.
BOXES = """(selector) =>
  [...document.querySelectorAll(selector)].filter((node) => node.checkVisibility()).map((node) => {
    const { left, right, top, bottom } = node.getBoundingClientRect();
    return { left, right, top, bottom };
  })"""


def boxes(page: Page, selector: str) -> list[dict[str, float]]:
    found: list[dict[str, float]] = page.evaluate(BOXES, selector)
    return found


def overlap(one: dict[str, float], other: dict[str, float]) -> bool:
    return (
        min(one["right"], other["right"]) - max(one["left"], other["left"]) > 1
        and min(one["bottom"], other["bottom"]) - max(one["top"], other["top"]) > 1
    )


def test_on_paper_charts_are_whole_and_apart_without_controls_and_dark_becomes_light(page: Page, stored: str) -> None:
    page.emulate_media(color_scheme="dark")
    page.goto(f"/?run={stored}&view=robustness")
    expect(page.locator(".plot .main-svg:first-child")).to_have_count(5, timeout=30_000)
    expect(page.locator(".mlp-gallery > li").first).to_be_visible()
    page.get_by_role("button", name="For the classroom").click()
    expect(page.get_by_role("dialog")).to_be_visible()

    # As the browser does before it prints, which tests can't see; then the paper is as large as the window.
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    for paper in A4:
        page.set_viewport_size(paper)
        page.wait_for_function("(width) => window.innerWidth === width", arg=paper["width"])
        figures, examples = boxes(page, ".mlp-board figure"), boxes(page, ".mlp-gallery > li")
        assert len(figures) == 5, paper
        assert len(examples) == 12, paper
        assert not [pair for pair in itertools.combinations(figures + examples, 2) if overlap(*pair)], paper
        for figure, drawing in zip(figures, boxes(page, ".plot .main-svg:first-child"), strict=True):
            assert drawing["right"] <= figure["right"] + 1 <= paper["width"] + 1, paper
            assert drawing["bottom"] <= figure["bottom"] + 1, paper
    expect(page.locator("[role=dialog]")).to_be_hidden()
    for control in ("[data-testid=stSidebar]", ".st-key-transport", ".time", ".st-key-tabs [aria-checked=false]"):
        expect(page.locator(control).first, control).to_be_hidden()
    expect(page.locator(".st-key-tabs [aria-checked=true]")).to_be_visible()  # says what is shown
    expect(page.locator("body")).to_have_css("background-color", "rgb(255, 255, 255)")
    expect(page.get_by_test_id("stMainBlockContainer")).to_have_css("filter", "invert(1) hue-rotate(180deg)")


def test_on_paper_runs_lack_their_filter_and_chosen_axes_their_crosses(page: Page) -> None:
    store = Store()
    for rate in (0.1, 0.2):
        keep(store, RunConfig(dataset="digits", hidden=(16,), learning_rate=rate), "anybody")
    store.close()
    page.goto("/runs")
    axes = page.get_by_test_id("stMultiSelect")
    page.get_by_role("radio", name="Parallel").click(timeout=30_000)
    cross = axes.get_by_role("button", name="Remove Learning rate")
    expect(cross).to_be_visible(timeout=30_000)
    words = page.locator(".st-key-filter_words")
    expect(words).to_be_visible()
    page.emulate_media(media="print")
    expect(cross).to_be_hidden()
    expect(words).to_be_hidden()
    expect(axes.get_by_text("Learning rate").filter(visible=True)).to_be_visible()


def test_in_a_high_contrast_theme_pictures_sliders_and_what_is_chosen_can_be_seen(page: Page, stored: str) -> None:
    def color(selector: str) -> str:
        found = page.locator(selector).first
        expect(found).to_be_visible(timeout=30_000)
        return str(found.evaluate("(node) => getComputedStyle(node).backgroundColor"))

    def drawn(selector: str) -> str:
        return str(page.locator(selector).first.evaluate("(node) => getComputedStyle(node).backgroundImage"))

    page.emulate_media(forced_colors="active")
    page.goto(f"/?run={stored}&view=robustness")
    assert color(".mlp-gallery .ink") != color(".mlp-gallery > li")
    assert color(".st-key-tabs [aria-checked=true]") != color(".st-key-tabs [aria-checked=false]")
    track = "[data-testid=stMain] [data-testid=stSlider] [role=group] > div > div"
    for bar in (".mlp-gallery ul i", ".mlp-live .time input", track):
        assert "gradient" in drawn(bar), bar


def test_in_a_dark_high_contrast_theme_words_can_be_read_also_with_the_light_theme(page: Page, stored: str) -> None:
    page.add_init_script("""localStorage.setItem("stActiveTheme-/-v2", '"Light"')""")
    page.emulate_media(forced_colors="active", color_scheme="dark")
    page.goto(f"/?run={stored}")
    number = page.locator(".mlp-live .numbers [data-name=validation] dd")
    expect(number).to_be_visible(timeout=30_000)
    for words in (number, page.locator(".mlp-live .numbers [data-name=train] dd")):
        expect(words).to_have_css("color", "rgb(255, 255, 255)")
    expect(page.locator(".mlp-live .sure").first).to_have_css("background-color", "rgb(255, 255, 255)")
    page.goto(f"/?run={stored}&view=mistakes")
    cell = page.locator(".mlp-confusion td:not(.often)").first
    expect(cell).to_be_visible(timeout=30_000)
    expect(cell).to_have_css("color", "rgb(13, 21, 29)")


def test_at_400_percent_predictions_can_be_read_and_the_pages_name_is_beside_the_buttons(
    page: Page, stored: str
) -> None:
    page.set_viewport_size({"width": 320, "height": 900})
    page.goto(f"/?run={stored}")
    expect(page.locator(".cells .wrong b").first).to_be_visible(timeout=30_000)
    words = page.locator(".cells :is(b, span)")
    letters = words.evaluate_all("(all) => all.map((each) => parseFloat(getComputedStyle(each).fontSize))")
    assert min(letters) > 10
    assert not words.evaluate_all("(all) => all.filter((each) => each.scrollWidth > each.clientWidth).length")

    page.goto("/boundary")
    expect(page.locator(".st-key-phone_bar h1")).to_have_text("Boundary", timeout=30_000)
    button = page.locator(".st-key-toolbar button").filter(visible=True).first
    expect(button).to_be_visible(timeout=30_000)
    name = page.locator(".st-key-phone_bar h1").bounding_box()
    corner = button.bounding_box()
    assert name
    assert corner
    assert name["x"] + name["width"] < corner["x"]


def test_what_is_pressed_is_large_enough_for_fingers(browser: Browser, app_url: str, stored: str) -> None:
    context = browser.new_context(
        base_url=app_url, viewport={"width": 1180, "height": 820}, has_touch=True, is_mobile=True
    )
    page = context.new_page()
    page.goto(f"/?run={stored}")
    play, links = ".mlp-live .play", "[data-testid=stSidebarNavLink]"
    for pressed, least in ((play, 40), (".mlp-live .time input", 30), (".st-key-toolbar button", 36), (links, 34)):
        place = page.locator(pressed).first
        expect(place).to_be_visible(timeout=30_000)
        assert min(place.evaluate("(place) => [place.offsetWidth, place.offsetHeight]")) >= least, pressed
    context.close()


def test_a_finger_scrolls_the_page_over_charts_and_sliders_and_a_tap_shows_or_sets_a_value(
    browser: Browser, app_url: str, stored: str
) -> None:
    context = browser.new_context(
        base_url=app_url, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )
    page = context.new_page()
    page.goto(f"/?run={stored}")
    curve = page.locator('[data-chart="loss"] .plot')
    expect(curve.locator(".nsewdrag")).to_be_attached(timeout=30_000)
    last = number(page, "step").text_content() or ""
    slider = page.locator(".mlp-live .time input")
    page.evaluate("""() => {
        window.steps = 0;
        document.addEventListener("scrollend", () => (window.rests = true), true);
        document.querySelector(".time input").addEventListener("input", () => (window.steps += 1));
    }""")
    for place in (curve, page.locator('[data-chart="accuracy"] .plot'), slider):
        place.evaluate("(place) => place.scrollIntoView({ block: 'center' })")
        page.evaluate("new Promise(requestAnimationFrame).then(() => (window.rests = false))")  # what that has scrolled
        top = place.evaluate(TOP)
        swipe(page, place, 0, -150)
        until(page, lambda: page.evaluate("rests"))
        assert place.evaluate(TOP) < top - 50
    assert page.evaluate("[steps, document.querySelector('[data-chart=loss] .plot').layout.xaxis.range[0]]") == [0, 0]
    assert slider.evaluate("(slider) => slider.value === slider.max")
    curve.tap()
    expect(curve.locator(".hoverlayer .legend")).to_be_visible()
    slider.tap(position={"x": 10, "y": 8})
    expect(number(page, "step")).to_have_text("0")
    swipe(page, slider, 150, 5)
    expect(number(page, "step")).to_have_text(last)
    context.close()
