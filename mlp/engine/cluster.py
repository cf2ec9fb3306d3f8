"""The pool of a cluster hands work to Dask's workers, which may be on other machines."""

import asyncio
import logging
import threading
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from concurrent.futures import CancelledError, Future
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from pathlib import Path
from time import monotonic, time
from typing import Any, ParamSpec, TypeVar
from weakref import WeakKeyDictionary

from distributed import Client, KilledWorker, wait
from distributed.comm import CommClosedError

from mlp.datasets import Dataset
from mlp.datasets.copying import files_of, lacks, receive
from mlp.engine.pool import WorkerDied, fail
from mlp.machine import Machine, programs
from mlp.text import counted
from mlp.training import Model, TrainingState
from mlp.training.quantum import QuantumResult
from mlp.training.worker import do_pickled, join_cluster, pickled

log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

CONNECT_SECONDS = 5.0
LOOK_SECONDS = 1.0  # between looks at which workers there are, or whether the scheduler is back
SILENT_SECONDS = 10.0  # without a heartbeat, after which a worker is said not to answer; usually there are two a second
DEPTH = 2  # pieces of work that a thread of a worker has at most: the next one is there when one is done
LARGE = 1 << 20  # bytes; more than that goes to the worker directly, not through the scheduler
WAITING = "Runs wait for it."
SCHEDULER_MUST_AGREE = ("python", "dask", "distributed")  # or messages could not be read


def _is_news(record: logging.LogRecord) -> bool:
    """Whether Dask logs more than that its connection was lost: the pool says so, and makes another."""
    return not (record.exc_info and isinstance(record.exc_info[1], asyncio.CancelledError | CommClosedError))


for part in ("client", "batched"):
    logging.getLogger(f"distributed.{part}").addFilter(_is_news)


class _Refused(Exception):
    """Why a scheduler is not used."""


@dataclass(eq=False)
class _Task:
    """Work, and the future that was given out for its result."""

    work: Callable[[], Any]
    owned: Future[Any]
    model: Model | None  # that it works on, if there is one


@dataclass(eq=False)
class _Member:
    """A worker of the cluster, and the work it was given."""

    address: str
    threads: int
    machine: Machine
    line: dict[_Task, asyncio.Task[None]] = field(default_factory=dict)  # in order, with what waits for its result
    done: set[_Task] = field(default_factory=set)  # the part of its line whose results are on their way
    latest: int = 0  # grows with each piece of work
    loaded: set[str] = field(default_factory=set)  # data sets
    seen: float = 0.0  # when the scheduler last had a sign of life, by its clock
    heard: float = 0.0  # when that was new here

    @property
    def load(self) -> float:
        return (len(self.line) - len(self.done)) / self.threads

    @property
    def is_silent(self) -> bool:
        """Whether its machine or its process hangs, while there is work for it."""
        return bool(self.line) and monotonic() - self.heard >= SILENT_SECONDS

    @property
    def has_room(self) -> bool:
        """Whether it can be given work."""
        return self.load < DEPTH and not self.is_silent

    def hear(self, seen: float) -> None:
        """Note when the scheduler last had a sign of life from it."""
        if seen != self.seen:
            self.seen, self.heard = seen, monotonic()


