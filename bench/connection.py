"""A connection of the bare endpoint's stack, for as long as a block lasts."""

from types import TracebackType

import asyncpg
from starlette.requests import Request


class Borrowed:
    """A class, because a generator as context manager costs three times as much."""

    def __init__(self, request: Request) -> None:
        self._connections: list[asyncpg.Connection] = request.app.state.connections

    def __enter__(self) -> asyncpg.Connection:
        self._connection = self._connections.pop()
        return self._connection

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connections.append(self._connection)
