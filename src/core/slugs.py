"""Readable addresses: `abbey-road-studios`, and `abbey-road-studios-2` for the next of that name."""

import secrets
from collections.abc import Iterator

from slugify import slugify

LONGEST_SLUG = 80
NUMBERED = 10


def candidates(name: str, *, fallback: str) -> Iterator[str]:
    """Slugs to try in turn; after a few numbers a random ending, so that it always ends.

    A slug is never only digits: those are ids.
    """
    base = slugify(name, max_length=LONGEST_SLUG - 10, word_boundary=True) or fallback
    if base.isdigit():
        base = f"{fallback}-{base}"
    yield base
    for number in range(2, NUMBERED):
        yield f"{base}-{number}"
    while True:
        yield f"{base}-{secrets.token_hex(4)}"
