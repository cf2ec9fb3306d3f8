"""The sidebar offers every setting, and keeps what a person has set."""

import re

import numpy as np
import pytest

from mlp import RunConfig
from mlp.config import SETTINGS, ConfigError
from mlp.datasets import DATASETS, REGRESSION, OwnPoint, Recipe, dataset_info
from mlp.network.layers import ACTIVATIONS
from mlp.network.optimizers import OPTIMIZERS
from mlp.network.schedules import SCHEDULES
from mlp.presets import PRESETS
from mlp.text import rate
from tests.datasets.own.made import store_people
from tests.ui.scripts import app_of
from tests.ui.train.sidebar import BOXES, TOKEN, control, found, label, labels, opened
from ui.parts.classroom import HEADINGS, TRAIN_CONTROLS
from ui.parts.controls import BATCHES
from ui.parts.settings import PACES, config_of, from_query
from ui.train.augmentation import content
from ui.train.schedule import drawing

OWN_ACTIVATION = "Activation for each layer"
pytestmark = pytest.mark.usefixtures("whole_sidebar")


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_every_setting_has_its_control_and_an_optimizer_only_those_it_reads(optimizer: str) -> None:
    app = opened(dataset="digits", optimizer=optimizer)
    unread = {"momentum", "beta2", "epsilon", "weight_decay"} - set(OPTIMIZERS[optimizer].settings)
    unread |= {"patience", "smallest_gain", "plateau_patience", "elastic_smoothness"}  # of what is off
    for name in set(SETTINGS) - unread:
        assert control(app, label(name)).help == SETTINGS[name].help
    assert labels(app).isdisjoint(map(label, unread))


@pytest.mark.parametrize("dataset", DATASETS)
def test_no_batch_is_larger_than_the_training_set(dataset: str) -> None:
    options = control(opened(dataset=dataset), "Batch size").options
    assert options == [f"{size:,}" for size in BATCHES if size <= DATASETS[dataset].train]


def test_a_link_may_set_what_is_not_on_a_scale() -> None:
    app = opened(dataset="digits", learning_rate="0.0123", batch_size="33", epochs="7", dropout="0.123")
    assert control(app, "Learning rate").value == 0.0123
    assert "0.0123" in control(app, "Learning rate").options
    config = config_of(found(app))
    assert (config.learning_rate, config.batch_size, config.epochs, config.dropout) == (0.0123, 33, 7, 0.123)


def test_choosing_a_preset_sets_every_control_and_the_address() -> None:
    app = opened(dataset="digits", learning_rate="0.02", x="seconds")
    control(app, "Preset").select("over_fitting").run()
    assert config_of(found(app)) == PRESETS["over_fitting"].config("digits")
    assert control(app, "Units in layer 2").value == 512
    assert found(app)["x"] == "seconds", "how the curves are shown is not the preset's"
    settings, complaints = from_query({name: str(value) for name, value in app.query_params.items()})
    assert (settings, complaints) == (found(app), [])


def test_changed_settings_are_listed_and_the_preset_comes_back() -> None:
    app = opened(dataset="digits")
    assert [caption.value for caption in app.caption] == [PRESETS["tutorial"].story_on("digits")]
    control(app, "Batch size").set_value(64).run()
    assert [caption.value for caption in app.caption] == ["Changed: batch size."]
    control(app, "Back to the preset").click().run()
    assert config_of(found(app)) == PRESETS["tutorial"].config("digits")
    assert [caption.value for caption in app.caption] == [PRESETS["tutorial"].story_on("digits")]


def test_other_data_keep_a_persons_settings_and_change_the_presets() -> None:
    app = opened(dataset="digits", learning_rate="0.02", batch_size="1024")
    control(app, "Data set").select("spirals").run()
    preset = PRESETS["tutorial"].config("spirals")
    config = config_of(found(app))
    assert (config.learning_rate, config.batch_size) == (0.02, 600)
    assert (config.hidden, config.epochs) == (preset.hidden, preset.epochs)
    control(app, "Data set").select("digits").run()
    assert config_of(found(app)).hidden == (100, 200)


