"""What the diagnosis finds first, in one line, while a run is watched on the Train page.

The curves are read at most once a second. Only if they show trouble is the network itself examined, and not again for
some seconds: a page with thirty runs must stay quick.
"""

import weakref
from time import monotonic
from typing import Any, NamedTuple

from mlp.engine import Run, RunView, Status, StoredRun
from mlp.inspection.diagnostics import Case, diagnose, seen_on_curves

SECONDS = 1.0  # between two readings of a run's curves,
SECONDS_IN_TROUBLE = 5.0  # or if they show trouble


class _Advice(NamedTuple):
    about: Any  # status and settings
    until: float
    words: str


_latest: weakref.WeakKeyDictionary[Run | StoredRun, _Advice] = weakref.WeakKeyDictionary()


def advice(run: Run | StoredRun, view: RunView) -> str:
    """Return the gravest finding and its cure; empty if nothing is wrong, or if the run's own message says it."""
    if view.status in (Status.READY, Status.DIVERGED, Status.FAILED):
        return ""
    now, about = monotonic(), (view.status, view.config)
    known = _latest.get(run)
    if known and known.about == about and now < known.until:
        return known.words
    case = Case(view.model, view.history, since=view.settled_at(view.state.step))
    gravest = next(iter(diagnose(case).values()), None) if seen_on_curves(case) else None
    words = f"{gravest.title}. {gravest.cure}" if gravest else ""
    _latest[run] = _Advice(about, now + (SECONDS_IN_TROUBLE if gravest else SECONDS), words)
    return words
