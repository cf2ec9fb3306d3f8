"""A board shows charts that follow the page's theme and are updated in place, never rebuilt.

It is one component, because Streamlit's charts blink and lose their zoom at every change. While its runs train,
charts.js asks for updates by itself (ui/runs/feed.py).
"""

from collections.abc import Mapping
from typing import Any

from mlp.charts.layout import Spec
from ui.parts.component import component, packed
from ui.parts.dialogs import redraw_page

HTML = '<div class="mlp-board-frame"><section class="mlp-board" aria-label="Charts"></section></div>'


def board(
    charts: Mapping[str, Spec],
    *,
    key: str,
    small: bool = False,
    follow: Mapping[str, Any] | None = None,
) -> None:
    """Show charts, or update them in place: the same `key` is the same board.

    Up to three `small` charts are placed side by side if there is room, otherwise two. `follow` says which address the
    board asks for updates, and what it has seen: `feed`, `version`, `running` and `states`; draw such a board in a
    fragment, so that an open dialog stays when the states change.
    """
    component("parts/charts", HTML)(
        key=key,
        data={"charts": packed(charts), "small": small, **(follow or {})},
        on_states_change=redraw_page,
    )
