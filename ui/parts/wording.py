"""How a run's status and progress are written on every page."""

import math
from collections.abc import Mapping
from typing import Any

from mlp.engine import RunView, Status
from ui.parts.server import engine

STATUS_WORDS = {
    Status.READY: "Ready",
    Status.RUNNING: "Training",
    Status.PAUSED: "Paused",
    Status.FINISHED: "Finished",
    Status.DIVERGED: "Diverged",
    Status.FAILED: "Failed",
}


def epochs_read(done: float) -> str:
    """Return epochs as they are read off the curves: whole numbers, or decimals that are never rounded up."""
    decimals = 0 if done == int(done) else 2 if done < 1 else 1
    return f"{math.floor(done * 10**decimals) / 10**decimals:,.{decimals}f}"


def shown_status(view: RunView, numbers: Mapping[str, str]) -> dict[str, Any]:
    """Return a run's status and numbers as status.js shows them; of one that trains, where, or why it waits."""
    running = view.status is Status.RUNNING
    return {
        "kind": view.status.value,
        "word": STATUS_WORDS[view.status] + (f" on {view.machine.host}" if running and view.machine else ""),
        "message": view.message or (engine().trouble if running else ""),
        "numbers": numbers,
    }
