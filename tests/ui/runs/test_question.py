"""The question above the curves is English, whichever setting it is about."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from mlp import RunConfig
from mlp.comparison.groups import by_settings
from mlp.config import SETTINGS
from tests.stored_runs import run_record
from tests.ui.scripts import app_of
from ui.runs.verdict import begun, question

BASE = RunConfig(dataset="digits")

QUESTIONS: Mapping[str, tuple[Any, str]] = {
    "dataset": ("moons", "Which is better?"),
    "hidden": ((8,), "Which hidden layers are better?"),
    "activation": ("tanh", "Which activation is better?"),
    "initializer": ("he", "Which initial weights are better?"),
    "optimizer": ("adam", "Which optimizer is better?"),
    "batch_norm": (True, "Which is better?"),
    "learning_rate": (0.5, "Which learning rate is better?"),
    "batch_size": (8, "Which batch size is better?"),
    "epochs": (3, "Which number of epochs is better?"),
    "schedule": ("cosine", "Which schedule is better?"),
    "momentum": (0.5, "Which momentum is better?"),
    "beta2": (0.9, "Which decay of squared gradients (ρ, β₂) is better?"),
    "epsilon": (0.5, "Which epsilon (ε) is better?"),
    "weight_decay": (0.5, "Which weight decay is better?"),
    "l1": (0.5, "Which L1 penalty is better?"),
    "l2": (0.5, "Which L2 penalty is better?"),
    "clip_norm": (0.5, "Which gradient clipping is better?"),
    "averaging": (0.5, "Which weight averaging is better?"),
    "dropout": (0.5, "Which dropout is better?"),
    "input_dropout": (0.5, "Which input dropout is better?"),
    "max_norm": (0.5, "Which max-norm is better?"),
    "label_smoothing": (0.5, "Which label smoothing is better?"),
    "class_weights": ("balanced", "Which class weights are better?"),
    "shift": (0.5, "Which shift is better?"),
    "rotation": (5.0, "Which rotation is better?"),
    "scaling": (0.5, "Which scaling is better?"),
    "shear": (0.5, "Which shear is better?"),
    "elastic": (5.0, "Which elastic (α) is better?"),
    "elastic_smoothness": (5.0, "Which elastic smoothness (σ) is better?"),
    "flip": (True, "Which is better?"),
    "pixel_noise": (0.5, "Which pixel noise is better?"),
    "plateau_patience": (7, "Which plateau patience is better?"),
    "early_stopping": ("loss", "Which early stopping is better?"),
    "patience": (7, "Which patience is better?"),
    "smallest_gain": (0.5, "Which smallest gain is better?"),
    "cutout": (0.5, "Which cutout is better?"),
    "evaluate_train": (True, "Which is better?"),
    "seed": (7, "Which is better?"),
}


@pytest.mark.parametrize("name", SETTINGS)
def test_it_asks_about_the_setting_that_differs(name: str) -> None:
    value, asked = QUESTIONS[name]
    runs = [run_record(BASE, id="one"), run_record(replace(BASE, **{name: value}), id="other")]
    assert question(by_settings(runs)) == asked


def test_it_asks_for_the_best_of_three_and_names_no_setting_if_several_differ() -> None:
    configs = [BASE, replace(BASE, momentum=0.5), replace(BASE, hidden=(8,))]
    assert question(by_settings([run_record(config, id=config.to_json()) for config in configs])) == "Which is best?"


def answer() -> None:
    import streamlit as st

    from mlp.comparison.groups import by_settings
    from ui.runs.verdict import show_verdict

    show_verdict(by_settings(st.session_state.runs))


def test_trials_whose_time_was_over_are_compared_and_those_that_their_search_ended_are_named() -> None:
    ends = {0.1: "complete", 0.2: "complete", 0.3: "pruned", 0.4: "cut", 0.5: "running", 0.6: "complete"}
    app = app_of(answer)
    app.session_state.runs = [
        run_record(
            replace(BASE, learning_rate=rate),
            id=outcome,
            status="paused",
            trial=f'{{"number": 1, "outcome": "{outcome}", "seconds": 9}}',
            seconds=60 if rate == 0.6 else 9,  # it was trained on
            validation_score=rate,
        )
        for rate, outcome in ends.items()
    ]
    (answered,) = app.run().markdown
    words = answered.value.replace("\\", "")
    assert "0.2 scored higher with 20.0\u202f%, but one seed" in words
    assert "Ended early by their search, so not compared: 0.3, 0.4. Untick them, or resume them." in words
    assert "Not finished: 0.5, 0.6." in words


@pytest.mark.parametrize("name", ["var(--x)", "x" * 60])
def test_only_what_is_no_name_of_a_run_gets_a_capital(name: str) -> None:
    groups = by_settings([run_record(BASE, name=name), run_record(replace(BASE, activation="tanh"), id="other")])
    named, other = (group.label for group in groups)
    assert begun(f"{named} scored higher.", groups) == f"{named} scored higher."
    assert begun(f"{other} scored higher.", groups)[0].isupper()
    assert begun("no clear difference.", groups) == "No clear difference."


def test_a_name_of_one_of_several_runs_takes_no_capital_from_the_setting() -> None:
    seeds = [run_record(replace(BASE, seed=seed), id=str(seed), name="n" * (seed == 1)) for seed in range(2)]
    groups = by_settings([*seeds, run_record(replace(BASE, learning_rate=0.5), id="other")])
    assert begun("no clear difference.", groups) == "No clear difference."
