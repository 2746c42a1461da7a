"""How a fleet does, in numbers, as Prometheus reads them: what a machine did since it was started, and how far a run is."""

import math
import socket
from collections import Counter as Counted
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from socketserver import TCPServer
from threading import Lock, Thread
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info, generate_latest, make_wsgi_app
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from mingjian.errors import UsageError
from mingjian.extract.catalogue import digest
from mingjian.fleet.journal import Job, Observer, Progress
from mingjian.fleet.moment import now
from mingjian.fleet.outcome import GOOD, Outcome, Verdict
from mingjian.fleet.run import Run
from mingjian.fleet.steps import staged_at
from mingjian.scan import tool_version

HERE = "127.0.0.1"
"""Where figures are served unless another address is named: who scrapes from elsewhere is to be let in on purpose."""
_SECONDS = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 60, 120, 300)
_MEBIBYTES = (32, 64, 128, 256, 512, 1024, 2048)
_PATIENCE = 5.0
"""Seconds that a client may be silent."""
_LAST_PORT = 65535


class Done(Observer):
    """What this process has done, in `registry`: jobs and their costs since it was started. `lake` is where its reports are staged."""

    def __init__(self, registry: CollectorRegistry, slots: int, lake: Path) -> None:
        self._lake = lake
        self._slots = slots
        self._at_work: set[tuple[str, int]] = set()
        self._largest = 0
        self._lock = Lock()

        def counter(name: str, words: str, *labels: str) -> Counter:
            return Counter(f"mingjian_fleet_{name}", words, labels, registry=registry)

        def gauge(name: str, words: str) -> Gauge:
            return Gauge(f"mingjian_fleet_{name}", words, registry=registry)

        def histogram(name: str, words: str, buckets: tuple[float, ...]) -> Histogram:
            return Histogram(f"mingjian_fleet_{name}", words, buckets=buckets, registry=registry)

        self._jobs = counter("jobs", "Jobs that were done or given up, by verdict.", "verdict")
        self._known = counter("known", "Of these, jobs whose report was there already, so that nothing was scanned.")
        self._code = counter("code", "Packages that were scanned, by whether their code was read before, where that was asked.", "known")
        self._tries = counter("tries", "Children that were started.")
        self._spared = counter("spared", "Tries that were taken back: stopped, or a fault of the house.")
        self._staged = counter("staged_bytes", "Bytes of reports that were made.")
        self._cpu = counter("cpu_seconds", "Processor time of the children whose try was the job's last.")
        self._seconds = histogram("job_seconds", "Wall time of the same children.", _SECONDS)
        self._memory = histogram("job_memory_bytes", "Memory of the same children at most.", tuple(n << 20 for n in _MEBIBYTES))
        self._peak = gauge("memory_peak_bytes", "Memory of the largest child so far.")
        self._waiting = gauge("waiting", "Jobs in the queue for nodes of this version; not a number before the first look.")
        self._heard = gauge("heartbeat_timestamp_seconds", "When this node last had an answer from the queue.")
        gauge("slots", "Children that run at once at most.").set(slots)
        gauge("slots_busy", "Children that run now.").set_function(self._busy)
        self._waiting.set(math.nan)
        self._heard.set(math.nan)
        Info("mingjian_fleet_program", "What scans.", registry=registry).info({"tool": tool_version(), "catalogue": digest()})

    def begun(self, job: Job, node: str) -> None:
        del node
        self._tries.inc()
        with self._lock:
            self._at_work.add((job.run, job.place))

    def spared(self, job: Job) -> None:
        self._spared.inc()
        self._leave(job.run, job.place)

    def ended(self, run: Run, outcome: Outcome) -> None:
        self._leave(run.id, outcome.place)
        self._jobs.labels(outcome.verdict).inc()
        if outcome.known:
            self._known.inc()
        elif outcome.sha256:
            # A coordinator may be so quick that the lake has it already.
            with suppress(OSError):
                self._staged.inc(staged_at(self._lake, outcome.key).stat().st_size)
        if outcome.code_known is not None:
            self._code.labels("yes" if outcome.code_known else "no").inc()
        if outcome.seconds:
            self._cpu.inc(outcome.cpu)
            self._seconds.observe(outcome.seconds)
            self._memory.observe(outcome.memory)
            with self._lock:
                self._largest = max(self._largest, outcome.memory)
                self._peak.set(self._largest)

    def alive(self, waiting: int) -> None:
        self._waiting.set(waiting)
        self._heard.set(now().timestamp())

    def _leave(self, run: str, place: int) -> None:
        with self._lock:
            self._at_work.discard((run, place))

    def _busy(self) -> float:
        with self._lock:
            # A job that waits for its second try waits because all slots are taken.
            return min(len(self._at_work), self._slots)


