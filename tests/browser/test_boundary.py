"""The Decision boundary page in a real browser: points, units, weights set by hand, and what a link contains."""

import contextlib
import re

from playwright.sync_api import APIResponse, Error, Locator, Page, Route, expect

from tests.browser.panel import (
    at_rest,
    button,
    choose,
    expect_slider,
    number,
    share,
    slider,
    status,
    step,
    train_until,
    until,
    until_still,
)


def unit(page: Page, layer: int, which: int) -> Locator:
    return page.locator(f'.mlp-boundary .unit[data-layer="{layer}"][data-number="{which}"]')


def picture(page: Page) -> str:
    """The picture of the plane, as text."""
    found: str = page.evaluate("() => document.querySelector('.mlp-boundary .heat').toDataURL()")
    return found


def words(page: Page) -> Locator:
    return page.locator(".mlp-boundary .words")


# "gray" or "colored" for what is not a class: curves, numbers, lines of the network, hidden units' maps.
CHROMA = """() => {
  const kind = (color) => (Math.max(...color) - Math.min(...color) > 48 ? "colored" : "gray");
  const styled = (each, property) => getComputedStyle(each)[property].match(/\\d+/g).slice(0, 3).map(Number);
  const kinds = (selector, property) =>
    [...document.querySelectorAll(selector)].map((each) => kind(styled(each, property)));
  const maps = [...document.querySelectorAll('.mlp-boundary [data-layer="1"] canvas')].map((canvas) => {
    const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
    return kind([0, 1, 2].map((part) => pixels[part]));
  });
  const found = [
    kinds("[data-chart=loss] .js-line", "stroke"),
    kinds(".mlp-boundary .numbers dd", "color"),
    kinds(".mlp-boundary .links path:first-child", "stroke"),
    maps,
  ];
  return found.map((each) => (each.length ? each.sort()[0] : "missing"));
}"""

# Along the middle parts of the network's lines, the share of places where the line itself is what a pointer meets.
TOUCHED = """() => {
  const links = [...document.querySelectorAll(".mlp-boundary .links g")];
  const { left, top } = links[0].ownerSVGElement.getBoundingClientRect();
  const met = links.flatMap((link) => {
    const path = link.querySelector("path");
    return Array.from({ length: 30 }, (_, step) => {
      const { x, y } = path.getPointAtLength(path.getTotalLength() * (0.3 + 0.4 * step / 30));
      const place = { clientX: left + x, clientY: top + y, bubbles: true };
      document.elementFromPoint(place.clientX, place.clientY).dispatchEvent(new PointerEvent("pointermove", place));
      return link.matches(".near");
    });
  });
  return met.filter(Boolean).length / met.length;
}"""

# Where a line of the network is on the screen, a third of the way along.
PLACE = """(link) => {
  const path = link.querySelector("path");
  const { left, top } = link.ownerSVGElement.getBoundingClientRect();
  const { x, y } = path.getPointAtLength(path.getTotalLength() / 3);
  return [left + x, top + y];
}"""

# For 90 frames of training: whether the curve's end is at the panel's epoch and loss.
AGREEMENT = """() => new Promise((resolve) => {
  const number = (name) => document.querySelector(`.mlp-boundary [data-name="${name}"] dd`).textContent;
  const looks = new Set();
  let frames = 0;
  const look = () => {
    const plot = document.querySelector("[data-chart=loss] .plot > div");
    const train = plot._fullData.find(({ name }) => name === "train");
    const apart = train.x.at(-1) - Number(number("epoch"));
    looks.add(apart > -0.001 && apart < 0.1 && train.y.at(-1).toFixed(3) === number("training loss"));
    if (frames++ < 90) requestAnimationFrame(look);
    else resolve([...looks]);
  };
  look();
})"""


