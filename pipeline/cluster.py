"""The same errands on the machines of a Ray cluster: one Ray task a document, tried again where a machine is lost.

Ray cannot stop native code, nor bound its memory. So each of its processes keeps the office that a run on one machine
has, with one worker, and the limits of time and memory hold there as they hold here.
"""

from __future__ import annotations

import atexit
import logging
import os
import socket
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

from pipeline import batch
from pipeline.batch import AHEAD, Office, OnDone
from pipeline.errand import Errand, keep, lost
from pipeline.errors import EnvironmentMissing, OtherVersion, WorkerDied
from pipeline.remote import is_url
from pipeline.results import Head, Result, columns_of
from pipeline.settings import Settings
from pipeline.sources import Source
from pipeline.store import Store
from pipeline.task import Task, read_one

LOSSES = 10  # machines that may be lost under one document before it is blamed: rented ones are taken away at any time
CONNECT_SECONDS = 10.0
LOOK_SECONDS = 5.0  # between looks at how large the cluster is: machines come and go
OPEN = ExitStack()  # the office of this process
SHELF, MARK = "clusters", "seen"  # a note that tells the machines of a run that they see its store


def read_all(errands: Iterable[Errand], settings: Settings, on_done: OnDone, task: Task = read_one) -> None:
    """Carries every errand out on the cluster at `settings.cluster`; see `batch.read_all`.

    Raises EnvironmentMissing where there is no cluster, or a machine of it cannot read as this one would.
    """
    told = shared(settings)
    store = Store(told.store_url)
    with _connected(str(settings.cluster)) as ray:
        store.note(MARK, {"address": settings.cluster}, SHELF)
        there = ray.remote(num_cpus=1, max_retries=LOSSES)(read_there)
        waiting = (replace(errand, source=shown(errand.source)) for errand in errands)
        under_way: dict[Any, Errand] = {}
        while True:
            for errand in islice(waiting, max(0, _processors(ray) * AHEAD - len(under_way))):
                under_way[there.remote(errand, told, task)] = errand
            if not under_way:
                return
            done, _ = ray.wait(list(under_way), num_returns=1, timeout=LOOK_SECONDS)
            for answer in done:
                errand = under_way.pop(answer)
                on_done(errand, _head(ray, answer, errand, told))


@contextmanager
def _connected(address: str) -> Iterator[Any]:
    """The `ray` package, connected to the cluster at `address`. Raises EnvironmentMissing."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"  # nothing of an archive is anybody else's to know
    try:
        import ray
    except ImportError as error:
        raise EnvironmentMissing("Falta Ray: pip install 'veedor[cluster]', en todas las máquinas.") from error
    try:
        _check_answers(address)
        ray.init(address=address, log_to_driver=False, logging_level=logging.ERROR)
    except (OSError, RuntimeError, ValueError, SystemExit) as error:  # it ends the program where the head is silent
        raise EnvironmentMissing(
            f"No hay un clúster de Ray en {address}: {error}. Inícielo con «ray start --head --disable-usage-stats»."
        ) from error
    try:
        yield ray
    finally:
        ray.shutdown()  # ends the tasks that were under way


def _check_answers(address: str) -> None:
    """Ray itself takes two minutes to find out. Raises OSError."""
    host, _, port = address.rpartition("://")[2].rpartition(":")
    if host and port.isdigit():
        socket.create_connection((host, int(port)), timeout=CONNECT_SECONDS).close()


def _processors(ray: Any) -> int:
    return max(1, int(ray.cluster_resources().get("CPU", 0)))


def _head(ray: Any, answer: Any, errand: Errand, settings: Settings) -> Head:
    """What became of an errand; one under which machine after machine was lost has failed."""
    try:
        head: Head = ray.get(answer)
        return head
    except ray.exceptions.RayTaskError as error:
        if isinstance(error.cause, EnvironmentMissing):
            raise error.cause from error
        raise
    except ray.exceptions.RayError as error:
        fault = WorkerDied(f"se perdieron {LOSSES + 1} máquinas: {type(error).__name__}")
        failed = lost(errand, settings, fault)
        return keep(Store(settings.store_url), errand, Result(failed, {"documents": columns_of([failed.document])}))


# ---------------------------------------------------------------- what the other machines are told


def shared(settings: Settings) -> Settings:
    """The settings of one process of another machine, which stands in a folder of its own: paths are whole there."""
    work = settings.store_url if is_url(settings.store_url) else str(Path(settings.store_url).absolute())
    dictionary = settings.dictionary.absolute() if settings.dictionary else None
    return replace(settings, workers=1, work=work, dictionary=dictionary)


def shown(source: Source) -> Source:
    """The source by its whole path."""
    return source if source.remote else replace(source, path=source.path.absolute())


# ---------------------------------------------------------------- on a machine of the cluster

atexit.register(OPEN.close)


def read_there(errand: Errand, settings: Settings, task: Task) -> Head:
    """One errand, in a process of a machine of the cluster. Raises EnvironmentMissing where that machine is not as this
    run needs it."""
    ((_, head),) = _office(settings, task).work_off(iter([errand]))
    if head.error == OtherVersion.reason:
        raise EnvironmentMissing(f"{socket.gethostname()}: {head.document['error_message']}")
    return head


@cache
def _office(settings: Settings, task: Task) -> Office:
    """The office of this process, opened once: a worker takes seconds to start."""
    _check_store(settings)
    return OPEN.enter_context(batch.office(settings, task))


def leave() -> None:
    """Closes the office of this process."""
    OPEN.close()
    _office.cache_clear()


def _check_store(settings: Settings) -> None:
    """What is written to a folder that only this machine has would be lost. Raises EnvironmentMissing."""
    try:
        Store(settings.store_url).noted(MARK, SHELF)
    except KeyError as error:
        raise EnvironmentMissing(
            f"{socket.gethostname()} no ve el almacén {settings.store_url}: dé con --work una carpeta compartida por "
            "todas las máquinas, o una URL como s3://cubo/carpeta."
        ) from error
