"""Serving the dashboard: where, for whom, and what can go wrong before it starts."""

import runpy
import signal
import socket
import sys
from collections.abc import Iterator

import pytest

from mlp.cli.arguments import UsageError, parse
from mlp.cli.dashboard import limits_of, serve, streamlit_options
from tests.cli.calls import Say, is_one_sentence


@pytest.fixture
def free_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return str(free.getsockname()[1])


@pytest.fixture
def taken_port() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        yield str(taken.getsockname()[1])


def test_by_itself_only_this_machine_can_open_it(free_port: str) -> None:
    options = streamlit_options(parse(["dashboard", "--port", free_port]))
    assert options == ["--server.address=localhost", f"--server.port={free_port}"]


def test_a_class_is_told_this_machines_address(free_port: str) -> None:
    address, port, shown = streamlit_options(parse(["dashboard", "--share", "--port", free_port]))
    assert (address, port) == ("--server.address=0.0.0.0", f"--server.port={free_port}")
    assert shown.startswith("--browser.serverAddress=")
    assert shown.partition("=")[2] not in ("", "0.0.0.0")


def test_options_of_streamlit_are_passed_on(free_port: str) -> None:
    given = ["--server.maxUploadSize=400", "--theme.base=dark"]
    assert streamlit_options(parse(["dashboard", "--port", free_port, *given]))[2:] == given


@pytest.mark.parametrize(
    ("flags", "variable", "limits"),
    [
        ("", "", "alone"),
        ("--share", "", "class"),
        ("--share", "class,runs=3", "class,runs=3"),
        ("--share --limits alone", "class,runs=3", "alone"),
    ],
)
def test_a_class_has_its_limits_and_others_can_be_chosen(
    flags: str, variable: str, limits: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLP_LIMITS", variable)
    assert limits_of(parse(["dashboard", *flags.split()])) == limits


def test_nonsense_for_limits_is_a_sentence(say: Say) -> None:
    said = say("dashboard", "--limits=clas")
    assert (said.code, said.err) == (
        2,
        "There is no table of limits 'clas'. Did you mean 'class'? Known: alone, class.\n",
    )


def test_the_limit_of_uploads_is_streamlits_too(free_port: str) -> None:
    options = streamlit_options(parse(["dashboard", "--port", free_port, "--limits", "upload=400"]))
    assert options[2:] == ["--server.maxUploadSize=400"]


@pytest.mark.parametrize("port", ["0", "65536", "eighty", "-1"])
def test_a_port_is_a_number(say: Say, port: str) -> None:
    said = say("dashboard", f"--port={port}")
    assert (said.code, is_one_sentence(said.err)) == (2, True)
    assert "from 1 to 65,535" in said.err


def test_a_port_in_use_is_a_sentence_with_another(taken_port: str) -> None:
    with pytest.raises(UsageError, match=f"Port {taken_port} is already in use.*such as {int(taken_port) + 1}"):
        streamlit_options(parse(["dashboard", "--address", "127.0.0.1", "--port", taken_port]))


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("--address=192.0.2.7", "192.0.2.7:{port} can't be opened ("),
        ("--address=", "The address is empty."),
        ("--server.port", "There is no flag '--server.port'."),
        ("--prot=80", "There is no flag '--prot'. Did you mean '--port'?"),
        ("--share --address=127.0.0.1", "--address: not allowed with argument --share."),
    ],
)
def test_other_nonsense_is_a_sentence(words: str, message: str, free_port: str) -> None:
    with pytest.raises(UsageError) as refused:
        streamlit_options(parse(["dashboard", "--port", free_port, *words.split()]))
    assert message.format(port=free_port) in str(refused.value)


@pytest.mark.usefixtures("interruptible")
def test_ctrl_c_ends_the_server_without_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", [])
    monkeypatch.setenv("MLP_LIMITS", "")
    monkeypatch.setattr(runpy, "run_module", lambda *_, **__: signal.raise_signal(signal.SIGINT))
    with pytest.raises(SystemExit) as ended:
        serve([], "alone")
    assert ended.value.code is None


@pytest.mark.parametrize("command", ["dashboard", "search --dataset digits --vary learning_rate=0.1,1"])
def test_an_address_that_is_no_cluster_is_a_sentence(say: Say, command: str, free_port: str) -> None:
    port = ["--port", free_port] if command == "dashboard" else []
    said = say(*command.split(), *port, "--cluster", "nonsense")
    assert (said.code, is_one_sentence(said.err)) == (2, True)
    assert "The cluster's address is 'nonsense'; it must be that of a Dask scheduler" in said.err
