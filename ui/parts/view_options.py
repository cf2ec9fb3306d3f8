"""How the curves of a run are shown."""

from dataclasses import dataclass

from mlp.charts.curve_axes import HORIZONTAL
from mlp.setting import Choice, setting, settings_of

AXES = {name: Choice(name) for name in HORIZONTAL}


@dataclass(frozen=True)
class ViewOptions:
    """How the curves are shown."""

    x: str = setting("X axis", "What the curves are drawn over.", "epochs", choices=AXES)
    smoothing: float = setting("Smoothing", "The raw curve stays visible, faintly.", 0.0, low=0, high=0.99)
    log_loss: bool = setting("Log scale for the loss", "", False)
    zoom: bool = setting("Zoom to the end", "Show only the part of the vertical axes in which the curves end.", False)

    def __post_init__(self) -> None:
        for name, option in settings_of(type(self)).items():
            option.check(getattr(self, name))


VIEW_SETTINGS = settings_of(ViewOptions)
