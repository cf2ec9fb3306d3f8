"""What `make class` prints: the class's address, also as a code for cameras, and the teacher's secret link."""

import argparse
import contextlib
import io
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import segno

from mlp.cli.arguments import UsageError
from mlp.cli.dashboard import network_address
from mlp.installation import KEPT_DATA
from mlp.tokens import LONG_ENOUGH, TEACHER, class_code, given_secret, new_token

PLACE = KEPT_DATA / "teacher"  # where the secret is kept, so that the links stay the same after a restart
BASE_PATH = "--server.baseUrlPath"
INVITATION = """
  For the class:   {address}{code}
  For the teacher: {address}teach/{secret}
                   Keep it secret: it shows all students, and can pause and remove their runs.
"""


def open_class(arguments: argparse.Namespace) -> None:
    """Give the server the teacher's secret, and print both links. Raises UsageError if the secret can't be kept."""
    secret = os.environ[TEACHER] = teachers_secret()
    print(invitation(served_at(network_address(), arguments.port, arguments.options), secret))


def invitation(address: str, secret: str) -> str:
    """Return both links; on a terminal, first the class's as a code that a phone's camera reads."""
    code, picture = class_code(secret), io.StringIO()
    if sys.stdout.isatty():
        segno.make(f"{address}{code}", error="l", micro=False).terminal(picture, compact=True, border=2)
    return picture.getvalue() + INVITATION.format(address=address, code=code, secret=secret)


def served_at(host: str, port: str, options: Sequence[str]) -> str:
    """Return the address of the dashboard's first page, which Streamlit's options may place below the host's root.

    >>> served_at("10.0.0.7", "8501", ["--server.baseUrlPath=/mlp"])
    'http://10.0.0.7:8501/mlp/'
    """
    below = [value.strip("/") for name, _, value in (word.partition("=") for word in options) if name == BASE_PATH]
    return "/".join([f"http://{host}:{port}", *filter(None, below[-1:]), ""])


def teachers_secret(place: Path = PLACE) -> str:
    """Return the teacher's secret: that of the environment, or the one that is kept, made the first time.

    Raises UsageError if it is too short to be one, or can't be kept.
    """
    try:
        if given := given_secret():
            return given
    except ValueError as error:
        raise UsageError(str(error)) from None
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):  # it is kept since an earlier start
            made = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with open(made, "w", encoding="ascii") as file:
                file.write(new_token())
        kept = place.read_text(encoding="ascii", errors="replace")
    except OSError as error:
        raise UsageError(f"The teacher's secret can't be kept in {place}: {error.strerror}.") from None
    if not LONG_ENOUGH.fullmatch(kept):
        raise UsageError(f"The teacher's secret in {place} is damaged. Delete this file to get a new one.")
    return kept
