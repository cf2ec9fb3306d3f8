"""An exercise is checked against the run's best epoch, and a receipt shows when somebody has changed it."""

import textwrap

import pytest
from streamlit.testing.v1 import AppTest

from mlp import RunConfig
from mlp.datasets import Recipe
from mlp.engine import Run
from mlp.inspection.regression import predict_numbers, regression_scores
from mlp.tokens import TEACHER
from mlp.training.best import best_of
from tests.datasets.own.made import store_people
from tests.ui.classroom.trained import session_with, trained, training
from tests.ui.scripts import app_of
from ui.classroom.receipt import checked, exercise_code, is_genuine, written
from ui.classroom.school_class import SchoolClass
from ui.parts.classroom import BOUNDARY, BOUNDARY_CONTROLS, TRAIN, TRAIN_CONTROLS, Classroom
from ui.parts.state import Key

SECRET = "s" * 32


def test_a_receipt_is_genuine_as_long_as_nobody_changes_it() -> None:
    receipt = written(SECRET, "Ada", "goal 95 %", "", "reached 97.6\u202f%", "Digits · 100")
    assert receipt.startswith("Receipt · Ada · goal 95 % · reached 97.6 % · Digits · 100 · ")
    facts, _, signature = receipt.rpartition(" ")
    mailed = f"  {facts.replace(' ', chr(0xA0) + ' ')} {signature.lower()}\n"
    assert is_genuine(SECRET, mailed), "spaces and capitals of the last word may change on the way"
    for forged in (receipt.replace("Ada", "Bob"), receipt.replace("97.6", "99.9"), receipt[:-1], "", "Receipt · Ada"):
        assert not is_genuine(SECRET, forged)
    assert not is_genuine("another server's", receipt)


def test_many_receipts_are_checked_at_once() -> None:
    good, bad = written(SECRET, "Ada"), written("x", "Bob")
    assert [line.is_genuine for line in checked(SECRET, f"{good}\n\n  {bad}\n")] == [True, False]


def test_a_receipt_that_a_mail_program_has_wrapped_is_one() -> None:
    facts = ("Receipt of exercise 1C0A39", "goal 95 %", "Digits, 8 × 8 · 100–200 · ReLU · SGD 0.1", "run 5f0c2a9e1b7d")
    receipts = [written(SECRET, name, *facts) for name in ("Ada", "Bob")]
    for width, before in ((20, "  "), (76, "  "), (76, "> ")):
        lines = (textwrap.wrap(receipt, width, break_on_hyphens=False) for receipt in receipts)
        wrapped = before + f"\n{before}".join(map(f"\r\n{before}".join, lines))
        found = checked(SECRET, f"Hello,\n{wrapped}\n\nBye\nEve\n")
        assert [(one.text, one.is_genuine) for one in found] == [
            ("Hello,", False),
            *((receipt, True) for receipt in receipts),
            ("Bye Eve", False),
        ]
    cut = receipts[0][:100]
    assert [one.is_genuine for one in checked(SECRET, f"{cut}\n{receipts[1]}")] == [False, True]
    assert checked(SECRET, "\n" * 1_000_000) == [], "in no time"


def test_an_exercise_has_a_code() -> None:
    assert exercise_code(SECRET, "Why?", "95") == exercise_code(SECRET, "Why?", "95")
    assert len({exercise_code(SECRET, "Why?", goal) for goal in ("", "95", "96")}) == 3
    assert exercise_code(SECRET, "Why?", "95", "boundary") != exercise_code(SECRET, "Why?", "95")


def dialog() -> None:
    import streamlit as st

    from ui.classroom.view import _for_the_classroom

    _for_the_classroom(st.session_state.controls)


@pytest.mark.parametrize(("controls", "page"), [(TRAIN_CONTROLS, ""), (BOUNDARY_CONTROLS, "boundary")])
def test_who_makes_an_exercise_sees_the_code_of_its_receipts(
    monkeypatch: pytest.MonkeyPatch, controls: dict[str, str], page: str
) -> None:
    monkeypatch.setenv(TEACHER, SECRET)
    monkeypatch.setattr("ui.classroom.view.link_and_code", lambda *_, **__: None)
    app = app_of(dialog)
    app.session_state["controls"] = controls
    app.run()
    app.text_area[0].set_value(" What helps *most*?\n").run()
    assert len(app.caption) == 0, "without a goal, there are no receipts"
    app.number_input[0].set_value(95.0).run()
    code = exercise_code(SECRET, "What helps *most*?", "95", page)
    assert app.caption[0].value == f"Receipts of this exercise say: exercise {code}"
    monkeypatch.delenv(TEACHER)
    assert len(app.run().caption) == 0


def page() -> None:
    import streamlit as st

    from ui.classroom.exercise import exercise_part
    from ui.parts.dialogs import show_dialog

    exercise_part(st.session_state.session, st.session_state.page)
    show_dialog()


def opened(run: Run, goal: str) -> AppTest:
    app = app_of(page)
    app.session_state[Key.CLASSROOM] = Classroom((), False, "What helps *most*?", goal, TRAIN)
    app.session_state["session"], app.session_state["page"] = session_with(run), ""
    return app.run()


