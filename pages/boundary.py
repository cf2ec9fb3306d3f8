"""The Decision boundary page: a small network on points in the plane, shown unit by unit while it learns."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from mlp import ConfigError, DatasetError
from mlp.datasets import load_dataset
from ui.boundary.controls import Chosen, add_clicked, chosen_in_sidebar, own_points, put_own_points
from ui.boundary.feed import feed_address
from ui.boundary.landscape import landscape_view
from ui.boundary.panel import boundary_panel
from ui.boundary.session import PlaneSession, curves
from ui.boundary.transport import transport
from ui.classroom.view import set_the_room, toolbar
from ui.parts import PAGE_STYLE
from ui.parts.charts import board
from ui.parts.display import BOUNDARY_CONTROLS
from ui.parts.keys import BOUNDARY_KEYS
from ui.parts.notices import in_sentences, plain
from ui.parts.session import own_session


def heard(session: PlaneSession, did: Mapping[str, Any]) -> None:
    """Carry out what a person did on the panel; if it is not allowed, say why."""
    try:
        match did:
            case {"points": list(points)}:
                add_clicked(points)
            case {"remove": "last"}:
                put_own_points(own_points().points[:-1])
            case {"remove": "all"}:
                put_own_points(())
            case {"weight": [int(layer), int(row), int(unit), str(text)]}:
                session.edit_weight(layer, row, unit, text)
    except (ConfigError, DatasetError) as error:
        st.toast(plain(str(error)), icon=":material/error:", duration="short")


def answers_of(chosen: Chosen) -> list[dict[str, Any]]:
    """Return the values that an added point can have."""
    if chosen.recipe.task == "regression":
        return [{"label": "high", "value": 1}, {"label": "middle", "value": 0}, {"label": "low", "value": -1}]
    names = enumerate("ABCDEF"[: chosen.recipe.classes])
    return [{"label": name, "value": index, "color": f"var(--class-{index})"} for index, name in names]


st.html(PAGE_STYLE)
with in_sentences():
    session = own_session(PlaneSession)
    set_the_room(BOUNDARY_CONTROLS)
    chosen = chosen_in_sidebar()
    if chosen.recipe.piles[0]:
        session.follow(chosen.config())
    else:
        session.leave()
    transport(session, chosen)
    view = session.look() if session.run else None
    own = own_points()
    boundary_panel(
        view,
        load_dataset(view.config.dataset) if view else None,
        {
            "discrete": chosen.discrete,
            "validation": chosen.show_validation,
            "answers": answers_of(chosen),
            "own": len(own.points),
            "confirmed": own.click,
        },
        feed_address(session),
        lambda did: heard(session, did),
    )
    if view:
        board(curves(view), key="boundary_curves", small=True)  # boundary.js keeps it up to date
        landscape_view(session)
    toolbar(BOUNDARY_CONTROLS, BOUNDARY_KEYS)
