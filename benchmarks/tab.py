"""A tab without a browser: it speaks Streamlit's protocol, asks the feeds as live.js does, and draws nothing.

A class of real browsers would take the processors from the server that is measured.
"""

import asyncio
import contextlib
import functools
import itertools
import json
import re
from pathlib import Path
from time import perf_counter
from typing import Any
from urllib.parse import quote

import streamlit
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.runtime.state.session_state import STREAMLIT_INTERNAL_KEY_PREFIX
from websockets import Origin, Subprotocol
from websockets.asyncio.client import ClientConnection, connect

from benchmarks.connection import Answer, Connections

# As in live.js and turns.js:
TICK, ANSWER_TICK, ANSWER_SECONDS = 0.2, 0.03, 0.25
CLASS_SECONDS = 2.0  # as in student.js
RESTS = (False, True, True)  # charts rest two of three times, as in a browser on a slow machine,
SLOW_SECONDS = 0.25  # unless the server had no news for so long
LACKING_SECONDS = 0.45

# What a browser fetches of Streamlit's own scripts once the page needs them, by the names of their files.
CHUNKS = ("Html", "BidiComponent", "Button", "Slider", "ButtonGroup", "Selectbox", "Checkbox")
SCRIPTS = Path(streamlit.__file__).parent / "static/static/js"
PATIENCE_SECONDS = 60.0


@functools.cache
def chunks() -> tuple[str, ...]:
    """Return the names of the scripts that `CHUNKS` are made of."""
    found = {file.name for chunk in CHUNKS for file in SCRIPTS.glob(f"{chunk}.*.js")}
    ahead = list(found)
    while ahead:
        text = (SCRIPTS / ahead.pop()).read_text(encoding="utf-8")
        imported = set(re.findall(r'(?:from|import)"\./([\w.-]+\.js)"', text)) - found
        found |= imported
        ahead += imported
    return tuple(sorted(found))


