"""Runs that train in other processes, and take turns."""

from mlp.engine.engine import Engine
from mlp.engine.run import Run, RunView
from mlp.engine.stored import StoredRun
from mlp.training.checkpoint import Status

__all__ = ["Engine", "Run", "RunView", "Status", "StoredRun"]
