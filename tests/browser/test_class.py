"""A class works on one server: ten tabs without a browser, which draw nothing, so that they all fit on one machine."""

import asyncio

import psutil

from benchmarks.classroom import CLASSES, Lesson, Measured, attend

BROWSERS = 10
LESSON = Lesson(joining=0.5, settling=0.2, watching=1.5, acting=0.5, thinking=0.2)


def test_everyone_gets_a_panel_and_a_curve_that_moves(app_url: str) -> None:
    found: Measured = asyncio.run(attend(app_url, psutil.Process(), CLASSES["digits"], BROWSERS, LESSON))
    assert found.troubles == []
    assert len(found.joined) == len(found.first_trains) == BROWSERS
    assert min(found.speeds) > 0
    assert (len(found.buttons), len(found.slides)) == (3 * BROWSERS, 2 * BROWSERS)
