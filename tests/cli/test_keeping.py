"""What was trained on the command line is kept: as a file, and in the store."""

import re
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tqdm import tqdm

from mlp.cli import keeping
from mlp.datasets import load_dataset
from mlp.export.opening import open_network
from mlp.store import Store
from mlp.text import percent
from mlp.training import Report, TrainingState, advance, evaluate, initial_state
from mlp.training.checkpoint import Checkpoint, Status
from mlp.training.loop import Trainer
from tests.cli.calls import CONFIG, WORDS, Say, figures_in, is_one_sentence


@pytest.fixture(autouse=True)
def address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The store of the command line."""
    address = f"sqlite:///{tmp_path / 'runs.sqlite3'}"
    monkeypatch.setenv("MLP_STORE", address)
    return address


def kept(address: str, said: str) -> Checkpoint:
    """The run that the command line says it kept."""
    found = re.search(r"Kept as run (\w+)", said)
    assert found
    with closing(Store(address)) as store:
        return store.load(found[1])


def test_a_bar_shows_how_far_a_file_is(say: Say, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bars = []

    def shown(**options: Any) -> Any:
        bars.append((options["desc"], options["disable"], tqdm(**options | {"disable": False})))
        return bars[-1][-1]

    monkeypatch.setattr(keeping, "tqdm", shown)
    say(*WORDS, "--keep", "mine")
    for suffix in ("gif", "csv"):
        assert say("export", "mine", "-o", tmp_path / f"mine.{suffix}").code == 0
    assert [(name, disabled) for name, disabled, _ in bars] == [("mine.gif", None), ("mine.csv", True)]
    assert bars[0][-1].n == pytest.approx(1)


def test_kept_runs_are_measured_together_as_they_are_or_after_their_best_epochs(say: Say, tmp_path: Path) -> None:
    expected: dict[str, list[str]] = {"final": [], "best": []}
    for seed in ("1", "2"):
        figures = tmp_path / f"{seed}.json"
        more = ["--learning-rate", "1.5", "--keep", f"run {seed}", "--json", figures]
        assert say(*WORDS, "--seed", seed, "--epochs", "8", *more).code == 0
        found = figures_in(figures)
        expected["final"].append(percent(found["epochs"][-1]["validation_accuracy"], 2))
        expected["best"].append(percent(found["best"]["validation_accuracy"], 2))
    assert expected["final"] != expected["best"]
    for place, accuracies in expected.items():
        said = say("evaluate", "run 1", "run 2", "--split", "validation", "--at", place)
        assert said.err == ""
        for number, accuracy in enumerate(accuracies, start=1):
            assert f"\nrun {number}: accuracy {accuracy}, loss " in said.out
        assert "\ntogether: accuracy " in said.out
    file = tmp_path / "one.safetensors"
    assert say("export", "run 1", "-o", file).code == 0
    assert "\ntogether" in say("evaluate", file, "run 2").out
    for wrong in (("run 1", file, "--at", "best"), ("run 1", "--dataset", "digits"), ("run 1", "--activation", "relu")):
        said = say("evaluate", *wrong)
        assert (said.code, said.out, is_one_sentence(said.err)) == (2, "", True)


def test_a_trained_network_is_saved_and_kept(say: Say, tmp_path: Path, address: str) -> None:
    file = tmp_path / "digits.safetensors"
    said = say(*WORDS, "--save", file, "--keep", "by hand", "--json", tmp_path / "run.json")
    assert (said.code, said.err) == (0, "")
    assert f"Saved as {file}." in said.out or "Saved as ..." in said.out
    run = kept(address, said.out)
    figures = figures_in(tmp_path / "run.json")
    assert run.status is Status.FINISHED
    assert run.config == CONFIG
    assert evaluate(CONFIG, load_dataset("digits"), run.state, "test").accuracy == figures["test_accuracy"]
    assert np.array_equal(open_network(file).parameters, run.state.parameters)
    ends = run.history["progress"] == run.history["epoch"]
    assert run.history["validation_accuracy"][ends][-3:].tolist() == [
        epoch["validation_accuracy"] for epoch in figures["epochs"]
    ]
    with closing(Store(address)) as store:
        (listed,) = store.runs()
    assert (listed.name, listed.samples_per_second) == ("by hand", figures["samples_per_second"])


def test_curves_can_be_saved_though_there_are_none_before_training(say: Say, tmp_path: Path) -> None:
    said = say(*WORDS, "--save", tmp_path / "curves.csv")
    assert (said.code, said.err) == (0, "")
    assert len((tmp_path / "curves.csv").read_text().splitlines()) > 3


def test_nothing_is_kept_unless_asked_for(say: Say, tmp_path: Path) -> None:
    said = say(*WORDS)
    assert said.code == 0
    assert "Kept" not in said.out
    assert list(tmp_path.iterdir()) == []


def test_a_run_that_diverges_is_kept_as_such_and_says_so_last(say: Say, tmp_path: Path, address: str) -> None:
    words = ("train", "--dataset", "digits", "--optimizer", "momentum", "--learning-rate", 100, "--activation")
    said = say(*words, "identity", "--keep", "--save", tmp_path / "last.safetensors")
    assert said.code == 3
    assert is_one_sentence(said.err)
    assert "diverged at step" in said.err
    run = kept(address, said.out)
    assert (run.status, f"{run.message}\n") == (Status.DIVERGED, said.err)
    assert np.array_equal(open_network(tmp_path / "last.safetensors").parameters, run.state.parameters)


def test_a_run_stopped_by_ctrl_c_is_kept_as_far_as_it_came(
    say: Say, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    train = Trainer.advance

    def twice(trainer: Trainer, steps: int) -> tuple[TrainingState, Report]:
        if trainer.begun.epoch == 2:
            raise KeyboardInterrupt
        return train(trainer, steps)

    monkeypatch.setattr(Trainer, "advance", twice)
    said = say(*WORDS, "--keep")
    assert (said.code, is_one_sentence(said.err)) == (130, True)
    run = kept(address, said.out)
    assert (run.status, run.state.epoch, run.state.position) == (Status.PAUSED, 2, 0)


@pytest.mark.parametrize("file", ["network.txt", "none/network.safetensors", "."])
def test_a_file_that_can_not_be_saved_is_refused_before_training(file: str, say: Say, tmp_path: Path) -> None:
    said = say(*WORDS, "--save", tmp_path / file)
    assert (said.code, said.out, is_one_sentence(said.err)) == (2, "", True)


@pytest.mark.parametrize("file", ["run.gif", "run.replay.html"])
def test_what_needs_the_steps_before_the_last_is_refused_with_the_way_to_it(
    file: str, say: Say, tmp_path: Path
) -> None:
    said = say(*WORDS, "--save", tmp_path / file)
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith(f"--save {tmp_path / file}: A replay or animation shows earlier steps")
    assert "with --keep instead of --save" in said.err


def test_a_store_that_can_not_be_written_is_refused_before_training(
    say: Say, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("MLP_STORE", f"sqlite:///{tmp_path / 'file' / 'runs.sqlite3'}")
    said = say(*WORDS, "--keep")
    assert (said.code, said.out) == (2, "")
    assert "no run can be kept" in said.err


def test_a_regression_that_only_guesses_says_so_in_its_last_line(say: Say) -> None:
    words = "train --dataset hills?task=regression&noise=0 --learning-rate 0.00001 --epochs 2"
    said = say(*words.split())
    assert said.code == 0
    assert said.out.splitlines()[-1].startswith("No better than guessing. ")


STOPPING = ("--early-stopping", "accuracy", "--patience", 2, "--learning-rate", 0.5, "--epochs", 200)


def test_training_stops_early_and_the_best_network_is_saved_and_kept(say: Say, tmp_path: Path, address: str) -> None:
    file = tmp_path / "best.safetensors"
    said = say(*WORDS, *STOPPING, "--save", file, "--at", "best", "--keep", "--json", tmp_path / "run.json")
    assert (said.code, said.err) == (0, "")
    figures, run = figures_in(tmp_path / "run.json"), kept(address, said.out)
    best = run.state.epoch - 2
    assert run.status is Status.FINISHED
    assert run.message == f"Stopped early: no gain in validation accuracy for 2 epochs; best at epoch {best}."
    assert run.message in said.out.splitlines()
    assert figures["best"]["epoch"] == best
    assert f" (accuracy {percent(figures['best']['test_accuracy'], 2)} after the best epoch, {best})" in said.out
    assert f"Saved the network after its best epoch, {best}, as" in said.out

    step = best * run.config.steps_per_epoch(run.model.dataset.info)
    state, _ = advance(run.config, run.model.dataset, initial_state(run.config, run.model.dataset), step)
    assert np.array_equal(open_network(file).parameters, state.parameters)
    assert evaluate(run.config, run.model.dataset, state, "test").accuracy == figures["best"]["test_accuracy"]
    run_id = re.search(r"Kept as run (\w+)", said.out)[1]  # type: ignore[index]
    for place, parameters in (("best", state.parameters), (step, state.parameters), ("final", run.state.parameters)):
        assert say("export", run_id, "--at", place, "-o", tmp_path / "again.safetensors").code == 0
        assert np.array_equal(open_network(tmp_path / "again.safetensors").parameters, parameters)
    refused = say("export", run_id, "--at", "worst", "-o", tmp_path / "again.safetensors")
    assert refused.code == 2
    assert refused.err.startswith("at is 'worst'; it must be a whole number from 0 to ")
    assert "Or write best, or final." in refused.err
    refused = say("export", file, "--at", "best", "-o", tmp_path / "again.safetensors")
    assert (refused.code, is_one_sentence(refused.err)) == (2, True)
    assert "there is no best one" in refused.err


def test_a_patience_that_is_as_long_as_the_run_gets_a_sentence(say: Say) -> None:
    said = say(*WORDS, "--early-stopping", "loss", "--patience", 3)
    assert said.code == 0
    assert "With a patience of 3, all 3 epochs are over before training could stop." in said.out
    assert "patience" not in say(*WORDS, "--early-stopping", "loss", "--patience", 1).out