def test_an_optimizer_brings_a_rate_that_suits_it() -> None:
    app = opened(dataset="digits", hidden="7")
    control(app, "Optimizer").select("adam").run()
    assert config_of(found(app)) == RunConfig(dataset="digits", hidden=(7,), optimizer="adam", learning_rate=0.001)
    control(app, "Learning rate").set_value(0.003).run()
    assert config_of(found(app)).learning_rate == 0.003


def test_a_layer_taken_away_comes_back_as_it_was() -> None:
    app = opened(dataset="digits", hidden="7-8-9")
    control(app, "Hidden layers").set_value(1).run()
    assert config_of(found(app)).hidden == (7,)
    control(app, "Hidden layers").set_value(3).run()
    assert config_of(found(app)).hidden == (7, 8, 9)
    control(app, "Hidden layers").set_value(0).run()
    assert config_of(found(app)).hidden == ()


def test_a_new_session_has_new_controls_which_ignore_what_those_of_the_one_before_were_set_to() -> None:
    one, other = (control(opened(dataset="digits"), "Hidden layers").key for _ in range(2))
    assert one != other


def test_each_hidden_layer_may_have_its_own_activation() -> None:
    app = opened(dataset="digits", hidden="8-7")
    assert control(app, label("activation")).options == [row.label for row in ACTIVATIONS.values()]
    control(app, OWN_ACTIVATION).set_value(True).run()
    assert found(app)["activation"] == "relu", "they begin with the one for all"
    assert label("activation") not in labels(app)
    control(app, "Activation in layer 2").select("tanh").run()
    assert found(app)["activation"] == "relu.tanh"
    control(app, "Hidden layers").set_value(3).run()
    assert found(app)["activation"] == "relu.tanh.tanh", "a new layer has that of the last"
    assert config_of(found(app)).activations == ("relu", "tanh", "tanh")
    control(app, "Hidden layers").set_value(1).run()
    assert found(app)["activation"] == control(app, label("activation")).value == "relu"
    control(app, label("activation")).select("elu").run()
    control(app, "Hidden layers").set_value(0).run()
    assert found(app)["activation"] == "elu"
    assert OWN_ACTIVATION not in [each.label for each in app.toggle]
    control(app, "Hidden layers").set_value(2).run()
    assert control(app, label("activation")).value == "elu"


def test_a_link_with_activations_of_the_layers_shows_one_control_for_each() -> None:
    app = opened(dataset="digits", hidden="8-7", activation="gelu.selu")
    assert control(app, "Activation in layer 2").value == "selu"
    control(app, "Activation in layer 2").select("gelu").run()
    assert found(app)["activation"] == "gelu"
    control(app, "Units in layer 1").set_value(9).run()
    assert control(app, "Activation in layer 2").value == "gelu", "they stay, if they become equal"
    control(app, "Activation in layer 1").select("elu").run()
    control(app, OWN_ACTIVATION).set_value(False).run()
    assert found(app)["activation"] == control(app, label("activation")).value == "elu", "that of the first layer"
    control(app, label("activation")).select("tanh").run()
    control(app, OWN_ACTIVATION).set_value(True).run()
    assert [control(app, f"Activation in layer {layer}").value for layer in (1, 2)] == ["tanh", "tanh"]


def test_each_hidden_layer_may_have_its_own_dropout() -> None:
    app = opened(dataset="digits", hidden="8-7", dropout="0.123-0.5")
    assert [control(app, f"Dropout in layer {layer}").value for layer in (1, 2)] == [0.123, 0.5]
    assert control(app, "Dropout in layer 1").options[3] == "12.3\u202f%"
    control(app, "Dropout in layer 1").set_value(0.2).run()
    assert config_of(found(app)).dropout == (0.2, 0.5)
    assert app.query_params["dropout"] == "0.2-0.5"
    control(app, "Hidden layers").set_value(3).run()
    assert config_of(found(app)).dropout == (0.2, 0.5, 0.5)
    control(app, "Dropout for each layer").set_value(False).run()
    assert config_of(found(app)).dropout == control(app, label("dropout")).value == 0.2


