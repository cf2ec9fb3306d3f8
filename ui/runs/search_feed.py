"""The charts of a search, and what the page asks the server for while it runs."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from mlp.charts import search as charts
from mlp.charts.layout import Spec
from mlp.charts.relations import parallel
from mlp.search.searches import SearchView
from mlp.search.trial import Outcome
from mlp.setting import ConfigError
from mlp.store.searches import RUNNING
from mlp.text import unknown
from ui.parts.browser import COOKIE
from ui.parts.component import THEMED, packed
from ui.parts.server import searches, store

VIEWS = ("Progress", "Settings", "Parallel coordinates")
# Of the runs of a search: what parallel coordinates show at their end.
RESULT = {"accuracy": "best_validation_accuracy", "r_squared": "best_validation_r_squared", "loss": "validation_loss"}


def search_charts(view: SearchView, shown: str, over: str, token: str | None) -> dict[str, Spec]:
    """Return the charts of one of the VIEWS, in the words of the browser with this token.

    Raises ConfigError for another view, StoreError if its runs can't be read.
    """
    plan, trials = view.plan, view.trials
    match shown:
        case "Progress":
            return {
                "progress": charts.progress(plan, trials, over, palette=THEMED),
                "trials": charts.curves(plan, trials, palette=THEMED),
            }
        case "Settings":
            names = plan.space.names
            return {name: charts.against(plan, trials, name, token=token, palette=THEMED) for name in names}
        case "Parallel coordinates":
            runs = [run for run in store().searches.trials(view.id) if run.deleted is None]
            names, result = plan.space.names, RESULT[plan.measure]
            return {"parallel": parallel(runs, [*names, result], shade_by=result, token=token, palette=THEMED)}
    raise ConfigError(unknown("view", shown, VIEWS))


def search_status(view: SearchView) -> dict[str, Any]:
    """Return a text that changes whenever the search does, its status, and whether there will be more."""
    ended = sum(trial.outcome is not Outcome.RUNNING for trial in view.trials)
    measured = sum(len(trial.values) for trial in view.trials)
    return {
        "version": f"{view.status} {len(view.trials)} {ended} {measured}",
        "states": view.status,
        "running": view.status == RUNNING,
    }


def search_address(view: SearchView, shown: str, over: str) -> str:
    """Return the address of a search's charts, relative to the page."""
    return f"search_charts?{urlencode({'search': view.id, 'shown': shown, 'over': over})}"


def search_feed(request: Request) -> Response:
    """Answer with the charts of a search; with 204 if nothing has changed since `seen`.

    Raises StoreError for a search that can't be read, ValueError for a bad query. Not a coroutine: Starlette runs it in
    a thread.
    """
    query: Mapping[str, str] = request.query_params
    view = searches().look(query.get("search", ""))
    now = search_status(view)
    if query.get("seen") == now["version"]:
        return Response(status_code=204)
    over = query.get("over", charts.OVER[0])
    if over not in charts.OVER:
        raise ConfigError(unknown("axis", over, charts.OVER))
    drawn = search_charts(view, query.get("shown", VIEWS[0]), over, request.cookies.get(COOKIE))
    return JSONResponse({"charts": packed(drawn), "small": True, **now})