def test_the_boundary_moves_as_it_learns_and_each_unit_can_be_seen(page: Page, console_errors: list[str]) -> None:
    page.goto("/boundary?shape=Circles")
    expect(status(page)).to_have_text("Ready")
    expect(page.locator(".mlp-boundary .unit")).to_have_count(2 + 4 + 4 + 2)
    before = picture(page)
    for chart in ("loss", "accuracy"):  # before the first step, and in training, without scrolling
        expect(page.locator(f"[data-chart={chart}] .main-svg").first).to_be_visible()
        expect(page.locator(f"[data-chart={chart}]")).to_be_in_viewport(ratio=1)
    button(page, "Train").click()
    until(page, lambda: share(page, "validation accuracy") > 90)
    assert picture(page) != before
    for chart in ("loss", "accuracy"):
        expect(page.locator(f"[data-chart={chart}]")).to_be_in_viewport(ratio=1)
    # A color is a class: neither signs of weights, nor units' values, nor splits have one.
    assert page.evaluate(CHROMA) == 4 * ["gray"]
    assert page.evaluate(AGREEMENT) == [True]
    button(page, "Pause").click()
    expect(status(page)).to_have_text("Paused")

    whole = picture(page)
    unit(page, 1, 2).hover()
    expect(words(page)).to_have_text("Layer 1, unit 3")
    until(page, lambda: picture(page) != whole)
    page.mouse.move(5, 5)
    expect(words(page)).to_contain_text("Color: predicted class")
    until(page, lambda: picture(page) == whole)

    reached = step(page)
    button(page, "Step").click()
    until(page, lambda: step(page) == reached + 1)
    button(page, "Restart").click()
    expect(status(page)).to_have_text("Ready")
    assert console_errors == []


def test_an_answer_that_comes_late_never_takes_the_place_of_a_later_one(page: Page) -> None:
    page.goto("/boundary?shape=Circles")
    expect(status(page)).to_have_text("Ready")
    whole = picture(page)
    held: list[tuple[Route, APIResponse]] = []
    page.route(re.compile(r"/plane/.*unit=1\.0"), lambda route: held.append((route, route.fetch())))

    def release() -> None:
        route, answer = held.pop()
        with contextlib.suppress(Error):  # the browser may have given the question up
            route.fulfill(response=answer)
        page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")

    unit(page, 1, 0).hover()
    until(page, lambda: len(held) == 1)
    unit(page, 1, 1).hover()
    until(page, lambda: picture(page) != whole)
    second = picture(page)
    release()
    assert picture(page) == second

    button(page, "Step").click()
    expect(status(page)).to_have_text("Paused")
    unit(page, 1, 0).hover()
    until(page, lambda: len(held) == 1)
    button(page, "Restart").click()
    expect(status(page)).to_have_text("Ready")
    release()
    assert step(page) == 0


def test_a_weight_set_by_hand_moves_the_boundary(page: Page) -> None:
    page.goto("/boundary?layers=1&learning_rate=0.1")
    expect(status(page)).to_have_text("Ready")
    unit(page, 1, 0).click()
    weight = page.get_by_role("textbox", name="Weight of Input x")
    was, loss = weight.input_value(), number(page, "training loss").text_content()
    weight.fill("1e30")
    weight.press("Enter")
    expect(page.get_by_text("must be a number from -100 to 100")).to_be_visible()
    expect(weight).to_have_value(was)
    weight.fill("-9.5")
    weight.press("Enter")
    expect(weight).to_have_value("-9.5")
    expect(number(page, "training loss")).not_to_have_text(str(loss))
    weight.fill("13")
    weight.press("Escape")  # takes it back
    # A line leads to its weight, also between its dashes and below the wider target of another.
    expect(weight).to_be_hidden()
    assert page.evaluate(TOUCHED) > 0.95
    line = page.locator(".mlp-boundary .links g").first
    x, y = line.evaluate(PLACE)
    page.mouse.move(x, y)
    expect(line).to_have_class("near")
    page.mouse.click(x, y)
    expect(page.get_by_role("textbox", name="Weight of Input x")).to_have_value("-9.5")
    expect(words(page)).to_have_text("Layer 1, unit 1")
    # What a person has selected stays so while the weight itself moves.
    at_rest(page)
    slider(page, "Number of points").focus()
    page.keyboard.press("t")  # a shortcut, on a slider as well
    until(page, lambda: step(page) > 0)
    assert float(weight.input_value()) < -9
    unit(page, 2, 0).click()
    bias = page.get_by_role("textbox", name="Bias")
    was = bias.input_value()
    until(page, lambda: bias.input_value() != was)
    bias.dblclick()
    reached = step(page)
    until(page, lambda: step(page) > reached + 20)
    page.keyboard.type("20")
    assert bias.input_value() == "20"
    page.keyboard.press("Enter")
    until(page, lambda: 10 < float(bias.input_value()) < 20)  # it moves again