def test_what_is_folded_away_keeps_what_it_was_set_to() -> None:
    app = opened(dataset="digits")
    control(app, label("seed")).set_value(7).run()
    control(app, label("dropout")).set_value(0.25).run()
    control(app, "Smoothing").set_value(0.5).run()
    for unfolded in (False, True):
        for box in BOXES:
            app.session_state[box] = unfolded
        app.run()
        assert (label("seed") in labels(app)) is unfolded
        settings = found(app)
        assert [settings[name] for name in ("seed", "dropout", "smoothing")] == [7, 0.25, 0.5]
    assert control(app, label("seed")).value == 7


def page_whose_run_is_gone() -> None:
    from typing import Any, cast

    from mlp.store import StoreError
    from ui.parts.session import own_session
    from ui.train.session import TrainSession
    from ui.train.settings import open_address
    from ui.train.training_view import training_view

    class Gone:
        id = "gone"

        def view(self) -> None:
            raise StoreError("There is no such run any more.")

    open_address()
    own_session(TrainSession).show(cast(Any, Gone()))
    training_view()


def test_what_goes_wrong_in_a_part_of_the_page_is_a_sentence() -> None:
    app = app_of(page_whose_run_is_gone)
    app.query_params["dataset"] = "digits"
    app.run()
    assert [error.value for error in app.error] == ["There is no such run any more."]
    assert not app.exception


@pytest.mark.parametrize(
    ("recipe", "label"),
    [
        (Recipe("moons", noise=0.3), "moons?noise=0.3"),
        (Recipe("empty", own=(OwnPoint(0, 0, 0), OwnPoint(1, 1, 1))), "Your own points"),
    ],
)
def test_a_data_set_beside_the_list_joins_it_under_a_label_of_its_own(recipe: Recipe, label: str) -> None:
    app = opened(dataset=recipe.name, batch_size="1")
    choice = control(app, "Data set")
    assert choice.options[-1] == label
    assert len(set(choice.options)) == len(DATASETS) + 1
    assert choice.value == found(app)["dataset"] == recipe.name


def test_one_of_a_thing_is_written_in_the_singular() -> None:
    assert [PACES[pace].label for pace in ("1", "5", "1000", "max")] == [
        "1 step/s",
        "5 steps/s",
        "1,000 steps/s",
        "as fast as possible",
    ]
    tiny = Recipe("empty", own=(OwnPoint(0, 0, 1),)).name
    with pytest.raises(ConfigError, match=r"has 1 training example\. Choose"):
        RunConfig(hidden=(2,), batch_size=2).check(dataset_info(tiny))


def test_what_is_about_classes_is_offered_where_there_are_classes() -> None:
    about_classes = {"Class weights", "Label smoothing"}
    assert about_classes <= labels(opened(dataset="digits"))
    assert about_classes.isdisjoint(labels(opened(dataset=Recipe("slope", task=REGRESSION).name)))
    app = opened(dataset="digits", class_weights="balanced")
    assert control(app, "Class weights").value == "balanced"
    assert config_of(found(app)).class_weights == "balanced"


def test_what_is_about_classes_is_not_taken_along_to_a_number_to_predict() -> None:
    name = store_people(np.arange(100.0), names=("size",), task=REGRESSION, token=TOKEN)
    app = opened(dataset="digits", class_weights="balanced", label_smoothing="0.1", dropout="0.4")
    control(app, "Data set").select(name).run()
    assert [found(app)[name] for name in ("class_weights", "label_smoothing", "dropout")] == ["none", 0.0, 0.4]


