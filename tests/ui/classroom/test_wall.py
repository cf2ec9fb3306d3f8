"""The wall shows each student in a few values; only the teacher can ask for it."""

import csv
import io
import json
from dataclasses import replace
from math import nan

import numpy as np
import pytest

from mlp import RunConfig
from mlp.datasets import Recipe
from mlp.datasets.own import stored
from mlp.tokens import TEACHER, derived
from tests.datasets.own.made import store_people
from tests.stored_runs import SMALL
from tests.ui.classroom.trained import session_with, trained, training
from ui.classroom import wall
from ui.classroom.challenge import Challenge, Place
from ui.classroom.school_class import Glance, SchoolClass
from ui.classroom.teacher import COOKIE, is_teacher
from ui.classroom.tiles import HIGH, MOST_POINTS, curve, in_words, scores_of, tile
from ui.classroom.wall import content, wall_csv

SECRET = "s" * 32


@pytest.fixture
def room() -> SchoolClass:
    return SchoolClass()


def test_a_tile_has_what_the_run_has_reached(room: SchoolClass) -> None:
    run = trained(1, run_id="abc")
    session = session_with(run)
    student = room.meet("a", session)
    room.students()
    shown = tile(student, is_away=False)
    measured = run.view().history.last("validation_accuracy")
    assert (shown["score"], shown["shown"]) == (measured, f"{100 * measured:.1f}\u202f%")
    assert (shown["run"], shown["kind"], shown["epoch"], shown["away"]) == ("abc", "paused", "1/2", False)
    assert shown["settings"] == "Digits, 8 × 8 · 8 · ReLU · SGD 0.1 · batch 32"
    json.dumps(shown, allow_nan=False)


def test_who_is_away_is_not_said_to_train(room: SchoolClass) -> None:
    session = session_with(training())
    student = room.meet("a", session)
    room.students()
    assert (tile(student, False)["word"], tile(student, False)["kind"]) == ("Training", "running")
    away = tile(student, True)
    assert (away["word"], away["kind"], away["settings"]) == ("Away", "none", tile(student, False)["settings"])


def test_before_the_first_step_there_is_no_number(room: SchoolClass) -> None:
    session = session_with(training())
    student = room.meet("a", session)
    assert tile(student, False)["word"] == "Nothing trained yet"
    room.students()
    shown = tile(student, False)
    assert (shown["score"], shown["curve"]) == (None, [])
    json.dumps(shown, allow_nan=False)


def test_a_regression_has_its_r_squared() -> None:
    recipe = Recipe("hills", task="regression", points=100)
    run = trained(3, RunConfig(dataset=recipe.name, hidden=(8,), learning_rate=0.01, epochs=3))
    glance = Glance.at(run)
    scores = scores_of(glance)
    assert np.isfinite(scores[-1])
    assert scores[-1] <= 1


def test_a_curve_is_small_and_as_wide_as_its_tile() -> None:
    run = Glance.at(trained(2, replace(SMALL, epochs=4), "abc"))
    progress = np.linspace(0, 2, 500)
    table = np.zeros((len(run.history.table), 500))
    table[2] = progress
    scores = np.where(np.arange(500) % 2 == 0, progress / 2, nan)
    points = curve(run._replace(history=type(run.history)(table)), scores)
    assert len(points) == MOST_POINTS
    assert points[0] == [0, 0]
    assert points[-1] == [HIGH, round(HIGH * progress[498] / 2)]
    assert curve(run, np.full(len(run.history), -7.0))[0][1] == 0, "R² has no lower end"
    table[2] = progress / 4
    points = curve(run._replace(history=type(run.history)(table)), scores)
    assert points[-1][0] == round(HIGH * progress[498] / 4), "it grows in the first epoch"


def test_settings_are_short_words() -> None:
    config = RunConfig(dataset="digits", hidden=(), l2=0.001, optimizer="adam", learning_rate=0.01)
    assert in_words(config) == "Digits, 8 × 8 · no hidden layer · ReLU · Adam 0.01 · batch 32 · L2 penalty 0.001"


@pytest.mark.usefixtures("own")
def test_own_data_is_said_to_be_own_whatever_it_is_called() -> None:
    name = store_people(token="me", label="Digits, 8 × 8 · 100")
    assert in_words(RunConfig(dataset=name)).startswith("own data: Digits, 8 × 8 - 100 · 100–200 · ")
    stored.delete(name)
    assert in_words(RunConfig(dataset=name)).startswith("own data: Digits, 8 × 8 - 100 (deleted) · ")


def test_a_challenge_puts_places_on_the_wall_and_in_its_csv(room: SchoolClass, monkeypatch: pytest.MonkeyPatch) -> None:
    session = session_with(trained(1, run_id="abc"))
    room.meet("a", session).call("=1+1")
    room.meet("b")
    assert "place" not in content(room)["tiles"][0]
    room.challenge = Challenge("digits", None, 5, began=0.0)
    monkeypatch.setattr(wall, "ranking", lambda _: [Place(1, 1, "best", 0.9, None)])
    shown = content(room)
    assert shown["headline"] == "The challenge: Digits, 8 × 8, 5 epochs of each network. 1 student has a result."
    assert (shown["tiles"][0]["place"], shown["tiles"][0]["test_shown"], shown["left"]) == (1, "", None)
    monkeypatch.setattr(wall, "ranking", lambda _: [Place(1, 1, "best", 0.9, nan)])
    assert content(room)["tiles"][0]["test_shown"] == "unknown"
    json.dumps(content(room), allow_nan=False)
    monkeypatch.setattr(wall, "ranking", lambda _: [Place(1, 1, "best", 0.9, 0.8)])
    text = wall_csv(room)
    assert text.startswith("\ufeffnumber,"), "a spreadsheet knows by the mark how to read names such as Müller"
    first, second = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    assert first["name"] == "'=1+1", "no formula for a spreadsheet"
    columns = ("validation", "best on the validation set in the challenge", "on the test set in the challenge")
    assert [first[name] for name in columns[1:]] == ["0.9", "0.8"]
    assert 0 < float(first[columns[0]]) < 1, "all in the same unit"
    assert (first["run"], first["best run in the challenge"]) == ("abc", "best")
    assert (first["epoch"], first["epochs"]) == ("1", "2"), "1/2 is a date for a spreadsheet"
    assert (second["epoch"], second["epochs"]) == ("", "")
    assert (second["name"], second["status"], second["validation"]) == ("No. 2", "Nothing trained yet", "")
    room.challenge = Challenge(Recipe("hills", task="regression").name, None, 5, began=0.0)
    (shown, _) = content(room)["tiles"]
    assert (shown["best_shown"], shown["test_shown"]) == ("0.900", "0.800")


def test_a_cookie_makes_a_teacher_and_only_with_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(TEACHER, SECRET)
    assert is_teacher({COOKIE: derived(SECRET, COOKIE)})
    for wrong in ({}, {COOKIE: ""}, {COOKIE: SECRET}, {COOKIE: "ä"}, {COOKIE: derived("other", COOKIE)}):
        assert not is_teacher(wrong)
    monkeypatch.delenv(TEACHER)
    assert not is_teacher({COOKIE: derived("", COOKIE)}), "a server without a class has no teacher"
