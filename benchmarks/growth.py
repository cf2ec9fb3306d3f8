"""How a training step's time grows with the hidden layers and with the batch."""

from benchmarks.race import Pace, race
from benchmarks.tables import table
from mlp.config import RunConfig
from mlp.datasets import dataset_info

HIDDEN = (16, 32, 64, 128, 256, 512, 1024)
BATCHES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)


def row(heading: str, config: RunConfig, paces: dict[str, Pace]) -> list[str]:
    """Return a table's row."""
    ours, floor = paces["ours"], paces["floor"]
    return [
        heading,
        f"{config.parameters(dataset_info(config.dataset)):,}",
        f"{ours.seconds * 1e6:,.0f} µs",
        f"{config.batch_size / ours.seconds:,.0f}",
        f"{ours.seconds / floor.seconds:.2f}",
        f"{max(ours.spread, floor.spread):.0%}",
    ]


def main(quick: bool) -> str:
    """Measure, saying how it goes; return the report."""
    every = 3 if quick else 1
    rounds, seconds = (2, 0.03) if quick else (5, 0.1)
    hidden = {f"{units}–{units}, batch 32": RunConfig(hidden=(units, units)) for units in HIDDEN[::every]}
    batches = {f"100–200, batch {size}": RunConfig(batch_size=size, learning_rate=0.01) for size in BATCHES[::every]}
    settings = hidden | batches
    rows = []
    paces_of = race(["ours", "floor"], settings.values(), True, rounds, seconds)
    for (heading, config), paces in zip(settings.items(), paces_of, strict=True):
        rows.append(row(heading, config, paces))
        print(f"  {heading}: {rows[-1][2]} a step", flush=True)
    headings = ["hidden layers", "parameters", "step", "examples/s", "÷ products alone", "largest spread"]
    return table(headings, rows)
