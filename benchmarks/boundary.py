"""The boundary page in a real browser: how often the plane is redrawn while networks train on both cores.

Run with `python -m benchmarks.boundary`. Needs Chromium, and MNIST where MLP_DATA_DIR says or on disk.
"""

from playwright.sync_api import Page

from benchmarks.browser import app, chromium, tab
from benchmarks.tables import table

SECONDS = 10.0
SETTINGS = "/boundary?layers=1&units1=8&shape=Spirals"  # eight hidden units' maps beside the plane of 100 × 100
OTHER = "/?dataset=mnist&epochs=10000"

# Counts, for a number of milliseconds, how often the plane is painted, and how many different planes there were.
COUNT = """async (milliseconds) => {
  const paint = CanvasRenderingContext2D.prototype.putImageData;
  const seen = new Set();
  let painted = 0;
  CanvasRenderingContext2D.prototype.putImageData = function (picture, ...place) {
    if (this.canvas.matches(".heat")) {
      painted++;
      let sum = 0;
      new Uint32Array(picture.data.buffer).forEach((pixel, index) => (sum = (sum * 31 + pixel + index) | 0));
      seen.add(sum);
    }
    return paint.call(this, picture, ...place);
  };
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
  CanvasRenderingContext2D.prototype.putImageData = paint;
  return [painted, seen.size];
}"""


def redraws(page: Page) -> tuple[float, float]:
    """Return paintings a second, and different planes a second, of a network that trains."""
    painted, different = page.evaluate(COUNT, 1000 * SECONDS)
    return painted / SECONDS, different / SECONDS


def train(page: Page, there: str) -> None:
    """Press Train once the page is there."""
    page.locator(there).first.wait_for()
    page.get_by_test_id("stMain").get_by_role("button", name="Train").first.click()


def row(name: str, figures: tuple[float, float]) -> list[str]:
    """Return a table's row."""
    return [name, *(f"{figure:.1f}" for figure in figures)]


def main() -> None:
    """Measure, and print a table."""
    rows = []
    with app() as url, chromium() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 720})
        page.goto(url + SETTINGS)
        train(page, ".mlp-boundary .unit")
        page.wait_for_timeout(2_000)  # past the first, short quanta
        rows.append(row("alone, 100 steps a second", redraws(page)))
        with tab(browser, url + OTHER) as other:
            train(other, ".mlp-live .numbers dd")
            other.wait_for_timeout(2_000)
            page.bring_to_front()
            rows.append(row("while MNIST trains on the other core", redraws(page)))
    print(table(["100 × 100 nodes, 8 hidden units' maps", "drawn a second", "different planes a second"], rows))


if __name__ == "__main__":
    main()
