"""What runs may use of a server: how many train at once, and how much memory each may need."""

from collections.abc import Callable, Iterable

from mlp.config import ConfigError, RunConfig
from mlp.datasets import DatasetInfo
from mlp.limits import ALONE, MB, Limits, refuse_beyond
from mlp.network.optimizers import OPTIMIZERS
from mlp.text import counted
from mlp.training import FLOAT

COPIES = 8  # of a state: in the worker and here, on the way between them, at its best epochs, and waiting for the disk
PARTS = 3  # of a mini-batch at each unit: its weighted sum, its activation and its gradient


def memory_needed(config: RunConfig, info: DatasetInfo) -> float:
    """Return about how many MB a run needs: for copies of its state, and for a mini-batch in its layers."""
    arrays = 2 + OPTIMIZERS[config.optimizer].moments + bool(config.averaging)  # the weights and their gradient, too
    numbers = COPIES * arrays * config.parameters(info) + PARTS * config.batch_size * sum(config.sizes(info))
    return numbers * FLOAT.itemsize / MB


class Allowance:
    """The limits of a server, and who uses it now."""

    def __init__(self, limits: Limits = ALONE, training: Callable[[], Iterable[str]] = tuple) -> None:
        """`training` returns the owner of each run that trains now; the engine's lock is held."""
        self._limits, self._training = limits, training
        self._closed = False

    def close(self) -> None:
        """Refuse everything from now on: the engine is closed."""
        self._closed = True

    def check_open(self) -> None:
        """Raise ConfigError if the engine is closed."""
        if self._closed:
            raise ConfigError("The engine is closed, so nothing can train or be computed. Make another one.")

    def check_memory(self, config: RunConfig, info: DatasetInfo) -> None:
        """Raise ConfigError for a run that may need too much memory, and once the engine is closed."""
        self.check_open()
        needed = memory_needed(config, info)
        refuse_beyond(
            needed,
            self._limits.memory,
            f"This network may need {needed:,.0f} MB of memory; {{most}} MB are allowed. "
            "Choose fewer units or a smaller batch.",
        )

    def check(self, owner: str, config: RunConfig, info: DatasetInfo) -> None:
        """Raise ConfigError if a browser may not train one more run, which is this one."""
        self.check_memory(config, info)
        self.check_start(owner)

    def check_start(self, owner: str, more: int = 1) -> None:
        """Raise ConfigError if a browser may not train `more` runs besides its own, and once the engine is closed."""
        self.check_open()
        training = list(self._training())
        own = training.count(owner)
        together, remedy = "", "Pause one first."
        if more > 1:
            together = f"{counted(more, 'run')} can't start together. "
            remedy = "Choose fewer, or pause some first." if own else "Choose fewer."
        refuse_beyond(
            own + more,
            self._limits.runs,
            f"{together}This browser trains {counted(own, 'run')}; {{most}} may train at once. {remedy}",
        )
        refuse_beyond(
            len(training) + more,
            self._limits.all_runs,
            f"{together}This server trains {counted(len(training), 'run')}; {{most}} may train at once. "
            "Wait until others are done.",
        )
