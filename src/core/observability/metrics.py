"""What each process counts for Prometheus: requests, connections in use, tasks, broken invariants.

With PROMETHEUS_MULTIPROC_DIR in the environment the processes of a container (uvicorn's workers, Celery's pool) count
in shared files there, and any one of them tells of all. The folder is that of one container's life: a tmpfs.
"""

import os
from pathlib import Path
from typing import Any, Final

from billiard.process import current_process
from prometheus_client import (
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
    multiprocess,
    values,
)
from starlette.types import Scope

SHARED_FOLDER: Final = os.environ.get("PROMETHEUS_MULTIPROC_DIR", "")
NO_ROUTE: Final = "none"


def _process_name() -> str:
    """A place in Celery's pool, so that who comes after the last of its tasks counts on in the same file."""
    place = getattr(current_process(), "index", None)
    return str(os.getpid()) if place is None else f"pool{place}"


if SHARED_FOLDER:
    Path(SHARED_FOLDER).mkdir(parents=True, exist_ok=True)
    values.ValueClass = values.MultiProcessValue(_process_name)  # type: ignore[no-untyped-call]

_REQUESTS = Counter("downbeat_http_requests", "Requests answered.", ["method", "route", "status"])
_REQUEST_SECONDS = Histogram(
    "downbeat_http_request_seconds",
    "From the first byte of a request to the last of its answer.",
    ["method", "route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)
REQUESTS_IN_PROGRESS = Gauge(
    "downbeat_http_requests_in_progress", "Requests and streams not yet ended.", multiprocess_mode="livesum"
)
CONNECTIONS_IN_USE = Gauge(
    "downbeat_database_connections_in_use",
    "Connections borrowed from the pools.",
    ["pool"],
    multiprocess_mode="livesum",
)
REPLICA_READS_BY_PRIMARY = Counter(
    "downbeat_replica_reads_by_primary", "Reads that the primary answered because the replica did not."
)
TASKS = Counter("downbeat_tasks", "Tasks that have ended.", ["task", "state"])
TASK_SECONDS = Histogram(
    "downbeat_task_seconds",
    "From the start of a task to its end.",
    ["task"],
    buckets=(0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60),
)
EVENTS = Counter("downbeat_events", "Events handed to the broker: what happens in the business.", ["event"])
BROKEN_INVARIANTS = Gauge(
    "downbeat_broken_invariants",
    "1 for an invariant that does not hold, -1 for one that could not be checked.",
    ["invariant"],
    multiprocess_mode="mostrecent",
)
INVARIANTS_CHECKED = Gauge(
    "downbeat_invariants_checked_timestamp_seconds",
    "When the invariants were last checked.",
    multiprocess_mode="max",
)

# Looking a child up costs more than counting in it.
_children: dict[tuple[str, str, int], tuple[Any, Any]] = {}


def count_request(scope: Scope, *, status: int, seconds: float) -> None:
    """Under the route's pattern, never its path: paths hold ids and tokens, and there is no end of them."""
    key = (scope["method"], getattr(scope.get("route"), "path", NO_ROUTE), status)
    children = _children.get(key)
    if children is None:
        method, route, _ = key
        # A method that nobody knows is the client's word, and there is no end of those either.
        method = method if route != NO_ROUTE else "any"
        children = _children[key] = (
            _REQUESTS.labels(method, route, str(status)),
            _REQUEST_SECONDS.labels(method, route),
        )
    children[0].inc()
    children[1].observe(seconds)


def render() -> bytes:
    """The text that Prometheus reads, of all processes that share the folder."""
    return generate_latest(shared_registry())


def shared_registry() -> CollectorRegistry:
    if not SHARED_FOLDER:
        return REGISTRY
    _forget_ended_processes()
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return registry


def _forget_ended_processes() -> None:
    """What a process that was killed had in its hands is in nobody's: only gauges of what is now are dropped."""
    for file in Path(SHARED_FOLDER).glob("gauge_live*_*.db"):
        pid = file.stem.rpartition("_")[2]
        if pid.isdecimal() and not Path(f"/proc/{pid}").exists():
            multiprocess.mark_process_dead(pid)  # type: ignore[no-untyped-call]
