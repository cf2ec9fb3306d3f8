"""The teacher's link gives a cookie and leaves the address; the class's code leads to what the class works on."""

import pytest

from mlp.installation import PROGRAM
from mlp.tokens import TEACHER, class_code, derived
from tests.ui.asking import Answer, ask
from tests.ui.scripts import app_of
from ui.classroom import teacher, wall
from ui.classroom.school_class import Gift, SchoolClass
from ui.classroom.student import news_route
from ui.classroom.teacher import COOKIE, teacher_routes
from ui.classroom.wall import wall_route
from ui.parts.browser import COOKIE as BROWSER

SECRET = "s" * 32


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch) -> SchoolClass:
    room = SchoolClass()
    for module in ("teacher", "wall", "student"):
        monkeypatch.setattr(f"ui.classroom.{module}.school_class", lambda: room)
    monkeypatch.setenv(TEACHER, SECRET)
    return room


def get(address: str, cookie: str = "") -> Answer:
    """Ask a server that has a class."""
    routes = [*teacher_routes(), wall_route(), news_route()]
    return ask(address, cookie=cookie, routes=routes)


TEACHERS = f"{COOKIE}={derived(SECRET, COOKIE)}"


@pytest.mark.usefixtures("room")
def test_the_link_is_exchanged_for_a_cookie_that_opens_the_wall() -> None:
    assert get("class_wall").status == 403
    answer = get(f"teach/{SECRET}")
    assert (answer.status, answer.headers["location"]) == (303, "../class?opened=yes")
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(f"{TEACHERS};")
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert SECRET not in cookie
    assert get("class_wall", TEACHERS).json()["tiles"] == []


def test_a_teacher_is_no_student(room: SchoolClass) -> None:
    room.meet("t" * 32)
    student = room.meet("s" * 32)
    get(f"teach/{SECRET}", f"{BROWSER}={'t' * 32}")
    assert room.students() == [student]


@pytest.mark.usefixtures("room")
def test_a_wrong_link_is_refused_in_a_sentence() -> None:
    for wrong in ("t" * 32, "ä", SECRET[:-1]):
        answer = get(f"teach/{wrong}")
        assert (answer.status, answer.body.decode()) == (403, teacher.REFUSED)
        assert "set-cookie" not in answer.headers


def test_the_code_leads_to_what_was_given_last(room: SchoolClass) -> None:
    code = class_code(SECRET)
    assert get(code).headers["location"] == "./"
    room.give(Gift("boundary", {"shape": "spirals", "hide": "noise.classes"}, "Spirals"))
    for written in (code, code.lower(), code.capitalize(), code.swapcase().capitalize().swapcase()):
        assert get(written).headers["location"] == "./boundary?shape=spirals&hide=noise.classes"
    room.give(Gift("", {"dataset": "own:0123456789ab"}, "Deleted"))
    assert get(code).headers["location"] == "./"


def test_without_a_class_there_is_neither_link_nor_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(TEACHER, raising=False)
    assert teacher_routes() == []


def test_a_secret_that_could_be_guessed_ends_the_server_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(TEACHER, "short")
    with pytest.raises(SystemExit, match="MLP_TEACHER must have at least 24 letters"):
        teacher_routes()


def test_pages_ask_for_news_with_the_students_key(room: SchoolClass) -> None:
    student = room.meet("secret of the browser")
    address = f"class_news/{student.key}"
    assert get(f"{address}?seen=0").status == 204
    room.look_here()
    assert get(f"{address}?seen=0").json() == {"version": "1"}
    assert get(f"{address}?seen=1").status == 204
    room.remove(student.number)
    assert get(address).status == 404


def test_a_wall_that_nobody_touches_ends_a_challenge_in_time(
    room: SchoolClass, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[object] = []
    room.start_together("digits", 0.0, None)
    monkeypatch.setattr(wall, "ranking", lambda _: [])
    monkeypatch.setattr(wall, "open_test_set", opened.append)
    shown = get("class_wall", TEACHERS).json()
    assert shown["headline"].startswith("The challenge is over: Digits")
    assert (shown["left"], shown["version"], opened) == (None, room.version, [room.challenge])


def test_others_learn_on_the_teachers_page_that_it_is_not_theirs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(TEACHER, raising=False)
    app = app_of(PROGRAM / "pages/class.py").run()
    assert "This page is for the teacher" in app.info[0].value
    assert len(app.button) == 0


def test_a_teacher_whose_browser_refuses_the_cookie_learns_that() -> None:
    app = app_of(PROGRAM / "pages/class.py")
    app.query_params["opened"] = "yes"
    assert "Allow cookies for this address, then open the secret link again" in app.run().info[0].value
