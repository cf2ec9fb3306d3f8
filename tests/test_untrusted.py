"""Whatever a link, a route or a flag contains, the program answers: no traceback, no endless message."""

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
import streamlit
from hypothesis import given, settings
from hypothesis import strategies as st
from streamlit.runtime.context import ContextProxy

import app as server
from mlp import RunConfig
from mlp.cli.arguments import UsageError, config_from, parse, threads_from
from mlp.config import SETTINGS, ConfigError
from mlp.datasets import DatasetError, dataset_info
from mlp.engine import Run
from mlp.text import LONGEST, quoted
from tests.ui.asking import ask
from tests.ui.scripts import app_of
from ui.boundary.session import PlaneSession
from ui.boundary.settings import BOUNDARY_SETTINGS
from ui.parts.settings import TRAIN_SETTINGS, from_query
from ui.train.session import TrainSession

NINES = ["9" * 19, "9" * 400, "9" * 5000]  # more than an integer in SQL, than a float, than Python reads
NASTY = [
    *NINES,
    *(f"1.{nines}" for nines in NINES),
    *(f"{nines}_1_1" for nines in NINES),
    *("1e999", "-1", "inf", "nan", "1e5", "0x1", "²", "٣", "1_0", " 7 ", "0", "7", "none", "1-2", "1.1", "max"),
    *("", "\0", "é" * 500, "<img>", "own?own=1", "digits", "'" * 90, "%00", "a=b&c", "\n"),
]
anything = st.sampled_from(NASTY) | st.text(max_size=80)


@contextmanager
def open_sessions() -> Iterator[list[str]]:
    """Open a session of each kind with a run; yield their tokens."""
    run = Run(RunConfig(dataset="digits", hidden=(8,)))
    session, plane = TrainSession(), PlaneSession()
    session.show(run)
    plane.show(Run(RunConfig(dataset="circles", hidden=(4,))))
    yield [session.token, plane.token]


@pytest.fixture(scope="module")
def tokens() -> Iterator[list[str]]:
    """Sessions for all tests of routes: what they show is computed once."""
    with open_sessions() as tokens:
        yield tokens


ASKED = {
    "live": ("at", "seen", "brief", "rest"),
    "draw": ("at",),
    "try": ("at",),
    "plane": ("unit", "seen"),
    "curves": ("runs", "x", "part", "smoothing", "log", "bands", "spread", "seen"),
    "search_charts": ("search", "shown", "over", "seen"),
}
BODIES = {"draw": bytes(64), "try": b'{"row": 0, "changed": {"0": "x"}, "column": 0}'}


def test_no_parameter_of_a_route_fails_whatever_it_says(tokens: list[str]) -> None:
    for nasty in NASTY:
        for address in (
            f"picture/digits/{quote(nasty)}",
            f"line/{quote(nasty)}/light",
            f"published/{quote(nasty)}",
            f"download/{quote(nasty)}",
            f"class_news/{quote(nasty)}?seen={quote(nasty)}",
            f"class_wall?seen={quote(nasty)}",
        ):
            assert ask(address).status < 500, address
        for kind, parameters in ASKED.items():
            for token, parameter in itertools.product([*tokens, nasty], parameters):
                path = kind if kind in ("curves", "search_charts") else f"{kind}/{quote(token)}"
                address = f"{path}?{urlencode({parameter: nasty})}"
                assert ask(address, BODIES.get(kind)).status < 500, address


def test_every_route_is_asked() -> None:
    others = {"picture", "line", "published", "download", "class_news", "class_wall"}
    assert {route.path.split("/")[1] for route in server.ROUTES} == {*ASKED, *others}


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from([*TRAIN_SETTINGS]), anything))
def test_no_link_fails_whatever_it_says(query: dict[str, str]) -> None:
    _, complaints = from_query(query)
    assert len(complaints) <= len(query)
    assert all(len(complaint) < 400 for complaint in complaints)


def refusal(act: Callable[..., object], *values: Any) -> str:
    """Return the sentence with which `act` refuses some values; empty if it accepts them."""
    try:
        act(*values)
    except (ConfigError, DatasetError, UsageError) as error:
        return str(error)
    return ""


def asked_for(flag: str, text: str) -> RunConfig:
    arguments = parse(["train", f"--{flag}", text])
    threads_from(arguments)
    return config_from(arguments)


@pytest.mark.parametrize("flag", [*(name.replace("_", "-") for name in SETTINGS), "preset", "threads", "json", *NINES])
def test_a_flag_is_understood_or_refused_in_a_short_sentence(flag: str) -> None:
    for text in (*NINES, "inf", "-1", "\0", "'" * 90, f"circles?own={'9' * 400}_1_1"):  # a parser is slow to make
        assert len(refusal(asked_for, flag, text)) < 300


@pytest.mark.parametrize(
    "key", ["points", "noise", "classes", "features", "seed", "task", "training", "own", "wrong", *NINES]
)
def test_a_recipe_is_read_or_refused_in_a_short_sentence(key: str) -> None:
    for text in NASTY:
        name = f"circles?{urlencode({key: text})}"
        refused = refusal(dataset_info, name)
        assert len(refused) < 250


@given(st.text() | st.integers() | st.floats() | st.lists(st.integers()) | st.just(10**5000))
def test_a_message_repeats_a_line_at_most(value: object) -> None:
    assert len(quoted(value)) <= LONGEST + 2


PAGES = {
    "train": [*TRAIN_SETTINGS, "run", "hide", "present"],
    "boundary": [*BOUNDARY_SETTINGS, "own", "layers", "units1", "units2", "plane_pace", "hide"],
    "learn": ["scene", "stage"],
    "runs": ["runs"],
}


@pytest.mark.parametrize("nasty", ["inf", "9" * 5000, f"{'9' * 400}_1_1", "\0"], ids=["inf", "nines", "points", "nul"])
@pytest.mark.parametrize("page", PAGES)
def test_no_page_fails_whatever_its_link_says(page: str, nasty: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ContextProxy, "cookies", {})  # AppTest has none,
    monkeypatch.setattr(streamlit, "page_link", lambda *_, **__: None)  # and no other pages without the menu
    app = app_of(Path(server.__file__).parent / "pages" / f"{page}.py")
    for name in PAGES[page]:
        app.query_params[name] = nasty
    app.run()
    assert not app.exception
    said = [element.value for element in (*app.error, *app.warning, *app.toast, *app.text)]
    assert all(len(line) < 400 for text in said for line in text.split("\n"))
