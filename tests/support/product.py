"""The real processes: API, worker and beat, on a database of their own and the run's Valkey."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Self

import httpx

from src.cli.embedded import pick_free_port

PROJECT = Path(__file__).resolve().parents[2]
READY_SECONDS = 90

WORKER = (
    "celery",
    "-A",
    "src.worker",
    "worker",
    "--concurrency",
    "1",
    "--without-gossip",
    "--without-mingle",
)
LINK = re.compile(r"^\S+\?token=(\S+)$", re.MULTILINE)


class Product:
    """Starts what is asked for and stops all of it at the end of the `with` block."""

    def __init__(self, *, database_url: str, redis_url: str, folder: Path, **settings: str) -> None:
        self.port = pick_free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.mails = folder / "mails"
        self._folder = folder
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self.environment = os.environ | {
            "ENVIRONMENT": "test",
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "CELERY_BROKER_URL": redis_url,
            "PUBLIC_URL": self.url,
            "MAIL_DIRECTORY": str(self.mails),
            "MEDIA_DIRECTORY": str(folder / "media"),
            "LOG_LEVEL": "WARNING",
            **settings,
        }

    def __enter__(self) -> Self:
        self._folder.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(self, *_: object) -> None:
        for name in list(self._processes):
            self.stop(name)

    def start_api(self, app: str = "src.main:create_app", *, workers: int = 1) -> subprocess.Popen[bytes]:
        process = self.start(
            "api",
            *("uvicorn", app, "--factory", "--port", str(self.port), "--workers", str(workers)),
            *("--no-access-log", "--no-proxy-headers"),
        )
        wait_until(self._answers, "the API does not answer")
        return process

    def start_worker(self) -> subprocess.Popen[bytes]:
        return self.start("worker", *WORKER)

    def start_beat(self) -> None:
        schedule = str(self._folder / "schedule")
        self.start("beat", "celery", "-A", "src.worker", "beat", "--schedule", schedule, "--pidfile", "")

    def stop(self, name: str, sign: signal.Signals = signal.SIGKILL) -> None:
        process = self._processes.pop(name)
        with suppress(ProcessLookupError):  # a test has ended it
            os.killpg(process.pid, sign)
        process.wait()

    def log(self, name: str) -> str:
        return (self._folder / f"{name}.log").read_text()

    def mails_to(self, address: str) -> list[EmailMessage]:
        paths = sorted(self.mails.glob("[!.]*.eml"))
        mails = [message_from_bytes(path.read_bytes(), policy=policy.default) for path in paths]
        return [mail for mail in mails if isinstance(mail, EmailMessage) and mail["To"] == address]

    def wait_for_mail(self, address: str, subject_start: str) -> EmailMessage:
        def arrived() -> list[EmailMessage]:
            return [mail for mail in self.mails_to(address) if mail["Subject"].startswith(subject_start)]

        wait_until(arrived, f"no mail to {address} about {subject_start!r}")
        return arrived()[0]

    def start(self, name: str, *module: str) -> subprocess.Popen[bytes]:
        """A Python module as a process; its output is `log(name)`."""
        with (self._folder / f"{name}.log").open("ab") as log:
            process = self._processes[name] = subprocess.Popen(
                [sys.executable, "-m", *module],
                cwd=PROJECT,
                env=self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        return process

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/health", timeout=1).is_success
        except httpx.TransportError:
            return False


def token_in(mail: EmailMessage) -> str:
    """The token of the link that stands on a line of its own."""
    found = LINK.search(plain_text(mail))
    assert found is not None, plain_text(mail)
    return found[1]


def plain_text(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    content: str = body.get_content()
    return content


def wait_until(condition: Callable[[], object], complaint: str, seconds: float = READY_SECONDS) -> None:
    """Asks again and again until the condition holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, complaint
        time.sleep(0.05)
