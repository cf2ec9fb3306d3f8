"""A class knows its students by their browsers, asks all of them at once, and forgets what it is told to forget."""

import gc
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from time import time
from unittest.mock import Mock

import pytest

from mlp.config import ConfigError
from mlp.engine import Run, Status
from mlp.engine.allowance import Allowance
from mlp.limits import ALONE
from mlp.store import Store, new_token
from mlp.store.searches import PAUSED, RUNNING
from tests.search.running import ENDLESS, server
from tests.stored_runs import SMALL
from tests.ui.classroom.trained import session_with, trained, training
from tests.waiting import wait_until
from ui.classroom.challenge import Challenge
from ui.classroom.kept import ClassFile, place_of
from ui.classroom.school_class import AWAY_SECONDS, FORGOTTEN_SECONDS, LONGEST_NAME, Gift, SchoolClass
from ui.parts.tab import Tab


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.time = 0.0

    def __call__(self) -> float:
        return self.time


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def room(clock: Clock) -> SchoolClass:
    return SchoolClass(clock)


def test_a_browser_is_one_student_with_or_without_a_name(room: SchoolClass) -> None:
    ada, other = room.meet("a"), room.meet("b")
    assert room.meet("a") is ada is not other
    assert (ada.label, other.label) == ("No. 1", "No. 2")
    ada.call("  Ada \n Lovelace ")
    other.call("x" * 100)
    assert (ada.label, len(other.label)) == ("Ada Lovelace", LONGEST_NAME)
    ada.call("")
    assert ada.label == "No. 1"
    assert ada.declined_name


def test_who_asks_for_no_news_is_away_and_later_forgotten(room: SchoolClass, clock: Clock) -> None:
    ada = room.meet("a")
    clock.time += AWAY_SECONDS + 1
    assert room.is_away(ada)
    assert room.follow(ada.key)
    assert not room.is_away(ada)
    assert not room.follow("a"), "the browser's secret is not what pages ask with"
    clock.time += FORGOTTEN_SECONDS
    room.meet("b")
    assert [student.number for student in room.students()] == [2]


def test_a_student_is_taken_off_until_the_next_page(room: SchoolClass) -> None:
    ada = room.meet("a")
    ada.call("Ada")
    room.remove(ada.number)
    assert (room.students(), room.student(1)) == ([], None)
    assert not room.follow(ada.key)
    assert room.meet("a").label == "No. 2"


def test_all_are_paused_and_only_what_was_paused_goes_on(room: SchoolClass) -> None:
    sessions = [session_with(training()), session_with(training()), session_with(trained(1))]
    for name, session in zip("abc", sessions, strict=True):
        room.meet(name, session)
    runs = [session.own for session in sessions if session.own]
    before = room.version
    room.look_here()
    assert [run.status for run in runs] == [Status.READY, Status.READY, Status.PAUSED]
    assert (room.is_looking, room.version) == (True, before + 1)
    room.go_on()
    assert [run.status for run in runs] == [Status.RUNNING, Status.RUNNING, Status.PAUSED]
    assert (room.is_looking, room.version) == (False, before + 2)


def test_a_run_beyond_a_limit_does_not_keep_the_others_paused(room: SchoolClass) -> None:
    runs = [training(), training(), training()]
    sessions = [session_with(run) for run in runs]
    for name, session in zip("abc", sessions, strict=True):
        room.meet(name, session)
    room.look_here()
    runs[1].allowance = Allowance(replace(ALONE, memory=0.001))
    room.go_on()
    assert [run.status for run in runs] == [Status.RUNNING, Status.READY, Status.RUNNING]


def test_races_and_searches_are_paused_too_though_no_page_shows_them_and_go_on(tmp_path: Path) -> None:
    with server(f"sqlite:///{tmp_path}/runs.sqlite3") as (searches, _, engine):
        room, token = SchoolClass(training=engine.training, searches=searches), new_token()
        room.meet(token)
        search_id = searches.begin(ENDLESS, token)
        teachers = engine.open(ENDLESS.base, new_token())
        runs = [engine.open(replace(ENDLESS.base, seed=seed), token) for seed in (1, 2)]
        for run in (teachers, *runs):
            run.start()
        race = {run.id for run in runs}
        del run, runs

        def trials() -> list[str]:
            return [trial.run_id for trial in searches.look(search_id).trials]

        wait_until(lambda: len(trials()) == ENDLESS.parallel)
        room.look_here()
        teachers.pause()
        wait_until(lambda: not engine._flights)  # which know their runs
        gc.collect()
        teachers.start()
        assert engine.training() == [teachers]
        assert (searches.look(search_id).status, len(trials())) == (PAUSED, ENDLESS.parallel)
        room.go_on()
        ids = race | {teachers.id, *trials()}
        wait_until(lambda: {run.id for run in engine.training()} == ids)
        assert searches.look(search_id).status == RUNNING

        room.look_here()
        searches.stop(search_id, token)
        room.go_on()
        assert {run.id for run in engine.training()} == race | {teachers.id}


