"""A class works on one server: ten tabs without a browser, which draw nothing, so that they all fit on one machine."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import psutil

from benchmarks.classroom import CLASSES, Lesson, Measured, attend

BROWSERS = 10
LESSON = Lesson(joining=0.5, settling=0.2, watching=1.5, acting=0.5, thinking=0.2)


def test_everyone_gets_a_panel_and_a_curve_that_moves(app_url: str) -> None:
    def lesson() -> Measured:
        return asyncio.run(attend(app_url, psutil.Process(), CLASSES["digits"], BROWSERS, LESSON))

    with ThreadPoolExecutor(1) as aside:  # Playwright keeps an event loop running in the tests' thread
        found = aside.submit(lesson).result()
    assert found.troubles == []
    assert len(found.joined) == len(found.first_trains) == BROWSERS
    assert min(found.speeds) > 0
    assert (len(found.buttons), len(found.slides)) == (3 * BROWSERS, 2 * BROWSERS)