class Following(Collector):
    """How far a run is, as who carries it out hears of it: a `Watcher` that is asked from another thread."""

    def __init__(self, run: Run, verdicts: Mapping[Verdict, int]) -> None:
        self._run = run
        self._progress: Progress | None = None
        self._verdicts = Counted(verdicts)

    def planned(self, progress: Progress) -> None:
        self._progress = progress

    def ended(self, outcome: Outcome) -> None:
        self._verdicts[outcome.verdict] += 1
        if before := self._progress:
            good = outcome.verdict in GOOD
            self._progress = Progress(
                # What the disk lost is done twice.
                max(before.open - 1, 0),
                before.done + good,
                before.poison + (not good),
                before.known + outcome.known,
                before.cpu + outcome.cpu,
            )

    def storing(self) -> None:
        """Changes no figure."""

    def collect(self) -> Iterator[Metric]:
        if self._progress:
            yield from _of_run(self._run, self._progress, self._verdicts.copy())


class _State(Collector):
    def __init__(self, metrics: tuple[Metric, ...]) -> None:
        self._metrics = metrics

    def collect(self) -> Iterator[Metric]:
        yield from self._metrics


def exposition(run: Run, progress: Progress, verdicts: Mapping[Verdict, int]) -> str:
    """How far a run is, as text for Prometheus's textfile collector."""
    registry = CollectorRegistry()
    registry.register(_State(tuple(_of_run(run, progress, verdicts))))
    return generate_latest(registry).decode()


def _of_run(run: Run, progress: Progress, verdicts: Mapping[Verdict, int]) -> Iterator[Metric]:
    def gauge(name: str, words: str, rows: Mapping[Any, float], label: str = "") -> Metric:
        metric = GaugeMetricFamily(f"mingjian_fleet_run_{name}", words, labels=["run", label] if label else ["run"])
        for word, value in rows.items():
            metric.add_metric([run.id, word] if label else [run.id], value)
        return metric

    yield gauge("jobs", "Jobs of the run by state.", {"open": progress.open, "done": progress.done, "poison": progress.poison}, "state")
    yield gauge("verdicts", "Jobs of the run that are not open, by verdict.", verdicts, "verdict")
    yield gauge("known", "Jobs that are done and whose report was there already.", {"": progress.known})
    yield gauge("cpu_seconds", "Processor time of the jobs that are not open.", {"": progress.cpu})
    yield gauge("begun_timestamp_seconds", "When the run was begun.", {"": run.begun_at.timestamp()})


class _Request(WSGIRequestHandler):
    timeout = _PATIENCE

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing: a scrape is no event."""


class Served(Observer):
    """A registry's figures at an address, which is claimed when this is made and answered from `begin` on, by one thread. As an observer of
    the engine it begins with the first job, for then the pool is forked, and forking comes before threads.

    Raises `UsageError` for an address that cannot be had."""

    def __init__(self, address: str, registry: CollectorRegistry) -> None:
        self._thread: Thread | None = None
        self._lock = Lock()
        try:
            host, port = _place(address)
            family, *_, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
            self._server = _server(family, place)
        except (OSError, ValueError, OverflowError) as error:
            raise UsageError("fleet.metrics_address", address=address, why=getattr(error, "strerror", None) or str(error)) from error
        self._server.set_app(make_wsgi_app(registry))
        self.host, self.port = self._server.server_name, self._server.server_port

    def begin(self) -> None:
        """Answers from now on."""
        with self._lock:
            if self._thread is None:
                self._thread = Thread(target=self._server.serve_forever, name="metrics", daemon=True)
                self._thread.start()

    def begun(self, job: Job, node: str) -> None:
        del job, node
        self.begin()

    def ended(self, run: Run, outcome: Outcome) -> None:
        del run, outcome
        self.begin()

    def close(self) -> None:
        """Gives the address back."""
        if self._thread:
            self._server.shutdown()
        self._server.server_close()


def _server(family: int, address: object) -> WSGIServer:
    class Server(WSGIServer):
        address_family = family

        def server_bind(self) -> None:
            # Not as the library does, which asks for the host's name, and may wait for it.
            TCPServer.server_bind(self)
            self.server_name, self.server_port = self.socket.getsockname()[:2]
            self.setup_environ()

    return Server(address, _Request)  # type: ignore[arg-type]


def _place(address: str) -> tuple[str, int]:
    """`HOST:PORT`, `[HOST]:PORT`, `:PORT` or `PORT`."""
    host, _, port = address.rpartition(":")
    if not port.isascii() or not port.isdigit() or int(port) > _LAST_PORT:
        raise ValueError(f"{port!r} is no port")
    return host.removeprefix("[").removesuffix("]") or HERE, int(port)
