"""`mlp find-rate` shows the loss at each learning rate, and suggests one to train with."""

from threadpoolctl import threadpool_limits

from mlp import initial_state, load_dataset
from mlp.cli.arguments import UsageError
from mlp.config import RunConfig
from mlp.text import nats, rate
from mlp.training import Model
from mlp.training.finder import STEPS, RateSearch, searched

LINES = 4  # for each factor of ten


def found_rate(config: RunConfig) -> str:
    """Search with a new network; return what to print. Raises UsageError if there is no good rate, DatasetError."""
    dataset = load_dataset(config.dataset)
    with threadpool_limits(1, user_api="blas"):  # as on the dashboard
        search = searched(RateSearch(Model(config, dataset, initial_state(config, dataset))))
    try:
        suggestion = search.suggestion()
    except ValueError as error:
        raise UsageError(str(error)) from error
    steps = range(0, len(search.losses), STEPS // LINES)
    rows = [f"{rate(float(search.rates[step])):>12} {nats(float(search.smooth[step])):>9}" for step in steps]
    found = f"Suggested: --learning-rate {rate(suggestion.rate)}, {suggestion.reason}"
    return "\n".join([f"{'rate':>12} {'loss':>9}", *rows, found])
