"""A run on the page: its buttons, and the panel that moves while it trains."""

from mlp.datasets import is_available, load_dataset
from ui.address import Settings
from ui.feed import feed_address
from ui.live import live_panel
from ui.session import Desk
from ui.transport import transport


def training_view(desk: Desk, settings: Settings, waiting: list[str]) -> None:
    """Show a desk's run. `waiting` names settings that need a reset."""
    run = desk.run
    if run is None:
        return
    desk.options = settings.view
    view = run.view()
    transport(desk, run, view.status, settings.config, bool(waiting), is_available(settings.config.dataset))
    live_panel(view, load_dataset(view.config.dataset), settings.view, feed_address(desk))
