"""Searching on the command line: a bar, one line per trial, and how to get the best network."""

import argparse
import json
from collections.abc import Mapping
from contextlib import ExitStack, closing
from dataclasses import asdict, replace
from pathlib import Path
from time import sleep
from typing import Any

from tqdm import tqdm

from mlp.charts.search import part_label
from mlp.cli.arguments import PLAN_FLAGS, UsageError, config_from, parse, whole
from mlp.cli.paths import cannot_write, check_writable
from mlp.cli.train import DIVERGED, complain
from mlp.comparison.groups import differing
from mlp.comparison.verdict import LEAST_SEEDS
from mlp.config import SETTINGS, RunConfig, changed
from mlp.datasets import dataset_info
from mlp.engine import Engine
from mlp.files import write_whole
from mlp.installation import COMMAND
from mlp.search.luck import MOST_SEEDS, WHY_TEST, Check, check_plan, check_result, with_test
from mlp.search.plan import MOST_TRIALS, PLAN_SETTINGS, SearchPlan, usual_measure
from mlp.search.search import importance, ranked
from mlp.search.searches import Searches, SearchView
from mlp.search.space import read_space, read_words
from mlp.search.trial import Outcome, Trial
from mlp.store import Store, StoreError, new_token
from mlp.store.searches import RUNNING
from mlp.text import in_text, known_or_none, not_one_of, percent, short

LOOK_SECONDS = 0.1


def plan_from(arguments: argparse.Namespace) -> SearchPlan:
    """Return the search that was asked for. Raises ConfigError or DatasetError for what can't be."""
    base, given = config_from(arguments), _given(arguments)
    info = dataset_info(base.dataset)
    given.setdefault("measure", usual_measure(info))
    if "minutes" in given:
        given.setdefault("trials", MOST_TRIALS)
    plan = SearchPlan(base, read_space(read_words(arguments.vary)), **given)
    plan.check(info)
    return plan


