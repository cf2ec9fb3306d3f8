"""The command line trains exactly like the library, speaks in sentences, and never shows a traceback."""

import io
import json
import math
import os
import re
import shlex
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import asdict, fields, replace
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from threadpoolctl import threadpool_info, threadpool_limits
from tqdm import tqdm

from mlp.__main__ import main
from mlp.cli import data, train
from mlp.cli.arguments import config_from, parse
from mlp.cli.record import EpochFigures, Record, _shown, write_whole
from mlp.config import SETTINGS, RunConfig
from mlp.datasets import DATASETS, Dataset, load_dataset, places
from mlp.network.optimizers import OPTIMIZERS
from mlp.presets import PRESETS
from mlp.training import Report, TrainingState, advance, evaluate, initial_state, report_untrained
from tests.tiny_dataset import packed_files, plain_files, tiny_info, write

ROOT = Path(__file__).resolve().parents[1]
CONFIG = RunConfig(dataset="digits", hidden=(16,), batch_size=49, epochs=3, dropout=0.1, seed=3)
WORDS = shlex.split("train --dataset digits --hidden 16 --batch-size 49 --epochs 3 --dropout 0.1 --seed 3")
LINE = re.compile(
    r"epoch +(?P<epoch>\d+)/(?P<epochs>\d+) +train accuracy +(?P<train_accuracy>[\d.]+)% loss (?P<train_loss>\S+) +"
    r"validation accuracy +(?P<validation_accuracy>[\d.]+)% loss (?P<validation_loss>\S+) +(?P<seconds>[\d.]+) s"
)


class Said(NamedTuple):
    """The result of one call of the command line."""

    code: int
    out: str
    err: str


Say = Callable[..., Said]


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Say:
    """Call the command line in this process."""

    def call(*words: object) -> Said:
        try:
            code = main([str(word) for word in words])
        except SystemExit as ended:  # --help
            code = int(ended.code or 0)
        return Said(code, *capsys.readouterr())

    return call


def figures_in(path: Path) -> Any:
    """Read a JSON file as strictly as other languages do: NaN and Infinity are errors."""

    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is no JSON")

    return json.loads(path.read_text(encoding="utf-8"), parse_constant=refuse)


def lines_of(out: str) -> list[dict[str, str]]:
    return [match.groupdict() for match in LINE.finditer(out)]


def learned(figures: Any) -> Any:
    """The results without the times."""
    figures.pop("samples_per_second")
    for epoch in figures["epochs"]:
        epoch.pop("seconds")
    return figures


def is_one_sentence(text: str) -> bool:
    return text.count("\n") == 1 and text.endswith((".\n", "?\n")) and "Traceback" not in text


# ── training ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_json_has_the_promised_keys(say: Say, tmp_path: Path) -> None:
    assert say(*WORDS, "--json", tmp_path / "run.json").code == 0
    figures = figures_in(tmp_path / "run.json")
    assert list(figures) == ["config", "epochs", "test_accuracy", "samples_per_second"]
    assert RunConfig(**figures["config"]) == CONFIG
    names = ["epoch", "train_accuracy", "validation_accuracy", "train_loss", "validation_loss", "seconds"]
    assert [list(epoch) for epoch in figures["epochs"]] == [names] * 3
    assert [epoch["epoch"] for epoch in figures["epochs"]] == [1, 2, 3]
    assert os.listdir(tmp_path) == ["run.json"]


def test_printed_lines_say_what_the_json_says(say: Say, tmp_path: Path) -> None:
    said = say(*WORDS, "--json", tmp_path / "run.json")
    figures = figures_in(tmp_path / "run.json")
    lines = lines_of(said.out)
    assert len(lines) == 3
    for line, epoch in zip(lines, figures["epochs"], strict=True):
        assert int(line["epoch"]) == epoch["epoch"]
        assert int(line["epochs"]) == 3
        for split in ("train", "validation"):
            assert float(line[f"{split}_accuracy"]) == pytest.approx(100 * epoch[f"{split}_accuracy"], abs=0.0051)
            assert float(line[f"{split}_loss"]) == pytest.approx(epoch[f"{split}_loss"], rel=1e-3)
        assert float(line["seconds"]) == pytest.approx(epoch["seconds"], abs=0.0051)
    last = said.out.splitlines()[-1]
    assert f"test accuracy {figures['test_accuracy']:.2%}" in last
    assert f"{figures['samples_per_second']:,.0f} samples per second" in last
    trained = 3 * DATASETS["digits"].train
    assert figures["samples_per_second"] == pytest.approx(trained / sum(e["seconds"] for e in figures["epochs"]))