@pytest.fixture
def no_class(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(TEACHER, raising=False)


@pytest.mark.usefixtures("no_class")
def test_what_is_not_reached_is_said() -> None:
    app = opened(training(), "95")
    assert "What helps \\*most\\*?" in app.markdown[0].value
    assert "To reach: 95 % on the validation set" in app.markdown[0].value
    app.button[0].click().run()
    assert app.toast[0].value == "Not reached yet: train for at least one epoch."
    run = trained(1)
    best = best_of(run.view().history, "accuracy")
    assert best
    app = opened(run, f"{100 * best.accuracy + 0.001:.3f}")
    app.button[0].click().run()
    assert f"the best epoch reached {100 * best.accuracy:.2f}\u202f%" in app.toast[0].value


@pytest.mark.usefixtures("no_class")
def test_a_regressions_goal_is_a_share_of_r_squared() -> None:
    hills = Recipe("hills", task="regression", points=100)
    run = trained(1, RunConfig(dataset=hills.name, hidden=(8,), learning_rate=0.001))
    reached = regression_scores(predict_numbers(run.view().model)).r_squared
    assert 0.02 < reached < 0.9
    app = opened(run, "99.5")
    assert "To reach: R² 0.995 on the validation set" in app.markdown[0].value
    app.button[0].click().run()
    assert f"the best epoch reached R² {reached:.3f} on" in app.toast[0].value
    app = opened(run, f"{100 * reached - 1:.3f}")
    app.button[0].click().run()
    assert f"The best epoch reached **R² {reached:.3f}** on the validation set." in app.markdown[1].value


@pytest.mark.usefixtures("no_class")
@pytest.mark.parametrize(
    ("dataset", "score", "goal", "enough"),
    [
        ("digits", 0.57, "57", True),  # 100 · 0.57 is 56.99… in floats
        ("digits", 0.94996, "95", True),  # shown as 95.00 %
        ("digits", 0.9499, "95", False),
        ("heights", 0.7496, "75", True),  # shown as R² 0.750
        ("heights", 0.7494, "75", False),
    ],
)
def test_what_is_shown_is_compared_with_the_goal(
    monkeypatch: pytest.MonkeyPatch, dataset: str, score: float, goal: str, enough: bool
) -> None:
    monkeypatch.setattr("ui.classroom.exercise.best_score", lambda dataset, history: (1, score))
    heights = RunConfig(dataset=Recipe("hills", task="regression", points=100).name, hidden=(8,))
    app = opened(training(heights) if dataset == "heights" else training(), goal)
    app.button[0].click().run()
    assert len(app.toast) == (0 if enough else 1)


@pytest.mark.usefixtures("no_class")
def test_an_exercise_is_on_its_page_alone() -> None:
    app = opened(training(), "95")

    def shown(page: str) -> bool:
        app.session_state["page"] = page
        return len(app.run().markdown) == 1

    assert [shown(page) for page in ("", "boundary", "")] == [True, False, True]
    app.session_state[Key.CLASSROOM] = Classroom((), False, "Another one?", "95", BOUNDARY)
    assert [shown(page) for page in ("boundary", "")] == [True, False]


@pytest.mark.usefixtures("no_class")
def test_without_a_teacher_there_is_no_receipt() -> None:
    app = opened(trained(1), "1")
    app.button[0].click().run()
    assert "The best epoch reached" in app.markdown[1].value
    assert len(app.exception) == 0
    assert len(app.text_input) == len(app.caption) == 0


def test_what_is_reached_gives_a_receipt(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []
    room = SchoolClass()
    room.meet("a").call("Ada · goal 99 %")
    monkeypatch.setenv(TEACHER, SECRET)
    monkeypatch.setattr("ui.classroom.exercise.school_class", lambda: room)
    monkeypatch.setattr("ui.classroom.exercise.browser_token", lambda: "a")
    monkeypatch.setattr("ui.classroom.exercise.link", lambda text, key: shown.append(text))
    run = trained(2, run_id="abc")
    app = opened(run, "1")
    app.button[0].click().run()
    best = best_of(run.view().history, "accuracy")
    assert best
    assert is_genuine(SECRET, shown[-1])
    code = exercise_code(SECRET, "What helps *most*?", "1")
    for fact in (
        "Receipt · Ada - goal 99 % · exercise",
        code,
        "goal 1 %",
        f"reached {100 * best.accuracy:.2f} %",
        "SGD 0.1",
        "run abc",
    ):
        assert fact in shown[-1]


@pytest.mark.usefixtures("own")
def test_a_receipt_names_own_data_as_the_address_does(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []
    monkeypatch.setenv(TEACHER, SECRET)
    monkeypatch.setattr("ui.classroom.exercise.school_class", SchoolClass)
    monkeypatch.setattr("ui.classroom.exercise.browser_token", lambda: "a")
    monkeypatch.setattr("ui.classroom.exercise.link", lambda text, key: shown.append(text))
    name = store_people(label="Digits, 8 × 8")
    app = opened(trained(1, RunConfig(dataset=name, hidden=(8,), epochs=2)), "1")
    app.button[0].click().run()
    assert f" · own data: Digits, 8 × 8 · 8 · ReLU · SGD 0.1 · batch 32 · {name} · " in shown[-1]


@pytest.mark.usefixtures("no_class")
def test_only_an_own_run_counts() -> None:
    run = trained(1)
    app = opened(run, "1")
    app.session_state["session"].show(run, watching=True)
    app.button[0].click().run()
    assert app.toast[0].value == "Not reached yet: train for at least one epoch."
