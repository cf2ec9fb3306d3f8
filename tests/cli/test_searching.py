"""Searching on the command line."""

import os
import re
import shlex
import signal
import subprocess
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from mlp.cli import searching
from mlp.cli.arguments import config_from, parse
from mlp.cli.searching import command_of
from mlp.config import RunConfig
from mlp.datasets import Dataset, DatasetError, load_dataset
from mlp.installation import COMMAND
from mlp.search.searches import Searches
from mlp.store import Store
from mlp.store.searches import PAUSED, STOPPED
from tests.cli.calls import Say, figures_in, is_one_sentence, program
from tests.waiting import wait_until

SEARCH = shlex.split("search --dataset digits --hidden 8 --epochs 2 --jobs 2 --vary learning_rate=0.001..1:log")


@pytest.fixture(autouse=True)
def address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The store of the command line."""
    address = f"sqlite:///{tmp_path / 'runs.sqlite3'}"
    monkeypatch.setenv("MLP_STORE", address)
    return address


def test_units_and_the_number_of_hidden_layers_are_called_what_the_dashboard_calls_them(say: Say) -> None:
    said = say(*SEARCH, "--vary", "hidden=4..8x1..2", "--trials", 10, "--pruner", "none")
    assert ", units per hidden layer " in said.out
    (shares,) = re.findall(r"in these ranges: (.*)\.", said.out)
    assert sorted(re.sub(r" \d+\W%", "", shares).split(", ")) == [
        "learning rate",
        "number of hidden layers",
        "units per hidden layer",
    ]


def test_a_search_finds_the_best_checks_it_and_goes_on(say: Say, tmp_path: Path) -> None:
    file = tmp_path / "out.json"
    said = say(
        *SEARCH, "--vary", "optimizer=sgd,adam", "--trials", 10, "--pruner", "none", "--json", file, "--check", 3
    )
    assert (said.code, said.err) == (0, "")
    figures = figures_in(file)
    trials: list[dict[str, Any]] = figures["trials"]
    assert [trial["number"] for trial in trials] == list(range(1, 11))
    best = max(trials, key=lambda trial: (trial["value"], -trial["number"]))
    assert figures["best"] == best["number"]
    assert f"Trial {best['number']} of 10 is the best: validation accuracy {100 * best['value']:.2f}" in said.out
    assert "What made the difference" in said.out
    assert f"export {best['run']}`" in said.out
    again = re.search(rf"Train it again: {COMMAND} (.*)", said.out)
    assert again
    config = config_from(parse(shlex.split(again[1])))
    assert {name: getattr(config, name) for name in best["settings"]} == best["settings"]
    assert (config.hidden, config.epochs) == ((8,), 2)
    assert len(figures["check"]["settings"]) == 3
    assert "The test set chose nothing" in said.out
    go_on = rf"The search is kept as {figures['search']}: `{COMMAND} search --resume {figures['search']} --trials 10`"
    assert f"{go_on} goes on." in said.out
    assert not re.search(r"^(setting|no clear)", said.out, re.MULTILINE), "sentences begin with a capital"

    unknown = say("search", "--resume", "nowhere")
    assert (unknown.code, is_one_sentence(unknown.err)) == (2, True)
    assert figures["search"] in unknown.err

    more = say("search", "--resume", figures["search"], "--trials", 2, "--vary", "learning_rate=0.0001..1:log")
    assert (more.code, more.err) == (0, "")
    assert "of 12 is the best" in more.out


@pytest.mark.usefixtures("interruptible")
def test_a_killed_search_goes_on_where_it_was_and_ctrl_c_pauses_it(address: str, tmp_path: Path) -> None:
    file = tmp_path / "out.json"
    with closing(Store(address)) as store:

        def trained(since: Mapping[str, int]) -> bool:
            runs = store.runs()
            return len(runs) == 2 and all(run.step > since.get(run.id, 0) for run in runs)

        with subprocess.Popen(program(*SEARCH, "--epochs", 10_000, "--trials", 2)) as killed:
            wait_until(lambda: trained({}))
            killed.kill()
        (search,) = store.searches.all()
        assert (search.status, search.message) == (PAUSED, STOPPED)
        before = {run.id: run.step for run in store.runs()}
        words = program("search", "--resume", search.id, "--json", file)
        with subprocess.Popen(words, text=True, stderr=subprocess.PIPE) as resumed:
            wait_until(lambda: trained(before))
            os.kill(resumed.pid, signal.SIGINT)
            _, err = resumed.communicate()
        assert resumed.returncode == 130
        assert {run.id for run in store.runs()} == before.keys()
        assert store.searches.find(search.id).status == figures_in(file)["status"] == PAUSED
        assert err == f"Stopped by Ctrl-C. `{COMMAND} search --resume {search.id}` goes on.\n"


def test_ctrl_c_pauses_the_check_of_a_search(say: Say, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    follow = searching._follow

    def follow_until_ctrl_c(searches: Searches, search_id: str, desc: str) -> None:
        if desc == "check":
            raise KeyboardInterrupt
        follow(searches, search_id, desc)

    monkeypatch.setattr(searching, "_follow", follow_until_ctrl_c)
    assert say(*SEARCH, "--trials", 2, "--check", 3).code == 130
    with closing(Store(address)) as store:
        check, _ = store.searches.all()
    assert (check.status, check.message) == (PAUSED, ""), "the program was stopped, and no server"


def test_a_search_whose_every_trial_diverges_says_so(say: Say) -> None:
    words = shlex.split(
        "search --dataset digits --epochs 2 --activation identity --vary learning_rate=50..100 --trials 3"
    )
    said = say(*words)
    assert said.code == 3
    assert said.err == (
        "All 3 trials diverged: their weights became NaN or infinite. Let its learning rates start lower.\n"
    )


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("", "at least one setting to vary"),
        ("--vary learning_rate", "doesn't say what to vary"),
        ("--vary foo=1..2", "There is no setting 'foo'. Known: hidden, activation, "),
        ("--vary learning_rate=1..0.1", "starts above its end"),
        ("--vary learning_rate=0.1..1 --trials 0", "trials is 0"),
        ("--vary learning_rate=0.1..1 --measure r_squared", "Choose one of: accuracy, loss"),
        ("--vary learning_rate=0.1..1 --sampler tpee", "Did you mean 'tpe'?"),
        ("--vary learning_rate=0.1..1 --jobs 99", "jobs is 99"),
        ("--vary learning_rate=0.1..1 --check 2", "check is '2'; it must be a whole number from 3"),
        ("--resume nowhere", "--dataset can't change in a search that goes on"),
    ],
)
def test_what_cannot_be_searched_is_refused_with_a_sentence(say: Say, words: str, sentence: str) -> None:
    said = say("search", "--dataset", "digits", *shlex.split(words))
    assert said.code == 2
    assert is_one_sentence(said.err)
    assert sentence in said.err


def test_a_search_that_its_time_ended_goes_on_with_more_time(say: Say) -> None:
    said = say(*SEARCH, "--minutes", 0.001, "--trials", 1_000)
    assert re.search(r"^The search is kept as (\w+): `.* search --resume \1 --minutes 10` goes on\.$", said.out, re.M)


def test_a_search_whose_data_disappears_says_so(say: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    is_missing = iter([False, True])  # when the search begins, and at its first trial

    def load(name: str) -> Dataset:
        if next(is_missing):
            raise DatasetError("It was deleted.")
        return load_dataset(name)

    monkeypatch.setattr("mlp.search.searches.load_dataset", load)
    said = say(*SEARCH, "--vary", "optimizer=sgd,adam")
    assert (said.code, said.err.strip()) == (2, "It was deleted.")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("--trials 3", "There is no search 'nowhere'. Known: none."),
        ("--jobs 4", "--jobs can't change in a search that goes on: only --trials, --minutes and --vary can"),
        ("--learning-rate 0.1", "--learning-rate can't change"),
        ("--no-batch-norm", "--batch-norm can't change"),
        ("--preset best", "--preset can't change"),
    ],
)
def test_a_search_that_goes_on_takes_only_more_of_what_it_has(say: Say, words: str, sentence: str) -> None:
    said = say("search", "--resume", "nowhere", *shlex.split(words))
    assert said.code == 2
    assert is_one_sentence(said.err)
    assert sentence in said.err


@pytest.mark.parametrize(
    "config",
    [
        RunConfig(dataset="digits"),
        RunConfig(dataset="digits", optimizer="adam", learning_rate=0.1, batch_norm=True, hidden=()),
        RunConfig(dataset="digits", activation="relu.tanh", hidden=(8, 9), dropout=0.25, seed=7, l2=1e-7),
    ],
)
def test_the_command_trains_these_settings(config: RunConfig) -> None:
    words = shlex.split(command_of(config).removeprefix(COMMAND))
    assert config_from(parse(words)) == config