def test_the_same_words_give_the_same_figures(say: Say, tmp_path: Path) -> None:
    for name in ("first.json", "again.json"):
        say(*WORDS, "--json", tmp_path / name)
    first, again = (learned(figures_in(tmp_path / name)) for name in ("first.json", "again.json"))
    assert first == again
    say(*WORDS, "--seed", 8, "--json", tmp_path / "other.json")
    assert first["epochs"] != learned(figures_in(tmp_path / "other.json"))["epochs"]


@pytest.mark.parametrize("piece_seconds", [0.0, 1000.0], ids=["single steps", "whole epochs"])
def test_figures_are_those_of_a_plain_loop_however_it_is_cut(
    say: Say, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, piece_seconds: float
) -> None:
    monkeypatch.setattr(train, "PIECE_SECONDS", piece_seconds)
    say(*WORDS, "--json", tmp_path / "run.json")
    figures = figures_in(tmp_path / "run.json")

    dataset = load_dataset("digits")
    state = initial_state(CONFIG, dataset)
    validation = evaluate(CONFIG, dataset, state)
    for epoch in figures["epochs"]:
        state, report = advance(CONFIG, dataset, state, CONFIG.steps_per_epoch(dataset.info))
        validation = evaluate(CONFIG, dataset, state)
        assert epoch["train_accuracy"] == report.train_accuracy
        assert epoch["train_loss"] == float(f"{report.train_loss:.7g}")
        assert (epoch["validation_accuracy"], epoch["validation_loss"]) == validation
    test = evaluate(CONFIG, dataset, state, "test")
    assert figures["test_accuracy"] == test.accuracy != validation.accuracy


def test_accuracy_is_counted_in_whole_examples() -> None:
    empty = report_untrained(CONFIG, load_dataset("digits"), initial_state(CONFIG, load_dataset("digits")))
    for correct in range(72):  # of 71; 7 / 71 · 71, seven times, is not 49
        report = replace(empty, trained=71, train_accuracy=correct / 71, train_loss=1.0)
        assert EpochFigures.of([report] * 7).train_accuracy == (7 * correct) / (7 * 71)


def test_evaluate_train_measures_the_whole_training_set(say: Say, tmp_path: Path) -> None:
    say(*WORDS, "--evaluate-train", "--epochs", 1, "--json", tmp_path / "run.json")
    dataset = load_dataset("digits")
    config = replace(CONFIG, epochs=1)
    state, report = advance(config, dataset, initial_state(config, dataset), config.steps_per_epoch(dataset.info))
    full = evaluate(config, dataset, state, "train")
    epoch = figures_in(tmp_path / "run.json")["epochs"][0]
    assert full.accuracy != report.train_accuracy
    assert (epoch["train_accuracy"], epoch["train_loss"]) == full


def test_hidden_without_a_number_is_no_hidden_layer(say: Say, tmp_path: Path) -> None:
    said = say("train", "--dataset", "digits", "--hidden", "--epochs", 1, "--json", tmp_path / "run.json")
    assert figures_in(tmp_path / "run.json")["config"]["hidden"] == []
    assert "64–10 with 650 parameters" in said.out