def _given(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return those settings of a search that were given. Raises ConfigError for an invalid value."""
    given = {}
    for name, flag in PLAN_FLAGS.items():
        if text := getattr(arguments, f"plan_{name}"):
            given[name] = replace(PLAN_SETTINGS[name], name=flag.removeprefix("--")).read(text)
    return given


def search(arguments: argparse.Namespace) -> int:
    """Search and show the progress. Return the exit code: 0 at the end, 3 if all diverged, 130 after Ctrl-C.

    Raises UsageError if something can't be written or read, ConfigError or DatasetError for a search that can't be.
    """
    if arguments.json is not None:
        check_writable("--json", arguments.json)
    seeds = _seeds(arguments.check)
    plan = None if arguments.resume else plan_from(arguments)
    try:
        with ExitStack() as stack:
            store = stack.enter_context(closing(Store()))
            engine = stack.enter_context(closing(Engine(store=store)))
            searches = stack.enter_context(closing(Searches(engine, store)))
            token = new_token()
            search_id = searches.begin(plan, token) if plan else _resumed(searches, store, arguments, token)
            try:
                return _search(searches, store, search_id, seeds, token, arguments.json)
            except KeyboardInterrupt:
                complain(f"Stopped by Ctrl-C. `{COMMAND} search --resume {search_id}` goes on.")
                return 130
    except StoreError as error:
        raise UsageError(str(error)) from error


def _resumed(searches: Searches, store: Store, arguments: argparse.Namespace, token: str) -> str:
    """Go on with a search, with more trials, more minutes or wider ranges if they were given; return its id."""
    search_id, given = str(arguments.resume), _given(arguments)
    _check_changeable(arguments, given)
    known = [search.id for search in store.searches.all()]
    if search_id not in known:
        raise UsageError(not_one_of("search", search_id, known))
    if arguments.vary:
        searches.widen(search_id, token, read_space(read_words(arguments.vary)))
    searches.add(search_id, token, given.get("trials", 0), given.get("minutes", 0.0))
    searches.resume(search_id, token)
    return search_id


def _check_changeable(arguments: argparse.Namespace, given: Mapping[str, Any]) -> None:
    """Refuse what can't change in a search that goes on. Raises UsageError."""
    fixed = [flag for name, flag in PLAN_FLAGS.items() if name in given and name not in ("trials", "minutes")]
    fixed += [f"--{name.replace('_', '-')}" for name in SETTINGS if name in arguments]
    if arguments.preset:
        fixed.append("--preset")
    if fixed:
        raise UsageError(
            f"{fixed[0]} can't change in a search that goes on: only --trials, --minutes and --vary can. Leave it out."
        )


def _search(searches: Searches, store: Store, search_id: str, seeds: int, token: str, file: Path | None) -> int:
    """Follow a search to its end, and print and write what it found. Return the exit code."""
    check = None
    try:
        _follow(searches, search_id, "search")
        view = searches.look(search_id)
        best = ranked(view.plan, view.trials)
        if best:
            _tell(view, best[0])
        tqdm.write(_how_to_go_on(view))
        if best and seeds:
            check = _checked(searches, store, view, seeds, token)
    except KeyboardInterrupt:
        searches.pause_all(token)  # the search, or its check
        raise
    finally:
        if file is not None:
            _write(file, searches.look(search_id), check)
    if best:
        return 0
    complain(view.message or "No trial has a result.")
    outcomes = {trial.outcome for trial in view.trials}
    return DIVERGED if outcomes == {Outcome.DIVERGED} else 2


def _follow(searches: Searches, search_id: str, desc: str) -> None:
    """Show a search until it is over; each trial that has ended gets a line."""
    view = searches.look(search_id)
    told = {trial.number for trial in view.trials if trial.outcome is not Outcome.RUNNING}
    total = view.plan.trials if view.plan.trials < MOST_TRIALS else None
    with tqdm(
        total=total, initial=len(told), desc=desc, unit=" trials", dynamic_ncols=True, leave=False, disable=None
    ) as bar:
        while True:
            view = searches.look(search_id)
            for trial in view.trials:
                if trial.outcome is not Outcome.RUNNING and trial.number not in told:
                    told.add(trial.number)
                    tqdm.write(_line(view.plan, trial))
                    bar.update(1)
            best = ranked(view.plan, view.trials)
            running = len(view.trials) - len(told)
            bar.set_postfix_str(
                f"best {_value(view.plan, best[0])}, {running} running" if best else f"{running} running"
            )
            if view.status != RUNNING:
                return
            sleep(LOOK_SECONDS)


def _line(plan: SearchPlan, trial: Trial) -> str:
    """Return how a trial ended."""
    reached, settings = f"{_value(plan, trial):>9}  {trial.outcome:<8}", settings_text(plan, trial.config)
    return f"trial {trial.number:>3}  {reached}  {settings}  {short(trial.seconds)} s"


def _value(plan: SearchPlan, trial: Trial) -> str:
    return plan.judged_by.show(trial.value)


def settings_text(plan: SearchPlan, config: RunConfig) -> str:
    """Return what a trial was given, as people read it: of a check, the seed."""
    names = plan.space.names or differing(plan.given)
    return ", ".join(f"{_called(name)} {SETTINGS[name].show(getattr(config, name))}" for name in names)


def _called(name: str) -> str:
    """Return what a setting is called within a sentence: of the hidden layers, what their numbers count."""
    return in_text(part_label("hidden units" if name == "hidden" else name))


def _tell(view: SearchView, best: Trial) -> None:
    """Print what was found: the best settings, which settings mattered, and how to get that network."""
    if view.message:
        tqdm.write(view.message)
    tqdm.write(
        f"Trial {best.number} of {len(view.trials)} is the best: {view.plan.judged_by.label_in_text} "
        f"{_value(view.plan, best)}, with {settings_text(view.plan, best.config)}."
    )
    if mattered := importance(view.plan, view.trials):
        shares = ", ".join(f"{_called(name)} {percent(share, 0)}" for name, share in mattered.items())
        tqdm.write(f"What made the difference, among these trials and in these ranges: {shares}.")
    tqdm.write(
        f"The dashboard lists it under Runs as {best.run_id}; `{COMMAND} export {best.run_id}` writes it to a file."
    )
    tqdm.write(f"Train it again: {command_of(best.config)}")


def _how_to_go_on(view: SearchView) -> str:
    """Return the command that goes on with a search, with more of what was spent."""
    spent = "--minutes" if 0 < 60 * view.plan.minutes <= view.seconds else "--trials"
    return f"The search is kept as {view.id}: `{COMMAND} search --resume {view.id} {spent} 10` goes on."


def command_of(config: RunConfig) -> str:
    """Return the command that trains a network with these settings.

    >>> config = RunConfig(dataset="digits", optimizer="adam", learning_rate=0.001, hidden=(64, 64))
    >>> command_of(config).partition("mlp ")[2]
    'train --dataset digits --hidden 64-64 --optimizer adam --learning-rate 0.001'
    """
    usual = config_from(parse(["train", "--dataset", config.dataset]))
    names = changed(usual, config)
    if "optimizer" in names and "learning_rate" not in names:
        names.append("learning_rate")  # it would follow from the optimizer
    words = [f"--dataset {config.dataset}"]
    for name in sorted(names, key=list(SETTINGS).index):
        flag, value = name.replace("_", "-"), getattr(config, name)
        if isinstance(value, bool):
            words.append(f"--{flag}" if value else f"--no-{flag}")
        else:
            words.append(f"--{flag} {SETTINGS[name].write(value)}")
    return f"{COMMAND} train {' '.join(words)}"


def _checked(searches: Searches, store: Store, view: SearchView, seeds: int, token: str) -> Check | None:
    """Train the best again with fresh seeds, and print what that shows."""
    plan = check_plan(view.id, view.plan, view.trials, seeds)
    check_id = searches.begin(plan, token)
    _follow(searches, check_id, "check")
    store.flush()
    check = with_test(store, check_result(plan, store.searches.trials(check_id)))
    store.searches.open_test(check_id)
    for sentence in (*check.lines(), WHY_TEST):
        tqdm.write(f"{sentence[0].upper()}{sentence[1:]}")
    return check


def _seeds(text: str | None) -> int:
    """Return over how many seeds the best are to be checked; 0 for no check."""
    if text is None:
        return 0
    return whole("check", text, LEAST_SEEDS, MOST_SEEDS)


def _write(file: Path, view: SearchView, check: Check | None) -> None:
    """Write a search as standard JSON. Raises UsageError if that can't be done."""
    best = ranked(view.plan, view.trials)
    figures: dict[str, Any] = {
        "search": view.id,
        "status": view.status,
        "message": view.message,
        "seconds": view.seconds,
        "plan": json.loads(view.plan.to_json()),
        "best": best[0].number if best else None,
        "trials": [
            {
                "number": trial.number,
                "run": trial.run_id,
                "outcome": trial.outcome,
                "value": known_or_none(trial.value),
                "seconds": trial.seconds,
                "settings": {name: asdict(trial.config)[name] for name in view.plan.space.names},
            }
            for trial in view.trials
        ],
    }
    if check:
        figures["check"] = {
            "sentences": check.sentences,
            "counts": check.counts,
            "settings": [{**each._asdict(), "config": asdict(each.config)} for each in check.repeated],
        }
    try:
        write_whole(file, (json.dumps(figures, indent=2, allow_nan=False) + "\n").encode())
    except OSError as error:
        raise cannot_write("--json", file, error) from error
