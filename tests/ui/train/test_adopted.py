"""Which preset is chosen once the controls are set to a run's settings."""

from dataclasses import asdict, replace
from types import SimpleNamespace
from typing import Any, cast

import pytest

from mlp import RunConfig
from mlp.presets import PRESETS
from ui.parts.settings import defaults, nearest_preset
from ui.train import controls, settings, transport
from ui.train.session import TrainSession

CLASSIC = replace(PRESETS["tutorial"].config("digits"), epochs=40, hidden=(20,) * 6)


@pytest.fixture
def chosen(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the controls are set to: the classic network with other layers."""
    values = defaults("tutorial", "digits") | asdict(CLASSIC)
    for module in (controls, settings, transport):
        monkeypatch.setattr(module, "train_controls", lambda: SimpleNamespace(values=lambda: values, value=values.get))
    monkeypatch.setattr(settings, "_write", lambda written: values.update(written))
    return values


def session_of(config: RunConfig, *, other_experiment: bool = False) -> TrainSession:
    run = SimpleNamespace(view=lambda: SimpleNamespace(config=config), set_pace=lambda pace: None)
    known = {"fork": lambda step, wanted: None, "bring_back": lambda: None, "is_read_only": False}
    return cast(TrainSession, SimpleNamespace(run=run, own=run, other_experiment=other_experiment, **known))


def choose(chosen: dict[str, Any], preset: str) -> None:
    chosen.update(defaults(preset, "digits"))


def test_a_fork_and_what_it_undoes_keep_the_chosen_preset(chosen: dict[str, Any]) -> None:
    transport.fork(session_of(CLASSIC), 3)
    assert chosen["preset"] == "tutorial"
    cured = replace(CLASSIC, learning_rate=1.0, epochs=50, hidden=(100, 200))
    transport.fork(session_of(cured), 3)
    assert chosen["preset"] == "tutorial", "though these are the settings of another one"
    transport._undo(session_of(CLASSIC))
    assert (chosen["preset"], chosen["epochs"]) == ("tutorial", 40)


def test_a_preset_that_was_chosen_for_another_run_goes_with_it(
    chosen: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    choose(chosen, "zeros")
    transport.fork(session_of(CLASSIC, other_experiment=True), 3)
    assert chosen["preset"] == "tutorial"
    choose(chosen, "zeros")
    monkeypatch.setattr(controls, "own_session", lambda kind: session_of(CLASSIC, other_experiment=True))
    monkeypatch.setattr(controls, "apply", lambda name: None)
    controls._undo()
    assert chosen["preset"] == "tutorial"
    choose(chosen, "zeros")
    transport._undo(session_of(CLASSIC))  # it was restarted with
    assert chosen["preset"] == "tutorial"


def test_no_hidden_layer_is_never_closest_to_a_network_that_has_some() -> None:
    assert nearest_preset(CLASSIC) == "tutorial"
    deep = replace(PRESETS["linear"].config("digits"), hidden=(20,) * 6)
    assert nearest_preset(deep) != "linear"
    assert nearest_preset(replace(CLASSIC, hidden=())) == "linear"