@pytest.mark.parametrize("threads", [1, 2])
def test_threads_are_as_many_as_asked_for(say: Say, monkeypatch: pytest.MonkeyPatch, threads: int) -> None:
    seen: set[int] = set()

    def watched(*arguments: Any) -> tuple[TrainingState, Report]:
        seen.update(pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas")
        return advance(*arguments)

    monkeypatch.setattr(train, "advance", watched)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    asked = () if threads == 1 else ("--threads", threads)  # one is the default
    with threadpool_limits(3 - threads, user_api="blas"):  # before and after, another number
        say(*WORDS, *asked)
    if not seen:
        pytest.skip("this machine's BLAS can't be told its threads")
    assert seen == {threads}


def test_the_bar_moves_four_times_a_second(say: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    pieces = []

    def slow(config: RunConfig, dataset: Dataset, state: TrainingState, steps: int) -> tuple[TrainingState, Report]:
        state, report = advance(config, dataset, state, steps)
        report = replace(report, seconds=steps * 0.02)
        pieces.append(report)
        return state, report

    monkeypatch.setattr(train, "advance", slow)
    say(*WORDS, "--batch-size", 3)  # 399 steps an epoch: 8 s
    assert max(piece.seconds for piece in pieces) <= 0.25
    assert sum(piece.seconds > 0.15 for piece in pieces) > 0.8 * len(
        pieces
    )  # and it does not stop more often than that
    assert sum(piece.position == 0 for piece in pieces) == 3  # an epoch ends with a piece


def test_divergence_tells_the_step_and_a_smaller_rate(say: Say, tmp_path: Path) -> None:
    words = ("train", "--dataset", "digits", "--optimizer", "momentum", "--learning-rate", 100, "--activation")
    said = say(*words, "identity", "--json", tmp_path / "run.json")
    assert said.code == 3
    assert is_one_sentence(said.err)
    assert re.search(r"diverged at step \d+", said.err)
    assert "a learning rate of 10." in said.err
    figures = figures_in(tmp_path / "run.json")
    assert len(figures["epochs"]) == len(lines_of(said.out)) < 25
    assert figures["test_accuracy"] is None


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("--preset zeros --dataset digits --epochs 3", "All units of a layer are the same: in the first and second"),
        ("--preset too_fast --dataset circles", "The learning rate is too high: "),
        ("--dataset digits --learning-rate 0.00001 --epochs 3", "The learning rate is too low: "),
    ],
)
def test_a_run_that_only_guesses_says_why_in_its_last_line(say: Say, words: str, why: str) -> None:
    said = say("train", *words.split())
    last = said.out.splitlines()[-1]
    assert (said.code, said.err) == (0, "")
    assert last.startswith(f"No better than guessing. {why}")
    assert last.endswith(".")


