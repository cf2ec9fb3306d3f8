"""An import runs in a separate process, so that it can be watched and canceled, and its memory is given back.

The process is `python -m mlp.datasets.own.process`. It reads what to import from its input, as one JSON object, and
writes its progress to its output, as one JSON object a line.
"""

import json
import signal
import subprocess
import sys
import threading
from dataclasses import asdict, dataclass
from pathlib import Path

from mlp.datasets.errors import DatasetError
from mlp.datasets.own.plan import ImagesPlan, TablePlan

MODULE = "mlp.datasets.own.process"
PROGRAM = Path(__file__).resolve().parents[3]
TURNS = threading.BoundedSemaphore(2)  # imports at once: each takes a core, and a few hundred megabytes
LOOK_SECONDS = 0.1  # between looks whether one that waits was canceled
NO_MEMORY = "There is not enough memory to import this file. Leave out columns or rows, or make the images smaller."
KILLED = "The import was killed, probably for lack of memory. Try again, or leave out columns or rows."
CRASHED = "The import failed unexpectedly; the server's log has the details. Try another file, or other settings."


@dataclass(frozen=True)
class Request:
    """What is to be imported, and by whom."""

    path: str
    name: str  # what the person calls the file
    plan: TablePlan | ImagesPlan
    token: str  # of the browser
    test: str = ""  # path of a second file of a table, the test set

    def to_json(self) -> str:
        """Return the request as a JSON object."""
        return json.dumps(asdict(self) | {"plan": self.plan.to_json(), "table": isinstance(self.plan, TablePlan)})

    @classmethod
    def from_json(cls, text: str) -> "Request":
        """Read what `to_json` wrote."""
        values = json.loads(text)
        kind = TablePlan if values.pop("table") else ImagesPlan
        return cls(**values | {"plan": kind.from_json(values["plan"])})


class ImportProcess:
    """An import under way: how far it is, and how it ended. At most two work at once, others wait for their turn."""

    def __init__(self, request: Request) -> None:
        self.share = 0.0
        self.sentence = "Starting"
        self.dataset = ""  # the data set's name, once it is stored
        self.problem = ""  # a sentence if it failed
        self._request = request
        self._process: subprocess.Popen[str] | None = None
        self._canceled = threading.Event()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._work, name="import", daemon=True)
        self._thread.start()

    @property
    def is_over(self) -> bool:
        """Whether it has ended: stored, failed or canceled."""
        return not self._thread.is_alive()

    def cancel(self) -> None:
        """End it, and return when its process is gone. What is stored already stays."""
        with self._lock:
            self._canceled.set()
            if self._process is not None:
                self._process.kill()
        self._thread.join()

    def wait(self) -> None:
        """Return when it has ended."""
        self._thread.join()

    def _work(self) -> None:
        while not TURNS.acquire(timeout=LOOK_SECONDS):
            self.sentence = "Waiting for other imports to end"
            if self._canceled.is_set():
                return
        try:
            self._import()
        except OSError as error:  # no more processes can be started
            self.problem = f"The import can't be started ({error.strerror}). Try again later."
        finally:
            TURNS.release()

    def _import(self) -> None:
        with self._lock:
            if self._canceled.is_set():
                return
            self._process = subprocess.Popen(
                [sys.executable, "-m", MODULE],
                cwd=PROGRAM,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                encoding="utf-8",
            )
        process = self._process
        with process:
            assert process.stdin is not None
            assert process.stdout is not None
            try:
                process.stdin.write(self._request.to_json())
                process.stdin.close()
            except BrokenPipeError:
                pass  # it was canceled or killed: how it ended says so
            for line in process.stdout:
                self._hear(json.loads(line))
        if process.returncode and not self._canceled.is_set():
            self.problem = KILLED if process.returncode < 0 else CRASHED

    def _hear(self, said: dict[str, str | float]) -> None:
        match said:
            case {"share": float(share), "sentence": str(sentence)}:
                self.share, self.sentence = share, sentence
            case {"dataset": str(dataset)}:
                self.dataset = dataset
            case {"problem": str(problem)}:
                self.problem = problem


def main() -> int:
    """Import what the input asks for."""
    from mlp.datasets.own.importing import import_images, import_table  # takes a second

    request = Request.from_json(sys.stdin.read())
    path, plan = Path(request.path), request.plan

    def progress(share: float, sentence: str) -> None:
        _say(share=float(share), sentence=sentence)

    try:
        if isinstance(plan, TablePlan):
            test = Path(request.test) if request.test else None
            name = import_table(path, plan, progress, test=test, token=request.token, name=request.name)
        else:
            name = import_images(path, plan, progress, token=request.token, name=request.name)
    except DatasetError as error:
        _say(problem=str(error))
    except MemoryError:
        _say(problem=NO_MEMORY)
    else:
        _say(dataset=name)
    return 0


def _say(**values: str | float) -> None:
    sys.stdout.write(json.dumps(values) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C ends it silently, together with the server
    sys.exit(main())
