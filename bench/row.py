"""A row of the table: one kind of work, which every contestant does."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bench.world import World

API, BARE, USUAL, PGBENCH = "this API", "bare", "usual", "pgbench"
# What answers HTTP; pgbench joins where a row has a script.
SERVERS = {API: "src.main:create_app", BARE: "bench.bare:create_app", USUAL: "bench.usual:create_app"}


@dataclass(frozen=True, slots=True)
class Goal:
    """Requests a second of this API, at least so many times those of another contestant."""

    rival: str
    factor: float

    def __str__(self) -> str:
        return f"at least {self.factor:g} of {self.rival}"


@dataclass(frozen=True, slots=True)
class Row:
    """`requests` are sent over and over, unless `is_repeatable` is False: then each is sent once.

    `script` is what pgbench runs: the same statements, with `\\set` for what varies.
    """

    name: str
    goals: Sequence[Goal]
    requests: Callable[[World, int], list[bytes]]
    status: int
    is_repeatable: bool = True
    script: Callable[[World, int], str] | None = None


def http_request(method: str, path: str, *, token: str | None = None, body: bytes = b"") -> bytes:
    lines = [f"{method} /api/v1{path} HTTP/1.1", "Host: 127.0.0.1", "Accept: application/json"]
    if token is not None:
        lines.append(f"Authorization: Bearer {token}")
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body
