"""A class at one small server: how long its people wait, and whether the server stays as it was.

Run with `python -m benchmarks.classroom`; `--browsers 10 --seconds 5 digits` for a look, `--teacher` for a class whose
teacher looks at the wall, `--soak 10` for ten minutes of opening, training, forking and closing at sixteen times a
class's pace. Needs MNIST where MLP_DATA_DIR says or on disk.
"""

import argparse
import asyncio
import itertools
import os
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import TypeVar

import numpy as np
import psutil

from benchmarks import machine, soak
from benchmarks.__main__ import SHARED_DATA
from benchmarks.browser import app
from benchmarks.connection import Connections
from benchmarks.tab import Tab
from benchmarks.tables import table
from mlp.tokens import TEACHER, new_token

CLASSES = {
    "digits": "dataset=digits&epochs=10000&pace=100",
    "mnist": "dataset=mnist&epochs=10000&pace=max",
}
RATES = ("0.15", "0.1")
WALL_SECONDS = 1.0  # as in wall.js
REST_SECONDS, REST = 0.5, 0.05  # of a core in this time: the server waits for its class

T = TypeVar("T")


@dataclass(frozen=True)
class Lesson:
    """What a class does, in seconds."""

    joining: float = 3.0  # within which all come, and later press Train
    settling: float = 3.0  # after each of these
    watching: float = 20.0
    acting: float = 20.0  # using controls
    thinking: float = 5.0  # between two actions of a person


@dataclass
class Measured:
    """What a class met."""

    browsers: int
    joined: list[float] = field(default_factory=list)  # seconds, as all
    first_trains: list[float] = field(default_factory=list)
    buttons: list[float] = field(default_factory=list)
    slides: list[float] = field(default_factory=list)
    walls: list[float] = field(default_factory=list)  # until the teacher's wall has what it asked for
    still: list[float] = field(default_factory=list)  # the longest time that each curve did not move
    speeds: list[float] = field(default_factory=list)  # steps a second of each run
    joining: float = 0.0  # seconds of the server's processor for each browser that comes
    server: float = 0.0  # of a core, while they train and use controls
    tool: float = 0.0  # of a core, which this program took meanwhile
    script_runs: int = 0
    actions: int = 0
    troubles: list[str] = field(default_factory=list)


class Use:
    """How much of a processor a process takes from now on."""

    def __init__(self, process: psutil.Process) -> None:
        self._process, self._begun, self._before = process, perf_counter(), _used(process)

    def seconds(self) -> float:
        """Return the seconds since this was made."""
        return _used(self._process) - self._before

    def share(self) -> float:
        """Return the share of a core since this was made."""
        return self.seconds() / (perf_counter() - self._begun)


