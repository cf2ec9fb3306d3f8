"""A class is who has opened the server's pages, and what the teacher asks of them. It knows no screen.

Names are kept in memory only, and are gone when the server ends. A challenge and given settings go on after a restart.
"""

import contextlib
import secrets
import threading
from collections.abc import Callable, Iterable, Mapping
from math import inf
from time import monotonic, time
from typing import NamedTuple
from weakref import WeakKeyDictionary, ref

import streamlit as st

from mlp.config import ConfigError, RunConfig, describe_changes
from mlp.datasets import Dataset, DatasetError, dataset_info
from mlp.engine import Run, Status
from mlp.search.searches import Searches
from mlp.store import StoreError
from mlp.store.searches import PAUSED
from mlp.tokens import given_secret, token_hash
from mlp.training.history import HistoryView
from ui.classroom.challenge import Challenge
from ui.classroom.kept import UNFIT, ClassFile, place_of
from ui.parts.server import engine, searches, store
from ui.parts.session import Session

AWAY_SECONDS = 10.0  # without a question from any of its pages, which ask every two seconds while they can be seen
LONGEST_NAME = 30
FORGOTTEN_SECONDS = 12 * 3600.0  # after this time without a question
PAUSED_BY_TEACHER = "Paused by your teacher."


class Gift(NamedTuple):
    """Settings that the teacher gives everyone: an address of a page, and what it sets in words."""

    page: str  # "" for Train, "boundary"
    query: Mapping[str, str | list[str]]
    words: str

    @property
    def datasets(self) -> list[str]:
        """The data sets that it names."""
        named = self.query.get("dataset", [])
        return [named] if isinstance(named, str) else named

    @property
    def has_data(self) -> bool:
        """Whether the data set that it names, if any, is there: its owner may have deleted it."""
        try:
            for name in self.datasets:
                dataset_info(name)
        except DatasetError:
            return False
        return True


class Glance(NamedTuple):
    """A run as the wall shows it. It stays when the run is no longer in memory."""

    run_id: str
    page: str  # that it is on, as in `Gift`
    status: Status
    config: RunConfig
    dataset: Dataset
    history: HistoryView
    progress: float  # in epochs

    @classmethod
    def at(cls, run: Run, page: str = "") -> "Glance":
        """Return a run as it is now, without marking it as watched: else none would pause while a wall is shown."""
        now = run.checkpoint()
        model = now.model
        return cls(run.id, page, now.status, model.config, model.dataset, now.history, model.progress)


