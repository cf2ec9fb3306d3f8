"""While a run trains, the Train page says in one line what is wrong with it, without slowing the page."""

import pytest

from mlp import RunConfig
from mlp.engine import Run
from mlp.inspection.diagnostics import Case, Finding
from mlp.presets import PRESETS
from mlp.training.quantum import train_quantum
from ui.train import advice as module
from ui.train.advice import advice


def trained(config: RunConfig, quanta: int) -> Run:
    run = Run(config)
    run.start()
    for _ in range(quanta):
        quantum = run.next_quantum(0.1)
        run.receive(quantum, train_quantum(*quantum), 0.0)
    return run


def said(run: Run) -> str:
    view = run.view()
    return advice(run, view)


def test_a_learning_rate_that_is_too_high_is_named_with_its_cure() -> None:
    words = said(trained(PRESETS["too_fast"].config("digits"), 30))
    assert words.startswith("The learning rate is too high. ")
    assert "a tenth of it" in words


def test_nothing_is_said_of_a_run_that_learns_or_has_not_begun() -> None:
    good = PRESETS["tutorial"].config("digits")
    assert said(trained(good, 30)) == ""
    assert said(Run(good)) == ""


def test_a_sick_network_is_examined_once_for_many_looks_and_again_with_other_settings(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looks: list[Case] = []

    def counted(case: Case) -> dict[str, Finding]:
        looks.append(case)
        return {}

    monkeypatch.setattr(module, "diagnose", counted)
    monkeypatch.setattr(module, "seen_on_curves", lambda case: True)
    run = trained(PRESETS["too_fast"].config("digits"), 2)
    for _ in range(10):
        said(run)
    assert len(looks) == 1
    run.pause()
    said(run)
    assert len(looks) == 2
