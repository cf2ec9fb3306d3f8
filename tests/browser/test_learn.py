"""The Learn page: every scene to its end, by mouse and by keyboard, with a prediction to compare."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.panel import at_rest, button, until
from tests.browser.tour import Tour

SCENES = {
    "perceptron": "A perceptron",
    "dense": "A dense layer",
    "bend": "Why it must bend",
    "relu": "ReLU and relatives",
    "softmax": "Softmax and the loss",
    "chain": "The chain rule",
    "step": "One step",
    "batches": "Mini-batches and epochs",
    "start": "The first weights",
}
# The charts of each scene: at first, and when its experiment has run.
CHARTS = {
    "perceptron": (["line"], ["mine", "trained"]),
    "dense": ([], ["found"]),
    "bend": (["folded"], ["linear", "bent"]),
    "relu": (["bend"], ["found"]),
    "softmax": (["probabilities", "gradient"], ["found"]),
    "chain": (["network"], ["found"]),
    "step": (["step"], ["found"]),
    "batches": (["batch", "agreement"], ["found"]),
    "start": (["signal"], ["found"]),
}
STAGES = ["x", "z1", "a1", "z2", "logp", "loss", "dz2", "dW2", "db2", "da1", "dz1", "dW1", "db1"]


# Whether every formula ends within its column.
FORMULAS_FIT = """() => {
  const formulas = [...document.querySelectorAll("[data-testid=stMain] .katex-display .base")];
  const end = (element) => element.getBoundingClientRect().right;
  const fits = (each) => end(each) <= end(each.closest("[data-testid=stColumn]")) + 1;
  return formulas.length > 0 && formulas.every(fits);
}"""


def test_no_formula_is_cut_off_on_a_tablet_held_upright(page: Page) -> None:
    page.set_viewport_size({"width": 820, "height": 1180})
    page.goto("/learn")
    expect(page.get_by_test_id("stMain").locator(".katex-display")).to_be_visible()
    until(page, lambda: page.evaluate(FORMULAS_FIT))


def test_no_formula_and_no_choice_is_cut_off_on_a_tablet_on_its_side(page: Page) -> None:
    page.set_viewport_size({"width": 1024, "height": 768})
    page.goto("/learn?scene=step")
    expect(page.get_by_test_id("stMain").locator(".katex-display")).to_be_visible()
    until(page, lambda: page.evaluate(FORMULAS_FIT))
    page.get_by_role("radiogroup", name="Scenes").get_by_text("5. Softmax and the loss").click()
    answers = page.get_by_role("radiogroup", name="Correct class")
    expect(answers.get_by_role("radio", name="C is correct")).to_be_attached()
    for width in (1180, 1024):
        page.set_viewport_size({"width": width, "height": 768})
        page.wait_for_function("(width) => window.innerWidth === width", arg=width)
        assert answers.evaluate("(all) => all.scrollWidth <= all.clientWidth")
    page.get_by_role("radiogroup", name="Scenes").get_by_text("8. Mini-batches and epochs").click()
    expect(page.locator('[data-chart="agreement"] .xtick text')).to_have_text(["1", "16", "256"])


def title(page: Page, name: str) -> Locator:
    return page.get_by_test_id("stMain").get_by_role("heading", name=name, exact=True)


def predictions(page: Page) -> Locator:
    return page.get_by_role("radiogroup", name="Your prediction").get_by_role("radio")


def predict(page: Page, number: int = 0) -> None:
    """Choose an answer and run the experiment."""
    expect(predictions(page)).to_have_count(3)
    expect(page.get_by_role("radiogroup", name="Your prediction").locator("input:checked")).to_have_count(0)
    expect(button(page, "Run it")).to_be_disabled()
    verdict = page.locator(".mlp-verdict[role=status]")
    expect(verdict).to_be_empty()  # it is on the page before it speaks, or no screen reader would announce it
    page.get_by_role("radiogroup", name="Your prediction").locator("label").nth(number).click()
    button(page, "Run it").click()
    expect(verdict).to_contain_text("You said")


def expect_on_screen(page: Page, what: Locator) -> None:
    """Wait until all of it can be seen without scrolling, with the page's charts and numbers in place."""
    expect(page.locator(".mlp-board figure .main-svg, .mlp-matrices button").first).to_be_visible()
    expect(what).to_have_count(1)  # the scene before stays until all of the next one is drawn
    expect(what).to_be_in_viewport(ratio=1)


