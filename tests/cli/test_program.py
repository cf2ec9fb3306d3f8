"""As a separate program, the command line is a good citizen of shells, pipes, terminals and full disks."""

import io
import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from mlp.__main__ import main
from mlp.training import Report, TrainingState
from mlp.training.loop import Trainer
from tests.cli.calls import ROOT, WORDS, figures_in, is_one_sentence, lines_of, program


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

    train = Trainer.advance

    def watched(trainer: Trainer, steps: int) -> tuple[TrainingState, Report]:
        lines.append(shown.getvalue().count(b"\n"))
        return train(trainer, steps)

    monkeypatch.setattr(Trainer, "advance", watched)
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


def test_a_terminal_without_narrow_spaces_gets_spaces(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = io.BytesIO()
    monkeypatch.setattr(sys, "stderr", io.TextIOWrapper(shown, encoding="latin-1"))
    assert main(["train", "--dropout", "β\u202f%"]) == 2
    assert main(["train", "--dropout", "96 %"]) == 2
    refused, above = shown.getvalue().decode("latin-1").splitlines()
    assert refused.startswith("dropout is '?\\u202f%'"), "repeated as it was typed"
    assert above == "dropout is 0.96; it must be a number from 0 to 0.95 (95 %)."
