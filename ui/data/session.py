"""A tab's file lies in a temporary folder until it is imported, and goes some minutes after the tab."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import mkdtemp
from typing import IO
from weakref import finalize

from mlp.datasets import DatasetError
from mlp.datasets.own.archives import pack
from mlp.datasets.own.background import ImportProcess
from mlp.datasets.roots import writing
from mlp.text import quoted
from ui.parts.server import scratch
from ui.parts.tab import Tab, this_tab

PASTED = "pasted rows"
IMPORT_SECONDS = 30.0  # for which an import goes on without its tab
AWAY = "The import was stopped: its page had lost the server for half a minute. Import the file again."


@dataclass
class Upload:
    """An uploaded file, and what was decided about it that no widget keeps."""

    number: int  # of the tab's uploads
    path: Path
    name: str  # what the person calls it
    kinds: dict[str, str] = field(default_factory=dict)  # of columns, where a person disagrees with the guess
    missing: dict[str, tuple[str, ...]] = field(default_factory=dict)  # texts that mean missing, where it was decided
    edited: int = 0  # how many times the table of columns was replaced
    shown_kinds: dict[str, str] = field(default_factory=dict)  # `kinds` when it was

    def key(self, name: str) -> str:
        """Return the key of one of this upload's widgets."""
        return f"{name}_{self.number}"

    def replace_columns(self) -> None:
        """Have the table of columns drawn again with what is decided now."""
        self.edited += 1
        self.shown_kinds = dict(self.kinds)


class DataSession:
    """A tab's upload, and its import while that is under way."""

    def __init__(self) -> None:
        self.tab: Tab | None = None  # that shows it
        self.folder = Path(mkdtemp(prefix="upload-", dir=scratch()))
        self._remove = finalize(self, shutil.rmtree, self.folder, ignore_errors=True)
        self.upload: Upload | None = None
        self.test: Path | None = None  # a second file, the test set
        self.test_name = ""
        self.job: ImportProcess | None = None
        self.problem = ""  # why the latest file, or its import, failed
        self.count = 0  # of uploads

    def bring(self, files: Sequence[tuple[str, IO[bytes]]]) -> None:
        """Keep a file, or several as one: a folder, or arrays that belong together.

        Raises DatasetError if there is no room on the disk, or for a path that leads out of a folder.
        """
        self.clear()
        self.count += 1
        name, first = files[0]
        self.upload = Upload(self.count, self.folder / f"upload-{self.count}", name.partition("/")[0])
        try:
            if len(files) == 1 and "/" not in name:
                copy(first, self.upload.path)
            else:
                pack(files, self.upload.path)
        except DatasetError:
            self.clear()
            raise

    def bring_test(self, name: str, file: IO[bytes]) -> None:
        """Keep the test set of the upload. Raises DatasetError if there is no room on the disk."""
        path = self.folder / "the test set"  # messages name it so
        copy(file, path)
        self.test, self.test_name = path, name

    def remove_test(self) -> None:
        """Take the test set away."""
        if self.test is not None:
            self.test.unlink(missing_ok=True)
        self.test = None

    def clear(self) -> None:
        """Remove the upload and its test set."""
        if self.upload is not None:
            self.upload.path.unlink(missing_ok=True)
        self.remove_test()
        self.upload, self.problem = None, ""

    def reject(self, reason: str) -> None:
        """Remove an upload that can't be used, and keep the reason."""
        name = self.upload.name if self.upload else ""
        self.clear()
        self.problem = reason if name in reason else f"{quoted(name)}: {reason}"

    def leave_alone(self, seconds: float) -> None:
        """Stop the import of a tab that does not come back soon: others may wait for their turn."""
        if self.job is not None and seconds > IMPORT_SECONDS and not self.job.progress.is_over:
            self.job.cancel()
            if not self.job.progress.name:  # it was not faster
                self.job.progress = replace(self.job.progress, error=AWAY)

    def close(self) -> None:
        """End the import, and remove the folder."""
        if self.job is not None:
            self.job.cancel()
        self._remove()


def copy(source: IO[bytes], path: Path) -> None:
    """Write a file. Raises DatasetError if there is no room on the disk."""
    with writing(path.parent), open(path, "wb") as out:
        shutil.copyfileobj(source, out)


def own_data_session() -> DataSession:
    """Return this tab's session."""
    return this_tab().own(DataSession)
