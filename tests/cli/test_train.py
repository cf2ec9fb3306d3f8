"""On the command line, training gives the library's figures, in lines to read and in a file to keep."""

import json
import math
import os
import re
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from mlp.cli import train
from mlp.cli.paths import shown
from mlp.cli.record import EpochFigures, Record
from mlp.config import RunConfig
from mlp.datasets import DATASETS, load_dataset
from mlp.files import write_whole
from mlp.text import percent
from mlp.training import Evaluation, Report, TrainingState, advance, evaluate, initial_state, report_untrained
from mlp.training.checkpoint import Checkpoint
from mlp.training.loop import Trainer
from mlp.training.pacing import SHORTLY
from tests.cli.calls import CONFIG, WORDS, Say, figures_in, is_one_sentence, lines_of
from tests.tables import mixed_model


def test_json_has_the_promised_keys(say: Say, tmp_path: Path) -> None:
    assert say(*WORDS, "--json", tmp_path / "run.json").code == 0
    figures = figures_in(tmp_path / "run.json")
    assert list(figures) == ["config", "epochs", "message", "best", "test_accuracy", "samples_per_second"]
    assert list(figures["best"]) == ["epoch", "validation_accuracy", "test_accuracy"]
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
    assert f"test accuracy {percent(figures['test_accuracy'], 2)}" in last
    assert f"{figures['samples_per_second']:,.0f} examples per second" in last
    trained = 3 * DATASETS["digits"].train
    assert figures["samples_per_second"] == pytest.approx(trained / sum(e["seconds"] for e in figures["epochs"]))


def test_averaged_weights_are_measured_beside_those_of_the_last_step(say: Say) -> None:
    config, dataset = replace(CONFIG, averaging=0.9), load_dataset("digits")
    state, _ = advance(config, dataset, initial_state(config, dataset), 3 * config.steps_per_epoch(dataset.info))
    averaged, last = (percent(evaluate(each, dataset, state).accuracy, 2) for each in (config, CONFIG))
    assert averaged != last
    expected = f"validation accuracy {averaged} with averaged weights, accuracy {last} with those of the last step"
    assert expected in say(*WORDS, "--averaging", 0.9).out
    assert "averaged" not in say(*WORDS).out
    assert "with those of the last step" in say(*WORDS, "--averaging", 0.9, "--batch-norm").out


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
        assert EpochFigures.of([report] * 7).train.accuracy == (7 * correct) / (7 * 71)


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

    learn = Trainer.advance

    def watched(trainer: Trainer, steps: int) -> tuple[TrainingState, Report]:
        seen.update(pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas")
        return learn(trainer, steps)

    monkeypatch.setattr(Trainer, "advance", watched)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    asked = () if threads == 1 else ("--threads", threads)  # one is the default
    with threadpool_limits(3 - threads, user_api="blas"):  # before and after, another number
        say(*WORDS, *asked)
    if not seen:
        pytest.skip("this machine's BLAS can't be told its threads")
    assert seen == {threads}


def test_the_bar_moves_several_times_a_second(say: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    pieces, learn = [], Trainer.advance

    def slow(trainer: Trainer, steps: int) -> tuple[TrainingState, Report]:
        state, report = learn(trainer, steps)
        report = replace(report, seconds=steps * 0.02)
        pieces.append(report)
        return state, report

    monkeypatch.setattr(Trainer, "advance", slow)
    say(*WORDS, "--batch-size", 3)  # 399 steps an epoch: 8 s
    assert max(piece.seconds for piece in pieces) <= SHORTLY * train.PIECE_SECONDS + 0.01
    assert sum(piece.seconds > 0.15 for piece in pieces) > 0.8 * len(
        pieces
    )  # and it does not stop more often than that
    assert sum(piece.progress.is_integer() for piece in pieces) == 3  # an epoch ends with a piece


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

    monkeypatch.setattr(Trainer, "advance", interrupted)
    said = say(*WORDS, "--json", tmp_path / "run.json")
    assert (said.code, is_one_sentence(said.err)) == (130, True)
    assert "before the first epoch" in said.err
    figures = figures_in(tmp_path / "run.json")
    assert (figures["epochs"], figures["test_accuracy"], figures["samples_per_second"]) == ([], None, None)


def test_what_is_not_finite_becomes_null() -> None:
    epoch = EpochFigures(1, Evaluation(0.5, math.inf), Evaluation(0.5, math.nan), 1.0)
    figures = json.loads(Record(Checkpoint(mixed_model(steps=1)), [epoch]).to_json())
    measured = {"train_accuracy": 0.5, "validation_accuracy": 0.5, "train_loss": None, "validation_loss": None}
    assert figures["epochs"][0] == {"epoch": 1, "seconds": 1.0} | measured


# ── the JSON file ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_old_file_stays_until_the_new_one_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, say: Say
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    target = tmp_path / "run.json"
    target.write_text("old")
    monkeypatch.setattr("mlp.files.os.fsync", full)
    said = say(*WORDS, "--json", target)
    assert (said.code, is_one_sentence(said.err), "No space left" in said.err) == (2, True, True)
    assert target.read_text() == "old"
    assert os.listdir(tmp_path) == ["run.json"]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    link = tmp_path / "link.json"
    link.symlink_to(tmp_path / "real.json")
    write_whole(link, b"new")
    assert link.is_symlink()
    assert (tmp_path / "real.json").read_text() == "new"


def test_a_file_that_cannot_be_written_is_refused_before_training(say: Say, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    closed = Path("/proc") if sys.platform == "linux" else tmp_path / "file"  # root may write everywhere else
    for path in (tmp_path / "none" / "run.json", tmp_path, tmp_path / "file" / "run.json", closed / "run.json"):
        said = say(*WORDS, "--json", path)
        assert (said.code, said.out, is_one_sentence(said.err)) == (2, "", True)
        assert said.err.startswith(f"--json {shown(path)}")
    assert "there is no such folder" in say(*WORDS, "--json", tmp_path / "none" / "run.json").err
