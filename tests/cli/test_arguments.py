"""The command line understands every setting's flag, explains it, and answers what it cannot do in one sentence."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mlp.cli.arguments import config_from, parse
from mlp.config import SETTINGS, RunConfig
from mlp.network.optimizers import OPTIMIZERS
from mlp.presets import PRESETS
from tests.cli.calls import Say, is_one_sentence


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("trian", "There is no command 'trian'. Did you mean 'train'?"),
        ("data donwload mnist", "There is no command 'donwload'. Did you mean 'download'?"),
        ("data download mnits", "There is no data set 'mnits'. Did you mean 'mnist'?"),
        ("data download", "NAME"),
        ("train --dataset mnits", "There is no data set 'mnits'. Did you mean 'mnist'?"),
        ("train --learnrate 0.1", "There is no flag '--learnrate'. Did you mean '--learning-rate'?"),
        ("train --epoch=3", "There is no flag '--epoch'. Did you mean '--epochs'?"),
        ("train digits", "'digits' is a word too many. `python -m mlp train --help` lists the options."),
        ("train --dataset digits --dropout", "--dropout: expected at least one argument."),
        ("train --dataset digits --at best", "--at is for a saved file. Name one with --save, or leave it out."),
        ("--wrong", "There is no flag '--wrong'. `python -m mlp --help`"),
        ("train --optimizer addam", "There is no optimizer 'addam'. Did you mean 'adam'?"),
        ("train --preset tutorail", "There is no preset 'tutorail'. Did you mean 'tutorial'? Known: tutorial, "),
        ("train --preset fast --dataset mnits", "There is no data set 'mnits'. Did you mean 'mnist'?"),
        ("train --epochs", "--epochs: expected one argument. `python -m mlp train --help`"),
        ("train --epochs ten", "epochs is 'ten'; it must be a whole number from 1 to 10,000."),
        ("train --learning-rate fast", "learning_rate is 'fast'; it must be a number from 0.000001 to 100."),
        ("train --hidden 0", "hidden is 0; it must be a whole number from 1 to 1,024."),
        ("train --hidden 1 2 3 4 5 6 7", "hidden has 7 layers; 0 to 6 are allowed."),
        ("train --dataset digits --batch-size 1198", "batch_size is 1198, but digits has 1,197 training examples."),
        ("train --evaluate-train=yes", "--evaluate-train"),
        ("find-rat", "There is no command 'find-rat'. Did you mean 'find-rate'?"),
        ("find-rate --learnrate 0.1", "There is no flag '--learnrate'. Did you mean '--learning-rate'?"),
        ("train --threads 0", "threads is '0'; it must be a whole number from 1 to "),
    ],
)
def test_a_sentence_says_what_is_wrong(say: Say, words: str, sentence: str) -> None:
    said = say(*words.split())
    assert said.code == 2
    assert said.out == ""
    assert sentence in said.err
    assert is_one_sentence(said.err)


def test_a_data_set_that_is_not_here_is_refused(say: Say, tiny: Path, tmp_path: Path) -> None:
    said = say("train", "--dataset", "tiny", "--batch-size", 10, "--json", tmp_path / "run.json")
    assert (said.code, said.out) == (2, "")
    assert "Tiny is not on this computer" in said.err
    assert not (tmp_path / "run.json").exists()


def squeezed(text: str) -> str:
    """Without white space: help is wrapped to the terminal, even after hyphens."""
    return "".join(text.split())


@pytest.mark.parametrize("name", SETTINGS)
def test_help_tells_each_setting(say: Say, name: str) -> None:
    said = say("train", "--help")
    assert said.code == 0
    flags = re.split(r"\n (?=--)", said.out)
    flag = f"--{name.replace('_', '-')}"
    (text,) = (squeezed(entry) for entry in flags if entry.split()[0].rstrip(",") == flag)
    setting = SETTINGS[name]
    assert squeezed(setting.help) in text
    if setting.choices:
        assert squeezed(f"One of: {', '.join(setting.choices)}.") in text
    elif not isinstance(setting.default, bool):
        assert squeezed(f"from {setting.low:,} to {setting.high:,}") in text
    usual = "no" if setting.default is False else str(setting.default).removesuffix(".0")
    default = {"dataset": "mnist if it is on disk", "hidden": "100 200"}.get(name, usual)
    assert squeezed(f"Default: {default}") in text


@pytest.mark.parametrize("name", SETTINGS)
def test_each_flag_sets_its_setting(name: str) -> None:
    setting = SETTINGS[name]
    value: Any
    if setting.choices:
        value = next(choice for choice in reversed(list(setting.choices)) if choice != setting.default)
        words = [value]
    elif isinstance(setting.default, bool):
        value, words = True, []
    elif isinstance(setting.default, tuple):
        value, words = (setting.high, setting.low), [str(setting.high), str(setting.low)]
    else:
        value, words = setting.high, [str(setting.high)]
    flag = f"--{name.replace('_', '-')}"
    before = ["train"] if name == "dataset" else ["train", "--dataset", "mnist"]
    config = config_from(parse([*before, flag, *words]))
    # An optimizer comes with a suitable learning rate.
    rate = OPTIMIZERS[value].learning_rate if name == "optimizer" else config.learning_rate
    assert config == replace(RunConfig(), **({"learning_rate": rate} | {name: value}))


@pytest.mark.parametrize("words", [["0.2-0.5"], ["0.2", "0.5"], ["0.2,0.5"]])
def test_dropouts_of_the_layers_are_written_like_the_layers(words: list[str]) -> None:
    assert config_from(parse(["train", "--dropout", *words])).dropout == (0.2, 0.5)
    assert config_from(parse(["train", "--dropout", words[0][:3]])).dropout == 0.2


@pytest.mark.parametrize("words", [["100-200"], ["100", "200"], ["100,200"]])
def test_hidden_layers_are_written_as_words_or_as_in_a_link(words: list[str]) -> None:
    assert config_from(parse(["train", "--hidden", *words])).hidden == (100, 200)
    assert config_from(parse(["train", "--hidden", "none"])).hidden == ()


def test_flags_for_yes_and_no_have_a_no() -> None:
    assert config_from(parse(["train", "--evaluate-train"])).evaluate_train
    assert not config_from(parse(["train", "--evaluate-train", "--no-evaluate-train"])).evaluate_train


@pytest.mark.parametrize("dataset", ["digits", "mnist", "moons"])
@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_sets_what_no_flag_says(name: str, dataset: str) -> None:
    preset = PRESETS[name].config(dataset)
    words = ["train", "--preset", name, "--dataset", dataset]
    assert config_from(parse(words)) == preset
    changed: dict[str, Any] = {"hidden": (7,), "epochs": preset.epochs + 1, "initializer": "lecun"}
    said = ["--hidden", "7", "--epochs", str(preset.epochs + 1), "--initializer", "lecun"]
    assert config_from(parse([*words, *said])) == replace(preset, **changed)
    assert config_from(parse(["train", *said, *words[1:]])) == replace(preset, **changed)  # in any order


def test_a_preset_fits_the_default_data_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mlp.cli.arguments.default_dataset", lambda: "digits")
    assert config_from(parse(["train", "--preset", "fast"])) == PRESETS["fast"].config("digits")


def test_help_tells_the_presets(say: Say) -> None:
    text = squeezed(say("train", "--help").out)
    for name, preset in PRESETS.items():
        assert squeezed(f"{name}: {preset.label}") in text


@pytest.mark.parametrize("default", ["digits", "mnist"])
def test_the_data_set_is_the_default_one(monkeypatch: pytest.MonkeyPatch, say: Say, default: str) -> None:
    monkeypatch.setattr("mlp.cli.arguments.default_dataset", lambda: default)
    assert config_from(parse(["train"])) == RunConfig(dataset=default)
    assert squeezed(f"here that is {default}") in squeezed(say("train", "--help").out)


def test_alone_it_shows_help(say: Say) -> None:
    said = say()
    assert (said.code, said.err) == (0, "")
    assert said == say("--help")
    on_one_line = re.findall(r"^ +([\w-]+)  +\w", said.out, re.MULTILINE)  # with what it does
    assert on_one_line == [
        "dashboard",
        "cluster",
        "train",
        "find-rate",
        "search",
        "export",
        "predict",
        "evaluate",
        "open",
        "data",
    ]


@pytest.mark.parametrize("command", ["train", "find-rate", "search"])
def test_help_tells_what_your_own_data_starts_from(say: Say, command: str) -> None:
    text = squeezed(say(command, "--help").out)
    assert squeezed("Default: none; for your own data, one that fits it: table for a table") in text
    for default in (SETTINGS["hidden"].default, SETTINGS["learning_rate"].default):
        words = " ".join(map(str, default)) if isinstance(default, tuple) else default
        assert squeezed(f"Default: {words}; for a table of your own, see --preset.") in text