def _used(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


async def attend(url: str, server: psutil.Process, query: str, browsers: int, lesson: Lesson) -> Measured:
    """Have a class come, train, watch, use controls, and pause in the end."""
    await rested(server)
    tabs = [Tab(url) for _ in range(browsers)]
    found = Measured(browsers)
    wall = asyncio.create_task(look_at_wall(url, found)) if os.environ.get(TEACHER) else None
    try:
        joining = Use(server)
        found.joined = await spread(tabs, lesson.joining, lambda tab: tab.open(query))
        found.joining = joining.seconds() / browsers
        await asyncio.sleep(lesson.settling)
        found.first_trains = await spread(tabs, lesson.joining, lambda tab: tab.press("Train", "running"))
        await asyncio.sleep(lesson.settling)
        begun = perf_counter()
        await asyncio.sleep(lesson.watching)
        for tab in tabs:
            shown = [(when, step) for when, step in tab.steps if when >= begun]
            found.still.append(longest_still([begun, *(when for when, _ in shown), perf_counter()]))
            found.speeds.append((shown[-1][1] - shown[0][1]) / (shown[-1][0] - shown[0][0]) if len(shown) > 1 else 0.0)
        before, served, own = sum(tab.script_runs for tab in tabs), Use(server), Use(psutil.Process())
        await spread(tabs, lesson.thinking, lambda tab: use_controls(tab, found, lesson))
        found.server, found.tool = served.share(), own.share()
        found.actions = len(found.buttons) + len(found.slides)
        found.script_runs = sum(tab.script_runs for tab in tabs) - before
    finally:
        for tab in tabs:
            await tab.close()
        if wall:
            wall.cancel()
    found.troubles += [trouble for tab in tabs for trouble in tab.troubles]
    return found


async def rested(server: psutil.Process) -> None:
    """Wait until the server is ready: it is started before its class comes."""
    while True:
        use = Use(server)
        await asyncio.sleep(REST_SECONDS)
        if use.share() < REST:
            return


async def look_at_wall(url: str, found: Measured) -> None:
    """Ask for the wall's content as a teacher's page does."""
    http = Connections(url)
    await http.get(f"/teach/{os.environ[TEACHER]}", "text/html")
    while True:
        begun = perf_counter()
        answer = await http.get("/class_wall")
        if answer.status != 200:
            found.troubles.append(f"{answer.status} for the wall")
        found.walls.append(perf_counter() - begun)
        await asyncio.sleep(max(0.0, begun + WALL_SECONDS - perf_counter()))


async def spread(tabs: Sequence[Tab], seconds: float, act: Callable[[Tab], Awaitable[T]]) -> list[T]:
    """Have each tab begin to act, one after the other within some seconds; return what came of it."""

    async def wait_and_act(place: int, tab: Tab) -> T:
        await asyncio.sleep(seconds * place / len(tabs))
        return await act(tab)

    return list(await asyncio.gather(*(wait_and_act(place, tab) for place, tab in enumerate(tabs))))


async def use_controls(tab: Tab, found: Measured, lesson: Lesson) -> None:
    """Pause, resume, and move a slider, again and again; pause in the end."""
    ends = perf_counter() + lesson.acting
    while perf_counter() < ends:
        for label, kind in (("Pause", "paused"), ("Resume", "running")):
            found.buttons.append(await tab.press(label, kind))
            await asyncio.sleep(lesson.thinking)
        for mark in RATES:
            found.slides.append(await tab.slide("Learning rate", mark, "learning rate"))
            await asyncio.sleep(lesson.thinking)
    found.buttons.append(await tab.press("Pause", "paused"))


def longest_still(moments: Sequence[float]) -> float:
    """Return the longest time between two moments."""
    return max(later - earlier for earlier, later in itertools.pairwise(moments))


def server_process() -> psutil.Process:
    """Return the process of the app that this one has started."""
    (found,) = (child for child in psutil.Process().children() if "streamlit" in child.cmdline())
    return found


def row(found: Measured, name: str) -> list[str]:
    """Return a row of the table."""

    def told(seconds: Sequence[float], unit: float, decimals: int) -> str:
        median, most = np.quantile(seconds, [0.5, 0.95]) * unit
        return f"{median:,.{decimals}f} / {most:,.{decimals}f}"

    median = float(np.median(found.speeds))
    return [
        f"{found.browsers}, {name}",
        told(found.buttons, 1000, 0),
        told(found.slides, 1000, 0),
        told(found.first_trains, 1000, 0),
        told(found.joined, 1, 1),
        told(found.walls, 1000, 0) if found.walls else "",
        f"{found.joining:.2f}",
        f"{found.server:.0%}",
        f"{found.tool:.0%}",
        f"{max(found.still):.1f}",
        f"{min(found.speeds) / median:.2f} to {max(found.speeds) / median:.2f}",
        f"{found.script_runs} / {found.actions}",
        str(len(found.troubles)),
    ]


HEADINGS = [
    "browsers",
    "a button, ms",
    "a live slider, ms",
    "first Train, ms",
    "address → panel, s",
    "the wall, ms",
    "server's CPU for it, s",
    "server, of a core",
    "this tool",
    "a curve's longest stillness, s",
    "slowest and fastest run, of the median",
    "script runs / controls used",
    "errors",
]


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.classroom", description=__doc__)
    parser.add_argument("classes", nargs="*", default=list(CLASSES), help=f"any of: {', '.join(CLASSES)}")
    parser.add_argument("--browsers", nargs="+", type=int, default=[30, 40, 60])
    parser.add_argument("--seconds", type=float, default=20.0, help="of watching, and at least of using controls")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--teacher", action="store_true", help="pages ask for the class's news, and a wall is open")
    parser.add_argument("--soak", type=float, metavar="MINUTES", help="instead: what stays behind after a long day")
    arguments = parser.parse_args()
    if arguments.soak:
        print(soak.main(arguments.soak))
        return
    if SHARED_DATA.is_dir():
        os.environ.setdefault("MLP_DATA_DIR", str(SHARED_DATA))
    if arguments.teacher:
        os.environ[TEACHER] = new_token()
    lesson = Lesson(watching=arguments.seconds, acting=arguments.seconds)
    rows = []
    for _ in range(arguments.rounds):
        for browsers, name in itertools.product(arguments.browsers, arguments.classes):
            before = machine.load()
            with app() as url:
                found = asyncio.run(attend(url, server_process(), CLASSES[name], browsers, lesson))
            rows.append([*row(found, name), before])
            print(f"{' | '.join(rows[-1])}", flush=True)
            for trouble in dict.fromkeys(found.troubles):
                print(f"  {trouble}", flush=True)
    print(table([*HEADINGS, "others' load before"], rows))


if __name__ == "__main__":
    main()
