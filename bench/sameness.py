"""That the contestants do the same work: their answers must have the same fields of the same types."""

import socket
from http import HTTPStatus
from typing import Any

import orjson

from bench.row import Row
from bench.servers import HttpServer
from bench.world import World
from src.cli.embedded import HOST


class DifferentAnswersError(Exception):
    """The numbers of this run would compare apples with pears."""


def check(rows: list[Row], servers: dict[str, HttpServer], world: World) -> None:
    """Raises `DifferentAnswersError`."""
    for row in rows:
        requests = row.requests(world, 1)
        if row.status == HTTPStatus.OK:  # of a read all are asked the same
            requests = requests[:1] * len(servers)
        shapes = {
            name: _shape(_ask(server, request))
            for request, (name, server) in zip(requests, servers.items(), strict=False)
        }
        if len({str(shape) for shape in shapes.values()}) > 1:
            raise DifferentAnswersError(f"{row.name}: {shapes}")


def _ask(server: HttpServer, request: bytes) -> Any:
    with socket.create_connection((HOST, server.port), timeout=5) as connection:
        connection.sendall(request.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1))
        received = b"".join(iter(lambda: connection.recv(65_536), b""))
    return orjson.loads(received.partition(b"\r\n\r\n")[2] or b"null")


def _shape(value: Any) -> Any:
    """Names and types, whatever the order; of a list its first item, which speaks for all."""
    if isinstance(value, dict):
        return {name: _shape(value[name]) for name in sorted(value)}
    if isinstance(value, list):
        return [_shape(item) for item in value[:1]]
    return type(value).__name__