def test_next_leads_through_every_scene_to_its_end(page: Page, console_errors: list[str]) -> None:
    tour = Tour(page)
    page.emulate_media(color_scheme=tour.schemes[0])
    page.goto("/")
    page.get_by_role("link", name="Learn").click()
    for number, (scene, name) in enumerate(SCENES.items(), start=1):
        expect(title(page, name)).to_be_visible()
        first, found = CHARTS[scene]
        expect(page.get_by_text(f"{number} of 9 ·")).to_be_visible()
        expect_on_screen(page, button(page, "Run it"))
        if number == 1:  # the code is folded until a reader asks for it; then it is there in every scene
            expect(page.locator(".mlp-source")).to_have_count(0)
            page.get_by_text("Show the code").click()
        expect(page.locator(".mlp-source li.marked").first).to_be_visible()
        tour.look(*first, audit=scene in ("perceptron", "chain"))
        if scene == "batches":
            page.get_by_role("radio", name="Batch normalization").click()
            expect(page.locator(".mlp-source").first).to_contain_text("self.mean = ")
            tour.look("batch", "strips")
            page.get_by_role("radio", name="Gradient").click()
        predict(page)
        tour.look(*first, *found)
        if name == "A perceptron":
            titles = page.locator("figure[data-chart]:visible figcaption")
            expect(titles).to_have_text([re.compile("Your line"), re.compile("Your line"), re.compile("Trained line")])
        expect(page.get_by_test_id("stException")).to_have_count(0)
        if number < len(SCENES):
            button(page, "Next").click()
            expect(page).to_have_url(re.compile(f"scene={list(SCENES)[number]}"))
    expect(button(page, "Next")).to_be_disabled()
    button(page, "Back").click()
    expect(title(page, "Mini-batches and epochs")).to_be_visible()
    page.get_by_role("radiogroup", name="Scenes").get_by_text("2. A dense layer").click()
    expect(title(page, "A dense layer")).to_be_visible()
    expect(page).to_have_url(re.compile("scene=dense"))
    assert tour.leaves_out("learn") == []
    assert console_errors == []


def test_the_walk_goes_to_its_last_stage_and_its_gradients_agree_with_the_numerical_check(page: Page) -> None:
    page.goto("/learn?scene=chain&code=true")
    sections = page.locator(".mlp-matrices section")
    numbers, checked = sections.nth(1).locator("button"), sections.nth(2).locator(".grid span")
    for number, key in enumerate(STAGES, start=1):
        expect(page.get_by_text(f"{number} of 13:")).to_be_visible()
        expect(page.locator(".mlp-source li.marked").first).to_be_visible()
        expect_on_screen(page, button(page, "Run it"))
        until(page, lambda: page.evaluate(FORMULAS_FIT))
        expect(sections).to_have_count(3 if key.startswith("d") else 2)
        if key.startswith("d"):  # drawn by a component, maybe one after the other
            until(page, lambda: numbers.all_inner_texts() == checked.all_inner_texts())
        if number < len(STAGES):
            button(page, "Next stage").click()
            expect(page).to_have_url(re.compile(f"stage={STAGES[number]}(&|$)"))
    expect(button(page, "Next stage")).to_be_disabled()
    at_rest(page)
    page.get_by_role("radiogroup", name="Scenes").locator("input:checked").focus()  # on a choice, letters are shortcuts
    page.keyboard.press("p")
    expect(page.get_by_text("12 of 13:")).to_be_visible()
    # While the page's script runs, Streamlit may not hear a button's key.
    at_rest(page)
    page.keyboard.press("n")
    expect(page.get_by_text("13 of 13:")).to_be_visible()


