"""A format is one way in which a network can leave the program."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from mlp.export.progress import ShowShare, silent
from mlp.export.run import ExportedRun, ExportError
from mlp.files import written_whole

LONGEST_NAME = 60  # letters of a file's name, before what says its step and format


class OpeningError(ValueError):
    """A file is no network that can be opened. The message is a sentence for a person."""


def always_possible(run: ExportedRun) -> str:
    """Find no reason against a format."""
    return ""


@dataclass(frozen=True)
class Format:
    """One row of the table."""

    label: str  # in a menu
    purpose: str  # what it is for, in a sentence
    suffix: str  # of the file's name
    write: Callable[..., None]  # the run, and the file that it writes; if it `shows_progress`, a ShowShare, too
    why_not: Callable[[ExportedRun], str] = always_possible  # a sentence if a run can't have this format; else ""
    shows_progress: bool = False  # it may take seconds

    def save(self, run: ExportedRun, path: Path, progress: ShowShare = silent) -> None:
        """Write a whole file, or none; a format that `shows_progress` calls `progress` with the share that is done.

        Raises ExportError if the run can't have this format, OSError if the file can't be written.
        """
        reason = self.why_not(run)
        if reason:
            raise ExportError(reason)
        with written_whole(path) as out:
            if self.shows_progress:
                self.write(run, out, progress)
            else:
                self.write(run, out)

    def file_name(self, run: ExportedRun) -> str:
        """Return a name for the file that every system accepts: what the run is called, or its data, and the step.

        >>> from mlp import Model, RunConfig, initial_state, load_dataset
        >>> config, dataset = RunConfig(dataset="digits", hidden=(20,)), load_dataset("digits")
        >>> model = Model(config, dataset, initial_state(config, dataset))
        >>> text = Format("Text", "To read.", ".txt", lambda run, out: None)
        >>> text.file_name(ExportedRun(model)), text.file_name(ExportedRun(model, name="Für Anna: 2/3?"))
        ('digits-8-8-step-0.txt', 'fur-anna-2-3-step-0.txt')
        """
        return file_name(run, self.suffix)


def file_name(run: ExportedRun, suffix: str) -> str:
    """Return what a run's file is called by default."""
    letters = unicodedata.normalize("NFKD", run.name or run.model.dataset.info.label)
    ascii_only = letters.encode("ascii", "ignore").decode().lower()
    plain = re.sub(r"[^a-z0-9]+", "-", ascii_only)[:LONGEST_NAME].strip("-") or "network"
    return f"{plain}-step-{run.state.step}{suffix}"
