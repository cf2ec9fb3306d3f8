"""A tour of a page's charts: whether they keep to the colors of the theme, in the light and in the dark."""

import re
import tomllib
from typing import Any, Literal, get_args

from playwright.sync_api import Page

from tests.browser.accessibility import CONTRAST, WCAG, violations
from tests.browser.panel import comes_true
from tests.browser.server import ROOT

Scheme = Literal["dark", "light"]
SCHEMES: tuple[Scheme, ...] = get_args(Scheme)
THEMES = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))["theme"]
COLORS = {scheme: {color.upper() for color in re.findall(r"#\w{6}", str(THEMES[scheme]))} for scheme in SCHEMES}
SECONDS = 20  # a worker computes the landscape
OF_TABLES = {"columns", "importance", "output"}  # boards of tables alone: test_table_views.py looks at them

# What Plotly has drawn: which charts, and where each color is first met. Parts that can't be seen have no color: grid
# lines have a fill, but no area. A landscape's steps are mixed from the theme's colors.
DRAWN = """() => {
  const charts = [...document.querySelectorAll("[data-chart]")].filter((chart) => chart.checkVisibility());
  const names = charts.filter((chart) => chart.querySelector(".main-svg")).map((chart) => chart.dataset.chart);
  const colors = {};
  const still = document.querySelector("[data-test-script-state=notRunning]");
  if (!still || names.length < charts.length) return { names, colors, settled: false };
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
  return { names, colors, settled: true };
}"""


class Tour:
    """Looks at the charts of a page in both themes, and remembers which charts it has seen."""

    def __init__(self, page: Page) -> None:
        self.page, self.schemes, self.seen = page, list(SCHEMES), set[str]()

    def look(self, *names: str, audit: bool = False) -> None:
        """Wait until these charts are drawn in one theme's colors alone, then in the other's; that theme stays.

        `audit`: the page keeps to WCAG 2.1 AA, as far as axe-core can tell.
        """
        for scheme, rules in zip(self.schemes, (WCAG, CONTRAST), strict=True):
            self.page.emulate_media(color_scheme=scheme)
            drawn: dict[str, Any] = {}

            def kept(scheme: Scheme = scheme, drawn: dict[str, Any] = drawn) -> bool:
                drawn |= self.page.evaluate(DRAWN)
                drawn["wrong"] = {part: color for color, part in drawn["colors"].items() if color not in COLORS[scheme]}
                return drawn["settled"] and set(names) <= set(drawn["names"]) and not drawn["wrong"]

            assert comes_true(self.page, kept, SECONDS, pause=0.2), f"{scheme}, waited for {names}: {drawn}"
            self.seen |= set(drawn["names"])
            if audit:
                assert violations(self.page, rules) == [], scheme
        self.schemes.reverse()

    def press(self, name: str, which: int = 0) -> None:
        """Press a button, or the choice of that number, of the control with this key."""
        self.page.locator(f".st-key-{name} :is(button, label:has(input))").nth(which).click()

    def leaves_out(self, *pages: str) -> list[str]:
        """Return the boards of these pages, by their folders in ui/, that it has not seen."""
        files = [file for page in pages for file in (ROOT / "ui" / page).glob("*.py")]
        boards = re.findall(r'board\(\s*\{f?"(\w+)', "".join(file.read_text("utf-8") for file in files))
        assert boards
        return [name for name in boards if not any(seen.startswith(name) for seen in self.seen)]