def test_ctrl_c_before_the_first_epoch(say: Say, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(train, "advance", interrupted)
    said = say(*WORDS, "--json", tmp_path / "run.json")
    assert (said.code, is_one_sentence(said.err)) == (130, True)
    assert "before the first epoch" in said.err
    figures = figures_in(tmp_path / "run.json")
    assert (figures["epochs"], figures["test_accuracy"], figures["samples_per_second"]) == ([], None, None)


def test_what_is_not_finite_becomes_null() -> None:
    epoch = EpochFigures(1, 0.5, 0.5, math.inf, math.nan, 1.0)
    figures = json.loads(Record(CONFIG, [epoch]).to_json())
    assert figures["epochs"][0] == asdict(epoch) | {"train_loss": None, "validation_loss": None}


# ── the JSON file ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_old_file_stays_until_the_new_one_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, say: Say
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    target = tmp_path / "run.json"
    target.write_text("old")
    monkeypatch.setattr("mlp.cli.record.os.fsync", full)
    said = say(*WORDS, "--json", target)
    assert (said.code, is_one_sentence(said.err), "No space left" in said.err) == (2, True, True)
    assert target.read_text() == "old"
    assert os.listdir(tmp_path) == ["run.json"]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    link = tmp_path / "link.json"
    link.symlink_to(tmp_path / "real.json")
    write_whole(link, "new")
    assert link.is_symlink()
    assert (tmp_path / "real.json").read_text() == "new"


def test_a_file_that_cannot_be_written_is_refused_before_training(say: Say, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    closed = Path("/proc") if sys.platform == "linux" else tmp_path / "file"  # root may write everywhere else
    for path in (tmp_path / "none" / "run.json", tmp_path, tmp_path / "file" / "run.json", closed / "run.json"):
        said = say(*WORDS, "--json", path)
        assert (said.code, said.out, is_one_sentence(said.err)) == (2, "", True)
        assert said.err.startswith(f"--json {_shown(path)}")
    assert "there is no such folder" in say(*WORDS, "--json", tmp_path / "none" / "run.json").err


# ── what is refused ───────────────────────────────────────────────────────────────────────────────────────────────


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
        ("train digits", "There is no flag 'digits'."),
        ("--wrong", "There is no flag '--wrong'. `python -m mlp --help`"),
        ("train --optimizer addam", "There is no optimizer 'addam'. Did you mean 'adam'?"),
        ("train --preset tutorail", "There is no preset 'tutorail'. Did you mean 'tutorial'? Known: tutorial, "),
        ("train --preset fast --dataset mnits", "There is no data set 'mnits'. Did you mean 'mnist'?"),
        ("train --epochs", "--epochs: expected one argument. `python -m mlp train --help`"),
        ("train --epochs ten", "epochs is 'ten'; it must be a whole number from 1 to 10,000."),
        ("train --epochs 2.5", "epochs is '2.5'; it must be a whole number from 1 to 10,000."),
        ("train --epochs 0", "epochs is '0'; it must be a whole number from 1 to 10,000."),
        (f"train --epochs {'9' * 400}", f"epochs is '{'9' * 57}...'; it must be a whole number"),
        (f"train --epochs {'9' * 5000}", f"epochs is '{'9' * 57}...'; it must be a whole number"),
        (f"train --dataset circles?own={'9' * 400}_0_0", "own is '99999"),
        (f"train --evaluate-train={'9' * 400}", f"ignored explicit argument '{'9' * 57}...'. `python"),
        ("train --seed -1", "seed is '-1'; it must be a whole number from 0 to 4,294,967,295."),
        ("train --learning-rate nan", "learning_rate is 'nan'; it must be a number from 0.000001 to 100."),
        ("train --learning-rate fast", "learning_rate is 'fast'; it must be a number from 0.000001 to 100."),
        ("train --learning-rate 0", "learning_rate is '0'; it must be a number from 0.000001 to 100."),
        ("train --dropout 1", "dropout is '1'; it must be a number from 0 to 0.95."),
        ("train --hidden 100,200", "hidden is '100,200'; it must be a whole number from 1 to 1,024."),
        ("train --hidden 100--200", "hidden is '-200'; it must be a whole number from 1 to 1,024."),
        ("train --hidden 0", "hidden is '0'; it must be a whole number from 1 to 1,024."),
        ("train --hidden 1 2 3 4 5 6 7", "hidden has 7 layers; 0 to 6 are allowed."),
        ("train --dataset digits --batch-size 1198", "batch_size is 1198, but digits has 1,197 training examples."),
        ("train --evaluate-train=yes", "--evaluate-train"),
        ("train --threads 0", "threads is '0'; it must be a whole number from 1 to "),
        ("train --threads 1e30", "it must be a whole number from 1 to "),
        ("train --threads two", "threads is 'two'; it must be a whole number from 1 to "),
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


# ── flags and help ────────────────────────────────────────────────────────────────────────────────────────────────


def squeezed(text: str) -> str:
    """Without white space: help is wrapped to the terminal, even after hyphens."""
    return "".join(text.split())


@pytest.mark.parametrize("name", SETTINGS)
def test_help_tells_each_setting(say: Say, name: str) -> None:
    said = say("train", "--help")
    assert said.code == 0
    flags = re.split(r"\n  (?=--)", said.out)
    flag = f"--{name.replace('_', '-')}"
    (text,) = (squeezed(entry) for entry in flags if entry.split()[0].rstrip(",") == flag)
    setting = SETTINGS[name]
    assert squeezed(setting.help) in text
    if setting.choices:
        assert squeezed(f"One of: {', '.join(setting.choices)}.") in text
    elif not isinstance(setting.default, bool):
        assert squeezed(f"from {setting.low:,} to {setting.high:,}") in text
    defaults = {"dataset": "mnist if it is on disk", "hidden": "100 200", "evaluate_train": "no"}
    assert squeezed(f"Default: {defaults.get(name, str(setting.default))}") in text


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


@pytest.mark.parametrize("words", [["100-200"], ["100", "200"]])
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
    assert "train" in said.out
    assert "data" in said.out
    assert said == say("--help")


# ── data sets ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A data set that can be downloaded, and the only folder for its files."""
    monkeypatch.setattr(places, "OWN_DATA", tmp_path / "own")
    monkeypatch.setitem(DATASETS, "tiny", tiny_info())
    for variable in ("MLP_DATA_DIR", "MLP_MIRROR"):
        monkeypatch.delenv(variable, raising=False)
    for variable in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(variable, "127.0.0.1")
    load_dataset.cache_clear()
    yield tmp_path / "own" / "tiny"
    load_dataset.cache_clear()


@pytest.fixture
def mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tiny: Path) -> Iterator[None]:
    """A server on this machine with the tiny data set's files."""
    write(tmp_path / "mirror" / "tiny", packed_files(), ".gz")

    class Quiet(SimpleHTTPRequestHandler):
        def __init__(self, *arguments: Any) -> None:
            super().__init__(*arguments, directory=str(tmp_path / "mirror"))

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Quiet) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        monkeypatch.setenv("MLP_MIRROR", f"http://127.0.0.1:{server.server_address[1]}")
        yield
        server.shutdown()
        thread.join()


def row_of(name: str, table: str) -> list[str]:
    """One data set's line: name, examples, on disk, size, to download, license."""
    (line,) = (line for line in table.splitlines() if line.split()[0] == name)
    return re.split(r"  +", line)


