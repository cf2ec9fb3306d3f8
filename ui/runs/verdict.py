"""The verdict above the curves: which setting is better and by how much; how it was tested is folded away."""

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd
import streamlit as st

from mlp.comparison.groups import Group, by_settings, differing
from mlp.comparison.verdict import DECIMALS, LEVEL, Comparison, network_sentence, short_names, verdict
from mlp.config import SETTINGS
from mlp.datasets import REGRESSION
from mlp.inspection.metrics import McNemar, mcnemar
from mlp.inspection.predictions import predict
from mlp.network.layers import Array
from mlp.search.trial import Outcome, as_ended, outcome_of
from mlp.training import Status
from ui.parts.notices import in_sentences, plain
from ui.parts.server import store

HOW = (
    "Final validation {measures}, by a paired t-test: runs with the same seed share the validation set, the order of "
    "mini-batches and, for equal sizes, the initial weights, so they are compared seed by seed. In parentheses: the "
    "95 % confidence interval of each difference. *p (Holm)* is corrected for the number of comparisons; a setting is "
    f"called better if it is below {LEVEL:g}."
)
HOW_TWO = (
    "McNemar's exact test on the validation examples that only one of the two networks gets right: {first} and "
    "{second}, p = {p}. It compares these two trained networks, not their settings: another seed may turn out "
    "differently."
)

# Of the question "Which … better?", for settings whose label is not one thing that can be better.
SUBJECTS = {
    "dataset": "is",  # of which no two can be compared
    "hidden": "hidden layers are",
    "initializer": "initial weights are",
    "class_weights": "class weights are",
    "epochs": "number of epochs is",
    "flip": "is",
    "evaluate_train": "is",  # which changes no result
    "batch_norm": "is",  # on or off
}


def show_verdict(groups: Sequence[Group]) -> None:
    """Say which setting is better, and how sure that is."""
    groups = [replace(group, runs=tuple(map(as_ended, group.runs))) for group in groups]
    repeats_apart = len(by_settings([run for group in groups for run in group.runs])) < len(groups)
    found = verdict([] if repeats_apart or len(groups) < 2 else groups)
    networks: McNemar | None = None
    with in_sentences():
        networks = _two_networks(groups)
    if not (found.sentences or found.training or found.waiting) and networks is None:
        return
    sentences = list(found.sentences)
    if networks is not None:
        sentences.append(network_sentence(groups[0].label, groups[1].label, networks))
    if found.training:
        them = ", ".join(found.training)
        sentences.append(f"Still training: {them}. The comparison appears when all runs have finished.")
    early = [name for name in found.waiting if name in _ended_early(groups)]
    if waiting := [name for name in found.waiting if name not in early]:
        them = ", ".join(waiting)
        sentences.append(
            f"Not finished: {them}. Settings are compared once all runs have finished: resume them, or untick them."
        )
    if early:
        them = ", ".join(early)
        sentences.append(f"Ended early by their search, so not compared: {them}. Untick them, or resume them.")
    measures = " or ".join(dict.fromkeys("R²" if group.task == REGRESSION else "accuracy" for group in groups))
    with st.container(key="verdict"):
        points = [plain(begun(sentence, groups)) for sentence in sentences]
        if len(points) == 1 and not found.sentences and networks is None:  # no result: one line leaves room for curves
            st.markdown(f"**{question(groups)}** {points[0]}")
        else:
            listed = [f"- {point}" for point in points]
            st.markdown("\n".join([f"**{question(groups)}** By final validation {measures}:", *listed]))
    tested = [pair for pair in found.comparisons if pair.test]
    if tested or networks is not None:
        with st.expander("How this was tested", key="verdict_tested"):
            if tested:
                st.dataframe(_details(tested), hide_index=True, height="content", alt="Tests", key="verdict_tests")
                st.caption(HOW.format(measures=measures))
            if networks is not None:
                first, second = networks.first_only, networks.second_only
                st.caption(HOW_TWO.format(first=first, second=second, p=_chance(networks.p)))


def _ended_early(groups: Sequence[Group]) -> set[str]:
    """Return what those groups are called whose runs a search has ended, and nobody went on with."""
    found = set()
    for name, group in zip(short_names(groups), groups, strict=True):
        waiting = [run for run in group.runs if run.status in (Status.PAUSED, Status.READY)]
        if waiting and all(outcome_of(run) in (Outcome.PRUNED, Outcome.CUT) for run in waiting):
            found.add(name)
    return found


def begun(sentence: str, groups: Sequence[Group]) -> str:
    """Return a sentence with a capital, unless it begins with a name that a person gave to a run."""
    names = tuple(group.label for group in groups if group.is_named)
    return sentence if sentence.startswith(names) else f"{sentence[0].upper()}{sentence[1:]}"


def question(groups: Sequence[Group]) -> str:
    """Return what the groups' comparison asks; it names the setting if they differ in only one."""
    names = [name for name in differing([group.runs[0].config for group in groups]) if name != "seed"]
    what = SUBJECTS.get(names[0], f"{SETTINGS[names[0]].label_in_text} is") if len(names) == 1 else "is"
    return f"Which {what} {'better' if len(groups) < 3 else 'best'}?"


def _details(tested: Sequence[Comparison]) -> pd.DataFrame:
    rows = []
    for pair in tested:
        assert pair.test is not None
        decimals, unit = DECIMALS[pair.task] + 1, "in R²" if pair.task == REGRESSION else "points"
        rows.append(
            {
                "Higher": pair.better,
                "Lower": pair.other,
                "Difference": f"{pair.difference:.{decimals}f} {unit}",
                "95 % interval": f"{pair.test.low:z.{decimals}f} to {pair.test.high:z.{decimals}f}".replace("-", "−"),
                "Seeds": pair.seeds,
                "t": f"{pair.test.t:.2f}",
                "p": _chance(pair.test.p),
                "p (Holm)": _chance(pair.corrected),
            }
        )
    return pd.DataFrame(rows)


def _chance(p: float) -> str:
    return f"{p:.2g}" if p >= 0.001 else "< 0.001"


def _two_networks(groups: Sequence[Group]) -> McNemar | None:
    """Return the test of exactly two trained networks that answered the same validation set."""
    runs = [run for group in groups for run in group.runs]
    if len(groups) != 2 or len(runs) != 2 or runs[0].dataset != runs[1].dataset:
        return None
    if runs[0].task == REGRESSION or any(run.status == Status.RUNNING or not run.step for run in runs):
        return None
    first, second = (_correct(run.id, run.seconds) for run in runs)
    return mcnemar(first, second)


@st.cache_data(max_entries=64, show_spinner=False)
def _correct(run_id: str, seconds: float) -> Array:
    """Return which validation examples a run's network gets right, boolean [examples]."""
    model = store().model(run_id)
    return predict(model).correct
