"""On the command line, networks become runs, and runs leave in any format."""

import pickle
from contextlib import closing
from pathlib import Path

import numpy as np
import onnx
import pytest
import safetensors.numpy

from mlp import evaluate
from mlp.cli.keeping import format_of
from mlp.export import FORMATS
from mlp.export.opening import open_network
from mlp.store import Store
from mlp.training.quantum import train_quantum
from tests.cli.calls import Say, is_one_sentence
from tests.cli.networks import DIGITS, saved

pytestmark = pytest.mark.usefixtures("own_folders")


# ── open ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("origin", ["here", "elsewhere"])
def test_a_saved_network_becomes_a_run_to_fork_and_train_on(origin: str, say: Say) -> None:
    path = saved(DIGITS)
    words: tuple[object, ...] = ("open", path, "--name", "From a file")
    if origin == "elsewhere":
        safetensors.numpy.save_file(safetensors.numpy.load_file(path), path)  # without its description
        words += ("--dataset", "digits")
    said = say(*words)
    assert said.code == 0
    assert "the dashboard lists it under Runs" in said.out
    found = evaluate(DIGITS.config, DIGITS.dataset, DIGITS.state)
    with closing(Store()) as store:
        (run,) = store.runs()
        assert (run.name, run.status, run.step) == ("From a file", "paused", 0)
        assert (run.validation_score, run.validation_loss) == found
        opened = store.resume(run.id)  # as the dashboard does
    assert np.array_equal(opened.state.parameters, DIGITS.state.parameters)
    result = train_quantum(opened.model, 100, validate=True)
    first, *_, last = result.reports
    assert first.validation == found
    assert last.validation is not None
    assert last.validation.loss < found.loss


# ── export ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def kept(say: Say) -> str:
    """A run in the store, by its id."""
    said = say("train", "--dataset", "digits", "--hidden", 12, "--epochs", 1, "--keep", "My first: 1/2")
    assert said.code == 0
    with closing(Store()) as store:
        return store.runs()[0].id


def test_a_kept_run_is_exported_by_its_id_or_name(kept: str, say: Say) -> None:
    for name in (kept, "My first: 1/2"):
        said = say("export", name)
        assert (said.code, said.err) == (0, "")
        file = Path("my-first-1-2-step-38.safetensors")
        assert said.out == f"Wrote {file}, of the network 64–12–10 after step 38.\n"
        with closing(Store()) as store:
            assert np.array_equal(open_network(file).parameters, store.model(kept).state.parameters)
        file.unlink()


def test_the_format_is_that_of_the_flag_or_the_files_ending(kept: str, say: Say) -> None:
    assert say("export", kept, "-o", "a.onnx").code == 0
    assert say("export", kept, "--to", "onnx", "-o", "b.bin").code == 0
    assert Path("a.onnx").read_bytes() == Path("b.bin").read_bytes()
    assert onnx.load("a.onnx").ir_version == 8


def test_a_saved_network_can_be_exported_too(say: Say) -> None:
    saved(DIGITS, "mine.safetensors")
    assert say("export", "mine.safetensors", "--to", "onnx").code == 0
    onnx.checker.check_model(onnx.load("mine-step-300.onnx"), full_check=True)


def test_the_longest_ending_says_the_format() -> None:
    assert format_of(Path("a.replay.html")) is FORMATS["replay"]
    assert format_of(Path("A.HTML")) is FORMATS["html"]


def test_formats_are_listed(say: Say) -> None:
    lines = say("export").out.splitlines()
    assert [line.split()[0] for line in lines] == list(FORMATS)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("none",), "There is no run 'none' in the store. Choose one of: "),
        (("network.pkl",), "is a Python pickle, which could run any program. Save the weights as .safetensors"),
        (("--to", "onxx"), "Did you mean 'onnx'?"),
        (("-o", "a.txt"), "doesn't say which format"),
        (("-o", "none/a.onnx"), "no such folder"),
    ],
)
def test_what_can_not_be_exported_gets_a_sentence(words: tuple[str, ...], said: str, kept: str, say: Say) -> None:
    Path("network.pkl").write_bytes(pickle.dumps({}))
    answer = say("export", *(() if words[0][0] != "-" else (kept,)), *words)
    assert (answer.code, answer.out, is_one_sentence(answer.err)) == (2, "", True)
    assert said in answer.err


def test_runs_of_one_name_are_told_apart_by_their_ids(kept: str, say: Say) -> None:
    say("train", "--dataset", "digits", "--hidden", 12, "--epochs", 1, "--keep", "My first: 1/2")
    answer = say("export", "My first: 1/2")
    assert answer.code == 2
    assert "Several runs are called" in answer.err
    assert f"{kept} ('My first: 1/2')" in answer.err
