"""Tests of the ranges that a search may choose from."""

from dataclasses import replace

import pytest

from mlp.config import ConfigError, RunConfig
from mlp.datasets import dataset_info
from mlp.search.space import Choices, Layers, Numbers, read_range, read_space, read_words, usual_range, varying

DIGITS = dataset_info("digits")
TABLE = replace(DIGITS, name="table", label="Table", image_shape=None, validation=0)


@pytest.mark.parametrize(
    ("name", "text", "found", "written"),
    [
        ("learning_rate", "1e-3..1:log", Numbers("learning_rate", 0.001, 1.0, log=True), "0.001..1:log"),
        ("dropout", "0 .. 0.5", Numbers("dropout", 0.0, 0.5), "0..0.5"),
        ("batch_size", "16..256:log", Numbers("batch_size", 16, 256, log=True), "16..256:log"),
        ("batch_size", "16,32,16", Choices("batch_size", (16, 32)), "16,32"),
        ("optimizer", "sgd,adam", Choices("optimizer", ("sgd", "adam")), "sgd,adam"),
        ("batch_norm", "yes,no", Choices("batch_norm", (True, False)), "yes,no"),
        ("hidden", "32..512x1..3", Layers(32, 512, 1, 3), "32..512x1..3"),
        ("hidden", "32..512x2:log", Layers(32, 512, 2, 2, log=True), "32..512x2:log"),
        (
            "activation",
            "relu,relu.tanh,tanh.tanh",
            Choices("activation", ("relu", "relu.tanh", "tanh")),
            "relu,relu.tanh,tanh",
        ),
        ("dropout", "0.2-0.2,0.2-0.5,0.2", Choices("dropout", (0.2, (0.2, 0.5))), "0.2,0.2-0.5"),
        ("hidden", "none,100,100-200", Choices("hidden", ((), (100,), (100, 200))), "none,100,100-200"),
    ],
)
def test_ranges_are_read_and_written(name: str, text: str, found: object, written: str) -> None:
    assert read_range(name, text) == found
    assert read_range(name, text).write() == written
    assert read_range(name, written) == found


def test_each_setting_that_may_vary_has_a_usual_range() -> None:
    for name in varying(DIGITS):
        read_space({name: usual_range(name)}).check(RunConfig(dataset="digits"), DIGITS)
    assert {"dataset", "epochs", "seed"} & set(varying(DIGITS)) == set()
    assert "shift" not in varying(TABLE)


def test_the_ends_of_a_share_may_be_in_percent() -> None:
    assert read_range("dropout", "10 %..50\u202f%") == read_range("dropout", "0.1..0.5")
    assert read_range("dropout", "10 %, 20 %-50 %") == read_range("dropout", "0.1,0.2-0.5")


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("learning_rate", "", "has no values to search"),
        ("learning_rate", "1..0.1", "starts above its end"),
        ("learning_rate", "0.1..0.1", "is empty"),
        ("learning_rate", "0..1:log", "must be a number from 0.000001"),
        ("dropout", "0..0.5:log", "can't start at 0"),
        ("learning_rate", "0.1", "leaves nothing to search"),
        ("learning_rate", "a..b", "must be a number"),
        ("learning_rate", "0.1-0.3", "is not a range of its values. Write it as in 0.0001..1:log"),
        ("batch_size", "16–64", "Write it as in 16..256:log"),
        ("learning_rate", "nan..1", "must be a number"),
        ("dropout", "0..2", "must be a number from 0 to 0.95"),
        ("dropout", "0.1-0.2..0.5", "must be one number for all layers"),
        ("batch_size", "1.5..8", "must be a whole number"),
        ("optimizer", "sgd,adm", "Did you mean 'adam'?"),
        ("optimizer", "sgd..adam", "is not a range"),
        ("hidden", "32..512x0..2", "is also for 0 layers; 1 to 6 are allowed"),
        ("hidden", "32..512x3..2", "Swap the two"),
        ("hidden", "512..32x1", "starts above its end"),
        ("hidden", "32..5000x1", "must be a whole number from 1 to 1,024"),
        ("hidden", "32..512x1..99999999999", "is also for 9,999 layers; 1 to 6 are allowed"),
        ("seed", "1..9", "can't vary in a search"),
        ("learningrate", "1..9", "Did you mean 'learning_rate'?"),
    ],
)
def test_a_bad_range_is_refused_with_a_sentence(name: str, text: str, sentence: str) -> None:
    with pytest.raises(ConfigError) as error:
        read_range(name, text)
    assert sentence in str(error.value)
    assert str(error.value).endswith((".", "?"))


def test_a_space_must_fit_the_data_and_itself() -> None:
    base = RunConfig(dataset="digits")
    for texts, sentence in (
        ({"schedule": "constant,plateau"}, "this data has none"),
        ({"shift": "0..2"}, "can't vary here, since Table has no images"),
        ({"batch_size": "16..4096"}, "1,197 training examples"),
        ({"batch_norm": "no,yes", "batch_size": "1..64"}, "needs 2 or more examples"),
        ({"activation": "relu,relu.tanh", "hidden": "16..32x1..2"}, "for 1 hidden layer"),
        ({"dropout": "0,0.1-0.2", "hidden": "16..32x1..2"}, "for 1 hidden layer"),
    ):
        with pytest.raises(ConfigError, match=sentence):
            read_space(texts).check(base, TABLE)
    with pytest.raises(ConfigError, match="no classes"):
        read_space({"label_smoothing": "0..0.2"}).check(base, replace(DIGITS, task="regression"))
    with pytest.raises(ConfigError, match="at least one setting"):
        read_space({})


def test_a_range_can_only_become_wider() -> None:
    space = read_space({"learning_rate": "0.01..1:log", "optimizer": "sgd,adam", "hidden": "32..64x1..2"})
    wider = space.widened(read_space({"learning_rate": "0.001..1:log", "hidden": "16..64x1..3"}))
    assert wider.write() == {"learning_rate": "0.001..1:log", "optimizer": "sgd,adam", "hidden": "16..64x1..3"}
    for texts in ({"learning_rate": "0.1..1"}, {"optimizer": "adam,adamw"}, {"hidden": "16..32x1..3"}):
        with pytest.raises(ConfigError, match="only become wider"):
            space.widened(read_space(texts))
    with pytest.raises(ConfigError, match="does not vary in this search"):
        space.widened(read_space({"dropout": "0..0.5"}))


def test_words_name_a_setting_and_its_range() -> None:
    assert read_words(["learning-rate=0.1..1", "optimizer=sgd,adam"]) == {
        "learning_rate": "0.1..1",
        "optimizer": "sgd,adam",
    }
    for words, sentence in ((["learning_rate"], "doesn't say what to vary"), (2 * ["dropout=0..0.5"], "vary twice")):
        with pytest.raises(ConfigError, match=sentence):
            read_words(words)
