"""A verdict says which of several settings is better, compared seed by seed, and how sure that is.

Runs with the same seed share their validation set, the order of their mini-batches and, for equal sizes, their initial
weights. What they share cancels in the difference, so a few pairs show what two separate averages would hide.
"""

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from typing import NamedTuple

import numpy as np

from mlp.comparison.groups import Group, differing, score_text
from mlp.config import SETTINGS
from mlp.datasets import CLASSIFICATION, REGRESSION
from mlp.inspection.metrics import McNemar
from mlp.text import counted
from mlp.training import Status

LEVEL = 0.05  # a difference is called clear below this chance
SAME = 1e-9  # scores that differ by less are the same, but for rounding
LEAST_SEEDS = 3  # that two settings must share; with two, the interval is 12.7 standard errors wide on each side
SCALES = {CLASSIFICATION: 100, REGRESSION: 1}  # differences are in percentage points, those of R² as they are
DECIMALS = {CLASSIFICATION: 1, REGRESSION: 3}  # one more for an interval of less than two of the last one
MORE_SEEDS = f"at least {LEAST_SEEDS} seeds, preferably 5"


class PairedTest(NamedTuple):
    """The paired t-test of two samples: t = d̄ / (s / √n) with n − 1 degrees of freedom."""

    mean: float  # of the differences
    low: float  # of its 95 % confidence interval
    high: float
    t: float
    p: float  # chance of a difference at least this large if there were none


def paired_test(one: Sequence[float], other: Sequence[float]) -> PairedTest:
    """Return the paired t-test of two samples of one length, at least two, whose differences are not all the same."""
    from scipy.stats import ttest_rel  # takes half a second to import, and most pages never need it

    found = ttest_rel(one, other)
    low, high = found.confidence_interval(1 - LEVEL)
    mean = float(np.mean(np.subtract(one, other)))
    return PairedTest(mean, float(low), float(high), float(found.statistic), float(found.pvalue))


def holm(chances: Sequence[float]) -> list[float]:
    """Return p-values corrected for their number: the smallest times n, the next times n − 1, never decreasing.

    S. Holm, Scandinavian Journal of Statistics 6, 1979.
    """
    corrected, floor = [0.0] * len(chances), 0.0
    for rank, index in enumerate(sorted(range(len(chances)), key=lambda index: chances[index])):
        floor = max(floor, min((len(chances) - rank) * chances[index], 1.0))
        corrected[index] = floor
    return corrected


class Comparison(NamedTuple):
    """Two settings over the seeds that both were run with, the one with the higher score first."""

    better: str
    other: str
    task: str
    seeds: int  # that they share
    difference: float  # mean, in percentage points or of R²; NaN without a shared seed
    test: PairedTest | None  # None with too few seeds, or if every seed gives the same difference
    corrected: float  # p after Holm's correction; NaN without a test

    @property
    def clear(self) -> bool:
        """Whether the difference is more than chance explains."""
        return self.corrected < LEVEL

    def sentence(self, comparisons: int = 1) -> str:
        """Return in one sentence which is better and by how much, with the 95 % interval in parentheses.

        `comparisons` is how many there are: among many, one can seem clear by chance.
        """
        if self.seeds == 0:
            return f"{self.better} and {self.other} share no seed. Run both with the same seeds, {MORE_SEEDS}."
        if self.test is None:
            return self._untested()
        decimals = DECIMALS[self.task]
        decimals += self.test.high - self.test.low < 2 * 10**-decimals
        low, high = (_signed(edge, decimals) for edge in (self.test.low, self.test.high))
        size = f"{self._size(decimals)} ({low} to {high})"
        if self.clear:
            return f"{self.better} is better than {self.other} by {size}."
        if self.test.p < LEVEL:
            return (
                f"{self.better} may be better than {self.other} by {size}, but one of {comparisons} comparisons can "
                "look like this by chance. Run more seeds to find out."
            )
        return f"No clear difference between {self.better} and {self.other}: {size}."

    def _size(self, decimals: int) -> str:
        text = f"{self.difference:.{decimals}f}"
        if self.task == REGRESSION:
            return f"{text} in R²"
        return f"{text} {'point' if float(text) == 1 else 'points'}"

    def _untested(self) -> str:
        seeds, size = counted(self.seeds, "seed"), self._size(DECIMALS[self.task])
        higher = f"{size} higher" if self.task == CLASSIFICATION else size.replace(" in", " higher in")
        if self.seeds < LEAST_SEEDS:
            scored = f"{self.better} scored {higher} than {self.other}"
            return f"{scored}, but {seeds} in common can't show whether that is luck. Run both with {MORE_SEEDS}."
        if self.difference == 0:
            return f"{self.better} and {self.other} scored the same with each of {seeds}."
        return f"{self.better} scored {higher} than {self.other} with every one of {seeds}."


