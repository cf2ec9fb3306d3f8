"""What the Runs page asks the server for without its script: the current curves of runs, and samples of their lines.

Everyone who can open the page may see all runs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, get_args
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from mlp.charts import DARK, LIGHT
from mlp.charts.comparison import DASHES, Part, compared_curves
from mlp.charts.curve_axes import CURVES
from mlp.charts.layout import Spec, color_of
from mlp.comparison.files import Scales
from mlp.comparison.groups import MOST_COMPARED, SPREADS, Group, by_settings, numbered_names, one_by_one
from mlp.datasets import CLASSIFICATION, REGRESSION, DatasetError, load_dataset
from mlp.inspection.regression import target_scales
from mlp.setting import Choice, setting, settings_of
from mlp.store import RunRecord
from mlp.text import whole_number
from mlp.tokens import token_hash
from ui.parts.browser import COOKIE
from ui.parts.component import THEMED, packed
from ui.parts.routes import answered, place
from ui.parts.server import engine, store
from ui.parts.view_options import ViewOptions
from ui.runs.search_feed import search_feed
from ui.runs.selection import MOST_SELECTED

DAY = 24 * 3600
STROKES = {"solid": "", "dash": "6 3", "dot": "2.5 2.5", "dashdot": "6 3 2.5 3"}  # as Plotly's dashes
SAMPLE = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="34" height="28">'
    '<path d="M5 14h24" stroke="{color}" stroke-width="3" stroke-dasharray="{strokes}"/></svg>'
)


@dataclass(frozen=True)
class CurveOptions(ViewOptions):
    """How the curves are overlaid."""

    zoom: bool = setting("Zoom to the end", "", False)  # beside it, there is no room for help
    part: str = setting("Measured on", "", "validation", choices={name: Choice(name) for name in get_args(Part)})
    bands: bool = setting(
        "Seeds as bands",
        "Runs that differ only in the seed become one line, their mean, in a band that shows their spread.",
        True,
    )
    spread: str = setting(
        "Band around the mean of several seeds", "", "min–max", choices={name: Choice(name) for name in SPREADS}
    )

    def groups(self, runs: Sequence[RunRecord], stored: Sequence[RunRecord], token: str | None) -> list[Group]:
        """Return the runs as they are drawn, one group per line, in the words of the browser with this token.

        Equal names are numbered among all that are `stored`, as in the table.
        """
        names = numbered_names(stored)
        return by_settings(runs, token, names) if self.bands else one_by_one(runs, token, names)


CURVE_SETTINGS = settings_of(CurveOptions)


def curves(groups: Sequence[Group], options: CurveOptions) -> dict[str, Spec]:
    """Return the charts of curves, two for each task. Raises StoreError if they can't be read.

    Runs of a regression whose data is no longer there have no curves: what its losses mean is not known.
    """
    runs = [run for group in groups for run in group.runs]
    histories = store().histories([run.id for run in runs])
    shared: dict[str, Any] = {name: getattr(options, name) for name in ("x", "part", "smoothing", "spread", "zoom")}
    shared |= {"log": options.log_loss, "palette": THEMED}
    shared["targets"] = scales_of(runs)
    tasks = [task for task in CURVES if task in {run.task for run in runs}] or [CLASSIFICATION]
    drawn = [quantity for task in tasks for quantity in CURVES[task]]
    return {quantity: compared_curves(quantity, groups, histories, **shared) for quantity in drawn}


def scales_of(runs: Sequence[RunRecord]) -> dict[str, Scales]:
    """Return the scales of the targets of those runs of a regression whose data is still there, by the runs' ids."""
    return {run.id: scales for run in runs if run.task == REGRESSION and (scales := _scales(run.dataset))}


def _scales(dataset: str) -> Scales | None:
    try:
        return target_scales(load_dataset(dataset))
    except DatasetError:
        return None


def status_of(runs: Sequence[RunRecord]) -> dict[str, Any]:
    """Return a text that changes whenever the runs do, their statuses, and whether there will be more."""
    return {
        "version": " ".join(f"{run.status} {run.step} {run.reports}" for run in runs),
        "states": " ".join(run.status for run in runs),
        "running": any(run.status in ("ready", "running") for run in runs),  # a ready one may start at any time
    }


def feed_address(runs: Sequence[RunRecord], options: CurveOptions) -> str:
    """Return the address of the curves, relative to the page, while these runs are selected.

    Also if there are more than can be drawn: all are watched, and the labels of lines depend on all.
    """
    asked = {name: option.write(getattr(options, name)) for name, option in CURVE_SETTINGS.items()}
    return f"curves?{urlencode({'runs': ','.join(run.id for run in runs), **asked})}"


def runs_routes() -> list[Route]:
    """Return the routes of the curves, of the samples of their lines, and of the charts of a search."""
    return [
        Route(place("/curves"), lambda request: answered(feed, request)),
        Route(place("/line/{number}/{theme}"), line),
        Route(place("/search_charts"), lambda request: answered(search_feed, request)),
    ]


def feed(request: Request) -> Response:
    """Answer with the curves of some runs; with 204 if nothing has changed since `seen`.

    Raises StoreError for a run that can't be read, ValueError for a bad query. Not a coroutine: Starlette runs it in a
    thread.
    """
    query = request.query_params
    options = CurveOptions(**{name: CURVE_SETTINGS[name].read(query[name]) for name in query if name in CURVE_SETTINGS})
    token = request.cookies.get(COOKIE, "")
    runs = [watched(run_id, token) for run_id in query.get("runs", "").split(",")[:MOST_SELECTED]]
    now = status_of(runs)
    if query.get("seen") == now["version"]:
        return Response(status_code=204)
    groups = options.groups(runs, store().runs(), token)[:MOST_COMPARED]
    return JSONResponse({"charts": packed(curves(groups, options)), **now})


def watched(run_id: str, token: str) -> RunRecord:
    """Return a run that the browser with this token sees. If it trains here and is the browser's own, it trains on.

    Raises StoreError if there is none.
    """
    live = engine().find(run_id)
    if live is not None and live.owner == token_hash(token):
        live.view()
    return store().run(run_id)


def line_address(index: int, theme: str) -> str:
    """Return the address of a sample of the line at this place in the list: short, since screen readers read it out."""
    return f"line/{index + 1}/{theme}"


def line(request: Request) -> Response:
    """Answer with a short line in its color and dashes as an SVG; 404 if there is none."""
    palette = {"light": LIGHT, "dark": DARK}.get(request.path_params["theme"])
    try:
        index = whole_number("line", request.path_params["number"], 1, MOST_COMPARED) - 1
    except ValueError:
        index = None
    if palette is None or index is None:
        return Response(status_code=404)
    svg = SAMPLE.format(color=color_of(index, palette), strokes=STROKES[DASHES[index % len(DASHES)]])
    return Response(svg, media_type="image/svg+xml", headers={"Cache-Control": f"max-age={DAY}"})
