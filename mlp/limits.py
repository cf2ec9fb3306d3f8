"""Limits: what one browser, and all browsers together, may use of a server.

There are two tables. ALONE is for a person's own machine, where nothing should be in the way; CLASS is for a room full
of people. MLP_LIMITS, or `mlp dashboard --limits`, names a table and what differs from it: "class,runs=20,store=2000".
"""

from dataclasses import dataclass, replace
from math import inf

from mlp.setting import ConfigError, setting, settings_of
from mlp.text import not_one_of, quoted

VARIABLE = "MLP_LIMITS"
MB = 10**6  # bytes


def _limit(label: str, help: str, default: float = inf, **allowed: float) -> float:
    value: float = setting(label, help, default, **({"low": 0.0} | allowed))
    return value


@dataclass(frozen=True)
class Limits:
    """All limits; `inf` is none. By default, those for a person alone."""

    runs: float = _limit("Runs at once", "Runs of one browser that train at the same time.")
    all_runs: float = _limit("Runs at once, all", "Runs of all browsers that train at the same time.")
    memory: float = _limit("Memory of a run", "MB that a run may need, computed from its layers and batch.", 16_000.0)
    kept: float = _limit("Stored runs", "Runs of one browser in the store.")
    all_kept: float = _limit("Stored runs, all", "Runs of all browsers in the store.")
    states: float = _limit("States of a run", "MB of one run's states; beyond it, only the latest is kept.", 500.0)
    store: float = _limit("States of a browser", "MB of the states of one browser's runs; then only curves are saved.")
    all_store: float = _limit("States, all", "MB of the states of all runs; then only curves are saved.")
    disk: float = _limit("Free disk space", "MB that stay free on the store's disk; then only curves are saved.", 200.0)
    upload: float = _limit("Uploads", "MB of an uploaded file.", 200.0, low=1.0, high=100_000.0)
    files: float = _limit("Files in an upload", "Files that are uploaded together, as a folder.", 20_000.0)
    sets: float = _limit("Data sets", "Data sets that one browser has imported.")
    data: float = _limit("Imported data", "MB of the data sets that one browser has imported.")
    all_data: float = _limit("Imported data, all", "MB of all imported data sets.")
    pages: float = _limit("Pages", "Pages that one network address has open, or closed within 5 minutes.")
    connections: float = _limit("Connections", "Connections that one network address has open, if it is no proxy.")
    requests: float = _limit("Requests", "Requests of one network address that are being answered.")
    body: float = _limit("Request size", "MB of a request that is no upload.", 16.0)
    headers: float = _limit("Header time", "Seconds until a request's headers must have arrived.", 60.0)
    seconds: float = _limit("Request time", "Seconds until a request must have arrived, with its upload.", 600.0)


LIMITS = settings_of(Limits)

ALONE = Limits()
CLASS = Limits(
    runs=12,
    all_runs=240,
    memory=500,
    kept=500,
    all_kept=20_000,
    states=64,
    store=500,
    all_store=20_000,
    disk=1_000,
    sets=20,
    data=500,
    all_data=5_000,
    pages=400,
    connections=3_000,
    requests=800,
    headers=20,
    seconds=300,
)
TABLES = {"alone": ALONE, "class": CLASS}


def limits_from(text: str) -> Limits:
    """Return the limits that a text names: a table, and what differs from it.

    Raises ConfigError for an unknown name, or a number that is none.

    >>> limits_from("class,runs=20").runs, limits_from("class").runs, limits_from("kept=50").kept
    (20.0, 12, 50.0)
    """
    first, *rest = (part.strip() for part in text.split(","))
    if "=" in first:
        first, rest = "alone", [first, *rest]
    if first and first not in TABLES:
        raise ConfigError(not_one_of("table of limits", first, TABLES))
    given = {}
    for part in filter(None, rest):
        name, sign, value = (word.strip() for word in part.partition("="))
        if not sign:
            raise ConfigError(f"The limit {quoted(part)} has no value. Write it as in class,runs=20.")
        if name not in LIMITS:
            raise ConfigError(not_one_of("limit", name, LIMITS))
        given[name] = LIMITS[name].read(value)
    return replace(TABLES[first or "alone"], **given)


def table() -> str:
    """Return all limits as a table in Markdown, with the values of both tables."""
    rows = ["| name | is about | alone | class |", "|---|---|---|---|"]
    for name, limit in LIMITS.items():
        values = (getattr(limits, name) for limits in TABLES.values())
        shown = ("none" if value == inf else f"{value:,.0f}" for value in values)
        rows.append(f"| `{name}` | {limit.label}: {limit.help} | {' | '.join(shown)} |")
    return "\n".join(rows)


def refuse_beyond(used: float, most: float, sentence: str) -> None:
    """Raise ConfigError with a sentence, in which {most} is what is allowed, if that is exceeded."""
    if used > most:
        raise ConfigError(sentence.format(most=f"{most:,.0f}"))
