"""The learning-rate finder suggests rates that train well, says why there is none, and never touches the network."""

from dataclasses import replace

import numpy as np
import pytest

from mlp import RunConfig, advance, evaluate
from mlp.config import SETTINGS
from mlp.datasets import is_available
from mlp.network.layers import Array
from mlp.network.optimizers import OPTIMIZERS
from mlp.training.finder import DECADES, RATES, STEPS, RateSearch, searched
from mlp.training.monitor import Monitor
from tests.models import WHOLE, model_of, with_parameters

DIGITS = RunConfig(dataset="digits", hidden=(32,))
POINTS = RunConfig(hidden=(8, 8), activation="tanh", batch_size=10, epochs=40)


def found(losses: Array, config: RunConfig = DIGITS) -> RateSearch:
    """The search of a network whose losses were these."""
    return RateSearch(model_of(config), losses)


def drawn(edge: float = 1.0, fall: float = 0.05) -> Array:
    """Losses that fall fastest at one rate and are high from another on."""
    falling = 2.3 - 1.8 / (1 + (fall / RATES) ** 3)
    return np.where(edge * 0.999 <= RATES, 9.0, falling)


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
@pytest.mark.skipif(not is_available("mnist"), reason="MNIST is not on disk")
def test_one_epoch_at_the_suggested_rate_reaches_95_percent_on_mnist(optimizer: str) -> None:
    model = model_of(RunConfig(optimizer=optimizer, seed=1, epochs=1))
    config = replace(model.config, learning_rate=searched(RateSearch(model)).suggestion().rate)
    state, _ = advance(config, model.dataset, model.state, config.steps_per_epoch(model.dataset.info))
    assert evaluate(config, model.dataset, state).accuracy > 0.95


@pytest.mark.parametrize(
    "config",
    [
        *(replace(DIGITS, optimizer=optimizer, epochs=6) for optimizer in OPTIMIZERS),
        replace(DIGITS, batch_size=1197, schedule="cosine", epochs=100),
        replace(POINTS, dataset="moons"),
        replace(POINTS, dataset="moons", optimizer="adam"),
        replace(POINTS, dataset="slope?task=regression"),
        replace(POINTS, dataset="slope?task=regression", optimizer="adam"),
    ],
    ids=[*OPTIMIZERS, "one batch an epoch", "points", "points, adam", "regression", "regression, adam"],
)
def test_a_suggested_rate_learns(config: RunConfig) -> None:
    model = model_of(config)
    chosen = replace(config, learning_rate=searched(RateSearch(model)).suggestion().rate)
    state, report = advance(chosen, model.dataset, model.state, WHOLE)
    assert report.diverged is None
    losses = [evaluate(chosen, model.dataset, state).loss for state in (model.state, state)]
    assert losses[1] < 0.5 * losses[0]


def test_pieces_of_a_search_are_the_search_and_the_network_stays() -> None:
    model = model_of(replace(DIGITS, optimizer="adam", dropout=0.2), 50)
    before = model.state.parameters.copy()
    whole = piece = searched(RateSearch(model))
    piece, pieces = RateSearch(model), 0
    while not piece.over:
        piece, pieces = searched(piece, seconds=0), pieces + 1
    assert pieces == len(whole.losses) > STEPS
    assert (piece.losses == whole.losses).all()
    assert piece.model.state.same_as(whole.model.state)
    assert (model.state.parameters == before).all()
    assert whole.model.config == model.config


def test_a_run_that_is_over_is_searched_like_another() -> None:
    model = model_of(DIGITS, 200)
    stopped = replace(DIGITS, early_stopping="loss", patience=1, schedule="plateau")
    memory = Monitor(loss_waited=5, factor=0.001)
    over = replace(model, config=stopped, state=replace(model.state, epoch=10_000, position=0, monitor=memory))
    model = replace(model, state=replace(model.state, epoch=0, position=0))
    assert (searched(RateSearch(over)).losses == searched(RateSearch(model)).losses).all()


