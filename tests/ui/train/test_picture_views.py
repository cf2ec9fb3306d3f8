"""Examples that views show as pictures have the numbers that they have in Mistakes."""

from types import ModuleType
from typing import Any

import numpy as np
import pytest

from mlp import RunConfig
from mlp.inspection.predictions import sample_rows
from mlp.inspection.units import unit_details
from tests.models import model_of
from tests.ui.scripts import app_of
from ui.train import robustness, weights
from ui.train.gallery import content

CONFIG = RunConfig(dataset="digits", hidden=(16,))


def robustness_page() -> None:
    from tests.models import model_of
    from tests.ui.train.test_picture_views import CONFIG
    from ui.train.inspected import Inspected
    from ui.train.robustness import robustness

    robustness(Inspected(model_of(CONFIG, steps=20), None, moving=False))


def weights_page() -> None:
    from types import SimpleNamespace
    from typing import Any

    from tests.models import model_of
    from tests.ui.train.test_picture_views import CONFIG
    from ui.train.inspected import Inspected
    from ui.train.weights import weights

    session: Any = SimpleNamespace(run=None)
    weights(session, Inspected(model_of(CONFIG, steps=20), None, moving=False))


@pytest.mark.parametrize(("page", "module"), [(robustness_page, robustness), (weights_page, weights)])
def test_a_picture_is_called_by_its_example(page: Any, module: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    cells: list[dict[str, Any]] = []

    def gallery(*shown: Any, key: str, **numbers: Any) -> None:
        cells.extend(content(*shown, **numbers)["cells"])

    monkeypatch.setattr(module, "gallery", gallery)
    app = app_of(page).run()
    assert not app.exception
    model = model_of(CONFIG, steps=20)
    rows = sample_rows(model.dataset, 500) if module is robustness else unit_details(model, 0, 0, 12).rows
    assert [cell["number"] for cell in cells] == (rows[:12] + 1).tolist()
    truths = np.asarray(model.dataset.validation.labels)[rows[:12]]
    assert [cell["truth"] for cell in cells] == [str(truth) for truth in truths]