class Verdict(NamedTuple):
    """What the runs show: sentences about the best setting, and every comparison behind them."""

    sentences: list[str]
    comparisons: list[Comparison]  # of all pairs
    training: list[str]  # settings whose runs still train, and are not judged,
    waiting: list[str]  # nor are those that have paused, or were never started


def verdict(groups: Sequence[Group]) -> Verdict:
    """Compare groups that learned the same data by their final validation score, as soon as their runs have finished.

    The sentences compare the best one with each of the others. Holm's correction is over all pairs.
    """
    groups = [replace(group, label=name) for group, name in zip(groups, short_names(groups), strict=True)]
    training = [group for group in groups if Status.RUNNING in group.statuses]
    waiting = [group for group in groups if group not in training and group.statuses & {Status.PAUSED, Status.READY}]
    done = [group for group in groups if group.finals and group not in training and group not in waiting]
    done.sort(key=lambda group: -_mean(group))
    pairs = [pair for pair in combinations(done, 2) if pair[0].runs[0].dataset == pair[1].runs[0].dataset]
    found = [_compare(one, other) for one, other in pairs]
    chances = holm([pair.test.p for pair in found if pair.test])
    corrected = iter(chances)
    found = [pair._replace(corrected=next(corrected)) if pair.test else pair for pair in found]
    best: dict[str, Group] = {}  # of each data set
    for one, _ in pairs:
        best.setdefault(one.runs[0].dataset, one)
    leading = [pair for (one, _), pair in zip(pairs, found, strict=True) if one in best.values()]
    sentences = [pair.sentence(len(chances)) for pair in leading]
    if leading and all(len(group.finals) == 1 for pair in pairs for group in pair):
        sentences = [_single_seed([group for group in done if group.runs[0].dataset == dataset]) for dataset in best]
    return Verdict(sentences, found, [group.label for group in training], [group.label for group in waiting])


def _single_seed(groups: Sequence[Group]) -> str:
    """Return the sentence about groups of one run each, the best first."""
    scores = [_mean(group) for group in groups]
    tied = [group.label for group, score in zip(groups, scores, strict=True) if scores[0] - score < SAME]
    first, more = score_text(groups[0].task, scores[0]), f"Run each with {MORE_SEEDS}."
    if len(tied) == len(groups):
        return f"{_together(tied)} scored the same, {first}, but one seed can't show that they are equally good. {more}"
    top = "higher" if len(groups) == 2 else "highest"
    return f"{_together(tied)} scored {top} with {first}, but one seed can't show whether that is luck. {more}"


def _together(labels: Sequence[str]) -> str:
    *before, last = labels
    return f"{', '.join(before)} and {last}" if before else last


def short_names(groups: Sequence[Group]) -> list[str]:
    """Return what groups are called in a sentence: if they differ in one setting, by its value alone."""
    names = [name for name in differing([group.runs[0].config for group in groups]) if name != "seed"]
    if len(names) != 1 or names[0] in ("hidden", "evaluate_train"):  # "16 units" says more than "16"
        return [group.label for group in groups]
    values = [SETTINGS[names[0]].show(getattr(group.runs[0].config, names[0])) for group in groups]
    return [group.label if group.is_named else value for group, value in zip(groups, values, strict=True)]


def _compare(one: Group, other: Group) -> Comparison:
    shared = sorted(one.finals.keys() & other.finals.keys())
    if not shared:
        return Comparison(one.label, other.label, one.task, 0, math.nan, None, math.nan)
    scale = SCALES[one.task]
    higher, lower = ([scale * group.finals[seed] for seed in shared] for group in (one, other))
    if np.mean(higher) < np.mean(lower):  # on the seeds that they share
        one, other, higher, lower = other, one, lower, higher
    differences = np.subtract(higher, lower)
    varies = len(shared) >= LEAST_SEEDS and np.ptp(differences) > SAME
    test = paired_test(higher, lower) if varies else None
    mean = float(differences.mean())
    difference = 0.0 if mean < SAME else mean
    return Comparison(one.label, other.label, one.task, len(shared), difference, test, math.nan)


def _mean(group: Group) -> float:
    return float(np.mean(list(group.finals.values())))


def _signed(value: float, decimals: int) -> str:
    """Return a number with a true minus sign, and without one if it is 0 as it is written."""
    return f"{value:z.{decimals}f}".replace("-", "−")


# ── Two trained networks on one validation set ────────────────────────────────────────────────────────────────────


def network_sentence(first: str, second: str, test: McNemar) -> str:
    """Return in one sentence whether one of two trained networks is better on their validation set."""
    counts = (
        f"of {test.examples:,} validation examples, {first} alone gets {test.first_only:,} right, {second} alone "
        f"{test.second_only:,}"
    )
    if not test.first_only + test.second_only:
        return f"These two trained networks get the same of {test.examples:,} validation examples right."
    if test.p >= LEVEL:
        return f"These two trained networks show no clear difference: {counts}."
    better, other = (first, second) if test.first_only > test.second_only else (second, first)
    return f"As trained here, {better} is better than {other}: {counts}."
