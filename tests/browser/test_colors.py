"""Every chart keeps to the theme's colors, in the light and in the dark, and every page to the rules of accessibility.

Those of Learn are looked at in its own tour, in test_learn.py, those of tables in test_table_views.py.
"""

from dataclasses import replace

from playwright.sync_api import Page, expect

from mlp.store import Store
from tests.browser.panel import button, expect_slider, open_view, status, train_until, until_still
from tests.browser.tour import OF_TABLES, Tour
from tests.stored_runs import SMALL, keep

# The charts of each view of a run but the first.
VIEWS: dict[str, tuple[str, ...]] = {
    "Draw": (),
    "Mistakes": ("scores", "calibration"),
    "Weights": ("outgoing", "layer0", "layer1", "layer2"),
    "Projection": ("projection2",),
    "Robustness": ("right", "degrees", "size", "noise", "covered"),
    "Diagnosis": (),
}


def test_every_page_keeps_to_the_colors_of_the_theme_and_to_the_rules_of_accessibility(
    page: Page, console_errors: list[str]
) -> None:
    tour = Tour(page)
    page.emulate_media(color_scheme=tour.schemes[0])
    page.goto("/?dataset=digits&epochs=2&pace=max&hidden=20-10")
    tour.look("architecture")
    button(page, "Train").click()
    expect(status(page)).to_have_text("Finished", timeout=30_000)
    tour.look("accuracy", "loss", "weights", audit=True)

    for view, names in VIEWS.items():
        open_view(page, view)
        tour.look(*names, audit=view == "Mistakes")
        if "projection2" in names:
            tour.press("project_to", 1)
            tour.look("projection3")

    store = Store()
    runs = [keep(store, replace(SMALL, seed=seed), "anybody") for seed in (1, 2)]
    runs += [keep(store, replace(SMALL, optimizer=optimizer), "anybody") for optimizer in ("adam", "rmsprop")]
    store.close()
    page.goto(f"/runs?runs={','.join(runs)}")
    for number, name in enumerate(("parallel", "scatter", "weights")):
        if number:
            tour.press("runs_more", number)
        tour.look("accuracy", "loss", name, audit=not number)
    page.goto("/runs?race=new")
    expect(page.get_by_role("dialog").get_by_role("button", name="Start the race")).to_be_visible()
    tour.look(audit=True)

    train_until(page, 30, "/boundary?shape=Circles")
    button(page, "Pause").click()
    expect(status(page)).to_have_text("Paused")  # with that answer the landscape's box is drawn again
    page.locator(".st-key-landscape summary").click()
    until_still(page)
    tour.press("work_out")
    tour.look("loss", "landscape", audit=True)
    tour.press("find_rate")
    tour.look("rates")
    expect(page.get_by_role("dialog").get_by_role("status").filter(has_text="Suggested: ")).to_be_visible()
    suggested = page.locator(".st-key-use_rate").inner_text().split()[-1]
    tour.press("use_rate")
    expect_slider(page, "Learning rate", suggested)
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.goto("/?dataset=moons")
    tour.look("decisions")

    assert set(tour.leaves_out("train", "boundary", "runs")) == OF_TABLES
    assert console_errors == []
