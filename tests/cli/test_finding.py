"""On the command line, a learning rate is suggested for the settings of a run."""

import pytest

from mlp.cli import finding
from mlp.training import Model
from mlp.training.finder import RateSearch
from tests.cli.calls import Say, is_one_sentence
from tests.models import with_parameters

WORDS = ("find-rate", "--dataset", "digits", "--hidden", "16", "--optimizer", "adam")


def test_a_rate_is_suggested_below_the_losses(say: Say) -> None:
    said = say(*WORDS)
    assert (said.code, said.err) == (0, "")
    heads, *rows, suggested = said.out.splitlines()
    assert heads.split() == ["rate", "loss"]
    rates = [float(row.split()[0]) for row in rows]
    assert rates[:5] == pytest.approx([1e-6, 1.78e-6, 3.16e-6, 5.62e-6, 1e-5])
    losses = [float(row.split()[1]) for row in rows]
    assert min(losses) < 0.6 * losses[0]
    found = suggested.split()
    assert found[:2] == ["Suggested:", "--learning-rate"]
    assert 0.001 < float(found[2].rstrip(",")) < 0.1


def test_without_a_good_rate_a_sentence_says_why(say: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    def damaged(model: Model) -> RateSearch:
        return RateSearch(with_parameters(model, model.state.parameters * 1e30))

    monkeypatch.setattr(finding, "RateSearch", damaged)
    said = say(*WORDS)
    assert (said.code, said.out) == (2, "")
    assert "Training diverges even with" in said.err
    assert is_one_sentence(said.err)
