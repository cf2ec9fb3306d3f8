"""Runs with a story, trained without an engine: reports, changes, and states that were kept."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial

from mlp import Model, RunConfig, initial_state
from mlp.datasets import Dataset
from mlp.export import ExportedRun
from mlp.training.history import History
from mlp.training.quantum import train_quantum


def story(
    config: RunConfig,
    dataset: Dataset,
    kept: Iterable[int],
    changes: Iterable[tuple[int, RunConfig, str]] = (),
    name: str = "",
) -> ExportedRun:
    """Train up to the last of the steps to keep; each change is a kept step, the settings from there, and words."""
    first, history = config, History()
    models = {0: Model(config, dataset, initial_state(config, dataset))}
    run = ExportedRun(models[0], name=name)
    changed = {step: (config, words) for step, config, words in changes}
    for step in sorted({*kept, *changed} - {0}):
        quantum = train_quantum(run.model, step - run.state.step, True)
        for report in quantum.reports:
            history.append(report)
        run = replace(run, model=replace(run.model, state=quantum.state), history=history.view())
        if step in changed:
            config, words = changed[step]
            run = replace(run, model=replace(run.model, config=config))
            run = replace(run, changes=(*run.changes, run.mark(words)))
        models[step] = run.model

    return replace(run, kept=tuple(models), models_at=partial(_models_at, models), started_with=first)


def _models_at(models: dict[int, Model], steps: Iterable[int]) -> Iterator[Model]:
    return (models[max(kept for kept in models if kept <= step)] for step in steps)
