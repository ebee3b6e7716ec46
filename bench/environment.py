"""Where the bench keeps its things, and what the servers are told."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from bench import log_ins
from bench.servers import PROJECT
from src.cli.embedded import EmbeddedValkey

FOLDER = PROJECT / ".dev" / "bench"


@contextmanager
def valkey() -> Iterator[str]:
    """For the limits of log-ins, and to wake the readers of live streams."""
    server = EmbeddedValkey(FOLDER / "valkey", durable=False)
    server.erase()
    try:
        server.start()
        yield server.url()
    finally:
        server.erase()


def environment_of(database_url: str, redis_url: str) -> dict[str, str]:
    """What the servers get instead of the developer's own settings; tokens outlast any run."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "DATABASE_URL": database_url,
        "DATABASE_READ_URL": database_url,
        "REDIS_URL": redis_url,
        "ENVIRONMENT": "development",
        "DEBUG": "false",
        "SECRET_KEY": "only-for-the-bench-and-nowhere-else",
        "PUBLIC_URL": "http://127.0.0.1",
        "ACCESS_TOKEN_MINUTES": "1440",
        "MOST_HOLDS_PER_USER": "1000000",
        "MOST_EXPIRED_HOLDS_PER_ROOM": "1000000",
        **log_ins.UNLIMITED,
        "LOG_LEVEL": "WARNING",
        "MEDIA_DIRECTORY": str(FOLDER / "media"),
        "MAIL_DIRECTORY": str(FOLDER / "mails"),
    }