class Student:
    """A browser that has opened a page of the class's server."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.key = secrets.token_urlsafe(12)  # by which its pages ask for news
        self.name = ""
        self.declined_name = False  # whether it wants to have none
        self.seen = -inf
        self.answered: Gift | None = None  # the latest that was taken or declined
        self.invited: Challenge | None = None  # the latest that was joined or declined
        self.glance: Glance | None = None  # at what it has trained last
        self.changed = ""  # the settings that were changed last, in words
        self._sessions: WeakKeyDictionary[Session, str] = WeakKeyDictionary()  # of its tabs, and their pages
        self._shown: ref[Session] | None = None

    @property
    def label(self) -> str:
        """What it is called on the wall."""
        return self.name or f"No. {self.number}"

    def call(self, name: str) -> None:
        """Keep the name or number that was typed; forget it if it is empty."""
        self.name = " ".join(name.split())[:LONGEST_NAME]
        self.declined_name = not self.name

    def show(self, session: Session, page: str) -> None:
        """Note the session of the page that it opened last."""
        self._sessions[session] = page
        self._shown = ref(session)

    def sessions(self) -> list[Session]:
        """Return the sessions of its pages, also of those that were closed minutes ago."""
        return list(self._sessions)

    def pages(self) -> dict[Run, str]:
        """Return the runs that its open pages control, and on which page each is."""
        sessions = [(session, page) for session, page in list(self._sessions.items()) if not session.is_away]
        return {run: page for session, page in sessions if (run := session.own) is not None}

    def runs(self) -> list[Run]:
        """Return the runs that its open pages control."""
        return list(self.pages())

    def takes_part(self, challenge: Challenge) -> bool:
        """Return whether it has joined a challenge, and its pages have not left the data since."""
        data = [run.checkpoint().config.dataset for run, page in self.pages().items() if not page]
        return self.number in challenge.joined and (not data or challenge.dataset in data)

    def look(self) -> None:
        """Take a glance at what it trains now: of several runs one that trains, else the one on the latest page."""
        shown = self._shown() if self._shown else None
        pages = self.pages()
        training = next((run for run in pages if run.status is Status.RUNNING), None)
        run = training or (shown.own if shown and not shown.is_away else None) or next(iter(pages), None)
        if run is None:
            return
        before, self.glance = self.glance, Glance.at(run, pages.get(run, ""))
        if before and before.config != self.glance.config:
            self.changed = describe_changes(before.config, self.glance.config)


class SchoolClass:
    """All students by their browsers' secrets, and what the teacher asks of them now."""

    def __init__(
        self,
        clock: Callable[[], float] = monotonic,
        training: Callable[[], Iterable[Run]] = tuple,
        searches: Searches | None = None,
        file: ClassFile | None = None,
    ) -> None:
        """`training` returns all runs that train on this server; `searches` are the server's.

        What the teacher asks for is kept in `file`, and goes on if it was kept there before.
        """
        self._clock, self._training, self._searches = clock, training, searches
        self._lock = threading.RLock()
        self._students: dict[str, Student] = {}
        self._arrived = 0
        # By `look_here`. No page may show the runs of a race: without these references they would be forgotten.
        self._paused: set[Run] = set()
        self._paused_searches: dict[str, str] = {}  # the tokens, by the searches' ids
        self.version = 0  # changes with whatever students' pages show of the class
        self.is_looking = False  # whether all are asked to look at the teacher
        self.given: Gift | None = None
        self.challenge: Challenge | None = None
        self._file = file
        if file is not None:
            self._take_up(file)

    @property
    def underway(self) -> Challenge | None:
        """The challenge, as long as it is not over."""
        return self.challenge if self.challenge is not None and not self.challenge.is_over else None

    # What students do.

    def meet(self, token: str, session: Session | None = None, page: str = "") -> Student:
        """Return the student with a browser's secret, whose page shows this session if it trains."""
        with self._lock:
            now = self._clock()
            if token not in self._students:
                self._forget(lambda one: now - one.seen >= FORGOTTEN_SECONDS)
                self._arrived += 1
                self._students[token] = new = Student(self._arrived)
                if self.challenge and self.challenge.come_back(new.number, token_hash(token)):
                    new.invited = self.challenge
            student = self._students[token]
            student.seen = now
            if session is not None:
                student.show(session, page)
            return student

    def follow(self, key: str) -> Student | None:
        """Note that a student's page can be seen, and what it has reached; return the student, None if unknown."""
        with self._lock:
            student = next((one for one in self._students.values() if one.key == key), None)
            if student is not None:
                student.seen = self._clock()
                self._look(student)
            return student

    def join(self, student: Student, challenge: Challenge) -> None:
        """Note that a student takes part in a challenge."""
        with self._lock:
            challenge.joined.add(student.number)
            self._keep()

    def leave(self, token: str) -> None:
        """Forget the student with a browser's secret, which turned out to be the teacher's."""
        with self._lock:
            left = self._students.get(token)
            self._forget(lambda one: one is left)

    # What the teacher does.

    def students(self) -> list[Student]:
        """Return all students with a glance at what they train now, as they came."""
        with self._lock:
            for student in self._students.values():
                self._look(student)
            return list(self._students.values())

    def student(self, number: int) -> Student | None:
        """Return the student with this number; None if it was removed."""
        with self._lock:
            return next((one for one in self._students.values() if one.number == number), None)

    def is_away(self, student: Student) -> bool:
        """Return whether none of a student's pages can be seen."""
        return self._clock() - student.seen > AWAY_SECONDS

    def remove(self, number: int) -> None:
        """Forget a student, until one of its pages is used again."""
        with self._lock:
            self._forget(lambda one: one.number == number)

    def look_here(self) -> None:
        """Pause all that trains, and have all pages ask to look at the teacher."""
        with self._lock:
            self._pause_all()
            self.is_looking = True
            self.version += 1

    def go_on(self) -> None:
        """Let everyone go on: what was paused trains again."""
        with self._lock:
            self.is_looking = False
            self.version += 1
            # What is beyond a limit, or has lost its data, stays paused.
            for run in self._paused:
                if run.status in (Status.PAUSED, Status.READY):
                    with contextlib.suppress(ConfigError, StoreError):
                        run.start()
            for search_id, token in self._paused_searches.items():
                with contextlib.suppress(ConfigError, StoreError, DatasetError):
                    if self._searches and self._searches.look(search_id).status == PAUSED:
                        self._searches.resume(search_id, token)
            self._forget_paused()

    def give(self, gift: Gift) -> None:
        """Offer everyone settings. Raises ConfigError during a challenge, which has its own."""
        with self._lock:
            if self.underway:
                raise ConfigError("Students are in a challenge. Give settings when it is over, or end it first.")
            self.given = gift
            self._have_news()

    def take_back(self) -> None:
        """Offer nothing any more."""
        with self._lock:
            self.given = None
            self._have_news()

    def start_together(self, dataset: str, seconds: float | None, epochs: int | None) -> None:
        """Begin a challenge; what everyone has trained before does not count. Raises ConfigError if there is one."""
        with self._lock:
            if self.challenge is not None:
                raise ConfigError(
                    "There already is a challenge, whose results would be lost. End and close it, then start another."
                )
            self.challenge = Challenge(dataset, seconds, epochs, time())
            self._have_news()

    def end_challenge(self) -> None:
        """Pause all and close the challenge."""
        with self._lock:
            challenge = self.underway
            if challenge is None:
                return
            self._pause_all()
            for student in self._students.values():
                self._look(student)
            self._forget_paused()
            challenge.is_over = True
            self._have_news()

    def clear_challenge(self) -> None:
        """Have no challenge any more."""
        with self._lock:
            self.challenge = None
            self._have_news()

    def take_run(self, run_id: str) -> None:
        """Take a run that is stored off the pages that control it."""
        with self._lock:
            for student in self._students.values():
                if student.glance is not None and student.glance.run_id == run_id:
                    student.glance = None
                for session in student.sessions():
                    if session.own is not None and session.own.id == run_id:
                        session.own.pause()
                        session.leave()
                        session.is_removed = True
            self._paused = {run for run in self._paused if run.id != run_id}  # it does not go on
            self.version += 1

    def end_in_time(self) -> None:
        """Close a challenge whose time is over."""
        if self.challenge is not None and self.challenge.seconds_left(time()) == 0:
            self.end_challenge()

    def _forget(self, is_gone: Callable[[Student], bool]) -> None:
        """Forget students, and what they have reached in a challenge: those who come back have another number."""
        gone = {one.number for one in self._students.values() if is_gone(one)}
        self._students = {token: one for token, one in self._students.items() if one.number not in gone}
        if self.challenge is not None and gone:
            self.challenge.forget(gone)
            self._keep()

    def _have_news(self) -> None:
        """Have pages show what the teacher asks for now, and keep it."""
        self.version += 1
        self._keep()

    def _keep(self) -> None:
        """Keep what the teacher asks for, and who takes part with which runs."""
        if self._file is not None:
            owners = {student.number: token_hash(token) for token, student in self._students.items()}
            challenge = self.challenge.kept(owners) if self.challenge else None
            self._file.write({"given": self.given, "challenge": challenge})

    def _take_up(self, file: ClassFile) -> None:
        """Go on with what was asked for before the server was started again."""
        asked = file.read()
        with contextlib.suppress(DatasetError, *UNFIT):  # nothing was kept, or its data was deleted
            self.given = Gift(*asked["given"]) if asked["given"] else None
            self.challenge = Challenge.again(asked["challenge"]) if asked["challenge"] else None
            if self.underway:
                self.underway.catch_up(store().history)

    def _look(self, student: Student) -> None:
        student.look()
        if challenge := self.underway:
            for run in student.runs():
                if challenge.watch(student.number, run.id, run.checkpoint()):
                    self._keep()

    def _pause_all(self) -> None:
        """Pause what students' pages show, their searches, and what else their browsers train, such as races."""
        for token in self._students:
            with contextlib.suppress(StoreError):  # its trials are paused below
                ids = self._searches.pause_all(token) if self._searches else []
                self._paused_searches |= dict.fromkeys(ids, token)
        owners = {token_hash(token) for token in self._students}
        shown = {run for student in self._students.values() for run in student.runs()}
        for run in shown | {run for run in self._training() if run.owner in owners}:
            if run.status is Status.RUNNING:
                run.pause(PAUSED_BY_TEACHER)
                self._paused.add(run)

    def _forget_paused(self) -> None:
        self._paused.clear()
        self._paused_searches.clear()


@st.cache_resource(show_spinner=False)
def school_class() -> SchoolClass:
    """Return the server's one class. Without a teacher nothing is asked for, and nothing kept."""
    file = ClassFile(place_of(store().file), secret) if (secret := given_secret()) else None
    return SchoolClass(training=engine().training, searches=searches(), file=file)
