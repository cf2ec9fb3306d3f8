"""Runs that last: viewing earlier steps, forking, resuming after a crash, and links to a run."""

import contextlib
import re
from pathlib import Path

from playwright.sync_api import APIResponse, Error, Page, Route, expect

from mlp import RunConfig, advance, initial_state, load_dataset
from mlp.store import Store
from tests.browser.panel import (
    button,
    drag,
    expect_slider,
    hide,
    number,
    run_id,
    slider,
    status,
    step,
    train_until,
    until,
)
from tests.browser.server import served

FRAMES = """async () => {
  for (let frame = 0; frame < 40; frame++) await new Promise((next) => requestAnimationFrame(next));
}"""


def pictures(page: Page) -> list[str]:
    """What the panel shows of the state itself: answers, first weights, histograms."""
    found: list[str] = page.evaluate("""() => [
        document.querySelector(".mlp-live .cells").textContent,
        document.querySelector(".mlp-live .units").key,
        JSON.stringify(document.querySelector("[data-chart=weights] .plot").data.map(({ y }) => y)),
    ]""")
    return found


def at_rest(page: Page) -> list[str]:
    """What the panel shows of the state once it has stayed the same for half a second."""
    looks: list[list[str]] = []

    def the_same() -> bool:
        looks.append(pictures(page))
        return len(looks) > 10 and looks[-1] == looks[-10]

    until(page, the_same)
    return looks[-1]


def kept(page: Page) -> int:
    """How many steps the slider can go to."""
    count: int = page.evaluate("() => document.querySelector('.mlp-live').panel.data.time.steps.length")
    return count


def middles(page: Page) -> list[tuple[float, float]]:
    """Where the slider's thumb and the line on each chart are, in pixels from the left of the window."""
    found: list[tuple[float, float]] = page.evaluate("""() => {
        const slider = document.querySelector(".mlp-live .time input");
        const box = slider.getBoundingClientRect();
        const thumb = parseFloat(getComputedStyle(slider).fontSize); // 1em wide
        const share = (slider.valueAsNumber - slider.min) / (slider.max - slider.min);
        return ["accuracy", "loss"].map((name) => {
            const plot = document.querySelector(`[data-chart=${name}] .plot`);
            const axis = plot._fullLayout.xaxis;
            const line = plot.layout.shapes.at(-1)?.x0 ?? NaN;
            const left = plot.getBoundingClientRect().left + axis._offset;
            return [box.left + thumb / 2 + share * (box.width - thumb), left + axis._length * line / axis.range[1]];
        });
    }""")
    return found


def test_an_answer_about_a_step_that_comes_late_takes_back_nothing(page: Page) -> None:
    train_until(page, 60)
    until(page, lambda: kept(page) > 2)
    page.locator(".time input").press("ArrowLeft")
    expect(status(page)).to_contain_text("Viewing step")
    held: list[tuple[Route, APIResponse]] = []

    def hold(route: Route) -> None:
        if "seen=" in route.request.url or "brief=" in route.request.url:  # not about a step
            route.continue_()
        else:
            held.append((route, route.fetch()))

    page.route(re.compile("/live/"), hold)
    page.get_by_role("button", name="Now").click()
    until(page, lambda: len(held) > 0)  # or more, on a busy machine
    button(page, "Pause").click()
    expect(status(page)).to_have_text("Paused")
    for route, answer in held:
        with contextlib.suppress(Error):  # the browser may have given the question up
            route.fulfill(response=answer)
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert status(page).text_content() == "Paused"