def test_a_run_that_the_teacher_removes_meanwhile_does_not_go_on(room: SchoolClass) -> None:
    run, other = training(run_id="removed"), training(run_id="other")
    sessions = [session_with(run), session_with(other)]
    room.meet("a", sessions[0])
    room.meet("b", sessions[1])
    room.students()
    room.look_here()
    room.take_run("removed")
    room.go_on()
    assert (run.status, other.status) == (Status.READY, Status.RUNNING)


def test_a_run_that_only_is_watched_is_not_the_students(room: SchoolClass) -> None:
    session = session_with(None)
    run = training()
    session.show(run, watching=True)
    student = room.meet("a", session)
    room.look_here()
    assert run.status is Status.RUNNING
    assert room.students()[0].glance is student.glance is None


def test_what_changed_last_is_seen(room: SchoolClass) -> None:
    run = training()
    session = session_with(run)
    student = room.meet("a", session)
    room.students()
    assert student.changed == ""
    run.change(replace(SMALL, learning_rate=0.5))
    room.students()
    assert student.changed == "learning rate 0.1 → 0.5"
    session.show(training(replace(SMALL, learning_rate=0.5, hidden=(3,))))
    room.follow(student.key)
    assert student.changed == "hidden layers 8 → 3"


def test_a_look_does_not_keep_a_run_from_pausing(room: SchoolClass) -> None:
    run = training()
    session = session_with(run)
    student, seen = room.meet("a", session), run.last_seen
    room.students()
    room.follow(student.key)
    assert run.last_seen == seen


def test_of_several_pages_the_run_that_trains_is_shown_else_that_of_the_latest(room: SchoolClass) -> None:
    train, boundary = session_with(trained(1, run_id="train")), session_with(trained(1, run_id="boundary"))
    student = room.meet("a", train)
    room.meet("a", boundary)
    room.students()
    assert student.glance
    assert student.glance.run_id == "boundary"
    assert train.own
    train.own.start()
    room.students()
    assert student.glance.run_id == "train"


def test_what_a_student_trained_stays_when_the_page_is_closed(room: SchoolClass) -> None:
    session = session_with(trained(1, run_id="kept"))
    student = room.meet("a", session)
    room.students()
    del session
    gc.collect()
    (same,) = room.students()
    assert same is student
    assert same.glance
    assert same.glance.run_id == "kept"
    assert same.runs() == []


def test_what_a_closed_page_keeps_for_minutes_counts_no_more_but_can_be_removed(room: SchoolClass) -> None:
    closed, shown = session_with(training(run_id="closed")), session_with(trained(1, run_id="shown"))
    closed.tab = Tab()
    student = room.meet("a", closed)
    room.meet("a", shown)
    room.students()
    assert student.glance
    assert student.glance.run_id == "closed"
    closed.tab.left = 0.0
    room.students()
    assert student.glance.run_id == "shown"
    assert [run.id for run in student.runs()] == ["shown"]
    room.take_run("closed")
    assert closed.is_removed


def test_a_run_is_taken_off_its_page(room: SchoolClass) -> None:
    run = training(run_id="bad")
    session = session_with(run)
    student = room.meet("a", session)
    room.students()
    room.take_run("bad")
    assert (run.status, session.run, session.is_removed, student.glance) == (Status.READY, None, True, None)


def test_settings_are_offered_and_withdrawn(room: SchoolClass) -> None:
    gift = Gift("", {"dataset": "digits"}, "Digits")
    room.give(gift)
    assert (room.given, room.version) == (gift, 1)
    room.take_back()
    assert (room.given, room.version) == (None, 2)


def test_in_a_challenge_neither_settings_are_given_nor_another_one_begins(room: SchoolClass) -> None:
    room.start_together("digits", None, 5)
    challenge = room.challenge
    with pytest.raises(ConfigError, match="Give settings when it is over"):
        room.give(Gift("", {}, "Digits"))
    with pytest.raises(ConfigError, match="End and close it"):
        room.start_together("mnist", None, 5)
    room.end_challenge()
    room.give(Gift("", {}, "Digits"))
    with pytest.raises(ConfigError, match="End and close it"):
        room.start_together("mnist", None, 5)
    assert room.challenge is challenge


