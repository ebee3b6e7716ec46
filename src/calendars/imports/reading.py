"""From the address of a calendar to its busy time, or to the reason why there is none."""

import asyncio
import subprocess
import sys
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import orjson

from src.calendars.enums import ImportProblem
from src.calendars.service import Span
from src.core.outbound import (
    AddressRefusedError,
    Answer,
    AnswerTooLargeError,
    Outbound,
    OutboundError,
)

MOST_BYTES: Final = 5 * 1024 * 1024
CPU_SECONDS: Final = 10
# On a busy machine a second of CPU takes longer; with the fetch it stays below the time limit of a task.
WALL_SECONDS: Final = 30
PROJECT: Final = Path(__file__).parents[3]


class ReadingFailedError(Exception):
    def __init__(self, problem: ImportProblem) -> None:
        self.problem = problem
        super().__init__(problem.value)


@dataclass(frozen=True, slots=True)
class BusyEvent:
    span: Span
    summary: str


@dataclass(frozen=True, slots=True)
class Reading:
    events: list[BusyEvent]
    has_unreadable_events: bool


async def fetch(
    outbound: Outbound, url: str, *, etag: str | None, last_modified: str | None
) -> Answer | None:
    """None when it has not changed since. Raises `ReadingFailedError`."""
    headers = {"Accept": "text/calendar, */*;q=0.1"}
    if etag is not None:
        headers["If-None-Match"] = etag
    if last_modified is not None:
        headers["If-Modified-Since"] = last_modified
    try:
        answer = await outbound.get(url, headers=headers, most_bytes=MOST_BYTES)
    except AddressRefusedError as error:
        raise ReadingFailedError(ImportProblem.ADDRESS_REFUSED) from error
    except AnswerTooLargeError as error:
        raise ReadingFailedError(ImportProblem.TOO_LARGE) from error
    except OutboundError as error:
        raise ReadingFailedError(ImportProblem.UNREACHABLE) from error
    if answer.status == HTTPStatus.NOT_MODIFIED:
        return None
    if answer.status != HTTPStatus.OK:
        raise ReadingFailedError(ImportProblem.HTTP_ERROR)
    return answer


async def understand(
    content: bytes, *, zone: ZoneInfo, window: Span, own_host: str, cpu_seconds: int = CPU_SECONDS
) -> Reading:
    """In a process that can be stopped, whatever the text asks for. Raises `ReadingFailedError`."""
    arguments = (str(cpu_seconds), zone.key, *_written(window), own_host)
    try:
        done = await asyncio.to_thread(
            subprocess.run,
            [sys.executable, "-m", "src.calendars.imports.expansion", *arguments],
            cwd=PROJECT,
            input=content,
            capture_output=True,
            timeout=WALL_SECONDS,
            check=True,
        )
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        raise ReadingFailedError(ImportProblem.TOO_COMPLEX) from error
    answer = orjson.loads(done.stdout)
    if "problem" in answer:
        raise ReadingFailedError(ImportProblem(answer["problem"]))
    return Reading(
        [
            BusyEvent(Span(datetime.fromisoformat(starts), datetime.fromisoformat(ends)), summary)
            for starts, ends, summary in answer["events"]
        ],
        answer["has_unreadable_events"],
    )


def _written(window: Span) -> tuple[str, str]:
    return window.starts_at.isoformat(), window.ends_at.isoformat()