def test_the_list_tells_what_is_here(say: Say, tiny: Path) -> None:
    said = say("data")
    assert (said.code, said.err) == (0, "")
    header, *lines = said.out.splitlines()
    assert re.split(r"  +", header) == ["name", "examples", "on disk", "size", "to download", "license"]
    assert [line.split()[0] for line in lines] == list(DATASETS)
    assert row_of("mnist", said.out) == ["mnist", "70,000", "no", "-", "11.6 MB", "CC BY-SA 3.0"]
    assert row_of("xor", said.out) == ["xor", "1,000", "drawn", "-", "-", "none needed"]
    assert row_of("tiny", said.out)[1:3] == ["62", "no"]


def test_the_list_tells_what_is_here_in_part(say: Say, tiny: Path) -> None:
    files = plain_files()
    write(tiny, dict(list(files.items())[:3]))
    assert row_of("tiny", say("data").out)[2] == "partly"
    write(tiny, files)
    assert row_of("tiny", say("data").out)[2] == "yes"


def test_the_list_tells_sizes(say: Say) -> None:
    assert row_of("digits", say("data").out) == ["digits", "1,797", "yes", "0.1 MB", "-", "CC BY 4.0"]


def test_a_web_page_in_place_of_a_file_is_named(say: Say, tiny: Path) -> None:
    write(tiny, plain_files())
    name = next(iter(plain_files()))
    (tiny / name).write_text("<!DOCTYPE html><title>Sign in</title>")
    said = say("data")
    assert row_of("tiny", said.out)[2] == "partly"
    assert (
        said.out.splitlines()[-1]
        == f"{tiny / name} is a web page, not an IDX file. Remove it and get the data set again."
    )


