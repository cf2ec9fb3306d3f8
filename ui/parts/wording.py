"""How a run's status and progress are written on every page."""

import math
from collections.abc import Mapping
from typing import Any

from mlp.engine import RunView, Status

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
    """Return a run's status and numbers as status.js shows them."""
    return {
        "kind": view.status.value,
        "word": STATUS_WORDS[view.status],
        "message": view.message,
        "numbers": numbers,
    }