def test_a_student_who_comes_back_has_one_place(room: SchoolClass, clock: Clock) -> None:
    sessions = [session_with(trained(1, run_id=run_id)) for run_id in "ab"]
    room.start_together("digits", None, 5)
    assert room.challenge

    def placed() -> list[int]:
        room.students()
        return list(room.challenge.best(lambda _: True)) if room.challenge else []

    for token, session in zip("ab", sessions, strict=True):
        room.meet(token, session)
    assert placed() == [1, 2]
    room.remove(1)
    assert placed() == [2]
    room.meet("a", sessions[0])
    assert sorted(placed()) == [2, 3]
    room.leave("a")
    assert placed() == [2]
    clock.time += FORGOTTEN_SECONDS + 1
    room.meet("b", sessions[1])
    room.meet("c")
    clock.time += FORGOTTEN_SECONDS + 1
    room.meet("d")
    assert placed() == []


def test_a_challenge_ends_in_time_and_pauses_all(room: SchoolClass, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ui.classroom.school_class.time", lambda: 1000.0)
    run = training()
    session = session_with(run)
    student = room.meet("a", session)

    def running() -> list[Run]:
        return [run for run in student.runs() if run.status is Status.RUNNING]

    room.start_together("digits", 60.0, None)
    challenge = room.challenge
    assert challenge
    room.end_in_time()
    assert running() == [run]
    monkeypatch.setattr("ui.classroom.school_class.time", lambda: 1060.0)
    room.end_in_time()
    assert challenge.is_over
    assert running() == []
    version = room.version
    room.end_in_time()
    assert room.version == version, "it ends once"
    room.go_on()
    assert running() == [], "what the end has paused stays so"
    room.clear_challenge()
    assert room.challenge is None


@pytest.fixture
def file(tmp_path: Path) -> ClassFile:
    return ClassFile(tmp_path / "class.json", "secret")


def test_what_the_teacher_asked_for_goes_on_after_a_restart_and_no_name_is_kept(
    file: ClassFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Challenge, "catch_up", lambda challenge, history: None)
    monkeypatch.setattr("ui.classroom.school_class.store", lambda: Mock())
    gift = Gift("boundary", {"dataset": "moons", "hide": ["optimizer", "l2"]}, "Moons")
    room = SchoolClass(file=file)
    room.give(gift)
    assert SchoolClass(file=file).given == gift
    assert SchoolClass(file=file._replace(secret="another teacher's")).given is None
    room.take_back()
    assert SchoolClass(file=file).given is None

    runs = {name: trained(1, run_id=name) for name in "abc"}
    sessions = {name: session_with(run) for name, run in runs.items()}
    for name, session in sessions.items():
        room.meet(name, session).call("Ada")
    room.start_together("digits", 300.0, None)
    assert room.underway
    room.join(room.meet("d"), room.underway)
    room.students()
    room.remove(room.meet("b").number)
    room.leave("c")  # it is the teacher's
    again = SchoolClass(file=file)
    assert again.underway
    assert (again.underway.dataset, again.underway.began) == ("digits", room.underway.began)
    assert list(again.underway.best(lambda _: True)) == [-2]

    room.end_challenge()
    again = SchoolClass(file=file)
    assert again.challenge
    assert again.challenge.is_over
    ada, joined = again.meet("a"), again.meet("d")
    assert not {again.meet(name).number for name in "bc"} & again.challenge.joined
    assert again.challenge.joined == {ada.number, joined.number}
    assert list(again.challenge.best(lambda _: True)) == [ada.number]
    assert "Ada" not in file.place.read_text()
    room.clear_challenge()
    assert SchoolClass(file=file).challenge is None


def test_a_class_is_kept_beside_its_store_whatever_its_folder_is_called(tmp_path: Path) -> None:
    folder = tmp_path / "Größe #1 %"
    with closing(Store(f"sqlite:///{folder}/runs.sqlite3")) as store:
        place = place_of(store.file)
    assert place == folder / "runs.sqlite3.class.json"
    file = ClassFile(place, "secret")
    file.write({"given": None})
    assert file.read()["given"] is None
    assert place.exists()
    assert place_of(None).name == "class.json"


def test_what_is_too_old_is_removed(file: ClassFile, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write({"given": None})
    monkeypatch.setattr("ui.classroom.kept.KEPT_SECONDS", 0.0)
    assert file.read() == {}
    assert not file.place.exists()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[]",
        '{"at": NaN}',
        f'{{"at": {10**400}}}',
        "[" * 200_000,
        "{NOW}",
        '{NOW, "given": [1], "challenge": 2}',
    ]
    + [f'{{NOW, "given": null, "challenge": {{"dataset": {data}}}}}' for data in (5, "[]", '"digits"')],
)
def test_a_file_that_is_old_or_damaged_begins_nothing(file: ClassFile, text: str) -> None:
    place = file.place
    place.write_text(text.replace("NOW", f'"at": {time()}, "mark": "{file._mark}"'))
    room = SchoolClass(file=file)
    assert (room.given, room.challenge) == (None, None)
    place.unlink(missing_ok=True)
    place.mkdir()
    room.start_together("digits", None, 5)
    assert room.challenge, "a lesson goes on though nothing can be kept"
