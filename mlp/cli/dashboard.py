"""The dashboard from any folder: Streamlit serves the program's pages until Ctrl-C."""

import argparse
import errno
import os
import runpy
import signal
import socket
import sys

from mlp.cli.arguments import UsageError, whole
from mlp.installation import PROGRAM
from mlp.limits import ALONE, VARIABLE, limits_from

EVERYWHERE = "0.0.0.0"  # nosec B104  # with --share alone


def limits_of(arguments: argparse.Namespace) -> str:
    """Return the limits to serve with, as text. Raises ConfigError if they make no sense."""
    text: str = arguments.limits or os.environ.get(VARIABLE) or ("class" if arguments.share else "alone")
    limits_from(text)
    return text


def streamlit_options(arguments: argparse.Namespace) -> list[str]:
    """Return what Streamlit is started with. Raises UsageError unless the port can be opened."""
    upload = limits_from(limits_of(arguments)).upload
    if not arguments.address:  # Streamlit would open it to everyone
        raise UsageError("The address is empty. Leave it out for this machine only, or add --share for everyone.")
    address = EVERYWHERE if arguments.share else arguments.address
    port = free_port(address, arguments.port, "dashboard")
    shown = [f"--browser.serverAddress={network_address()}"] if arguments.share else []
    largest = [] if upload == ALONE.upload else [f"--server.maxUploadSize={upload:.0f}"]
    return [f"--server.address={address}", f"--server.port={port}", *shown, *largest, *arguments.options]


def serve(options: list[str], limits: str) -> None:
    """Serve the dashboard within limits until the process is ended."""
    os.environ[VARIABLE] = limits
    sys.argv = ["streamlit", "run", str(PROGRAM / "app.py"), *options]
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        # The server closes, then raises the signal again: KeyboardInterrupt would have Streamlit print "Aborted!".
        signal.signal(signal.SIGINT, lambda *_: sys.exit())
    # In this process, as `python -m streamlit` does it: signals reach the server, and nothing is imported twice.
    runpy.run_module("streamlit", run_name="__main__", alter_sys=True)


def free_port(address: str, text: str, what: str) -> int:
    """Return the number of a port that can be opened. Raises UsageError if it can't; `what` would be served there."""
    port = whole("port", text, 1, 65535)
    try:
        socket.create_server((address, port)).close()
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise UsageError(
                f"Port {port} is already in use, perhaps by this {what} in another window. "
                f"Choose another port, such as {port % 65535 + 1}."
            ) from None
        reason = str(error.strerror).partition(" (while")[0]  # Python adds the address again
        raise UsageError(
            f"{address}:{port} can't be opened ({reason}). Leave the address out for this machine only, "
            "and choose a port above 1023."
        ) from None
    return port


def network_address() -> str:
    """Return this machine's address on its network. Nothing is sent: a socket for datagrams only looks for its way."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 1))  # an address for examples: any outside this network shows the way
        except OSError:
            return "localhost"  # there is no network
        address: str = probe.getsockname()[0]
        return address
