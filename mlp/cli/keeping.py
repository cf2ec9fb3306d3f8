"""What was trained on the command line is kept: as a file, and in the store, where the dashboard finds it."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from tqdm import tqdm

from mlp.cli.arguments import UsageError, whole
from mlp.cli.paths import cannot_write
from mlp.export import FORMATS, ExportedRun, ExportError, Format
from mlp.installation import COMMAND
from mlp.training.checkpoint import Checkpoint, Status

BAR = "{desc} {percentage:3.0f}%|{bar}| {remaining} left"


def format_of(path: Path) -> Format:
    """Return the format that a file's name asks for by its ending. Raises UsageError if there is none."""
    fitting = [form for form in FORMATS.values() if path.name.lower().endswith(form.suffix)]
    if fitting:
        return max(fitting, key=lambda form: len(form.suffix))  # .replay.html is also .html
    endings = ", ".join(form.suffix for form in FORMATS.values())
    raise UsageError(f"The name {path.name} doesn't say which format to write. Let it end in one of: {endings}.")


def at(place: str, run: ExportedRun) -> ExportedRun:
    """Return a run as it was at a place on its way: its "best" epoch's end, a step, or "final", which is now.

    Raises UsageError if there is no such place, or the state there was not kept.
    """
    from mlp.store import StoreError  # takes half a second

    if place == "final":
        return run
    try:
        if place == "best":
            return run.at_best()
        return run.at(whole("at", place, 0, run.state.step, "Or write best, or final."))
    except (ExportError, StoreError) as error:
        raise UsageError(str(error)) from error


def save(option: str, run: ExportedRun, form: Format, path: Path) -> None:
    """Write a run as a file. Raises UsageError if the network can't have that format, or the file can't be written."""
    try:
        # A bar on a terminal while a file is made that takes seconds.
        disable = None if form.shows_progress else True
        with tqdm(total=1, desc=path.name, bar_format=BAR, leave=False, disable=disable) as bar:
            form.save(run, path, lambda share: _move(bar, share))
    except ExportError as error:
        raise UsageError(str(error)) from error
    except OSError as error:
        raise cannot_write(option, path, error) from error


def _move(bar: "tqdm[Any]", share: float) -> None:
    bar.update(share - bar.n)


class Keeper:
    """Keeps a run in the store while it trains."""

    def __init__(self, run: Checkpoint, name: str) -> None:
        """Begin the run in the store. Raises UsageError if that can't be written, before any time is spent training."""
        from mlp.store import Store, StoreError, new_token  # takes half a second

        try:
            self._store = Store()
            self._id = self._store.begin(run, new_token(), name=name)
        except StoreError as error:
            raise UsageError(str(error)) from error
        if not self._store.flush():  # the store has logged why
            raise UsageError("So no run can be kept. Solve that first.")

    def record(self, run: Checkpoint) -> None:
        """Save the run as it is now, within a second."""
        self._store.record(self._id, run)

    def close(self, run: Checkpoint) -> str:
        """Save the run as it is at the end; return how to find it. Raises UsageError if it can't be saved."""
        if run.status is Status.RUNNING:
            run = replace(run, status=Status.PAUSED)
        self.record(run)
        saved = self._store.flush()
        self._store.close()
        if not saved:
            raise UsageError("So the run could not be kept to its end. Save it with --save another time.")
        return (
            f"Kept as run {self._id}: the dashboard lists it under Runs, and `{COMMAND} export {self._id}` "
            "writes it to a file."
        )
