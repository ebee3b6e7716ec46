"""Password hashes: argon2id is made, bcrypt (Laravel's `$2y$` too) is still verified.

The parameters are OWASP's for argon2id (19 MiB, 2 passes). Hashing takes tens of milliseconds and releases the
GIL, so it runs in threads, never on the event loop.
"""

import asyncio
import os
import secrets
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Final, NamedTuple

from passlib.context import CryptContext

SHORTEST_PASSWORD: Final = 8
LONGEST_PASSWORD: Final = 128

# One core stays free for the event loop: with a thread for each log-in, twenty at once would stall all other
# requests. More than a few would rather be more processes. The memory of hashing is bounded alike.
MOST_THREADS: Final = 4
_threads = ThreadPoolExecutor(
    max_workers=max(1, min(MOST_THREADS, (os.cpu_count() or 2) - 1)), thread_name_prefix="passwords"
)

_context = CryptContext(
    schemes=["argon2", "bcrypt"],
    deprecated="auto",
    argon2__type="ID",
    argon2__memory_cost=19_456,
    argon2__rounds=2,
    argon2__parallelism=1,
)


class Verification(NamedTuple):
    """`new_hash` is given when the password is right and its hash is of an older scheme."""

    is_right: bool
    new_hash: str | None


async def make_hash(password: str) -> str:
    return await asyncio.get_running_loop().run_in_executor(_threads, _make_hash, password)


async def verify(password: str, password_hash: str | None) -> Verification:
    """Works as long for `None` (nobody, or somebody without a password) as for a real hash."""
    return await asyncio.get_running_loop().run_in_executor(_threads, _verify, password, password_hash)


def _make_hash(password: str) -> str:
    made: str = _context.hash(password)
    return made


def _verify(password: str, password_hash: str | None) -> Verification:
    try:
        if password_hash is not None:
            return Verification(*_context.verify_and_update(password, password_hash))
    except ValueError:
        # bcrypt knows no password over 72 bytes, and comparing only a part of it would accept others too.
        # A hash of a scheme we don't know ends here as well.
        pass
    _context.verify(password, _nobodys_hash())
    return Verification(is_right=False, new_hash=None)


@cache
def _nobodys_hash() -> str:
    return _make_hash(secrets.token_urlsafe())
