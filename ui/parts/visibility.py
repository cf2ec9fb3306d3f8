"""Whether the page can be seen: in a hidden tab, nothing is asked for again and again, and no run counts as watched.

Panels with a feed know it themselves (poll.js). Streamlit's `run_every` goes on in a hidden tab, for days if need be.
"""

from ui.parts.component import listen


def while_visible(seconds: float | None) -> float | None:
    """Return these seconds for `run_every` of a fragment; None while the page's tab is hidden.

    What calls this is rerun when the tab is hidden or shown.
    """
    hidden = listen("visibility", default={"hidden": False}, on_hidden_change=lambda: None).hidden
    return None if hidden else seconds