def test_a_download_lands_and_moves_its_bar(
    say: Say, tiny: Path, mirror: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    bars = []

    def shown(**options: Any) -> Any:
        bars.append(tqdm(**options | {"disable": False}))
        return bars[-1]

    monkeypatch.setattr(data, "tqdm", shown)
    said = say("data", "download", "tiny")
    assert (said.code, said.out.startswith("tiny is now on disk")) == (0, True)
    assert {path.name for path in tiny.iterdir()} >= set(plain_files())
    total = sum(map(len, packed_files().values()))
    assert [(bar.n, bar.total) for bar in bars] == [(total, total)]
    assert "100%" in said.err

    again = say("data", "download", "tiny")
    assert (again.code, again.out.startswith("tiny was already on disk")) == (0, True)


@pytest.mark.parametrize(("name", "answer"), [("digits", "was already on disk: 0.1 MB"), ("xor", "needs no download")])
def test_what_is_here_needs_no_download(say: Say, name: str, answer: str) -> None:
    said = say("data", "download", name)
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith(f"{name} {answer}")


def test_a_damaged_download_is_a_sentence(say: Say, tiny: Path, mirror: None, tmp_path: Path) -> None:
    write(tmp_path / "mirror" / "tiny", dict.fromkeys(packed_files(), b"nonsense"), ".gz")
    said = say("data", "download", "tiny")
    assert (said.code, said.out, is_one_sentence(said.err)) == (2, "", True)
    assert "the wrong content" in said.err


def test_embedded_files_that_are_missing_are_a_sentence(say: Say, tiny: Path) -> None:
    said = say("data", "download", "digits")  # the folder is empty, and no mirror has them
    assert (said.code, said.out, is_one_sentence(said.err)) == (2, "", True)


def test_ctrl_c_while_downloading(say: Say, tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(data, "download", interrupted)
    said = say("data", "download", "tiny")
    assert (said.code, said.out) == (130, "")
    assert "is kept" in said.err


# ── as a separate program ─────────────────────────────────────────────────────────────────────────────────────────


def program(*words: object) -> list[str]:
    return [sys.executable, "-m", "mlp", *map(str, words)]


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Programs started in the background of a shell ignore Ctrl-C, and their child processes inherit that."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_ctrl_c_keeps_what_was_reached(tmp_path: Path) -> None:
    words = ("train", "--dataset", "digits", "--epochs", 10_000, "--json", tmp_path / "run.json")
    with subprocess.Popen(
        program(*words), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8"
    ) as process:
        assert process.stdout is not None
        out = ""
        while not lines_of(out):
            line = process.stdout.readline()
            assert line, "it ended before the first epoch"
            out += line
        process.send_signal(signal.SIGINT)
        impatience = threading.Timer(60, process.kill)
        impatience.start()
        rest = process.stdout.read()  # `communicate` would miss lines that came together with the first
        _, err = process.communicate()
        impatience.cancel()
    assert process.returncode == 130
    assert is_one_sentence(err)
    figures = figures_in(tmp_path / "run.json")
    reached = len(figures["epochs"])
    assert reached == len(lines_of(out + rest)) >= 1
    assert f"after {reached} of 10,000 epochs" in err
    assert figures["test_accuracy"] is None
    assert figures["samples_per_second"] > 0
    assert os.listdir(tmp_path) == ["run.json"]


@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize("slow", ["numpy", "tqdm"])
def test_ctrl_c_while_it_starts_ends_it_silently(slow: str, tmp_path: Path) -> None:
    (tmp_path / f"{slow}.py").write_text("import os, signal; os.kill(os.getpid(), signal.SIGINT)")
    environment = os.environ | {"PYTHONPATH": str(tmp_path)}
    done = subprocess.run(program("train"), cwd=ROOT, capture_output=True, encoding="utf-8", env=environment)
    assert (done.returncode, done.stdout, done.stderr) == (-signal.SIGINT, "", "")


def test_a_reader_who_leaves_ends_it_quietly(tmp_path: Path) -> None:
    words = ("train", "--dataset", "digits", "--epochs", 10_000, "--json", tmp_path / "run.json")
    with subprocess.Popen(
        program(*words), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8"
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == ""
    assert process.returncode == 1
    assert figures_in(tmp_path / "run.json")["epochs"]


def test_each_line_is_shown_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = io.BytesIO()
    lines: list[int] = []

    def watched(*arguments: Any) -> tuple[TrainingState, Report]:
        lines.append(shown.getvalue().count(b"\n"))
        return advance(*arguments)

    monkeypatch.setattr(train, "advance", watched)
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(shown, encoding="utf-8"))
    main(WORDS)
    assert set(lines) == {1, 2, 3}  # what is trained, then a line after each epoch


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no disk that is always full")
@pytest.mark.parametrize("words", [["data"], WORDS], ids=["data", "train"])
def test_output_to_a_full_disk_ends_in_a_sentence(words: list[str]) -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run(program(*words), cwd=ROOT, stdout=full, stderr=subprocess.PIPE, encoding="utf-8")
    assert (done.returncode, is_one_sentence(done.stderr)) == (2, True)


def test_in_a_pipe_there_are_lines_and_no_bars() -> None:
    done = subprocess.run(program(*WORDS), cwd=ROOT, capture_output=True, encoding="utf-8", check=True)
    assert done.stderr == ""
    assert "\r" not in done.stdout
    assert len(done.stdout.splitlines()) == 5  # what is trained, three epochs, the totals


def test_on_a_terminal_bars_move() -> None:
    termios = pytest.importorskip("termios", reason="no such terminals on this system")
    ours, theirs = os.openpty()
    termios.tcsetwinsize(theirs, (40, 120))
    with subprocess.Popen(program(*WORDS), cwd=ROOT, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        shown = b""
        while block := read_terminal(ours):
            shown += block
        os.close(ours)
    assert process.returncode == 0
    text = shown.decode()
    for epoch in (1, 2, 3):
        assert re.search(rf"\repoch {epoch}/3: +\d+%", text)
    assert re.search(r"\rwhole run: +100%", text)
    assert len(lines_of(text)) == 3


def read_terminal(terminal: int) -> bytes:
    try:
        return os.read(terminal, 1 << 16)
    except OSError:  # how Linux says that the other end is closed
        return b""


def test_help_comes_without_what_only_training_needs() -> None:
    code = (
        "import sys; from mlp.__main__ import main; main([]);"
        "print(sorted({'tqdm', 'threadpoolctl', 'streamlit', 'plotly', 'pandas', 'loky'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, encoding="utf-8", check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_a_terminal_without_greek_gets_question_marks() -> None:
    environment = os.environ | {"PYTHONIOENCODING": "ascii"}
    words = program("train", "--help")
    done = subprocess.run(words, cwd=ROOT, capture_output=True, encoding="ascii", env=environment, check=True)
    assert "?? in Adam" in done.stdout


def test_every_setting_has_a_flag_and_no_flag_is_stray() -> None:
    asked = vars(parse(["train"]))
    assert not set(asked) & set(SETTINGS)  # flags that are not given are left out
    assert {field.name for field in fields(RunConfig)} == set(SETTINGS)
