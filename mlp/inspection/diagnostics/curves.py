"""What the curves show: a rate too high or too low, one class only, over- and underfitting, a plateau, mere luck."""

import math
from dataclasses import replace

import numpy as np

from mlp.config import SETTINGS, RunConfig
from mlp.datasets import REGRESSION
from mlp.inspection.diagnostics.case import Case, Finding, learned_most, mean_loss, middle, slower
from mlp.inspection.metrics import mcnemar
from mlp.inspection.neighbors import neighbors_predict
from mlp.inspection.predictions import Predictions, predict
from mlp.network.layers import Array
from mlp.text import counted, percent, rate, score
from mlp.training import advance, initial_state
from mlp.training.history import HistoryView

HEALTHY_RATIO = 1e-3  # ‖ΔW‖ / ‖W‖ of a step
SMALL_RATIO = 2e-4  # below this a network hardly changes
LEARNED = 0.25  # of the loss of guessing: below this, training is going well whatever the size of its steps
OVERSHOT = 1.25  # of the loss of guessing: worse than knowing nothing
POOLED = 256  # examples in a mean that is compared with that
FEWEST_MEASURED = 5  # validation losses, before one is compared with the others
SLOWEST_START = 2  # epochs at least, before a network should know more than one class
BOUNCE = 0.03  # of the loss of guessing: mean rise of the validation loss from one measurement to the next
RISEN = 1.4  # validation loss, relative to its lowest,
RISEN_SMOOTHED = 1.1  # or this, with smoothed labels: a network that is never quite sure can't be very wrong
RISE = 0.02  # and in nats: smaller rises are the noise of a small validation set
MEMORIZED = 5  # times smaller the training loss is than the validation loss
UNLEARNED = 0.35  # of the loss of guessing
FLAT = 0.03  # share by which the loss still falls over the last quarter of the training
FLOOR = 0.05  # of the loss of guessing: below this there is nothing left to gain
UNEVEN = 1.5  # the share of the most frequent class, relative to that of classes of one size
FEW = 0.05  # of the examples of all other classes: who gets no more of them right has only learned the frequent one
SIGNIFICANT = 0.05  # p-value below which a difference is more than chance
PENALTIES = (
    "dropout",
    "input_dropout",
    "l1",
    "l2",
    "max_norm",
    "label_smoothing",
)  # which raise the training loss, as augmentation does
MOST_OF_SPREAD = 1.05  # validation loss relative to the training loss, if a network fits both equally

_RATIO_SOURCE = "Karpathy, Stanford CS231n, “Neural networks part 3”: about 0.001 is healthy"


def too_high(case: Case) -> Finding | None:
    """Find steps so long that they overshoot: the loss spikes again and again, and stays high."""
    if not (case.trained_enough and case.unlearned > LEARNED):
        return None
    ratio = middle(case.late["update_ratio"])
    losses, late = _pooled_losses(case.recent), _pooled_losses(case.late)
    highest = float(losses.max())
    # A loss that is lower than ever, and no longer spikes, has come down since: a schedule has lowered the rate.
    recovered = bool(late.min() <= losses.min() and late.max() < case.guess)
    spiked = highest > OVERSHOT * case.guess and not recovered
    rise = _mean_rise(case.late["validation_loss"])
    if spiked and highest > OVERSHOT * _loss_at_first(case):  # which takes a moment to compute
        seen = f"The training loss spiked to {highest:.3g}, though {case.guessing} gives {case.guess:.3g}"
    elif rise > BOUNCE * case.guess and middle(case.late["validation_loss"]) > LEARNED * case.guess:
        seen = f"The validation loss bounces: on average it rises by {rise:.2g} from one measurement to the next"
    else:
        return None
    cure, changes = slower(
        case.config.learning_rate,
        "Go back to the step where this rate took effect, and continue with a tenth of it, {}.",
    )
    moves = f" Each step changes the fastest layer by {ratio:.2g} of its weights; about 0.001 is usual."
    return Finding(
        title="The learning rate is too high",
        evidence=f"{seen}. The recent training loss is {case.late_loss:.3g} (running mean)."
        f"{moves if ratio > HEALTHY_RATIO else ''}",
        cure=cure,
        changes=changes,
        back_to=case.since,
        source=_RATIO_SOURCE,
    )


def too_low(case: Case) -> Finding | None:
    """Find steps so short that the network hardly changes, though it has much to learn."""
    if not (case.trained_enough and case.unlearned > LEARNED):
        return None
    rates = case.late["learning_rate"]
    # A rate that the schedule lowers for a while is not too low.
    ratio = middle(case.late["update_ratio"] * case.config.learning_rate / np.where(rates > 0, rates, np.nan))
    if not ratio < SMALL_RATIO:
        return None
    factor = 10.0 ** min(max(round(math.log10(HEALTHY_RATIO / max(ratio, 1e-12))), 1), 3)
    better = min(float(f"{case.config.learning_rate * factor:.3g}"), SETTINGS["learning_rate"].high)
    return Finding(
        title="The learning rate is too low",
        evidence=f"At the full rate each step changes the fastest layer by {ratio:.2g} of its weights; about 0.001 "
        f"is usual. The training loss is {case.late_loss:.3g} (running mean) after "
        f"{counted(case.epochs, 'epoch')}; {case.guessing} gives {case.guess:.3g}.",
        cure=f"Raise the learning rate to {rate(better)}.",
        changes={"learning_rate": better},
        source=_RATIO_SOURCE,
    )


