"""The feed sends a board the current curves of its runs. Everyone who can open the page may see all runs."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, get_args
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from mlp.charts.comparison import Part, compared_accuracy, compared_loss
from mlp.charts.curve_axes import HORIZONTAL
from mlp.charts.layout import Spec
from mlp.comparison.groups import SPREADS, Group, Spread, by_settings, one_by_one
from mlp.store import RunRecord, StoreError
from mlp.text import quoted
from mlp.training.history import HistoryView
from ui.parts.component import THEMED, packed
from ui.parts.routes import place
from ui.parts.server import engine, store
from ui.parts.view_options import VIEW_SETTINGS
from ui.runs.selection import MOST_SELECTED

SWITCHES = ("log", "bands", "zoom")
PARTS: tuple[Part, ...] = get_args(Part)


@dataclass(frozen=True)
class CurveOptions:
    """How the curves are overlaid."""

    x: str = "epochs"
    part: Part = "validation"
    smoothing: float = 0.0  # of an exponential moving average, 0 to 0.99
    log: bool = False  # whether the loss has a logarithmic scale
    bands: bool = True  # whether runs that differ only in the seed are one line
    spread: Spread = "min–max"
    zoom: bool = False  # whether the vertical axes show only the part in which the curves end

    def __post_init__(self) -> None:
        if self.x not in HORIZONTAL or self.part not in PARTS or self.spread not in SPREADS:
            given = f"x {quoted(self.x)}, part {quoted(self.part)} and spread {quoted(self.spread)}"
            raise ValueError(f"No curves can be drawn with {given}. Open the Runs page again.")
        VIEW_SETTINGS["smoothing"].check(self.smoothing)

    def groups(self, runs: Sequence[RunRecord]) -> list[Group]:
        """Return the runs as they are drawn, one group per line."""
        return by_settings(runs) if self.bands else one_by_one(runs)


def curves(groups: Sequence[Group], histories: Mapping[str, HistoryView], options: CurveOptions) -> dict[str, Spec]:
    """Return the two charts of curves."""
    shared: dict[str, Any] = {name: getattr(options, name) for name in ("x", "part", "smoothing", "spread", "zoom")}
    shared["palette"] = THEMED
    return {
        "accuracy": compared_accuracy(groups, histories, **shared),
        "loss": compared_loss(groups, histories, log=options.log, **shared),
    }


def status_of(runs: Sequence[RunRecord]) -> dict[str, Any]:
    """Return a mark that changes whenever the runs do, their statuses, and whether there will be more."""
    return {
        "mark": " ".join(f"{run.status} {run.step} {run.reports}" for run in runs),
        "states": " ".join(run.status for run in runs),
        "running": any(run.status in ("ready", "running") for run in runs),  # a ready one may start at any time
    }


def feed_address(runs: Sequence[RunRecord], options: CurveOptions) -> str:
    """Return the address of these runs' curves, relative to the page."""
    asked = asdict(options) | {name: int(getattr(options, name)) for name in SWITCHES}
    return f"curves?{urlencode({'runs': ','.join(run.id for run in runs), **asked})}"


def curves_route() -> Route:
    """Return the feed's place on the server."""
    return Route(place("/curves"), feed)


def feed(request: Request) -> Response:
    """Answer with the curves of some runs; with 204 if nothing has changed since `seen`.

    404 if there is no such run, 400 for an invalid query. Not a coroutine: Starlette runs it in a separate thread.
    """
    query = request.query_params
    try:
        options = _options(query)
        runs = [_looked_at(run_id) for run_id in query.get("runs", "").split(",")[:MOST_SELECTED]]
        now = status_of(runs)
        if query.get("seen") == now["mark"]:
            return Response(status_code=204)
        histories = store().histories([run.id for run in runs])
        return JSONResponse({"charts": packed(curves(options.groups(runs), histories, options)), **now})
    except StoreError as error:
        return JSONResponse({"error": str(error)}, status_code=404)
    except ValueError as error:
        return JSONResponse({"error": str(error)}, status_code=400)


def _looked_at(run_id: str) -> RunRecord:
    """Return a run. If it trains here, mark it as watched, so that it does not pause."""
    live = engine().find(run_id)
    if live is not None:
        live.view()
    return store().run(run_id)


def _options(query: Mapping[str, str]) -> CurveOptions:
    """Read how curves are shown. Raises ValueError for invalid values."""
    read: dict[str, Any] = {name: query[name] for name in ("x", "part", "spread") if name in query}
    read |= {name: query[name] == "1" for name in SWITCHES if name in query}
    return CurveOptions(**read, smoothing=VIEW_SETTINGS["smoothing"].read(query.get("smoothing", "0")))
