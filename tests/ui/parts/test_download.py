"""A run leaves the page as a file that a worker writes, for the tab that asked for it alone."""

import pickle
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from mlp import RunConfig, load_dataset
from mlp.config import ConfigError
from mlp.datasets import Recipe
from mlp.engine import Run, Status
from mlp.export import FORMATS, ExportedRun, open_network
from mlp.export.script_story import story_of
from tests.models import with_parameters
from tests.stored_runs import SMALL
from tests.stories import story
from tests.ui.asking import ask
from tests.ui.scripts import app_of
from tests.waiting import wait_until
from ui.boundary.session import PlaneSession
from ui.parts.download import Download
from ui.parts.server import engine, store
from ui.parts.session import Session
from ui.parts.state import Key
from ui.train.session import TrainSession

RUN = story(SMALL, load_dataset("digits"), kept=[3])


def test_a_file_is_fetched_under_its_name_until_another_one_is_asked_for(tmp_path: Path) -> None:
    download = Download("safetensors", RUN)
    address, folder = f"download/{download.token}", download.path.parent
    download.made.result()
    answer = ask(address)
    assert answer.headers["content-disposition"] == 'attachment; filename="digits-8-8-step-3.safetensors"'
    found = tmp_path / "network.safetensors"
    found.write_bytes(answer.body)
    assert np.array_equal(open_network(found).parameters, RUN.state.parameters)
    assert ask("download/guessed").status == 404
    del download
    assert ask(address).status == 404
    assert not folder.exists()


def test_a_stored_run_leaves_with_its_story_from_another_process() -> None:
    session, run = Session(), engine().open(SMALL, "me")
    with pytest.raises(ConfigError, match="no network yet"):
        session.exported()
    session.show(run)
    assert session.exported().started_with == SMALL
    run.step_epoch()
    wait_until(lambda: run.status is Status.PAUSED)
    run.change(replace(SMALL, learning_rate=0.5))
    store().flush()
    store().rename(run.id, "Mine")
    there: ExportedRun = pickle.loads(pickle.dumps(session.exported()))  # noqa: S301
    assert (there.name, there.started_with, there.config.learning_rate) == ("Mine", SMALL, 0.5)
    assert there.state.same_as(run.view().state)
    assert there.models_at is not None
    assert next(there.models_at([there.kept[-1]])).state.step == there.kept[-1]


def test_an_earlier_step_that_is_looked_at_leaves_as_it_was() -> None:
    session, run = TrainSession(), engine().open(SMALL, "me")
    session.show(run)
    for rate in (0.1, 0.5):
        run.change(replace(SMALL, learning_rate=rate))
        run.step_epoch()
        wait_until(lambda: run.status in (Status.PAUSED, Status.FINISHED))
    store().flush()
    whole = session.exported()
    session.viewed = whole.kept[2]
    past = session.exported()
    assert (past.state.step, past.status) == (whole.kept[2], Status.PAUSED)
    assert past.kept == whole.kept[:2]
    assert past.history["step"][-1] <= past.state.step < whole.history["step"][-1]
    assert len(whole.changes) > len(past.changes) == 0
    session.show(run)
    assert session.exported().state.step == whole.state.step


def test_how_a_network_came_about_is_not_known_once_its_weights_were_edited() -> None:
    config = RunConfig(dataset=Recipe("circles", points=100).name, hidden=(4,))
    session, run = PlaneSession(), Run(config)
    session.show(run)
    assert session.exported().started_with == config
    session.edit_weight(1, 0, 0, "2")
    assert session.exported().started_with is None
    assert "was changed by hand" in FORMATS["py"].why_not(session.exported())


def test_a_run_on_points_that_was_changed_live_can_be_trained_again() -> None:
    config = RunConfig(dataset=Recipe("circles", points=100).name, hidden=(4,), batch_size=16)
    session = PlaneSession()
    for rate in (0.3, 0.1, 0.01, 0.02):  # the first two before the first step
        session.follow(replace(config, learning_rate=rate))
        train_batches(session, 3 if rate < 0.3 else 0)
    story = story_of(session.exported())
    assert [chapter.config.learning_rate for chapter in story.chapters] == [0.1, 0.01, 0.02]
    with_points = replace(config, dataset=Recipe("circles", points=120).name)
    session.follow(with_points)
    train_batches(session, 2)
    session.follow(config)
    assert "other points" in FORMATS["py"].why_not(session.exported())
    session.reset(config)
    train_batches(session, 1)
    assert FORMATS["py"].why_not(session.exported()) == ""


def train_batches(session: PlaneSession, count: int) -> None:
    run = session.own
    assert run is not None
    for _ in range(count):
        run.step_batch()
    wait_until(lambda: run.status is not Status.RUNNING)


def page() -> None:
    import streamlit as st

    from ui.parts.dialogs import show_dialog
    from ui.parts.download import offer_formats

    st.button("Offer", on_click=offer_formats, args=(lambda: st.session_state["run"],))
    show_dialog()


def opened(run: ExportedRun) -> AppTest:
    app = app_of(page)
    app.session_state["run"] = run
    app.run().button[0].click().run()
    assert not app.exception
    return app


def test_every_format_is_offered_with_what_it_is_for_or_why_not() -> None:
    diverged = replace(RUN, model=with_parameters(RUN.model, np.full_like(RUN.state.parameters, np.nan)))
    for run, refused in ((RUN, []), (diverged, [FORMATS["html"].label])):
        app = opened(run)
        assert [button.label for button in app.button[1:]] == [form.label for form in FORMATS.values()]
        assert [button.label for button in app.button if button.disabled] == refused
        reasons = [form.why_not(run) or form.purpose for form in FORMATS.values()]
        shown = [caption.value.replace("\\", "").removeprefix(":material/block: ") for caption in app.caption[1:]]
        assert shown == reasons


@pytest.mark.parametrize(("form", "share"), [("gif", 1.0), ("csv", 0.0)])
def test_the_worker_shows_the_progress_of_a_file_that_takes_seconds(form: str, share: float) -> None:
    download = Download(form, RUN)
    download.made.result()
    assert download.progress.share == share


def test_the_dialog_says_what_it_is_of_and_what_is_ready_to_be_saved() -> None:
    app = opened(replace(RUN, name="My *best*"))
    assert app.caption[0].value == r"**My \*best\*** · network 64–8–10 after 3 steps"
    app.button(key="download_csv").click().run()
    asked: Any = app.session_state[Key.DOWNLOAD]
    asked.made.result()
    app.run()
    ready = next(caption.value for caption in app.caption if r"Ready: my\-best\-step\-3.csv (0 kB)" in caption.value)
    assert "Saved" not in ready, "only the browser knows that"
    assert f"[Save it again](download/{asked.token})" in ready