def test_a_step_that_is_not_answered_is_said_not_to_be(page: Page) -> None:
    page.clock.install()  # it runs as usual until it is told otherwise
    train_until(page, 60)
    button(page, "Pause").click()
    expect(status(page)).to_have_text("Paused")
    until(page, lambda: kept(page) > 2)
    held: list[Route] = []
    page.route(re.compile(r"/live/.*at=\d"), lambda route: held.append(route))
    page.evaluate(
        "() => (document.querySelector('.mlp-live').panel.keep = () => {})"
    )  # nor does the page's script hear of it
    page.locator(".time input").press("ArrowLeft")
    until(page, lambda: len(held) == 1)
    notice = page.get_by_role("alert").filter(has_text="No answer from the server")
    expect(notice).to_have_count(0)
    page.clock.run_for(5000)
    expect(notice).to_be_visible()
    held[0].continue_()
    expect(notice).to_have_count(0)
    expect(status(page)).to_contain_text("Viewing step")


def test_the_time_slider_takes_everything_back_to_that_moment(page: Page, console_errors: list[str]) -> None:
    train_until(page, 140)
    button(page, "Pause").click()
    expect(status(page)).to_have_text("Paused")
    if step(page) % 38 == 0:  # an epoch's end, where the present may be the best: there is nothing to go to
        button(page, "Step").click()
        until(page, lambda: step(page) % 38 == 1)
    now, stood = at_rest(page), step(page)
    time = slider(page, "Step")
    until(page, lambda: kept(page) >= 9)  # the store writes twice a second
    questions: list[str] = []
    page.on("request", lambda asked: questions.append(asked.url) if "/live/" in asked.url else None)
    time.focus()
    time.press("Home")
    expect(status(page)).to_have_text("Viewing step 0")
    expect(number(page, "step")).to_have_text("0")
    until(page, lambda: all(then != at_end for then, at_end in zip(pictures(page), now, strict=True)))
    line = page.evaluate("""() => document.querySelector("[data-chart=accuracy] .plot").layout.shapes.at(-1).x0""")
    assert line == 0
    time.press("ArrowRight")
    time.press("ArrowRight")
    expect(number(page, "step")).to_have_text("2")
    expect(time).to_have_attribute("aria-valuetext", "step 2 · epoch 0.05")
    until(page, lambda: all(abs(thumb - line) < 1.5 for thumb, line in middles(page)))
    page.get_by_role("button", name="Now").click()
    expect(status(page)).to_have_text("Paused")
    assert step(page) == stood
    until(page, lambda: pictures(page) == now)
    expect(page.get_by_role("button", name="Best")).to_have_attribute("title", re.compile("best validation accuracy$"))
    page.get_by_role("button", name="Best").click()
    expect(status(page)).to_have_text(re.compile(r"Viewing step \d+ \(best\)"))
    assert step(page) % 38 == 0  # an epoch's end
    expect(page.get_by_role("button", name="Best")).to_be_disabled()
    at_rest(page)  # the page's script knows the step by then
    questions.clear()
    page.evaluate(FRAMES)
    assert questions == [], "of a run that rests, a page that looks at an earlier step does not ask again and again"
    assert console_errors == []


def test_the_numbers_of_a_step_are_shown_with_its_charts(page: Page) -> None:
    train_until(page, 60)
    button(page, "Pause").click()
    expect(status(page)).to_have_text("Paused")
    until(page, lambda: kept(page) > 2)
    stood = step(page)
    page.evaluate("""() => {
        const { panel } = document.querySelector(".mlp-live");
        const begin = () => Object.getPrototypeOf(panel.turns).begin.call(panel.turns);
        let begins;
        panel.turns.begin = () => { clearTimeout(begins); begins = setTimeout(begin, 1000); };
    }""")  # a busy machine
    for place, wanted in (("Home", "Viewing step 0"), ("End", "Paused")):
        slider(page, "Step").press(place)
        expect(status(page)).to_have_text(wanted)
        assert step(page) == (stood if place == "Home" else 0), "as in the curves"
        expect(number(page, "step")).to_have_text("0" if place == "Home" else str(stood))


