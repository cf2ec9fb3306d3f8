"""Invalid settings are refused on entry, each with a sentence."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlp import ConfigError, RunConfig, initial_state, load_dataset
from mlp.config import LIVE, SETTINGS, changed, describe_changes, with_live_settings
from mlp.datasets import DATASETS, Recipe, dataset_info
from mlp.network.class_weights import CLASS_WEIGHTS
from mlp.network.layers import ACTIVATIONS
from mlp.network.optimizers import OPTIMIZERS
from mlp.network.schedules import SCHEDULES
from mlp.run_settings import unused_on
from mlp.store import StoreError
from mlp.store.records import parse_config
from tests.small_dataset import small_dataset

NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"hidden": (0,)}, "hidden is 0; it must be a whole number from 1 to 1,024"),
        ({"hidden": (1.5,)}, "hidden is 1.5; it must be a whole number"),
        ({"hidden": (8,) * 7}, "hidden has 7 layers; 0 to 6 are allowed"),
        ({"hidden": 100}, "hidden is 100; it must be a list of whole numbers"),
        ({"learning_rate": NAN}, "learning_rate is nan; it must be a number from"),
        ({"learning_rate": INF}, "learning_rate is inf; it must be a number from"),
        ({"learning_rate": 10**400}, r"learning_rate is 1000.*\.\.\.; it must be a number from"),
        ({"learning_rate": -0.1}, "learning_rate is -0.1; it must be a number from 0.000001 to 100"),
        ({"learning_rate": True}, "learning_rate is True; it must be a number from"),
        ({"batch_size": 0}, "batch_size is 0; it must be a whole number from 1 to 4,096"),
        ({"epochs": True}, "epochs is True; it must be a whole number"),
        ({"dropout": 1.0}, "dropout is 1.0; it must be a number from 0 to 0.95"),
        ({"momentum": 1.5}, "momentum is 1.5; it must be a number from 0 to 0.9999"),
        ({"seed": -1}, "seed is -1; it must be a whole number from 0 to"),
        ({"evaluate_train": "yes"}, "evaluate_train is 'yes'; it must be true or false"),
        ({"activation": "rellu"}, r"no activation 'rellu'. Did you mean 'relu'\? Known: relu, leaky_relu"),
        ({"activation": "relu.rellu"}, r"no activation 'rellu'. Did you mean 'relu'\?"),
        ({"activation": "relu."}, "no activation ''"),
        (
            {"activation": "relu.tanh.elu"},
            "activation is relu.tanh.elu, 3 values for 2 hidden layers. Choose one for all, or one for each.",
        ),
        ({"activation": "relu.tanh", "hidden": ()}, "2 values for 0 hidden layers"),
        ({"dropout": (0.2, 1.0)}, "dropout is 1.0; it must be a number from 0 to 0.95"),
        ({"dropout": (0.2, NAN)}, "dropout is nan; it must be a number"),
        ({"dropout": (0.1, 0.2, 0.3)}, "dropout is 0.1-0.2-0.3, 3 values for 2 hidden layers. Choose one for all, or"),
        ({"dropout": (), "hidden": ()}, "0 values for 0 hidden layers"),
        ({"optimizer": "Adam"}, r"no optimizer 'Adam'. Did you mean 'adam'\?"),
        ({"dataset": 7}, "no data set 7. Known: digits, mnist"),
        ({"schedule": ""}, "no schedule ''"),
        ({"batch_norm": True, "batch_size": 1}, "batch_size is 1, but batch normalization needs 2 or more examples"),
    ],
)
def test_a_setting_that_cannot_be_gets_its_sentence(settings: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        RunConfig(**({"dataset": "digits"} | settings))


def test_each_hidden_layer_may_have_its_own_activation() -> None:
    config = RunConfig(dataset="digits", hidden=(9, 8), activation="tanh.leaky_relu")
    assert config.activations == ("tanh", "leaky_relu")
    assert SETTINGS["activation"].show(config.activation) == "Tanh–Leaky ReLU"
    assert SETTINGS["activation"].read("tanh.leaky_relu") == config.activation
    assert replace(config, activation="tanh").activations == ("tanh", "tanh")
    assert replace(config, activation="tanh.tanh") == replace(config, activation="tanh")
    assert RunConfig(dataset="digits", hidden=()).activations == ()


def test_each_hidden_layer_may_have_its_own_dropout() -> None:
    config, dropout = RunConfig(dataset="digits", hidden=(9, 8), dropout=(0.2, 0)), SETTINGS["dropout"]
    assert config.dropouts == config.dropout == (0.2, 0.0)
    assert (dropout.show(config.dropout), dropout.write(config.dropout)) == ("20\u202f%–0\u202f%", "0.2-0")
    assert dropout.read("0.2-0") == dropout.read("0.2,0") == dropout.check([0.2, 0]) == config.dropout
    assert dropout.read("1e-05-0.5") == (1e-05, 0.5)
    assert RunConfig.from_json(config.to_json()) == config
    assert replace(config, dropout=(0.5, 0.5)) == replace(config, dropout=0.5)
    assert replace(config, dropout=0.5).dropouts == (0.5, 0.5)
    assert describe_changes(replace(config, dropout=0.0), config) == "dropout 0\u202f% → 20\u202f%–0\u202f%"
    assert RunConfig(dataset="digits", hidden=(), dropout=0.5).dropouts == ()


@pytest.mark.parametrize("text", ["12.3%", "12.3 %", "12.3\u202f%", "0.123"])
def test_a_share_is_read_as_it_is_shown_and_as_it_is_written(text: str) -> None:
    assert SETTINGS["dropout"].read(text) == SETTINGS["input_dropout"].read(text) == 0.123
    assert SETTINGS["dropout"].read(f"{text}-0") == SETTINGS["dropout"].read(f"{text},0%") == (0.123, 0.0)


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("dropout", "96 %", "dropout is 0.96; it must be a number from 0 to 0.95 (95\u202f%)."),
        ("dropout", "half %", "dropout is 'half %'; it must be a number from 0 to 0.95 (95\u202f%)."),
        ("pixel_noise", "%", "pixel_noise is '%'; it must be a number from 0 to 1 (100\u202f%)."),
        ("momentum", "90 %", "momentum is '90 %'; it must be a number from 0 to 0.9999."),
    ],
)
def test_only_a_share_has_percent(name: str, text: str, sentence: str) -> None:
    with pytest.raises(ConfigError) as error:
        SETTINGS[name].read(text)
    assert str(error.value) == sentence


def test_dropouts_for_another_number_of_layers_wait_with_them_for_a_restart() -> None:
    running, wanted = RunConfig(dropout=0.1), RunConfig(hidden=(8, 8, 8), dropout=(0.1, 0.2, 0.3), epochs=3)
    assert with_live_settings(running, wanted) == replace(running, epochs=3)
    assert with_live_settings(running, replace(wanted, dropout=0.5)).dropout == 0.5
    assert with_live_settings(running, replace(wanted, hidden=(8, 8), dropout=(0.1, 0.2))).dropouts == (0.1, 0.2)


def test_a_yes_or_no_of_numpy_is_one() -> None:
    yes: Any = np.True_
    assert RunConfig(batch_norm=yes).batch_norm is True


def test_a_batch_is_no_larger_than_the_data_it_is_used_with() -> None:
    config = RunConfig(dataset="digits", batch_size=2000)
    config.check(DATASETS["mnist"])
    for refuse in (lambda: config.check(DATASETS["digits"]), lambda: initial_state(config, load_dataset("digits"))):
        with pytest.raises(ConfigError, match=r"digits has 1,197 training examples\. .* from 1 to 1,197\."):
            refuse()


@pytest.mark.parametrize("dataset", ["moons", Recipe("waves", task="regression").name])
def test_only_images_can_be_augmented(dataset: str) -> None:
    config = RunConfig(dataset=dataset, batch_size=8, shift=1, flip=True, elastic_smoothness=2)
    with pytest.raises(ConfigError, match=r"has no images; .* at least 2 × 2 pixels\. Switch off: shift, flip\."):
        config.check(dataset_info(dataset))
    replace(config, shift=0, flip=False).check(dataset_info(dataset))


def test_an_image_of_one_pixel_cannot_be_augmented() -> None:
    info = replace(small_dataset().info, image_shape=(1, 1))
    with pytest.raises(ConfigError, match="small has images of 1 × 1 pixels; augmentation needs"):
        RunConfig(rotation=10, batch_size=8).check(info)
    assert "rotation" in unused_on(info)  # so presets leave it out, and the page does not offer it
    RunConfig(rotation=10, batch_size=8).check(replace(info, image_shape=(2, 2)))


def test_stored_settings_are_read_if_their_data_is_gone_but_not_if_they_do_not_fit_to_it() -> None:
    gone = RunConfig(dataset="gone", batch_size=2000)
    assert parse_config("abc", gone.to_json()) == gone
    with pytest.raises(StoreError, match="settings of run 'abc' can't be used: batch_size is 2000"):
        parse_config("abc", replace(gone, dataset="digits").to_json())


def test_a_data_set_is_shown_with_its_label_or_if_it_is_gone_with_its_name() -> None:
    dataset = SETTINGS["dataset"]
    shown = [dataset.show(name) for name in ("digits", Recipe("moons", noise=0.3).name, "gone")]
    assert shown == ["Digits, 8 × 8", "Moons", "gone"]
    assert describe_changes(RunConfig(dataset="gone"), RunConfig(dataset="xor")) == "data set gone → XOR"


@pytest.mark.parametrize("batch_norm", [False, True])
@pytest.mark.parametrize("hidden", [(), (16,), (9, 7)])
def test_a_network_fits_the_data_it_is_used_with_whatever_its_name(hidden: tuple[int, ...], batch_norm: bool) -> None:
    config = RunConfig(dataset="digits", hidden=hidden, batch_size=16, batch_norm=batch_norm)
    dataset = small_dataset()
    assert config.parameters(dataset.info) == len(initial_state(config, dataset).parameters)
    assert config.sizes(dataset.info) == (12, *hidden, 3)
    assert config.steps_per_epoch(dataset.info) == 7


configs = st.builds(
    RunConfig,
    dataset=st.sampled_from(list(DATASETS)),
    hidden=st.lists(st.integers(1, 1024), max_size=6),
    activation=st.sampled_from(list(ACTIVATIONS)),
    optimizer=st.sampled_from(list(OPTIMIZERS)),
    schedule=st.sampled_from(list(SCHEDULES)),
    learning_rate=st.floats(1e-6, 100),
    batch_size=st.integers(1, 4096),
    dropout=st.floats(0, 0.95),
    elastic=st.floats(0, 200),
    flip=st.booleans(),
    class_weights=st.sampled_from(list(CLASS_WEIGHTS)),
    evaluate_train=st.booleans(),
    seed=st.integers(0, 2**32 - 1),
)


@given(configs)
def test_json_brings_back_the_same_configuration(config: RunConfig) -> None:
    assert RunConfig.from_json(config.to_json()) == config


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{", "not JSON"),
        ('{"epochs": 1' + "0" * 5000 + "}", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[1, 2]", "must be a JSON object"),
        ('{"learning_rat": 1}', "no field 'learning_rat'. Did you mean 'learning_rate'"),
        ('{"learning_rate": NaN}', "learning_rate is nan"),
        ('{"hidden": {"a": 1}}', "hidden is"),
    ],
)
def test_json_from_outside_is_checked_like_any_setting(text: str, sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        RunConfig.from_json(text)


@given(configs, configs)
def test_a_running_network_keeps_its_structure_and_takes_the_rest(running: RunConfig, wanted: RunConfig) -> None:
    wanted = replace(wanted, dataset=running.dataset)
    taken = with_live_settings(running, wanted)
    assert not set(changed(running, taken)) - set(LIVE)
    assert not set(changed(wanted, taken)) & set(LIVE)


def test_changes_are_described_for_a_marker() -> None:
    old = RunConfig()
    new = replace(old, learning_rate=0.01, batch_size=128, l2=0.5)
    assert describe_changes(old, new) == "learning rate 0.1 → 0.01, batch size 32 → 128, L2 penalty 0 → 0.5"
    assert describe_changes(old, old) == ""


def test_numpys_numbers_are_numbers() -> None:
    numbers: dict[str, Any] = {
        "hidden": np.array([16, 8]).tolist(),
        "batch_size": np.int64(16),
        "learning_rate": np.float32(0.5),
    }
    config = RunConfig(dataset="digits", **numbers)
    assert config == RunConfig(dataset="digits", hidden=(16, 8), batch_size=16, learning_rate=0.5)
    assert RunConfig.from_json(config.to_json()) == config
