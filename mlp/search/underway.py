"""A search under way: the runs of its open trials, and what of it is still to be written."""

from dataclasses import dataclass, field, replace

from mlp.engine import Run
from mlp.search.search import Progress, Search
from mlp.search.trial import Outcome, Trial, measured
from mlp.store import Store
from mlp.store.searches import PAUSED, RUNNING, SearchRecord

WHY = {
    Outcome.COMPLETE: "The time for one trial is over.",
    Outcome.PRUNED: "Pruned by its search: it did worse than others at this point.",
    Outcome.CUT: "Its search ended.",
}


@dataclass(eq=False)
class Underway:
    """A search that this server runs, or did. Not safe to use from several threads at once."""

    record: SearchRecord
    search: Search
    token: str
    runs: dict[int, Run] = field(default_factory=dict)  # of open trials, by their number
    seen: dict[int, tuple[object, ...]] = field(default_factory=dict)  # of each of them, to notice what is new
    unsaved: dict[int, Trial] = field(default_factory=dict)  # that have ended
    is_written: bool = True  # whether the store has its record
    ticked: float = 0.0  # when its time was last counted, by the clock
    saved: float = 0.0  # when it was last written
    trouble: str = ""  # why its latest turn failed

    @property
    def is_running(self) -> bool:
        return self.record.status == RUNNING

    @property
    def has_news(self) -> bool:
        """Whether something is still to be written."""
        return bool(self.unsaved) or not self.is_written

    def become(self, status: str, message: str = "") -> None:
        """Take another status."""
        self.record = replace(self.record, status=status, message=message)
        self.is_written = False

    def pause(self, why: str = "") -> None:
        """Pause, with all trials."""
        for run in self.runs.values():
            run.pause("Paused with its search.")
        self.become(PAUSED, why)

    def watch(self, trial: Trial) -> None:
        """Take the news of an open trial's run; stop it if the trial has ended."""
        view = self.runs[trial.number].view()
        news = (view.status, view.config, len(view.history))
        if self.seen.get(trial.number) == news:
            return
        self.seen[trial.number] = news
        values = measured(self.search.plan, view.history, view.model.dataset)
        seen = self.search.see(trial.number, Progress(view.status, view.config, values, view.history.seconds))
        if seen.outcome is not Outcome.RUNNING:
            self.end(seen)

    def end(self, trial: Trial) -> None:
        """Stop the run of a trial that has ended."""
        run = self.runs.pop(trial.number, None)
        self.seen.pop(trial.number, None)
        if run and trial.outcome in WHY:
            run.pause(WHY[trial.outcome])
        self.unsaved[trial.number] = trial

    def cut(self) -> None:
        """End the open trials."""
        for trial in self.search.cut():
            self.end(trial)

    def write(self, store: Store) -> bool:
        """Write what is new; return whether the search is still this server's, and not deleted.

        Raises StoreError if it can't be written.
        """
        self.is_written = False
        self.record = replace(self.record, plan=self.search.plan.to_json(), seconds=self.search.seconds)
        for number, trial in list(self.unsaved.items()):
            if trial.run_id:
                store.searches.note_trial(trial.run_id, trial.to_json())
            del self.unsaved[number]
        self.is_written = store.searches.save(self.record)
        return self.is_written