def test_only_images_can_be_augmented_and_settings_for_it_are_not_taken_along_to_others() -> None:
    app = opened(dataset="digits", shift="1.25", flip="yes", dropout="0.4")
    assert control(app, "Shift").value == 1.25
    assert config_of(found(app)).augmentations == ["shift", "flip"]
    control(app, "Data set").select("moons").run()
    assert "Shift" not in labels(app)
    assert (config_of(found(app)).augmentations, found(app)["dropout"]) == ([], 0.4)
    assert from_query({"dataset": "moons", "rotation": "10"})[1] == [
        "moons has no images; augmentation needs images of at least 2 × 2 pixels. Switch off: rotation."
    ]


def test_images_are_shown_before_and_after_augmentation() -> None:
    plain, turned = (content(found(opened(dataset="digits", rotation=rotation))) for rotation in ("0", "45"))
    assert plain["before"] == turned["before"]
    assert plain["after"]["picture"] != turned["after"]["picture"]
    assert plain["after"]["ratio"] == plain["before"]["ratio"] / 3
    assert (plain["words"], turned["words"]) == ("The same images: not changed", "The same images: 1 kind of change")


def test_the_smoothness_of_elastic_distortion_appears_with_it() -> None:
    app = opened(dataset="digits")
    assert label("elastic_smoothness") not in labels(app)
    control(app, label("elastic")).set_value(15.0).run()
    assert control(app, label("elastic_smoothness")).value == 4


def test_early_stopping_and_reduce_on_plateau_show_what_they_need() -> None:
    needed = {label("patience"), label("smallest_gain")}
    usual = labels(opened(dataset="digits"))
    assert label("early_stopping") in usual
    assert not usual & (needed | {label("plateau_patience")})
    app = opened(dataset="digits", early_stopping="accuracy", patience="7", epochs="7", schedule="plateau")
    assert needed | {label("plateau_patience")} <= labels(app)
    assert needed & labels(opened(dataset="digits", schedule="plateau")) == {label("smallest_gain")}
    assert config_of(found(app)).patience == control(app, label("patience")).value == 7
    captions = [caption.value for caption in app.caption]
    assert any("all 7 epochs are over before training could stop" in text for text in captions)
    assert any("then a tenth after 5 epochs without a lower validation loss" in text for text in captions)
    regression = opened(dataset=Recipe("slope", task=REGRESSION).name)
    assert control(regression, label("early_stopping")).options == ["Off", "By loss"]


def test_a_teacher_can_hide_every_fold_and_with_all_of_them_the_heading_above() -> None:
    assert len(opened(dataset="digits").expander) == len(BOXES)
    assert {*BOXES} <= {*TRAIN_CONTROLS}
    assert {*BOXES} - {"curves"} <= {name for below in HEADINGS.values() for name in below}


@pytest.mark.parametrize("name", ["step", "cosine", "one_cycle", "warm_up", "decay_at_end"])
def test_a_schedule_is_drawn_over_the_epochs_before_training_starts(name: str) -> None:
    picture = drawing(name, 0.2, 25)
    heights = [float(height) for height in re.findall(r"height: ([\d.e-]+)%", picture)]
    factor = SCHEDULES[name].factor
    expected = [factor((bar + 0.5) / len(heights)) for bar in range(len(heights))]
    assert heights == pytest.approx([100 * height for height in expected], rel=1e-3)
    assert len(heights) > 20
    assert picture.count(f"over 25 epochs: {rate(0.2 * factor(0))} at first, 0.2 at most") == 2  # to see, and to hear


def test_early_stopping_goes_by_the_loss_once_numbers_are_predicted() -> None:
    name = store_people(np.arange(100.0), names=("size",), task=REGRESSION, token=TOKEN)
    app = opened(dataset="digits", early_stopping="accuracy")
    control(app, "Data set").select(name).run()
    assert found(app)["early_stopping"] == "loss"
