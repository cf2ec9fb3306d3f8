"""The network on the Boundary page: it follows the settings, and people act on its panel."""

from collections.abc import Mapping
from typing import Any

from mlp.datasets import Recipe
from ui.boundary.curves import curves
from ui.boundary.feed import feed_address
from ui.boundary.panel import boundary_panel
from ui.boundary.session import PlaneSession
from ui.boundary.settings import (
    add_clicked,
    boundary_controls,
    config_of,
    own_points,
    put_own_points,
    recipe_of,
    remove_last_point,
)
from ui.parts.charts import board
from ui.parts.notices import in_toast


def follow_settings(session: PlaneSession) -> None:
    """Give the network the settings and points that are chosen; without points there is none."""
    values = boundary_controls().values()
    recipe = recipe_of(values)
    if recipe.split_sizes[0]:
        session.follow(config_of(values, recipe))
    else:
        session.leave()


def panel_view(session: PlaneSession) -> None:
    """Show the panel and, below it, the curves."""
    values, own = boundary_controls().values(), own_points()
    view = session.view()
    options = {
        "discrete": values["discrete"],
        "validation": values["validation"],
        "answers": _answers(recipe_of(values)),
        "own": len(own.points),
        "confirmed": own.click,
    }
    boundary_panel(view, options, feed_address(session), lambda did: _act(session, did))
    if view:
        board(curves(view), key="boundary_curves", small=True)  # boundary.js keeps it up to date


@in_toast()
def _act(session: PlaneSession, did: Mapping[str, Any]) -> None:
    """Carry out what a person did on the panel; if it is not allowed, say why."""
    match did:
        case {"points": list(points)}:
            add_clicked(points)
        case {"remove": "last"}:
            remove_last_point(boundary_controls().values())
        case {"remove": "all"}:
            put_own_points(())
        case {"weight": [int(layer), int(row), int(unit), str(text)]}:
            session.edit_weight(layer, row, unit, text)


def _answers(recipe: Recipe) -> list[dict[str, Any]]:
    """Return the values that an added point can have."""
    if recipe.task == "regression":
        return [{"label": "high", "value": 1}, {"label": "middle", "value": 0}, {"label": "low", "value": -1}]
    names = enumerate("ABCDEF"[: recipe.classes])
    return [{"label": name, "value": index, "color": f"var(--class-{index})"} for index, name in names]
