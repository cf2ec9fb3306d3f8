"""A link opens the settings it was copied from; invalid parts are ignored, with a sentence."""

from dataclasses import asdict
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlp.config import SETTINGS, RunConfig
from mlp.datasets import dataset_info
from mlp.presets import PRESETS
from mlp.run_settings import unused_on
from tests.test_config import configs
from ui.parts.settings import PACES, defaults, from_query, to_query
from ui.parts.view_options import AXES

settings = st.fixed_dictionaries(
    {
        "preset": st.sampled_from(list(PRESETS)),
        "pace": st.sampled_from(list(PACES)),
        "x": st.sampled_from(list(AXES)),
        "smoothing": st.sampled_from([0.0, 0.6]),
        "log_loss": st.booleans(),
        "zoom": st.booleans(),
    }
)


@given(settings, configs)
def test_a_copied_link_opens_the_same_settings(others: dict[str, Any], config: RunConfig) -> None:
    unused = {name: SETTINGS[name].default for name in unused_on(dataset_info(config.dataset))}
    chosen = asdict(config) | others | {"batch_size": min(config.batch_size, 600)} | unused  # as points have
    assert from_query(to_query(chosen)) == (chosen, [])


@pytest.mark.parametrize("preset", PRESETS)
def test_a_presets_link_is_short(preset: str) -> None:
    assert set(to_query(defaults(preset, "digits"))) <= {"preset", "dataset"}


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("preset", "nope", "There is no preset 'nope'. Known: tutorial, fast"),
        ("dataset", "minst", "There is no data set 'minst'. Did you mean 'mnist'? Choose one of: digits, mnist"),
        ("hidden", "100-x", "Hidden layers is 'x'; it must be a whole number from 1 to 1,024."),
        ("learning_rate", "fast", "Learning rate is 'fast'; it must be a number from 0.000001 to 100."),
        ("batch_size", "1e3", "Batch size is '1e3'; it must be a whole number from 1 to 4,096."),
        ("activation", "rellu", "no activation 'rellu'. Did you mean 'relu'?"),
        ("evaluate_train", "maybe", "Measure all training examples is 'maybe'; it must be true or false."),
        ("pace", "7", "There is no pace '7'. Known: 1, 2, 5"),
        ("x", "parsecs", "There is no x axis 'parsecs'. Known: epochs, examples, seconds."),
        ("smoothing", "2", "Smoothing is 2.0; it must be a number from 0 to 0.99."),
        ("learning_rat", "1", "There is no setting 'learning_rat'. Did you mean 'learning_rate'?"),
    ],
)
def test_nonsense_is_left_out_with_a_sentence_and_the_rest_is_kept(name: str, text: str, sentence: str) -> None:
    found, complaints = from_query({name: text, "seed": "7"})
    assert len(complaints) == 1
    assert sentence in complaints[0]
    assert "e-" not in complaints[0]  # no exponents
    standard, _ = from_query({})
    assert found == standard | {"seed": 7}


def test_settings_that_do_not_fit_together_are_left_out() -> None:
    found, complaints = from_query({"dataset": "moons", "batch_size": "1000"})
    assert "Batch size is 1000, but moons has 600 training examples" in complaints[0]
    assert found["batch_size"] <= 600