def over_fitting(case: Case) -> Finding | None:
    """Find a network that keeps memorizing its examples while it gets worse on others."""
    losses = case.history["validation_loss"]
    losses = losses[np.isfinite(losses)]
    if not case.trained_enough or len(losses) < FEWEST_MEASURED:
        return None
    lowest, now = float(losses.min()), float(losses[-3:].min())
    train, least = mean_loss(_last_epoch(case)), case.least
    most = RISEN_SMOOTHED if least.train else RISEN
    risen = now - least.validation > most * max(lowest - least.validation, 0)
    memorized = (train - least.train) * MEMORIZED < now - least.validation
    if not (risen and now - lowest > RISE and memorized):
        return None
    step = learned_most(case)
    changes = {"dropout": 0.5} if case.config.hidden and max(case.config.dropouts) < 0.5 else {"l2": 0.001}
    others = "More examples, augmentation" if case.model.dataset.info.image_shape else "More examples"
    allowed = f"; smoothed labels allow no less than {least.train:.2g}" if least.train else ""
    what = "dropout of one half" if "dropout" in changes else "an L2 penalty of 0.001"
    return Finding(
        title="The network is overfitting",
        evidence=f"The validation loss was lowest at step {step:,}, {lowest:.3g}, and has risen to {now:.3g}, "
        f"while the training loss has fallen to {train:.2g} (running mean{allowed}): the network memorizes its "
        "examples.",
        cure=f"Keep the network of step {step:,} (early stopping), or continue from there with {what}. "
        f"{others} or a smaller network help, too.",
        changes=changes,
        back_to=step,
        source="Prechelt, “Early stopping – but when?” (1998); Srivastava et al., “Dropout” (2014)",
    )


def one_class(case: Case) -> Finding | None:
    """Find a network that has only learned which class is the most frequent one by far."""
    info, (inputs, labels) = case.model.dataset.info, case.model.dataset.train
    if info.task == REGRESSION or not case.trained_enough or case.epochs < max(case.patience, SLOWEST_START):
        return None
    counts = np.bincount(labels, minlength=info.classes)
    frequent = int(counts.argmax())
    share = float((case.model.dataset.validation.labels == frequent).mean())
    accuracy = case.history.last("validation_accuracy")
    if counts[frequent] * info.classes < UNEVEN * len(labels) or accuracy > share:
        return None
    others = labels != frequent
    seen = Predictions.of(case.model, inputs[others], labels[others])
    right = int(seen.correct.sum())
    if right > FEW * len(seen.labels):
        return None
    name = info.class_names[frequent]
    balanced = case.config.class_weights == "balanced"
    return Finding(
        title="The network has only learned the most frequent class",
        evidence=f"Of {counted(len(seen.labels), 'training example')} of other classes than {name} it gets "
        f"{f'{right:,}' if right else 'none'} right, and its validation accuracy, {percent(accuracy)}, is not above "
        f"the share of {name}, {percent(share)}.",
        cure="Class weights are balanced already: get more examples of the other classes, or inputs that tell the "
        "classes apart."
        if balanced
        else "Continue with balanced class weights: mistakes on rare classes then cost more. Accuracy may fall, so "
        "compare the recall of each class.",
        changes={} if balanced else {"class_weights": "balanced"},
        source="King and Zeng, “Logistic regression in rare events data” (2001)",
    )


def under_fitting(case: Case) -> Finding | None:
    """Find a network that can't even fit its training examples, and has stopped getting better."""
    if not (_is_flat(case) and case.unlearned > UNLEARNED):
        return None
    validation = middle(case.late["validation_loss"])
    if validation > MOST_OF_SPREAD * case.late_loss or not _neighbors_do_better(case):
        return None
    penalties = {name: SETTINGS[name].default for name in _held_back(case.config)}
    if case.model.dataset.info.task == REGRESSION:
        reached = f"R² is only {score(1 - case.late_loss / case.guess)}"
    else:
        accuracy = case.late["train_accuracy"] @ case.late["trained"] / case.late["trained"].sum()
        reached = f"it gets only {percent(accuracy, 0)} right"
    held_back = ", ".join(SETTINGS[name].label_in_text for name in penalties)
    return Finding(
        title="The network may be underfitting",
        evidence=f"Even on its training examples {reached} (running mean), with a loss "
        f"of {case.late_loss:.3g} ({case.guessing}: {case.guess:.3g}), and it has stopped getting better.",
        cure=f"Remove what holds it back: {held_back}."
        if penalties
        else "Give it more capacity: more hidden layers or units, with a nonlinear activation, and restart.",
        changes=penalties,
        source="Goodfellow, Bengio and Courville, “Deep learning” (2016), section 5.2",
    )