def test_a_link_opens_a_stage_and_a_number_that_is_pressed_is_explained(page: Page) -> None:
    page.goto("/learn?scene=chain&stage=dW2&code=true")
    expect(page.get_by_text("8 of 13: The slope of each weight in layer 2")).to_be_visible()
    expect(page.locator(".mlp-source figcaption")).to_have_text(re.compile(r"mlp/network/layers\.py:\d+"))
    expect(page.locator(".mlp-source li.marked")).to_contain_text("matmul(input.T, grad_output")
    second = page.get_by_role("button", name="∂L/∂W⁽²⁾ row 1, column 2")
    value = (second.text_content() or "").replace("−", "-")
    expect(second).to_have_attribute("aria-pressed", "false")
    second.click()
    expect(second).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".katex-html").last).to_contain_text(value.replace("-", "−"))
    expect(page.locator(".mlp-matrices figure").nth(1).locator(".marked")).to_have_text(re.compile(r"^−?0\.\d{3}$"))
    button(page, "Next").click()
    expect(title(page, "One step")).to_be_visible()
    expect(page).to_have_url(re.compile(r"scene=step(?!.*stage)"))
    page.go_back()
    expect(page.get_by_text("8 of 13: The slope of each weight in layer 2")).to_be_visible()


def test_a_prediction_by_keyboard_alone(page: Page) -> None:
    page.goto("/learn?scene=step")
    expect(title(page, "One step")).to_be_visible()
    expect(button(page, "Run it")).to_be_disabled()
    tab_to(page, "Learning rate η")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_text(re.compile("This example's loss goes from"))).to_contain_text("to 0.3")
    tab_to(page, "faster")  # the first answer; arrows lead on
    page.keyboard.press("ArrowRight")
    expect(button(page, "Run it")).to_be_enabled()
    tab_to(page, "Run it")
    page.keyboard.press("Enter")
    expect(page.get_by_text("You said “slower”, and you were right.")).to_be_visible()
    expect(
        page.get_by_text(re.compile(r"After 3 epochs it gets [\d.]+.% right; with 0.1 it was [\d.]+.%"))
    ).to_be_visible()
    page.get_by_role("radio", name="fifty times as large").click()  # another question takes the answer back
    expect(page.get_by_text("You said")).to_have_count(0)
    button(page, "Run it").click()
    expect(page.get_by_text("You said “slower”; the answer was “nothing: training breaks down”.")).to_be_visible()


def tab_to(page: Page, name: str) -> None:
    """Press Tab until the focused control has this name."""
    for _ in range(80):
        page.keyboard.press("Tab")
        if name in str(page.evaluate(FOCUSED)):
            return
    pytest.fail(f"Tab never reached {name!r}.")


FOCUSED = """() => {
  const at = document.activeElement;
  if (!at.matches("input, button")) return ""; // the page itself, while it scrolls
  return [at.getAttribute("aria-label"), at.closest("label")?.textContent, at.textContent].join(" ");
}"""


def test_nonsense_in_the_address_gives_a_warning_and_the_first_scene(page: Page) -> None:
    page.goto("/learn?scene=sofmax&stage=%3Cb%3E")
    expect(
        page.get_by_text("There is no scene 'sofmax'. Did you mean 'softmax'? Here is the first one.")
    ).to_be_visible()
    expect(title(page, "A perceptron")).to_be_visible()
    button(page, "Next").click()
    expect(title(page, "A dense layer")).to_be_visible()
    expect(page.get_by_text("There is no scene")).to_have_count(0)
    page.goto("/learn?scene=chain&stage=%3Cb%3E")
    expect(page.get_by_text("There is no stage '<b>'. Here is the first one.")).to_be_visible()
    expect(page.get_by_text("1 of 13:")).to_be_visible()