class ClusterPool:
    """Hands work to the workers of a cluster, which come and go.

    Work waits while there is no worker, or while the scheduler is away. A run stays with its worker if there are as
    many workers as runs. A worker that is lost fails only the work it was doing, with WorkerDied; others do what was
    in its line. The cluster is never shut down: others may use it, too.

    `address` is the scheduler's, such as tcp://scheduler:8786.
    """

    def __init__(self, address: str) -> None:
        self.address, self.workers, self.trouble = address, 0, ""
        self._line: deque[_Task] = deque()  # what no worker was given yet
        self._crew: dict[str, _Member] = {}  # by address, as all that follow
        self._meetings: dict[str, asyncio.Task[None]] = {}  # with workers that are new
        self._refused: dict[str, str] = {}  # why they are
        self._makers: WeakKeyDictionary[TrainingState, _Member] = WeakKeyDictionary()
        self._copying: dict[tuple[str, str], asyncio.Lock] = defaultdict(asyncio.Lock)  # by host and data set
        self._numbers = count(1)
        self._client: Any = None
        self._tasks: asyncio.TaskGroup  # of the connection
        self._loop = asyncio.new_event_loop()
        self._ended, self._news = asyncio.Event(), asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="cluster", daemon=True)
        self._thread.start()

    # Called by the engine, in any thread.

    def submit(self, function: Callable[P, T], /, *arguments: P.args, **named: P.kwargs) -> Future[T]:
        """Have a worker do something, as soon as there is one."""
        owned: Future[T] = Future()
        model = next((each for each in arguments if isinstance(each, Model)), None)
        task = _Task(partial(function, *arguments, **named), owned, model)
        self._loop.call_soon_threadsafe(self._enqueue, task)
        return owned

    def warm_up(self, dataset: str) -> None:
        """Do nothing: a worker prepares for a data set with the first work on it."""

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Leave the cluster. What is not done is cancelled."""
        with suppress(RuntimeError):  # it has ended already
            self._loop.call_soon_threadsafe(self._ended.set)
        if wait:
            self._thread.join()

    # All else happens in the pool's own thread.

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._until_ended())

    async def _until_ended(self) -> None:
        serving = asyncio.create_task(self._serve())
        await self._ended.wait()
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)
        for task in self._line:
            fail(task.owned, CancelledError())

    async def _serve(self) -> None:
        """Keep a connection to the scheduler: after one is lost, another."""
        while True:
            try:
                await self._connect()
                self._say("")
            except _Refused as refused:
                self._say(str(refused))
            except OSError as error:
                log.info("%s: %s", self.address, error)
                self._say(f"The cluster's scheduler {self.address} does not answer. {WAITING} Is it running?")
            except Exception:
                log.exception("The cluster can't be used")
                self._say(f"What answers at {self.address} is not a Dask scheduler of this version. {WAITING}")
            await asyncio.sleep(LOOK_SECONDS)

    async def _connect(self) -> None:
        """Connect to the scheduler, and use its workers until the connection is lost. Raises _Refused or OSError."""
        client = _client_of(self.address)
        try:
            await client
            client.subscribe_topic("all", lambda event: self._news.set())  # workers that come and go are in it
            await _check_scheduler(client, self.address)
            await self._follow_workers(client)
        finally:
            self._leave_all()
            if client.status == "running":
                client.unsubscribe_topic("all")  # or the scheduler complains of a client that is gone
            await client.close()

    async def _follow_workers(self, client: Any) -> None:
        """Use the workers as they come and go, until the connection is lost."""
        self._client = client
        async with asyncio.TaskGroup() as self._tasks:
            while client.status == "running":
                try:
                    self._compare((await client.scheduler.identity())["workers"])
                except OSError:
                    break
                with suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_SECONDS):  # Python 3.11's wait_for may lose that it is cancelled
                        await self._news.wait()
                self._news.clear()
            self._leave_all()

    def _compare(self, workers: Mapping[str, Mapping[str, Any]]) -> None:
        """Note which workers are new, and which are gone; `workers` is what the scheduler says of each."""
        for address in self._meetings.keys() - workers.keys():
            self._meetings.pop(address).cancel()
        for address in self._crew.keys() - workers.keys():
            self._lose(self._crew.pop(address))
        self._refused = {address: why for address, why in self._refused.items() if address in workers}
        for address in workers.keys() - self._crew.keys() - self._refused.keys() - self._meetings.keys():
            self._meetings[address] = self._tasks.create_task(self._meet(address, workers[address]["nthreads"]))
        for address, member in self._crew.items():
            member.hear(workers[address]["last_seen"])
        self._count()
        self._hand_out()

    async def _meet(self, address: str, threads: int) -> None:
        """Have a new worker say what it is; use it if it has the same versions as this server."""
        try:
            there = await self._client.submit(join_cluster, workers=[address], pure=False, priority=0)
        except Exception as error:  # noqa: BLE001 (it may lack this program, or anything it needs)
            self._refused[address] = f"it, or the scheduler, can't run this program ({error.__cause__ or error})"
        else:
            if why := _difference(there.programs):
                self._refused[address] = why
            else:
                self._crew[address] = _Member(address, threads, there.machine, heard=monotonic())
        self._meetings.pop(address)
        self._count()
        self._hand_out()

    def _count(self) -> None:
        """Note how many workers there are, and say so if any is missing."""
        self.workers = sum(member.threads for member in self._crew.values())
        if self._refused:
            address, why = next(iter(self._refused.items()))
            many = f"{counted(len(self._refused), 'worker')} of {len(self._refused) + len(self._crew)}"
            wait = "" if self._crew else f" {WAITING}"
            self._say(f"{many} of the cluster can't be used. {address}: {why}. Install the same versions there.{wait}")
        elif not self._crew and not self._meetings:
            self._say(f"The cluster {self.address} has no workers. {WAITING} Start one: dask worker {self.address}")
        elif silent := next((member for member in self._crew.values() if member.is_silent), None):
            self._say(f"The worker on {silent.machine.host} does not answer. Its runs wait.")
        else:
            self._say("")

    def _say(self, trouble: str) -> None:
        if trouble and trouble != self.trouble:
            log.warning("%s", trouble)
        self.trouble = trouble

    # Work.

    def _enqueue(self, task: _Task) -> None:
        self._line.append(task)
        self._hand_out()

    def _hand_out(self) -> None:
        """Give what waits to workers with room that answer, in order."""
        while self._line and (room := [each for each in self._crew.values() if each.has_room]):
            task = self._line.popleft()
            maker = self._makers.get(task.model.state) if task.model else None
            if maker in room and not maker.load:
                member = maker
            else:  # by turns, so that none of many runs always shares a worker with fewer others
                member = min(room, key=lambda each: (each.load, each.latest))
            member.latest = next(self._numbers)
            member.line[task] = self._tasks.create_task(self._do(task, member))

    async def _do(self, task: _Task, member: _Member) -> None:
        """Have a worker do what it was given, and hand on the result."""
        try:
            asked = await self._ask(task, member)
            with self._client.as_current():
                await wait([asked])
            member.done.add(task)  # its thread is free while the result is on its way
            self._hand_out()
            result = await asked
        except (KilledWorker, CancelledError, OSError) as error:
            if self._client.status != "running":  # the connection is lost: all goes back in line
                return
            log.info("%s: %s", member.address, error)
            self._finish(task, member, WorkerDied(f"The worker on {member.machine.host} was lost"))
        except Exception as error:  # noqa: BLE001 (it is the work's own)
            self._finish(task, member, error)
        else:
            if isinstance(result, QuantumResult):
                self._makers[result.state] = member
                result = result._replace(machine=member.machine)
            self._finish(task, member)
            if task.owned.set_running_or_notify_cancel():
                task.owned.set_result(result)

    def _finish(self, task: _Task, member: _Member, error: Exception | None = None) -> None:
        """Take work out of a worker's line, before its owner hears of it, and may ask for more."""
        del member.line[task]
        member.done.discard(task)
        self._hand_out()
        if error is not None:
            fail(task.owned, error)

    async def _ask(self, task: _Task, member: _Member) -> Any:
        """Send work to a worker; return Dask's future of its result."""
        if task.model and task.model.dataset.info.name not in member.loaded:
            await self._bring(task.model.dataset, member)
        work, arrays = pickled(task.work)
        if sum(array.nbytes for array in arrays) > LARGE:
            [arrays] = await self._client.scatter([arrays], workers=[member.address], hash=False)
        # What was asked first is done first, also among several servers.
        return self._client.submit(do_pickled, work, arrays, workers=[member.address], pure=False, priority=-time())

    async def _bring(self, dataset: Dataset, member: _Member) -> None:
        """Give a worker the files of a data set that its machine lacks: each machine once."""
        name, files = dataset.info.name, files_of(dataset)
        if files:
            on_it: Any = partial(self._client.submit, workers=[member.address], pure=False)
            async with self._copying[member.machine.host, name]:
                if await on_it(lacks, name):
                    log.info("%s gets a copy of %s", member.address, name)
                    contents = await asyncio.to_thread(_read, files)
                    [held] = await self._client.scatter([contents], workers=[member.address], hash=False)
                    await on_it(receive, name, held)
        member.loaded.add(name)

    def _lose(self, member: _Member) -> None:
        """A worker is gone. What it was doing is lost; others do the rest of its line."""
        died = WorkerDied(f"The worker on {member.machine.host} was lost")
        log.warning("%s", died)
        line, member.line = member.line, {}
        for doing in line.values():
            doing.cancel()
        under_way = [task for task in line if task not in member.done][: member.threads]
        for task in line:
            if task in under_way:
                fail(task.owned, died)
            else:
                self._line.append(task)

    def _leave_all(self) -> None:
        """The connection is lost. What was under way is done again, when there is another."""
        for meeting in self._meetings.values():
            meeting.cancel()
        for member in self._crew.values():
            for task, doing in member.line.items():
                doing.cancel()
                self._line.append(task)
        self._meetings, self._crew, self._refused, self.workers = {}, {}, {}, 0


def _client_of(address: str) -> Any:
    """Return a client, which connects when it is awaited. States need not pass the scheduler."""
    return Client(address, asynchronous=True, set_as_default=False, direct_to_workers=True, timeout=CONNECT_SECONDS)


async def _check_scheduler(client: Any, address: str) -> None:
    """Raise _Refused unless the scheduler runs the same programs."""
    versions = await client.get_versions()
    here, there = (versions[who]["packages"] for who in ("client", "scheduler"))
    names = [name for name in SCHEDULER_MUST_AGREE if here[name] != there[name]]
    if names:
        raise _Refused(
            f"The cluster's scheduler {address} has {_listed(names, there)}, but this server has "
            f"{_listed(names, here)}. {WAITING} Start a scheduler of the same versions."
        )


def _difference(there: Mapping[str, str]) -> str:
    """Return in which programs' versions a worker differs from this server; empty if in none."""
    here = programs()
    names = [name for name, version in here.items() if there[name] != version]
    return f"it has {_listed(names, there)}, but this server has {_listed(names, here)}" if names else ""


def _read(files: Mapping[str, Path]) -> dict[str, bytes]:
    return {name: path.read_bytes() for name, path in files.items()}


def _listed(names: list[str], versions: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {versions[name]}" for name in names)