def _neighbors_do_better(case: Case) -> bool:
    """Return whether even the nearest training examples predict better: if not, what is left may be noise."""
    predicted, labels = neighbors_predict(case.model.dataset)
    if case.model.dataset.info.task == REGRESSION:
        return 0.5 * float(np.square(predicted - labels).mean()) < middle(case.late["validation_loss"])
    return float((predicted == labels).mean()) > middle(case.late["validation_accuracy"])


def _held_back(config: RunConfig) -> list[str]:
    """Return the settings in use that keep the training loss up."""
    return [*(name for name in PENALTIES if getattr(config, name)), *config.augmentations]


def plateau(case: Case) -> Finding | None:
    """Find a loss that has stopped falling before it is near 0, at a learning rate that never falls."""
    config, share, ratio = case.config, case.unlearned, middle(case.late["update_ratio"])
    if not (_is_flat(case) and FLOOR < share <= UNLEARNED and ratio > HEALTHY_RATIO):
        return None
    if _held_back(config) or config.schedule != "constant":
        return None
    return Finding(
        title="Training has reached a plateau",
        evidence=f"The training loss has stayed at {case.late_loss:.3g} (running mean) for "
        f"{counted(case.epochs / 2, 'epoch')}, while each step still changes the fastest layer by {ratio:.2g} of its "
        "weights: it jumps back and forth across the valley.",
        cure="Continue with a tenth of the learning rate, or with a schedule that lowers it.",
        changes=slower(config.learning_rate, "")[1],
        source="He et al., “Deep residual learning” (2016): ÷ 10 when the error plateaus",
    )


def luck(case: Case) -> Finding | None:
    """Find a change of settings whose effect on the validation set can't be distinguished from chance yet.

    Both networks predicted the same examples, so the test is a paired one.
    """
    if not (case.since > 0 and case.before is not None and case.epochs >= 1):
        return None
    if case.model.dataset.info.task == REGRESSION:  # a number is not correct or wrong
        return None
    before, after = (predict(model).correct for model in (case.before, case.model))
    test = mcnemar(before, after)
    if test.p < SIGNIFICANT:
        return None
    return Finding(
        title="The last change has made no clear difference",
        evidence=f"Validation accuracy was {percent(before.mean())} before the change and is "
        f"{percent(after.mean())} now: {test.second_only:,} of {len(after):,} examples have become "
        f"correct and {test.first_only:,} wrong. If the change had no effect, a difference this "
        f"large would still appear in about {percent(test.p, 0)} of such comparisons (McNemar's test).",
        cure="Train longer, or compare both settings over several seeds on the Runs page, before deciding whether it "
        "helped.",
        source="McNemar, “Note on the sampling error of the difference between correlated proportions” (1947)",
    )


def _pooled_losses(reports: HistoryView) -> Array:
    """Return mean training losses over at least about POOLED examples each: single mini-batches are too noisy."""
    seen = reports["trained"].cumsum()
    starts = np.flatnonzero(np.diff(np.floor((seen - reports["trained"]) / POOLED), prepend=-1))
    sums, counts = (
        np.add.reduceat(values, starts) for values in (reports["train_loss"] * reports["trained"], reports["trained"])
    )
    full = counts >= POOLED / 2
    return (sums / counts)[full] if full.any() else sums / counts


def _loss_at_first(case: Case) -> float:
    """Return the loss with which training under the current settings began: no step is to blame for it."""
    before = case.history.until(case.since)
    if case.since > 0 and len(before):
        losses = np.append(_pooled_losses(before)[-1:], before.last("validation_loss"))
        return float(np.nanmax(losses))
    # Random weights can be far worse than guessing, above all with dropout. So short steps leave them as they are.
    config = replace(case.config, learning_rate=SETTINGS["learning_rate"].low)
    dataset = case.model.dataset
    _, report = advance(config, dataset, initial_state(config, dataset), math.ceil(POOLED / config.batch_size))
    return report.train_loss


def _mean_rise(losses: Array) -> float:
    """Return by how much losses rise from one to the next on average, falls counted as 0."""
    known = losses[np.isfinite(losses)]
    return float(np.maximum(np.diff(known), 0).mean()) if len(known) >= FEWEST_MEASURED else 0.0


def _is_flat(case: Case) -> bool:
    """Return whether the training loss has stopped falling: its last quarter is hardly lower than the one before."""
    if not (case.trained_enough and case.epochs >= case.patience and len(case.late) >= 4):
        return False
    half = len(case.late) // 2
    earlier, later = (mean_loss(HistoryView(part)) for part in np.split(case.late.table, [half], axis=1))
    return later > (1 - FLAT) * earlier


def _last_epoch(case: Case) -> HistoryView:
    """Return the latest reports that together make up about an epoch."""
    left = case.recent["trained"][::-1].cumsum()
    count = int(np.searchsorted(left, len(case.model.dataset.train.labels))) + 1
    return HistoryView(case.recent.table[:, -count:])
