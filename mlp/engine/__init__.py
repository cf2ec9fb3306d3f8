"""Runs that train in other processes, and take turns."""

from mlp.engine.engine import Engine, Moment
from mlp.engine.run import LiveRun
from mlp.engine.run_view import RunView, Status
from mlp.engine.stored import StoredRun

__all__ = ["Engine", "LiveRun", "Moment", "RunView", "Status", "StoredRun"]
