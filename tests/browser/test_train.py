"""The Train page as a person uses it."""

import re
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, Route, WebSocketRoute, expect

from mlp.datasets import REGRESSION, Recipe
from tests.browser.panel import SLOW, button, drag, number, share, status, step, train_until, until, until_by

CHARTS_FIT = """() => ["accuracy", "loss", "weights"].every((name) => {
  const plot = document.querySelector(`[data-chart=${name}] .plot`);
  return plot._fullLayout?.width === plot.clientWidth;
})"""


def test_a_person_presses_train_and_the_network_learns(page: Page, console_errors: list[str]) -> None:
    page.goto("/?dataset=digits")
    expect(status(page)).to_have_text("Ready")
    expect(page.locator('[data-chart="architecture"] .plot')).to_have_attribute("aria-label", re.compile("28,710"))
    button(page, "Train").click()
    expect(status(page)).to_have_text("Training")
    expect(page.locator('[data-chart="accuracy"] .js-plotly-plot, [data-chart="accuracy"] .plot')).to_be_visible()
    expect(status(page)).to_have_text("Finished", timeout=30_000)
    expect(number(page, "epoch")).to_have_text("25/25")
    assert share(page, "validation") > 95
    assert page.locator(".mlp-live .cells li").count() == 25
    assert page.locator(".mlp-live .cells li.wrong").count() < 5

    first = page.locator(".mlp-live .cells button").first
    first.focus()
    first.press("ArrowDown")
    page.keyboard.press("ArrowRight")  # the second tile of the second row
    answer = page.locator(".mlp-live .cells b").nth(6).text_content()
    expect(page.locator(".mlp-live .cells button").nth(6)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/\?.*view=mistakes.*example=\d+"))
    example = page.locator(".mlp-gallery").first.locator(":scope > li")
    expect(example).to_have_count(1)
    expect(example.locator("b")).to_have_text(re.sub(r"\s*→\s*", " → ", answer or ""))
    button(page, "Close").click()
    expect(page).not_to_have_url(re.compile("example="))
    assert console_errors == []


def test_a_regression_shows_how_close_its_predictions_are(page: Page, console_errors: list[str]) -> None:
    page.goto(f"/?dataset={quote(Recipe('slope', task=REGRESSION).name)}&epochs=5&pace=max")
    expect(page.locator('[data-chart="architecture"] .plot')).to_contain_text("number")
    button(page, "Train").click()
    expect(status(page)).to_have_text("Finished", timeout=30_000)
    for name, label in (("validation", "validation R²"), ("train", "train R²"), ("train loss", "train RMSE")):
        expect(page.locator(f'.numbers [data-name="{name}"] dt')).to_have_text(label)
    expect(number(page, "validation")).to_have_text(re.compile(r"^0\.\d{3}$"))
    expect(page.locator('[data-chart="accuracy"] h3')).to_have_text("R² (1 is exact)")
    expect(page.locator('[data-chart="fit"] .plot')).to_have_attribute(
        "aria-label", re.compile("^Predicted against true")
    )
    expect(page.locator(".predictions")).to_be_hidden()
    assert "%" not in (page.locator(".mlp-live").text_content() or "")
    assert console_errors == []


def test_the_panel_is_never_rebuilt_and_keeps_its_zoom(page: Page) -> None:
    def horizontal_range() -> list[float]:
        found: list[float] = page.evaluate(
            "() => document.querySelector('[data-chart=accuracy] .plot')._fullLayout.xaxis.range"
        )
        return found

    train_until(page, 20)
    page.wait_for_function("() => document.querySelector('[data-chart=accuracy] .plot')?._fullLayout")
    page.evaluate("""() => {
        document.querySelector(".mlp-live").marked = true;
        document.querySelector('[data-chart=accuracy] .plot').marked = true;
    }""")
    expect(page.locator('.mlp-live [data-title*="cloud" i], .mlp-live [data-title*="share" i]')).to_have_count(0)
    whole = horizontal_range()
    area = page.locator('[data-chart="accuracy"] .nsewdrag').first.bounding_box()
    assert area is not None
    page.mouse.move(area["x"] + 20, area["y"] + 20)
    page.mouse.down()
    page.mouse.move(area["x"] + 120, area["y"] + 80, steps=5)
    page.mouse.up()
    until(page, lambda: horizontal_range() != whole)
    zoomed, before = horizontal_range(), step(page)
    until(page, lambda: step(page) > before + 50)
    assert horizontal_range() == zoomed
    marks = """() => [".mlp-live", "[data-chart=accuracy] .plot"].map((name) => document.querySelector(name).marked)"""
    assert page.evaluate(marks) == [True, True]


def test_buttons_and_keys_train_pause_and_step(page: Page) -> None:
    asked: list[str | bytes] = []  # of the page's script
    answers: list[str | bytes] = []  # that wait, as on a busy server

    def connect(tab: WebSocketRoute) -> None:
        server = tab.connect_to_server()

        def ask(message: str | bytes) -> None:
            asked.append(message)
            server.send(message)

        tab.on_message(ask)
        server.on_message(lambda message: answers.append(message) if is_busy else tab.send(message))
        sockets.append(tab)

    def feed(question: Route) -> None:
        answer = question.fetch()
        question.fulfill(response=answer)
        heard.append(answer.json()["status"]["kind"] if answer.status == 200 else "")

    sockets: list[WebSocketRoute] = []
    heard: list[str] = []
    is_busy = False
    page.route_web_socket(re.compile("_stcore/stream"), connect)
    train_until(page, 20)
    asked.clear()
    is_busy = True
    page.route("**/live/**", feed)
    button(page, "Pause").click()
    until(page, lambda: "paused" in heard)
    page.unroute("**/live/**")
    page.evaluate("() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))")
    is_busy = False
    for answer in answers:
        sockets[-1].send(answer)
    expect(status(page)).to_have_text("Paused")
    assert len(asked) == 1, "the panel knows the status before the script has shown it, and waits"
    stood = step(page)
    button(page, "Step").click()
    until(page, lambda: step(page) == stood + 1)
    expect(status(page)).to_have_text("Paused")
    button(page, "Epoch").click()
    until(page, lambda: step(page) > stood + 1 and step(page) % 38 == 0)  # 38 mini-batches an epoch
    expect(status(page)).to_have_text("Paused")
    button(page, "Restart").click()
    expect(status(page)).to_have_text("Ready")
    expect(number(page, "step")).to_have_text("0")

    page.keyboard.press("s")
    until(page, lambda: step(page) == 1)
    page.keyboard.press("t")
    expect(status(page)).to_have_text("Training")
    page.keyboard.press("t")
    expect(status(page)).to_have_text("Paused")
    page.keyboard.press("?")
    keys = page.get_by_role("dialog", name="Keys")
    expect(keys).to_contain_text("train one mini-batch")
    until_by(page, lambda: page.keyboard.press("Escape"), keys.is_hidden)  # before it has the focus, it hears none
    page.get_by_role("link", name="Skip to main content").press("Enter")
    page.keyboard.press("Tab")
    expect(button(page, "Resume")).to_be_focused()
    page.keyboard.press("Enter")  # the button goes, and the one in its place gets the focus
    expect(button(page, "Pause")).to_be_focused()
    page.keyboard.press("Space")
    expect(status(page)).to_have_text("Paused")
    expect(button(page, "Resume")).to_be_focused()
    stood = step(page)
    button(page, "Epoch").press("Enter")  # which is disabled until the epoch is over: a second Enter trains another one
    until(page, lambda: step(page) > stood and step(page) % 38 == 0)
    expect(button(page, "Epoch")).to_be_focused()
    button(page, "Restart").press("Enter")  # which is disabled then
    expect(button(page, "Train")).to_be_focused()


def test_the_script_of_tables_is_there_before_the_compare_page_asks_for_it(page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    with page.expect_request_finished(lambda request: "/static/js/DataFrame." in request.url):
        page.goto("/?dataset=digits")
    button(page, "Step").click()  # so that there is a run to compare
    until(page, lambda: step(page) == 1)
    page.get_by_role("link", name="Runs").click()
    expect(page.get_by_test_id("stDataFrame").first).to_be_visible()
    assert sum("/static/js/DataFrame." in url and url.endswith(".js") for url in asked) == 1


def test_divergence_is_explained_with_a_way_out(page: Page) -> None:
    page.goto("/?dataset=digits&hidden=64-64&activation=identity&learning_rate=10")
    color = "(button) => getComputedStyle(button).color"
    enabled = button(page, "Step").evaluate(color)
    button(page, "Train").click()
    expect(status(page)).to_have_text("Diverged")
    expect(page.locator(".mlp-live .message")).to_contain_text("Restart with a learning rate of 1")
    drag(page, "Units in layer 1", "ArrowRight", 1)
    expect(page.get_by_text("Press Restart to apply")).to_be_visible()
    expect(button(page, "Train")).to_be_disabled()
    assert button(page, "Train").evaluate(color) != enabled, "it looks disabled, too"
    button(page, "Restart").click()
    expect(status(page)).to_have_text("Ready")


def test_each_tab_trains_its_own_network_and_none_sees_anothers(page: Page, other: Page) -> None:
    first, second, third = pages = page, page.context.new_page(), other
    for units, each in enumerate(pages, start=11):
        each.goto(f"/?dataset=digits&epochs=10000&pace=20&hidden={units}", wait_until="commit")
    for each in pages:  # they are loaded at the same time
        button(each, "Train").click()
    for units, each in enumerate(pages, start=11):
        expect(each.locator(".mlp-live .first-layer")).to_contain_text(f"{units} of {units} units")
    button(first, "Pause").click()
    expect(status(first)).to_have_text("Paused")
    stood = step(first)
    for each in (second, third):
        before = step(each)
        until(each, lambda each=each, before=before: step(each) > before + 20)  # type: ignore[misc]
    assert step(first) == stood


def test_the_strip_and_the_curves_never_tell_two_numbers_for_one_thing(page: Page) -> None:
    page.goto(SLOW.replace("pace=50", "pace=max"))  # charts take turns, and may be some epochs late
    button(page, "Train").click()
    expect(page.locator('[data-chart="accuracy"] .plot')).to_contain_text("validation")
    looks = page.evaluate(
        """() => new Promise((resolve) => {
          const number = (name) => document.querySelector(`.mlp-live [data-name="${name}"] dd`).textContent;
          const looks = new Set();
          let frames = 0;
          const look = () => {
            const plot = document.querySelector('[data-chart="accuracy"] .plot');
            const train = plot._fullData.find(({ name }) => name === "train");
            const epoch = parseFloat(number("epoch").replaceAll(",", ""));
            looks.add(JSON.stringify([number("validation"), plot.textContent.match(/validation ([\\d.]+\\s?%)/)?.[1]]));
            looks.add(JSON.stringify([true, Math.abs(epoch - train.x.at(-1)) <= 0.1001]));
            const step = parseInt(number("step").replaceAll(",", ""));
            looks.add(JSON.stringify([true, Math.abs(epoch - step / 38) <= 0.1001])); // 38 steps an epoch
            if (frames++ < 120) requestAnimationFrame(look);
            else resolve([...looks].map(JSON.parse));
          };
          look();
        })"""
    )
    button(page, "Pause").click()
    assert all(strip == curve for strip, curve in looks)


@pytest.mark.parametrize("code", [404, 500])
def test_without_the_feed_the_script_says_how_the_run_stands(page: Page, code: int) -> None:
    page.route("**/live/*", lambda route: route.fulfill(status=code))
    page.goto(SLOW)
    expect(status(page)).to_have_text("Ready")
    button(page, "Train").click()
    expect(status(page)).to_have_text("Training")
    if code == 500:  # there is one, and it fails: the script sends all the rest, too
        until(page, lambda: step(page) > 0)
        before = step(page)
        until(page, lambda: step(page) > before)


def test_a_page_that_changes_its_size_while_charts_are_drawn_has_them_all_fit(page: Page) -> None:
    train_until(page, 5)
    button(page, "Pause").click()
    expect(status(page)).to_have_text("Paused")
    until(page, lambda: page.evaluate(CHARTS_FIT))
    page.evaluate("""() => {
        const { react } = Plotly;
        Plotly.react = (...chart) => {  // once the first is drawn, there is less room for all
            react(...chart);
            document.querySelector(".mlp-live").style.width = "760px";
        };
    }""")
    button(page, "Step").click()
    page.wait_for_function("() => document.querySelector('.mlp-live').clientWidth === 760")
    until(page, lambda: page.evaluate(CHARTS_FIT))


def test_a_data_set_that_is_not_there_is_offered(page: Page) -> None:
    page.goto("/?dataset=fashion-mnist")
    expect(page.get_by_text("Fashion-MNIST, 28 × 28 is not on this machine yet")).to_be_visible()
    expect(button(page, "Download 31 MB")).to_be_enabled()