def test_playing_back_goes_through_the_moments_up_to_now(page: Page) -> None:
    page.goto("/?dataset=digits&epochs=1&pace=max")
    button(page, "Train").click()
    expect(status(page)).to_have_text("Finished")
    page.get_by_role("combobox", name="Playback speed").select_option("10")
    page.evaluate("""() => {
        window.seen = new Set();
        const state = document.querySelector(".mlp-live .state");
        const watch = new MutationObserver(() => seen.add(state.textContent));
        watch.observe(state, { childList: true, characterData: true, subtree: true });
    }""")
    page.get_by_role("button", name="Play the run back").click()
    expect(page.get_by_role("button", name="Stop playback")).to_be_visible()
    expect(page.get_by_role("button", name="Play the run back")).to_be_visible()
    seen = set(page.evaluate("() => [...seen]"))
    assert {f"Viewing step {kept}" for kept in (0, 1, 2, 4, 8, 16, 32)} <= seen
    expect(status(page)).to_have_text("Finished")


def test_a_fork_goes_on_from_an_earlier_moment_with_other_settings(page: Page) -> None:
    train_until(page, 70)
    parent = run_id(page)
    time = slider(page, "Step")
    until(page, lambda: kept(page) >= 7)
    time.focus()
    time.press("Home")
    for _ in range(6):
        time.press("ArrowRight")
    expect(number(page, "step")).to_have_text("32")
    page.get_by_role("button", name="Fork here").click()
    expect(page).not_to_have_url(re.compile(parent))
    expect(status(page)).to_have_text("Paused")
    expect(number(page, "step")).to_have_text("32")
    drag(page, "Learning rate", "ArrowLeft", 2)
    button(page, "Resume").click()
    until(page, lambda: step(page) > 60)
    expect(page.locator('[data-chart="accuracy"]')).to_contain_text("forked")
    expect(page.locator('[data-chart="accuracy"]')).to_contain_text("0.1 → 0.06")
    page.wait_for_function(  # the common part is there
        """() => document.querySelector("[data-chart=accuracy] .plot")._fullData?.[0]?.x[0] < 0.1"""
    )
    child = run_id(page)
    time.focus()
    time.press("Home")
    expect(number(page, "step")).to_have_text("0")  # so is its past
    page.goto(f"/?run={parent}")
    until(page, lambda: step(page) > 70)
    assert child != parent


def test_another_browser_watches_a_run_live_and_cannot_steer_it(page: Page, other: Page, app_url: str) -> None:
    train_until(page, 20)
    link = f"/?run={run_id(page)}&pace=50"
    other.goto(link)
    expect(other.get_by_text("Read only")).to_be_visible()
    expect(button(other, "Pause")).to_have_count(0)
    seen = step(other)
    until(other, lambda: step(other) > seen + 20)
    for control in (
        slider(other, "Learning rate"),
        slider(other, "Hidden layers"),
        other.get_by_role("combobox", name="Preset"),
    ):
        expect(control).to_be_disabled()
    expect(other.get_by_text("so its settings are locked")).to_be_visible()
    button(page, "Pause").click()
    expect(status(other)).to_have_text("Paused")
    # A forged cookie opens nothing.
    assert any(cookie["name"] == "mlp_browser" for cookie in other.context.cookies())
    other.context.add_cookies([{"name": "mlp_browser", "value": "A" * 32, "url": app_url}])
    other.goto(link)
    expect(other.get_by_text("Read only")).to_be_visible()
    # The browser that started it steers it from any tab, and can hand it to another one.
    second = page.context.new_page()
    second.goto(link)
    expect(button(second, "Resume")).to_be_enabled()
    second.get_by_role("button", name="Open run").click()
    second.get_by_role("button", name="Continue on another device").click()
    dialog = second.get_by_role("dialog", name="Continue on another device")
    address = dialog.locator(".mlp-link code")
    expect(address).to_contain_text("take=")
    handed_over = address.inner_text()
    other.goto(handed_over)
    expect(other.get_by_text("This browser controls the run now.")).to_be_visible()
    expect(button(other, "Resume")).to_be_enabled()
    expect(other).to_have_url(re.compile(r"^(?!.*take=).*pace=50"))  # it goes on at the same pace
    second.goto(handed_over)
    expect(second.get_by_text("works once")).to_be_visible()
    expect(second.get_by_text("Read only")).to_be_visible()
    page, other = other, page
    other.goto(link)
    # And the other one goes on by itself.
    button(other, "Fork").click()
    expect(button(other, "Resume")).to_be_enabled()
    expect(slider(other, "Learning rate")).to_be_enabled()
    expect(other.get_by_text("settings are locked")).to_have_count(0)