def test_points_are_added_by_clicks_and_by_keys_and_a_link_carries_them(page: Page) -> None:
    page.goto("/boundary?shape=Empty&classes=2&batch_size=1")
    expect(words(page)).to_contain_text("There are no points yet")
    expect(button(page, "Train")).to_be_disabled()
    spot = page.locator(".mlp-boundary .spot")
    box = spot.bounding_box()
    assert box
    for across, down in ((0.3, 0.3), (0.32, 0.4), (0.3, 0.5)):  # as fast as a mouse can
        page.mouse.click(box["x"] + across * box["width"], box["y"] + down * box["height"])
    until(page, lambda: page.url.count("_0.") == 2 and page.url.endswith("_0"))
    expect(unit(page, 1, 0)).to_be_visible()

    swatches = page.locator(".adding i").evaluate_all("(all) => all.map((each) => getComputedStyle(each).clipPath)")
    assert [shape.split("(")[0] for shape in swatches] == ["circle", "polygon"]  # as the points are
    page.locator(".adding").get_by_text("B", exact=True).click()
    spot.focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    expect(spot).to_have_attribute("aria-label", re.compile(r"^The plane, at -0\.\d\d, -?0\.\d\d: [AB], \d+ %\."))
    page.keyboard.press("Enter")
    until(page, lambda: page.url.endswith("_100"))
    in_words = re.compile(r"^Predictions across the plane: A on \d+ %, B on \d+ %$")
    expect(page.locator(".mlp-boundary .heat")).to_have_attribute("aria-label", in_words)
    button(page, "Train").click()
    until(page, lambda: share(page, "training accuracy") == 100)

    other = page.context.new_page()
    other.goto(page.url)
    expect(other.locator(".mlp-boundary .unit").first).to_be_visible()
    other.get_by_role("button", name="Remove last added point").click()
    until(other, lambda: other.url.endswith("_0"))
    other.get_by_role("button", name="Remove all added points").click()
    expect(words(other)).to_contain_text("There are no points yet")
    other.close()


def test_a_link_opens_a_whole_experiment_and_another_network_trains_on(page: Page) -> None:
    link = "/boundary?task=Regression&surface=Waves&layers=1&units1=8&features=x&features=y&features=xy"
    train_until(page, 20, link)
    expect(page.locator(".mlp-boundary .unit")).to_have_count(3 + 8 + 1)
    page.get_by_text("Loss landscape").first.click()
    until_still(page)  # a button that is still unfolding may not be where it is pressed
    page.get_by_role("button", name="Compute the landscape").click()
    expect(page.locator("[data-chart=landscape] .main-svg").first).to_be_visible()
    expect(page.get_by_text("of the path's variation")).to_be_visible()
    expect(status(page)).to_have_text("Training")
    slider(page, "Hidden layers").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".mlp-boundary .unit")).to_have_count(3 + 8 + 4 + 1)
    until(page, lambda: "layers" not in page.url)  # two is the default
    expect(status(page)).to_have_text("Training")
    until(page, lambda: step(page) > 20)

    page.get_by_role("radio", name="Classification").click()
    # A list would be closed by this answer.
    expect(page.locator('.mlp-boundary .unit[data-layer="3"]')).to_have_count(2)
    choose(page, "Points", "Spirals")
    expect(page.locator('.mlp-boundary .unit[data-layer="3"]')).to_have_count(3)


