"""A server that does searches, and what it searches in tests."""

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace

from mlp.config import RunConfig
from mlp.engine import Engine
from mlp.engine.pool import LocalPool
from mlp.limits import ALONE, Limits
from mlp.search.plan import SearchPlan
from mlp.search.searches import Searches
from mlp.search.space import read_space
from mlp.store import Store

BASE = RunConfig(dataset="digits", hidden=(8,), epochs=2)
PLAN = SearchPlan(BASE, read_space({"learning_rate": "0.001..1:log", "hidden": "4..16x1..2"}), trials=4, pruner="none")
ENDLESS = replace(PLAN, base=replace(BASE, epochs=10_000), trials=6)


@contextmanager
def server(url: str, limits: Limits = ALONE) -> Iterator[tuple[Searches, Store, Engine]]:
    """A server that does searches."""
    with ExitStack() as stack:
        store = stack.enter_context(closing(Store(url, limits)))
        engine = stack.enter_context(closing(Engine(lambda: LocalPool(workers=2), store=store, limits=limits)))
        yield stack.enter_context(closing(Searches(engine, store))), store, engine
