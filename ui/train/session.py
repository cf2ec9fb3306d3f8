"""The Train page's session: its run follows the settings, and nothing it has learned is lost by a mistake."""

from collections.abc import Mapping

from mlp.config import RunConfig, changed, with_live_settings
from mlp.datasets import is_available
from mlp.engine import Run, Status, StoredRun
from mlp.export import ExportedRun
from mlp.training import Model
from ui.parts.browser import browser_token
from ui.parts.server import engine, may_steer, store
from ui.parts.session import Session
from ui.parts.view_options import ViewOptions


class TrainSession(Session):
    """A stored run, and the run before the last restart or fork, in case that was a mistake."""

    def __init__(self) -> None:
        super().__init__()
        self.options = ViewOptions()
        self.viewed: int | None = None  # the step that is looked at, None for the latest
        self.shows_view = False  # whether the page has another view than Watch
        self.undoes = "restart"  # or "fork": what `bring_back` undoes
        self.tuned: Model | None = None  # a network that was tuned on drawings made here
        self._partners: dict[str, Mapping[str, Model]] = {}  # by the id of the run that they answer together with
        # Whether the settings belong to another experiment. Then none of them applies to the run that is shown.
        self.other_experiment = False
        self._settings: tuple[RunConfig, RunConfig] | None = None  # wanted last, and what the run was given

    @property
    def partners(self) -> Mapping[str, Model]:
        """The networks that answer together with the run that is shown, by their runs' ids."""
        return self._partners.get(self.run.id, {}) if self.run else {}

    @partners.setter
    def partners(self, chosen: Mapping[str, Model]) -> None:
        if self.run:
            self._partners[self.run.id] = chosen

    @property
    def is_over(self) -> bool:
        """Whether this browser's run has nothing under way: not one step is trained, or no more will be."""
        return self.own is not None and self.own.status not in (Status.RUNNING, Status.PAUSED)

    def has_data(self, dataset: str) -> bool:
        """Return whether a data set is on this machine. The disk is not asked about that of the run that is shown."""
        return (self.run is not None and self.run.view().config.dataset == dataset) or is_available(dataset)

    def follow(self, wanted: RunConfig) -> None:
        """Give the run the settings that are wanted now; `waiting` names those that need a restart.

        A run that has learned nothing yet is simply rebuilt; one that another browser controls is left alone. Raises
        DatasetError if the data is not available.
        """
        if self._run is None:
            self.show(engine().open(wanted, browser_token()))
        run = self.own
        self.waiting = []
        if run is None:
            return
        config = run.view().config
        if run.status is Status.READY and not run.id:
            if config != wanted:
                run.reset(wanted)
            self.other_experiment = False
            return
        if not self.other_experiment:
            run.change(with_live_settings(config, wanted))
        config = run.view().config
        self._settings = wanted, config
        self.waiting = changed(config, wanted)
        self.other_experiment = self.other_experiment and bool(self.waiting)

    def is_changed_elsewhere(self, wanted: RunConfig) -> bool:
        """Return whether another tab of this browser changed the run's settings, and no control was moved here."""
        if self.own is None or self._settings is None:
            return False
        return wanted == self._settings[0] and self.own.view().config != self._settings[1]

    def open(self, run_id: str) -> None:
        """Show a run of the store: to control if this browser started it and no other server trains it, else to watch.

        Raises StoreError if there is none, or if another browser's is deleted, DatasetError if its data is not
        available; then nothing changes.
        """
        mine = may_steer(run_id)
        if mine and not store().is_trained_elsewhere(run_id):
            self.show(engine().resume(run_id))
        else:
            self.show(engine().look(run_id, browser_token()), watching=not mine)
        self.earlier, self.other_experiment = None, False

    def reset(self, wanted: RunConfig) -> None:
        """Begin a new run and set the old one aside. Raises DatasetError, and changes nothing, without its data."""
        self._replace(engine().open(wanted, browser_token()), by="restart")

    def start(self, wanted: RunConfig, pace: float | None) -> None:
        """Train a network with these settings from its initial weights; set a run that has learned anything aside.

        Raises DatasetError, and changes nothing, without its data.
        """
        run = self.own
        if run is None or self.has_progress or run.id:
            self.reset(wanted)
        else:
            run.reset(wanted)
        self.follow(wanted)
        if self.own is not None:
            self.own.set_pace(pace)
            self.own.start()

    def fork(self, step: int | None, wanted: RunConfig) -> None:
        """Continue from a step of the run that is shown as a new run, and set the old one aside.

        Raises StoreError if that step is not kept, DatasetError without its data; then nothing changes.
        """
        if self.run is None:
            return
        config = self.run.view().config if self.other_experiment or self.own is None else wanted
        self._replace(engine().fork(self.run.id, step, config, browser_token()), by="fork")

    def bring_back(self) -> None:
        """Undo a restart or a fork."""
        if self.own is not None and self.earlier is not None:
            self.own.pause()
            self.show(self.earlier)
            self.earlier, self.other_experiment = None, False

    def exported(self) -> ExportedRun:
        """Return the run as it is looked at: now, or as it was at an earlier step.

        Raises as `Session.exported`, and StoreError if that step is not kept.
        """
        run = super().exported()
        return run if self.viewed is None else run.at(self.viewed)

    def show(self, run: Run | StoredRun, watching: bool = False) -> None:
        """Show a run; `watching` for one that this browser may not control."""
        super().show(run, watching)
        self._settings = self.viewed = None

    def leave(self) -> None:
        """Show no run: the next script run begins a new one."""
        super().leave()
        self.other_experiment = False

    def _replace(self, fresh: Run, by: str) -> None:
        old = self.own
        if old is not None:
            old.pause()
        self.show(fresh)
        self.earlier, self.undoes, self.other_experiment = old, by, False