def test_each_step_takes_the_next_rate() -> None:
    model = model_of(DIGITS)
    assert RATES[STEPS::STEPS] / RATES[:-STEPS:STEPS] == pytest.approx([10] * DECADES)
    state, losses = model.state, []
    for rate in RATES[:5]:
        state, report = advance(replace(DIGITS, learning_rate=rate), model.dataset, state, 1)
        losses.append(report.train_loss)
    search = RateSearch(model)
    while len(search.losses) < 5:
        search = searched(search, seconds=0)
    assert search.losses == pytest.approx(losses)
    assert (search.model.state.parameters == state.parameters).all()


def test_the_edge_and_the_steepest_fall_are_where_they_were_drawn() -> None:
    search = found(drawn())
    assert search.edge is not None
    assert search.steepest is not None
    assert RATES[search.edge] == pytest.approx(1.0, rel=0.5)
    assert RATES[search.steepest] == pytest.approx(0.05, rel=0.5)
    assert search.suggestion().rate == pytest.approx(10**-0.5, rel=0.5)
    assert "a third of" in search.suggestion().reason
    momentum = found(drawn(), replace(DIGITS, optimizer="momentum")).suggestion()
    assert momentum.rate == pytest.approx(0.1, rel=0.5)
    adam = found(drawn(), replace(DIGITS, optimizer="adam")).suggestion()
    assert adam.rate == pytest.approx(0.05, rel=0.5)
    assert "falls fastest" in adam.reason


def test_a_few_bad_batches_are_no_edge() -> None:
    losses = drawn()
    losses[170:173] = 100.0
    searches = [found(losses[:steps]) for steps in range(160, 200)]
    assert any(search.edge is not None for search in searches), "at first, it looks like one"
    assert not any(search.over for search in searches)
    assert found(losses).edge == pytest.approx(found(drawn()).edge, abs=3)


@pytest.mark.parametrize("seed", range(5))
def test_noise_is_no_fall(seed: int) -> None:
    rng = np.random.default_rng(seed)
    losses = np.where(RATES >= 1.0, 50.0, rng.gamma(0.3, 7.7, len(RATES)))  # as of batches of one example
    search = found(losses, replace(DIGITS, optimizer="adam"))
    assert search.steepest is None
    assert search.suggestion().rate == pytest.approx(0.1, rel=0.5)


def test_a_network_that_never_diverges_gets_the_rate_at_which_it_learns_fastest() -> None:
    search = found(drawn(edge=1e9))
    assert search.over
    assert search.edge is None
    assert search.suggestion().rate == pytest.approx(0.05, rel=0.5)


def test_without_any_effect_there_is_no_suggestion() -> None:
    with pytest.raises(ValueError, match="to 100 changes the loss: the network doesn't learn"):
        found(np.full(len(RATES), 2.3)).suggestion()


def test_a_network_that_no_rate_trains_gets_no_suggestion_and_one_that_has_learned_a_low_one() -> None:
    with pytest.raises(ValueError, match=r"the network only guesses\. Above 0\.\d+, the loss rises\."):
        found(np.where(RATES >= 1.0, 9.0, 2.3)).suggestion()
    learned = found(np.where(RATES >= 1.0, 9.0, 0.3)).suggestion()
    assert 0.03 < learned.rate < 0.1
    assert "the loss doesn't fall clearly" in learned.reason


def test_a_network_whose_loss_falls_late_gets_a_rate() -> None:
    search = searched(RateSearch(model_of(RunConfig(dataset="xor", hidden=(20,), activation="tanh"))))
    assert search.steepest is None
    assert 0.01 < search.suggestion().rate < 10


@pytest.mark.parametrize("size", [1e30, np.nan])
def test_a_network_that_diverges_at_once_says_so(size: float) -> None:
    model = model_of(DIGITS)
    search = searched(RateSearch(with_parameters(model, model.state.parameters * size)))
    assert search.over
    assert search.diverged
    with pytest.raises(ValueError, match="Training diverges even with a learning rate of"):
        search.suggestion()


def test_suggestions_are_allowed_settings() -> None:
    for edge in np.geomspace(1e-4, 100, 20):
        rate = found(drawn(edge=edge, fall=edge / 20)).suggestion().rate
        assert SETTINGS["learning_rate"].check(rate) == rate