def test_back_and_forward_bring_the_settings_and_another_page_keeps_them(page: Page) -> None:
    page.goto("/boundary?shape=spirals")
    expect_slider(page, "Noise", "0.05")
    slider(page, "Noise").press("ArrowRight")
    until(page, lambda: "noise=0.06" in page.url)
    slider(page, "Units in layer 1").press("ArrowLeft")
    until(page, lambda: "hidden=3-4" in page.url)
    expect(slider(page, "Units in layer 1")).to_be_focused()
    page.go_back()
    expect_slider(page, "Units in layer 1", "4")
    expect_slider(page, "Noise", "0.06")
    page.go_forward()
    expect_slider(page, "Units in layer 1", "3")
    page.get_by_role("link", name="Train").click()
    expect(page.locator(".mlp-live .state")).to_be_visible()
    page.get_by_role("link", name="Boundary").click()
    expect_slider(page, "Units in layer 1", "3")
    until(page, lambda: page.url.endswith("/boundary?shape=spirals&noise=0.06&hidden=3-4"))


def test_back_to_an_address_without_settings_has_it_say_what_was_trained(page: Page) -> None:
    page.goto("/boundary")
    before = page.evaluate("navigation.currentEntry.index")
    page.locator(".adding").get_by_text("A", exact=True).click()
    page.locator(".mlp-boundary .spot").click()
    until(page, lambda: "own=" in page.url)
    shown = page.url
    button(page, "Step").click()
    until(page, lambda: step(page) == 1)
    page.go_back()
    expect(page).to_have_url(shown)
    assert page.evaluate("navigation.currentEntry.index") == before, "else Back would lead here again and again"


def test_nothing_that_is_clicked_can_break_the_page(page: Page, console_errors: list[str]) -> None:
    train_until(page, 10, "/boundary?task=Regression&shape=Circles")
    expect(page.locator("[data-chart=loss] h3")).to_have_text("Loss: half the squared error")
    page.locator(".adding").get_by_text("low").click()
    box = page.locator(".mlp-boundary .spot").bounding_box()
    assert box
    for click in range(12):  # while it trains, as fast as a mouse can
        page.mouse.click(box["x"] + (0.1 + 0.06 * click) * box["width"], box["y"] + 0.5 * box["height"])
    until(page, lambda: page.url.count("_-100") == 12)

    # A height of −1 is not a class: such points are ignored, and everything else stays.
    page.get_by_role("radio", name="Classification").click()
    expect(page.get_by_text("Ignored for now: 12 added points of none of these classes.")).to_be_visible()
    expect(page.locator('.mlp-boundary .unit[data-layer="3"]')).to_have_count(2)
    expect(status(page)).to_have_text("Training")
    choose(page, "Points", "Empty")
    expect(words(page)).to_contain_text("There are no points yet")
    page.get_by_role("button", name="Remove all added points").click()
    until(page, lambda: "own=" not in page.url)
    for _ in range(2):
        page.locator(".mlp-boundary .spot").click()
        expect(page.locator(".mlp-boundary .links g")).to_have_count(2 * 4 + 4 * 4 + 4 * 3)
        expect(number(page, "validation accuracy")).to_have_text("–")
        page.get_by_role("button", name="Remove all added points").click()
        expect(words(page)).to_contain_text("There are no points yet")
    for nonsense, sentence in (
        ("own=nonsense&noise=77&layers=-3", "The added points in the link can't be read"),
        ("own=9999_0_0.10_10_0", "outside the plane, or too many"),
    ):
        page.goto(f"/boundary?{nonsense}")
        expect(page.get_by_text(sentence)).to_be_visible()
        expect(status(page)).to_have_text("Ready")
    assert console_errors == []