class Tab:
    """One person's browser with the Train page."""

    def __init__(self, url: str) -> None:
        self.url = url  # http://host:port
        self.http = Connections(url)
        self.troubles: list[str] = []
        self.script_runs = 0
        self.answers = 0  # of the feed
        self.panel: dict[str, Any] = {}  # what the page's script sent the live panel
        self.status: dict[str, Any] = {}  # what the panel shows
        self.charts: set[str] = set()  # of those that it shows
        self.steps: list[tuple[float, int]] = []  # when which was shown
        self._ids: dict[str, tuple[str, str]] = {}  # of widgets, and their fragments: by label
        self._states: dict[str, WidgetState] = {}  # by id
        self._fetched: dict[str, asyncio.Task[None]] = {}  # by address
        self._query, self._page = "", ""
        self._in_class = False
        self._news = asyncio.Condition()
        self._finished = 0  # runs of the script, but for those cut short
        self._awaited_until = 0.0
        self._pressed = False
        self._asked = False  # for the page's script, which has not come to its end since
        self._following: asyncio.Task[None] | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._socket: ClientConnection | None = None

    async def open(self, query: str) -> float:
        """Open the page; return after how many seconds the panel is there, with all that draws it."""
        begun, self._query = perf_counter(), query
        page = (await self._get(f"/?{query}", "text/html")).body.decode()
        first = re.findall(r'(?:src|href)="\./(static/[^"]+)"', page)
        await asyncio.gather(*(self._fetch(f"/{file}") for file in first))
        await asyncio.gather(*(self._get(f"/_stcore/{name}") for name in ("health", "host-config")))
        cookies = "; ".join(f"{name}={value}" for name, value in self.http.cookies.items())
        self._socket = await connect(
            f"{self.url.replace('http', 'ws', 1)}/_stcore/stream",
            additional_headers={"Cookie": cookies},
            origin=Origin(self.url),
            subprotocols=[Subprotocol("streamlit")],
            max_size=None,
            ping_interval=None,
            open_timeout=PATIENCE_SECONDS,
        )
        self._tasks.append(asyncio.create_task(self._listen()))
        await self._rerun()
        await asyncio.gather(*(self._fetch(f"/static/js/{name}") for name in chunks()))
        await self._until(lambda: bool(self.charts))
        await asyncio.gather(*self._fetched.values())
        return perf_counter() - begun

    async def press(self, label: str, kind: str) -> float:
        """Press a button; return after how many seconds the page is drawn and the panel shows the status `kind`."""
        await self._until(lambda: label in self._ids)
        if label not in self._ids:
            self.troubles.append(f"there is no button {label!r} when the panel shows {self.status.get('word')!r}")
            return PATIENCE_SECONDS
        begun, before = perf_counter(), self._finished
        self._use(button=True)
        await self._rerun(*self._ids[label], trigger_value=True)
        await self._until(lambda: self._finished > before and self.status.get("kind") == kind)
        return perf_counter() - begun

    async def slide(self, label: str, mark: str, number: str) -> float:
        """Move a slider to a mark; return after how many seconds the panel shows it as its `number`."""
        begun, before = perf_counter(), self._finished
        self._use(button=False)
        state = self._states[self._ids[label][0]]
        state.string_array_value.data[:] = [mark]
        await self._rerun(*self._ids[label])
        await self._until(lambda: self._finished > before and self.status["numbers"][number] == mark)
        return perf_counter() - begun

    async def fork(self) -> float:
        """Continue from the first step as a new run; return after how many seconds the panel shows that."""
        begun, before = perf_counter(), self._finished
        event = json.dumps([{"event": "fork", "value": {"step": 0}}])
        await self._rerun(*self._ids["live"], json_trigger_value=event)
        await self._until(lambda: self._finished > before and self.status["numbers"]["step"] == "0")
        return perf_counter() - begun

    async def close(self) -> None:
        """Close the tab."""
        tasks = [*self._tasks, *([self._following] if self._following else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._socket:
            await self._socket.close()
        self.http.close()

    async def _until(self, happened: Any) -> None:
        try:
            async with asyncio.timeout(PATIENCE_SECONDS), self._news:
                await self._news.wait_for(happened)
        except TimeoutError:
            self.troubles.append(f"nothing was shown within {PATIENCE_SECONDS:.0f} s")

    async def _tell(self) -> None:
        async with self._news:
            self._news.notify_all()

    async def _get(self, path: str, accept: str = "*/*") -> Answer:
        try:
            answer = await self.http.get(path, accept)
        except (OSError, asyncio.IncompleteReadError) as error:
            self.troubles.append(f"no answer to {path}: {error!r}")
            return Answer(0, {}, b"")
        if answer.status >= 400:
            self.troubles.append(f"{answer.status} for {path}")
        return answer

    def _fetch(self, path: str) -> asyncio.Task[None]:
        """Fetch a file and, if it is one of the dashboard's scripts, what that imports; each once."""
        if path not in self._fetched:
            self._fetched[path] = asyncio.create_task(self._fetch_all(path))
        return self._fetched[path]

    async def _fetch_all(self, path: str) -> None:
        answer = await self._get(path)
        if path.startswith("/published/") and "plotly" not in path:
            imported = re.findall(r'"\./([\w.-]+\.js\?\w+)"', answer.body.decode())
            await asyncio.gather(*(self._fetch(f"/published/{name}") for name in imported))

    async def _rerun(self, widget: str = "", fragment: str = "", **trigger: Any) -> None:
        """Have the page's script run, or a fragment of it because a widget was used."""
        message = BackMsg()
        asked = message.rerun_script
        asked.query_string, asked.page_script_hash = self._query, self._page
        asked.widget_states.widgets.extend(self._states.values())
        asked.fragment_id = fragment
        if trigger:
            asked.widget_states.widgets.add(id=widget, **trigger)
        asked.context_info.url = f"{self.url}/"
        asked.context_info.timezone, asked.context_info.locale = "UTC", "en-US"
        assert self._socket is not None
        self._asked = True
        await self._socket.send(message.SerializeToString())

    async def _listen(self) -> None:
        assert self._socket is not None
        with contextlib.suppress(asyncio.CancelledError):
            async for payload in self._socket:
                message = ForwardMsg()
                message.ParseFromString(bytes(payload))  # type: ignore[arg-type]
                self._hear(message)
                await self._tell()
            self.troubles.append("the server closed the connection")

    def _hear(self, message: ForwardMsg) -> None:
        kind = message.WhichOneof("type")
        if kind == "new_session":
            self.script_runs += 1
            self._page = message.new_session.page_script_hash
        elif kind == "delta" and message.delta.WhichOneof("type") == "new_element":
            self._hear_element(message.delta.new_element, message.delta.fragment_id)
        elif kind == "page_info_changed":
            self._query = message.page_info_changed.query_string
        elif kind == "script_finished":
            if message.script_finished == ForwardMsg.FINISHED_WITH_COMPILE_ERROR:
                self.troubles.append("the script could not be compiled")
            elif message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                self._finished += 1
                self._asked = False
                self._follow()

    def _hear_element(self, element: Any, fragment: str) -> None:
        kind = element.WhichOneof("type")
        if kind == "exception":
            self.troubles.append(f"{element.exception.type}: {element.exception.message}")
        elif kind == "bidi_component":
            self._hear_component(element.bidi_component, fragment)
        elif kind in ("button", "slider", "selectbox", "checkbox"):
            widget = getattr(element, kind)
            self._ids[widget.label] = widget.id, fragment
            state = self._states.get(widget.id) or _state(kind, widget)
            if state is not None:
                self._states[widget.id] = state

    def _hear_component(self, shown: Any, fragment: str) -> None:
        for name in re.findall(r'"([\w.-]+\.(?:js|css)(?:\?\w+)?)"', shown.js_content):
            self._fetch(f"/published/{name}")
        data = json.loads(shown.mixed.json if shown.HasField("mixed") else shown.json or "{}")
        if "feed" in data and "status" in data:
            self.panel = data
            self._ids["live"] = f"{STREAMLIT_INTERNAL_KEY_PREFIX}_{shown.id}__events", fragment
        elif str(data.get("feed", "")).startswith("class_news/") and not self._in_class:
            self._in_class = True
            self._tasks.append(asyncio.create_task(self._ask_class(data["feed"], data["version"])))

    async def _ask_class(self, feed: str, version: str) -> None:
        """Ask whether the teacher has news, which this tab ignores."""
        while True:
            await asyncio.sleep(CLASS_SECONDS)
            answer = await self._get(f"/{feed}?seen={version}")
            if answer.status == 200:
                version = json.loads(answer.body)["version"]

    def _use(self, button: bool) -> None:
        self._awaited_until, self._pressed = perf_counter() + ANSWER_SECONDS, button

    def _follow(self) -> None:
        """Ask the feed for everything at once, and again while the run trains."""
        self._awaited_until = 0.0
        if self._following:
            self._following.cancel()
        if self.panel:
            self._following = asyncio.create_task(self._poll(self.panel["feed"], self.panel["status"]["kind"]))

    async def _poll(self, feed: str, kind: str) -> None:
        seen, asked, step = "", perf_counter(), 0
        heard, heard_at, first_asked, waited = "", 0.0, 0.0, 0.0  # the latest news, and how long they were waited for
        for resting in itertools.cycle(RESTS):
            awaited = bool(seen) and perf_counter() < self._awaited_until
            rest = resting and bool(heard) and waited < SLOW_SECONDS
            first_asked = first_asked or perf_counter()
            known = heard if perf_counter() - heard_at < LACKING_SECONDS else seen
            question = "brief=true" if awaited else f"seen={quote(known)}&at=&rest={'true' if rest else ''}"
            answer = await self._get(f"/{feed}?{question}")
            self.answers += 1
            if answer.status == 200:
                news = json.loads(answer.body)
                if not awaited:
                    version = news["version"]
                    seen = version if news.get("charts") else ""
                    if version != heard:
                        before, step = step, int(news["status"]["numbers"]["step"].replace(",", ""))
                        waited = perf_counter() - first_asked if step - before <= 1 else 0.0
                        heard, heard_at, first_asked = version, perf_counter(), 0.0
                self._show(news)
                await self._tell()
                if news["status"]["kind"] != kind and not self._asked:
                    await self._rerun()  # as the panel asks for it when the run's status has changed
                    return
            if kind != "running":
                return
            tick = ANSWER_TICK if perf_counter() < self._awaited_until else TICK
            await asyncio.sleep(max(0.0, asked + tick - perf_counter()))
            if self._pressed:
                await asyncio.sleep(max(0.0, self._awaited_until - perf_counter()))
            asked = perf_counter()

    def _show(self, news: dict[str, Any]) -> None:
        self.status = news["status"]
        self.charts |= set(news.get("charts", ()))
        step = int(self.status["numbers"]["step"].replace(",", ""))
        if not self.steps or self.steps[-1][1] != step:
            self.steps.append((perf_counter(), step))


def _state(kind: str, widget: Any) -> WidgetState | None:
    """Return what a browser sends of a widget that nobody has touched; None for a button."""
    if kind == "slider" and widget.options:
        state = WidgetState(id=widget.id)
        state.string_array_value.data[:] = [widget.options[int(place)] for place in widget.default]
        return state
    if kind == "slider":
        state = WidgetState(id=widget.id)
        state.double_array_value.data[:] = widget.default
        return state
    if kind == "selectbox":
        return WidgetState(id=widget.id, string_value=widget.options[widget.default])
    if kind == "checkbox":
        return WidgetState(id=widget.id, bool_value=widget.default)
    return None
