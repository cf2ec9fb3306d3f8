"""How the curves of a run are shown."""

from dataclasses import dataclass

from mlp.charts.curve_axes import HORIZONTAL
from mlp.text import quoted

MOST_SMOOTHING = 0.99


@dataclass(frozen=True)
class ViewOptions:
    """How the curves are shown."""

    x: str = "epochs"  # horizontal axis: "epochs", "examples" or "seconds"
    smoothing: float = 0.0  # of an exponential moving average, 0 to 0.99; the raw curve stays visible, faintly
    log_loss: bool = False
    zoom: bool = False  # the vertical axes show only the part in which the curves end

    def __post_init__(self) -> None:
        if self.x not in HORIZONTAL:
            raise ValueError(f"x is {quoted(self.x)}; choose one of: {', '.join(HORIZONTAL)}.")
        if not 0 <= self.smoothing <= MOST_SMOOTHING:
            raise ValueError(f"smoothing is {self.smoothing}; it must be from 0 to {MOST_SMOOTHING}.")
