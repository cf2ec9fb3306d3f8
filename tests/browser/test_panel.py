"""What the live panel shows at a glance: nothing moves, nothing covers anything else, and a class sees it all."""

from playwright.sync_api import Page, expect

from tests.browser.panel import SLOW, button, drag, number, status, step, train_until, until

PLACES = """() => [".cells", ".first-layer", "[data-chart=weights]"].map((name) => {
  const { x, y, width, height } = document.querySelector(`.mlp-live ${name}`).getBoundingClientRect();
  return [x, y, width, height].map(Math.round).join();
})"""
# The tiles whose words reach into their picture, or out of the tile.
COVERED = """() => [...document.querySelectorAll(".mlp-live .cells li")].filter((tile) => {
  const words = document.createRange();
  words.selectNodeContents(tile.querySelector("b"));
  const parts = [words, tile.querySelector(".image"), tile];
  const [answer, picture, frame] = parts.map((each) => each.getBoundingClientRect());
  return answer.left < picture.right || answer.right > frame.right - 4;
}).map((tile) => tile.textContent)"""
RIGHTMOST = """() => Math.max(...[...document.querySelectorAll(".mlp-live *")].map(
  (part) => part.getBoundingClientRect().right))"""
# The names in the strip of numbers that reach into the next one, or out of the panel.
CROWDED = """() => {
  const right = document.querySelector(".mlp-live .panel").getBoundingClientRect().right;
  const names = [...document.querySelectorAll(".mlp-live .numbers > *")].filter((each) => each.checkVisibility());
  const boxes = names.map((each) => {
    const words = document.createRange();
    words.selectNodeContents(each.querySelector("dt"));
    return words.getBoundingClientRect();
  });
  const ends = [...boxes.slice(1).map(({ left }) => left - 3), right];
  return names.filter((_, place) => boxes[place].right > ends[place]).map((each) => each.textContent);
}"""
COUNT_STEPS = """() => {
  const steps = document.querySelector('.mlp-live [data-name="step"] dd');
  window.shown = [steps.textContent];
  const note = () => window.shown.at(-1) === steps.textContent || window.shown.push(steps.textContent);
  new MutationObserver(note).observe(steps, { subtree: true, childList: true, characterData: true });
}"""
BOTTOM = "() => document.querySelector('.mlp-live .panel').getBoundingClientRect().bottom"


def test_nothing_moves_when_training_starts_and_all_stays_in_the_window(page: Page) -> None:
    page.goto(SLOW)
    expect(page.get_by_text("Press Train: its goal is to read digits.")).to_be_visible()
    expect(number(page, "step")).to_be_hidden()
    expect(page.locator(".mlp-live .units")).to_be_hidden()  # noise
    page.wait_for_function("() => document.querySelector('[data-chart=architecture] .plot')._fullLayout")
    before = page.evaluate(PLACES)
    assert page.evaluate(COVERED) == []
    button(page, "Step").click()
    until(page, lambda: step(page) == 1)
    expect(page.locator(".mlp-live .units")).to_be_visible()
    expect(page.locator(".mlp-live .time input")).to_be_visible()
    assert page.evaluate(PLACES) == before
    expect(page.get_by_test_id("stTooltipContent")).to_have_count(0)  # the pointer is still on the button
    drag(page, "Units in layer 1", "ArrowRight", 1)
    expect(page.get_by_text("100–200 → 101–200")).to_be_visible()
    until(page, lambda: page.evaluate(BOTTOM) <= 720)
    page.set_viewport_size({"width": 390, "height": 844})
    until(page, lambda: page.evaluate(RIGHTMOST) <= 390)
    until(page, lambda: page.evaluate(COVERED) == [])


def test_in_front_of_a_class_there_are_few_things_and_all_in_the_window(page: Page) -> None:
    train_until(page, 5, f"{SLOW}&present=yes")
    for width, height in ((1920, 1080), (1280, 720)):
        page.set_viewport_size({"width": width, "height": height})
        until(page, lambda bottom=height: page.evaluate(BOTTOM) <= bottom)  # type: ignore[misc]
        expect(page.locator(".mlp-live .time input")).to_be_in_viewport(ratio=1)
        expect(page.locator(".mlp-live .numbers dd").filter(visible=True)).to_have_count(1)
        until(page, lambda: page.evaluate(COVERED) == [])
    for chart in ("accuracy", "loss"):
        box = page.locator(f"[data-chart={chart}] .plot").bounding_box()
        assert box is not None
        assert box["height"] > 130
    weights, predictions = page.locator("[data-chart=weights]"), page.locator(".mlp-live .predictions")
    expect(weights).to_be_hidden()
    page.keyboard.press("w")
    expect(weights).to_be_visible()
    expect(predictions).to_be_hidden()
    page.keyboard.press("w")
    expect(predictions).to_be_visible()
    expect(status(page)).to_have_text("Training")


def test_names_and_numbers_stay_apart_and_inside_at_every_width(page: Page) -> None:
    train_until(page, 5, f"{SLOW}&epochs=10000&schedule=cosine")
    for width in (1105, 1180, 1204, 1280):
        page.set_viewport_size({"width": width, "height": 720})
        until(page, lambda: page.evaluate(CROWDED) == [])


def test_of_a_run_that_trains_slowly_every_step_is_shown(page: Page) -> None:
    train_until(page, 3, "/?dataset=digits&epochs=10000&pace=2")
    page.evaluate(COUNT_STEPS)
    page.wait_for_function("() => window.shown.length > 6")
    shown = [int(words.replace(",", "")) for words in page.evaluate("() => window.shown")]
    assert shown == list(range(shown[0], shown[0] + len(shown)))
