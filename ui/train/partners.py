"""Partners are other runs that answer together with the one that is shown; the address names them."""

from collections.abc import Iterable, Mapping

import numpy as np

from mlp.comparison.groups import title_of
from mlp.config import ConfigError
from mlp.datasets import DatasetError
from mlp.store import StoreError
from mlp.training import Model
from ui.parts.choice import put
from ui.parts.server import store
from ui.parts.state import Key
from ui.train.session import TrainSession

MOST_PARTNERS = 50


def widget_key(run_id: str) -> str:
    """Return the key of the list in which a run's partners are chosen."""
    return f"{Key.PARTNERS}-{run_id}"


def in_address(session: TrainSession) -> str:
    """Return the partners of the run that is shown as the address names them."""
    return ".".join(session.partners)


def open_partners(session: TrainSession, text: str) -> list[str]:
    """Have those runs answer together with the one that is shown that an address names, and no others.

    Return a sentence for each that can't.
    """
    run = session.run
    named = [name for name in dict.fromkeys(text.split(".")) if name and run and name != run.id]
    if run is None or list(session.partners) == named:
        return []
    found: dict[str, Model] = {}
    complaints = []
    for run_id in named[:MOST_PARTNERS]:
        try:
            record = store().run(run_id)
            if record.dataset != run.view().config.dataset:
                raise ConfigError(f"{title_of(record)} learned from other data, so it can't answer together with this.")
            found[run_id] = answering(run_id, title_of(record))
        except (ConfigError, DatasetError, StoreError) as error:
            complaints.append(str(error))
    if len(named) > MOST_PARTNERS:
        complaints.append(f"At most {MOST_PARTNERS} runs answer together with this one; the link names {len(named):,}.")
    session.partners = found
    put(widget_key(run.id), list(found))
    return complaints


def chosen_partners(run_ids: Iterable[str], names: Mapping[str, str]) -> dict[str, Model]:
    """Return the networks of runs by their ids. Raises as `answering`."""
    return {run_id: answering(run_id, names.get(run_id, run_id)) for run_id in run_ids}


def answering(run_id: str, name: str) -> Model:
    """Return a run's network. Raises ConfigError if it gives no answers, StoreError if it can't be read."""
    model = store().model(run_id)
    if not np.isfinite(model.parameters).all():
        raise ConfigError(
            f"The weights of {name} became NaN or infinite, so it can't answer with others. Leave it out."
        )
    return model
