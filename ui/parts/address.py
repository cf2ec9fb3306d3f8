"""The address holds what a person set on a page, so a copied link opens the same settings.

It lists only what differs from what the page sets by itself: `?preset=fast&learning_rate=0.05&hidden=100-200`.
"""

from collections.abc import Callable, Mapping
from typing import Any

from mlp.datasets import DatasetError
from mlp.setting import ConfigError, Setting
from mlp.text import unknown
from ui.parts.classroom import OF_THE_CLASSROOM
from ui.parts.notices import labeled

RUN = "run"  # the parameter that names a stored run
TAKE = "take"  # the secret that hands that run to the browser which opens the link
TOGETHER = "with"  # the runs that answer together with that one
VIEW, EXAMPLE = "view", "example"  # those that name a tab of the Train page, and a validation example, counted from 0


def read(
    query: Mapping[str, str],
    settings: Mapping[str, Setting],
    base: Mapping[str, Any],
    fits: Callable[[dict[str, Any]], object] = dict,
) -> tuple[dict[str, Any], list[str]]:
    """Return the values that an address asks for, or else those of `base`; and a sentence for each invalid parameter.

    `fits` raises ConfigError for values that don't fit together, DatasetError for a data set that is not there.
    """
    values, complaints = dict(base), []
    for name, text in query.items():
        if name in (RUN, TAKE, TOGETHER, VIEW, EXAMPLE, *OF_THE_CLASSROOM):
            continue
        try:
            if name not in settings:
                raise ConfigError(unknown("setting", name, settings))
            wanted = values | {name: settings[name].read(text)}
            fits(wanted)
        except (ConfigError, DatasetError) as error:
            complaints.append(labeled(str(error), settings))
        else:
            values = wanted
    return values, complaints


def written(values: Mapping[str, Any], settings: Mapping[str, Setting], base: Mapping[str, Any]) -> dict[str, str]:
    """Return the address's parameters for the values that differ from `base`."""
    return {name: setting.write(values[name]) for name, setting in settings.items() if values[name] != base[name]}