def test_a_tab_that_is_seen_again_shows_what_another_tab_of_the_browser_made_of_its_run(page: Page) -> None:
    train_until(page, 20)
    button(page, "Pause").click()
    expect(status(page)).to_have_text("Paused")
    stood, second = step(page), page.context.new_page()
    second.goto(page.url)
    button(second, "Step").click()
    expect(number(second, "step")).to_have_text(str(stood + 1))
    hide(page)
    assert step(page) == stood
    hide(page, False)
    expect(number(page, "step")).to_have_text(str(stood + 1))
    button(second, "Resume").click()
    expect(status(second)).to_have_text("Training")
    page.evaluate("dispatchEvent(new Event('focus'))")  # of another window beside it
    expect(status(page)).to_have_text("Training")
    button(page, "Pause").click()
    expect(status(second)).to_have_text("Paused")


def test_a_link_to_no_run_says_so_and_opens_the_rest(page: Page) -> None:
    page.goto("/?run=nosuchrun1&dataset=digits&seed=7")
    expect(page.get_by_text("There is no run 'nosuchrun1'")).to_be_visible()
    expect(page.get_by_text("Below is a new run")).to_be_visible()
    expect(page.get_by_role("link", name="See all runs")).to_be_visible()
    expect(button(page, "Train")).to_be_enabled()
    page.goto("/?run=../../etc&dataset=digits")
    expect(page.get_by_text("There is no run '../../etc'")).to_be_visible()


def test_a_reload_comes_back_to_the_run(page: Page) -> None:
    train_until(page, 20)
    before = run_id(page)
    page.reload()
    until(page, lambda: step(page) > 20)
    assert run_id(page) == before
    expect(button(page, "Pause")).to_be_enabled()
    for bare in ("/?view=mistakes", "/"):  # the browser's latest run is shown, whatever page it opens first
        page.goto(bare)
        until(page, lambda: f"run={before}" in page.url)
    until(page, lambda: step(page) > 20)
    expect_slider(page, "Epochs", "10,000")


def test_after_a_kill_the_run_is_there_and_goes_on_to_the_same_bits(page: Page, tmp_path: Path) -> None:
    log, url = tmp_path / "log.txt", f"sqlite:///{tmp_path}/runs.sqlite3"
    store = Store(url)
    with served(log, MLP_STORE=url) as (address, server):
        page.goto(f"{address}/?dataset=digits&epochs=40&pace=100&hidden=16")
        button(page, "Train").click()
        until(page, lambda: step(page) > 100)
        killed = run_id(page)
        until(page, lambda: store.model(killed).state.step > 100)  # it is saved once a second
        server.kill()
        server.wait()
    saved = store.model(killed).state.step
    with served(log, MLP_STORE=url) as (address, _):
        page.goto(f"{address}/?run={killed}")
        expect(status(page)).to_have_text("Paused")
        assert step(page) == saved
        page.wait_for_function(
            """() => document.querySelector("[data-chart=accuracy] .plot")._fullData?.[0]?.x.length > 5"""
        )
        button(page, "Resume").click()
        expect(status(page)).to_have_text("Finished", timeout=30_000)
        config = RunConfig(dataset="digits", hidden=(16,), epochs=40)
        until(page, lambda: store.run(killed).status == "finished")
    dataset = load_dataset("digits")
    undisturbed, _ = advance(config, dataset, initial_state(config, dataset), 10**9)
    assert store.model(killed).state.same_as(undisturbed)
    steps = store.history(killed)["step"]
    assert (steps[1:] > steps[:-1]).all()
    store.close()
