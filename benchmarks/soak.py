"""A long day in small: a class opens, trains, forks and closes at sixteen times its pace; what stays behind is seen."""

import asyncio
import contextlib
import os
import tempfile
from collections.abc import Awaitable
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter

import numpy as np
import psutil

from benchmarks.browser import app
from benchmarks.tab import Tab
from benchmarks.tables import table

PACE = 16
SEATS = 20
THINKING_SECONDS = 16.0 / PACE  # between two actions of a person
KEPT_SECONDS = 300 / PACE  # for which the server keeps a closed tab's session
QUERY = "dataset=digits&hidden=32&epochs=10000&pace=max"
LOOKS = 8  # at the server


@dataclass
class Answers:
    """How long people waited since the last look, and what went wrong."""

    seconds: list[float] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)
    lessons: int = 0  # from opening to closing


async def sit(url: str, seat: int, answers: Answers) -> None:
    """Open the page, use it, close it, again and again."""
    await asyncio.sleep(THINKING_SECONDS * seat / SEATS)
    while True:
        tab = Tab(url)
        try:
            await attend_lesson(tab, answers)
        finally:
            await tab.close()
        answers.lessons += 1
        answers.troubles += tab.troubles


async def attend_lesson(tab: Tab, answers: Answers) -> None:
    """Use a page from its opening to the last fork."""

    async def wait_for(answer: Awaitable[float]) -> None:
        begun = perf_counter()
        await answer
        answers.seconds.append(perf_counter() - begun)
        await asyncio.sleep(THINKING_SECONDS)

    await wait_for(tab.open(QUERY))
    await wait_for(tab.press("Train", "running"))
    await wait_for(tab.slide("Learning rate", "0.15", "learning rate"))
    await wait_for(tab.press("Pause", "paused"))
    await wait_for(tab.press("Resume", "running"))
    await wait_for(tab.press("Pause", "paused"))
    await wait_for(tab.fork())


def look(server: psutil.Process, store: Path, answers: Answers) -> list[str]:
    """Return a row of the table, and forget the answers' times."""
    workers = sum(child.memory_info().rss for child in server.children(recursive=True))
    kept = sum(file.stat().st_size for file in store.parent.iterdir()) / max(2 * answers.lessons, 1)
    median, most = np.quantile(answers.seconds or [np.nan], [0.5, 0.95]) * 1000
    answers.seconds.clear()
    return [
        str(answers.lessons),
        f"{server.memory_info().rss / 1e6:.0f}",
        f"{workers / 1e6:.0f}",
        str(server.num_fds()),
        str(server.num_threads()),
        f"{kept / 1e3:.0f}",
        f"{median:.0f} / {most:.0f}",
        str(len(answers.troubles)),
    ]


HEADINGS = [
    "minutes",
    "lessons",
    "server, MB",
    "workers, MB",
    "open files",
    "threads",
    "store, kB a run",
    "answers, ms",
    "errors",
]


async def attend(url: str, server: psutil.Process, store: Path, minutes: float) -> list[list[str]]:
    """Return what is seen at each look at the server; the last one is when all have left, and sessions have ended."""
    answers, rows = Answers(), []
    seats = [asyncio.create_task(sit(url, seat, answers)) for seat in range(SEATS)]
    for place in range(LOOKS):
        await asyncio.sleep(60 * minutes / LOOKS)
        rows.append([f"{minutes * (place + 1) / LOOKS:.1f}", *look(server, store, answers)])
        print(" | ".join(rows[-1]), flush=True)
    for seat in seats:
        seat.cancel()
    await asyncio.gather(*seats, return_exceptions=True)
    await asyncio.sleep(2 * KEPT_SECONDS)
    answers.seconds.append(await _alone(url))
    rows.append(["all left", *look(server, store, answers)])
    for trouble in dict.fromkeys(answers.troubles):
        print(f"  {trouble}", flush=True)
    return rows


async def _alone(url: str) -> float:
    """Return how long somebody waits who is alone."""
    tab = Tab(url)
    try:
        await tab.open(QUERY)
        return await tab.press("Train", "running")
    finally:
        await tab.close()


def main(minutes: float) -> str:
    """Return the table."""
    os.environ["STREAMLIT_SERVER_DISCONNECTED_SESSION_TTL"] = f"{KEPT_SECONDS:.0f}"
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mlp-soak-")))
        store = folder / "runs.sqlite3"
        url = stack.enter_context(app(store=f"sqlite:///{store}"))
        (server,) = (child for child in psutil.Process().children() if "streamlit" in child.cmdline())
        return table(HEADINGS, asyncio.run(attend(url, server, store, minutes)))
