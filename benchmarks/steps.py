"""How fast a training step is, ours and others', in several settings, at one thread and at all."""

from collections.abc import Iterator
from importlib.util import find_spec
from typing import NamedTuple

from benchmarks.contenders import CONTENDERS
from benchmarks.race import Pace, race
from benchmarks.tables import table
from mlp.config import RunConfig
from mlp.datasets import dataset_info

NETWORKS = [((100, 200), 32), ((100, 200), 128), ((512, 512), 128), ((16, 16), 32)]
RATES = {"sgd": 0.1, "adam": 0.001}
EPOCHS = 10_000  # more than a race can take


class Result(NamedTuple):
    """One setting, raced."""

    config: RunConfig
    one_thread: bool
    paces: dict[str, Pace]


def installed() -> list[str]:
    """Return the contenders whose package is there."""
    return [name for name, contender in CONTENDERS.items() if find_spec(contender.module)]


def missing() -> list[str]:
    """Return a sentence for each contender that can't take part."""
    return [
        f"{contender.label} is not installed ({contender.package}): its column is empty. `make bench` installs it."
        for name, contender in CONTENDERS.items()
        if name not in installed()
    ]


def measure(quick: bool) -> Iterator[Result]:
    """Race all contenders in all settings."""
    networks = NETWORKS[:1] if quick else NETWORKS
    rounds, seconds = (3, 0.05) if quick else (9, 0.15)
    for one_thread in [True] if quick else [True, False]:
        configs = [
            RunConfig(hidden=hidden, batch_size=batch, optimizer=optimizer, learning_rate=rate, epochs=EPOCHS)
            for hidden, batch in networks
            for optimizer, rate in RATES.items()
        ]
        paces_of = race(installed(), configs, one_thread, rounds, seconds)
        for config, paces in zip(configs, paces_of, strict=True):
            yield Result(config, one_thread, paces)


def name_of(config: RunConfig) -> str:
    """Return a setting's name: "784–100–200–10, batch 32, SGD"."""
    optimizer = {"sgd": "SGD", "adam": "Adam"}[config.optimizer]
    return f"{'–'.join(map(str, config.sizes(dataset_info(config.dataset))))}, batch {config.batch_size}, {optimizer}"


def row(result: Result) -> list[str]:
    """Return a table's row: our speed, then how many times as long the others take."""
    ours = result.paces["ours"]
    cells = [
        name_of(result.config),
        f"{ours.seconds * 1e6:.0f} µs",
        f"{result.config.batch_size / ours.seconds:,.0f}",
        f"{ours.seconds / result.paces['floor'].seconds:.2f}",
    ]
    for name in ("tutorial", "scikit_learn", "pytorch", "jax_jit"):
        pace = result.paces.get(name)
        cells.append(f"{pace.seconds / ours.seconds:.2f}" if pace else "–")
    cells.append(f"{max(pace.spread for pace in result.paces.values()):.0%}")
    return cells


def report(results: list[Result]) -> str:
    """Return the tables."""
    headings = ["network, batch, optimizer", "our step", "examples/s", "ours ÷ products alone"]
    headings += [f"{CONTENDERS[name].label} ÷ ours" for name in ("tutorial", "scikit_learn", "pytorch", "jax_jit")]
    headings.append("largest spread")
    text = ""
    for one_thread in (True, False):
        rows = [row(result) for result in results if result.one_thread == one_thread]
        if rows:
            text += f"### {'One thread' if one_thread else 'All threads'}\n\n{table(headings, rows)}\n"
    return text + "".join(f"{sentence}\n" for sentence in missing())


def main(quick: bool) -> tuple[str, list[Result]]:
    """Measure, saying how it goes; return the report and the numbers."""
    results = []
    for sentence in missing():
        print(sentence)
    for result in measure(quick):
        results.append(result)
        threads = "1 thread   " if result.one_thread else "all threads"
        paces = "  ".join(f"{CONTENDERS[name].label} {pace.seconds * 1e6:.0f}" for name, pace in result.paces.items())
        print(f"  {threads}  {name_of(result.config)}: µs a step: {paces}", flush=True)
    return report(results), results
