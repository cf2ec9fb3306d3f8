"""Every chart keeps to the theme's colors: on every page, after every switch of view, in the light and in the dark."""

import re
import tomllib
from dataclasses import replace
from typing import Any, Literal, get_args

import pytest
from playwright.sync_api import Page, expect

from mlp.store import Store
from tests.browser.conftest import ROOT
from tests.browser.panel import button, comes_true, status, until
from tests.stored_runs import SMALL, keep
from ui.how.scenes import SCENES

pytestmark = pytest.mark.browser

Scheme = Literal["dark", "light"]
SCHEMES: tuple[Scheme, ...] = get_args(Scheme)
THEMES = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))["theme"]
COLORS = {scheme: {color.upper() for color in re.findall(r"#\w{6}", str(THEMES[scheme]))} for scheme in SCHEMES}
SECONDS = 20  # a worker computes the landscape

# The charts that each view of Inspect shows, from left to right, and each scene of How it works: at first, and when its
# experiment has run.
INSPECTED: tuple[tuple[str, ...], ...] = (
    ("scores", "calibration"),
    (),
    ("outgoing", "layer0", "layer1", "layer2"),
    (),
    ("projection2",),
    ("right", "degrees", "size", "noise", "covered"),
)
SCENE_CHARTS = {
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

# What Plotly has drawn: which charts, and where each color is first met. Parts that can't be seen have no color: grid
# lines have a fill, but no area. A landscape's steps are mixed from the theme's colors.
DRAWN = """() => {
  const charts = [...document.querySelectorAll("[data-chart]")].filter((chart) => chart.checkVisibility());
  const colors = {};
  for (const chart of charts) {
    for (const node of chart.querySelectorAll(".main-svg :is(path, line, text, rect, circle, polygon)")) {
      if (node.closest("defs, .modebar, .draglayer, .contourbg, .contourfill, .cbfills")) continue;
      if (!node.checkVisibility({ checkOpacity: true })) continue;
      const { width, height } = node.getBoundingClientRect();
      const style = getComputedStyle(node);
      const seen = { fill: width && height, stroke: (width || height) && parseFloat(style.strokeWidth) };
      for (const part of ["fill", "stroke"]) {
        const color = style[part];
        if (!seen[part] || color === "none" || style[`${part}Opacity`] === "0" || / 0\\)$/.test(color)) continue;
        const [red, green, blue] = color.match(/[\\d.]+/g).map((part) => Number(part).toString(16).padStart(2, "0"));
        const place = `${part} of ${node.getAttribute("class")} in ${chart.dataset.chart}`;
        colors[`#${red}${green}${blue}`.toUpperCase()] ??= place;
      }
    }
  }
  const names = charts.filter((chart) => chart.querySelector(".main-svg")).map((chart) => chart.dataset.chart);
  const still = document.querySelector("[data-test-script-state=notRunning]");
  return { names, colors, settled: Boolean(still) && names.length === charts.length };
}"""


class Tour:
    """Looks at the charts of a page in both themes, and remembers which charts it has seen."""

    def __init__(self, page: Page) -> None:
        self.page, self.schemes, self.seen = page, list(SCHEMES), set[str]()

    def look(self, *names: str) -> None:
        """Wait until these charts are drawn in one theme's colors alone, then in the other's; that theme stays."""
        for scheme in self.schemes:
            self.page.emulate_media(color_scheme=scheme)
            drawn: dict[str, Any] = {}

            def kept(scheme: Scheme = scheme, drawn: dict[str, Any] = drawn) -> bool:
                drawn |= self.page.evaluate(DRAWN)
                drawn["wrong"] = {part: color for color, part in drawn["colors"].items() if color not in COLORS[scheme]}
                return drawn["settled"] and set(names) <= set(drawn["names"]) and not drawn["wrong"]

            assert comes_true(self.page, kept, SECONDS), f"{scheme}, waited for {names}: {drawn}"
            self.seen |= set(drawn["names"])
        self.schemes.reverse()

    def press(self, name: str, which: int = 0) -> None:
        """Press a button, or the choice of that number, of the control with this key."""
        self.page.locator(f".st-key-{name} :is(button, label:has(input))").nth(which).click()


def test_every_chart_keeps_to_the_colors_of_the_theme(page: Page, console_errors: list[str]) -> None:
    tour = Tour(page)
    page.emulate_media(color_scheme=tour.schemes[0])
    page.goto("/?dataset=digits&epochs=2&pace=max&hidden=20-10")
    tour.look("architecture")
    button(page, "Train").click()
    expect(status(page)).to_have_text("Finished", timeout=30_000)
    tour.look("accuracy", "loss", "weights")

    page.get_by_role("link", name="Inspect").click()
    for number, names in enumerate(INSPECTED):
        tour.press("inspect_view", number)
        tour.look(*names)
        if "projection2" in names:
            tour.press("project_to", 1)
            tour.look("projection3")

    store = Store()
    runs = [keep(store, replace(SMALL, seed=seed), "anybody") for seed in (1, 2)]
    runs += [keep(store, replace(SMALL, optimizer=optimizer), "anybody") for optimizer in ("adam", "rmsprop")]
    store.close()
    page.goto(f"/compare?runs={','.join(runs)}")
    for number, name in enumerate(("parallel", "scatter", "weights")):
        if number:
            tour.press("compare_more", number)
        tour.look("accuracy", "loss", name)

    page.goto("/how")
    for name, scene in SCENES.items():
        if name != "perceptron":
            tour.press("how_arrow_forward")
        expect(page.get_by_test_id("stMain").get_by_role("heading", name=scene.title, exact=True)).to_be_visible()
        first, found = SCENE_CHARTS[name]
        tour.look(*first)
        page.locator("[class*=_guess] label:has(input)").first.click()
        page.locator("[class*=st-key][class*=_run] button:enabled").click()
        tour.look(*first, *found)

    page.goto("/boundary?shape=Circles")
    button(page, "Train").click()
    until(page, lambda: page.locator("[data-chart=loss] .main-svg").count() > 0)
    button(page, "Pause").click()
    page.locator(".st-key-landscape summary").click()
    tour.press("work_out")
    tour.look("loss", "landscape")
    page.goto("/?dataset=moons")
    tour.look("decisions")

    code = "".join(file.read_text(encoding="utf-8") for file in (ROOT / "ui").rglob("*.py"))
    boards = re.findall(r'board\(\s*\{f?"(\w+)', code)
    assert len(boards) > 15
    assert [name for name in boards if not any(seen.startswith(name) for seen in tour.seen)] == []
    assert console_errors == []
