"""What a Celery worker tells: each process of its pool counts and reports, the main process shows the metrics."""

import time
from typing import Any

from celery import Task
from celery.signals import task_failure, task_postrun, task_prerun, worker_process_init, worker_ready
from prometheus_client import start_http_server

from src.core.config import get_settings
from src.core.observability.metrics import TASK_SECONDS, TASKS, shared_registry
from src.core.observability.reporting import configure_reporting, report_error

_started: dict[str, float] = {}


@task_prerun.connect  # type: ignore[untyped-decorator]
def _note_start(task_id: str, **_: Any) -> None:
    _started[task_id] = time.perf_counter()


@task_postrun.connect  # type: ignore[untyped-decorator]
def _count(task_id: str, task: Task, state: str | None = None, **_: Any) -> None:
    started = _started.pop(task_id, None)
    if started is not None:
        TASKS.labels(task.name, state or "unknown").inc()
        TASK_SECONDS.labels(task.name).observe(time.perf_counter() - started)


@task_failure.connect  # type: ignore[untyped-decorator]
def _report_failure(sender: Task, exception: BaseException, **_: Any) -> None:
    report_error(exception, task=sender.name)


@worker_process_init.connect  # type: ignore[untyped-decorator]
def _configure(**_: Any) -> None:
    configure_reporting(get_settings(), "worker")


@worker_ready.connect  # type: ignore[untyped-decorator]
def _tell(**_: Any) -> None:
    port = get_settings().worker_metrics_port
    if port:
        start_http_server(port, registry=_Current())


class _Current:
    """The files of the moment at which Prometheus asks."""

    def collect(self) -> Any:
        return shared_registry().collect()
