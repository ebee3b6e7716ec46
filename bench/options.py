"""What a run can be told by its environment; the defaults take two to three minutes."""

import os
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Options:
    rooms: int
    bookings: int
    connections: int
    rounds: int
    seconds: int
    only: str

    @property
    def scale(self) -> str:
        """What two runs must share for their ratios to be compared."""
        return f"{self.rooms} rooms, {self.bookings} bookings, {self.connections} connections"


def read() -> Options:
    return Options(
        rooms=_number("BENCH_ROOMS", 1_000),
        bookings=_number("BENCH_BOOKINGS", 200_000),
        connections=_number("BENCH_CONNECTIONS", 8),
        rounds=_number("BENCH_ROUNDS", 5),
        seconds=_number("BENCH_SECONDS", 2),
        only=os.environ.get("BENCH_ONLY", ""),
    )


def _number(name: str, usual: int) -> int:
    return int(os.environ.get(name) or usual)
