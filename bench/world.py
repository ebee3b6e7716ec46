"""What a seeded database holds, and free time in it that is handed out once."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

ZONE = "Europe/London"
ROOMS_PER_STUDIO = 5
CITIES = 10
# Studios are open from 10 to 22: what is seeded lies in the first two hours, what is measured in the others.
SEEDED_HOURS = (10, 11)
FREE_HOURS = range(12, 22)
# Inside every room's horizon of a year.
FREE_DAYS = 360


@dataclass(frozen=True, slots=True)
class Slots:
    """Hours that nobody else was given: room by room, then hour by hour, then day by day."""

    first: int
    count: int
    rooms: int
    tomorrow: date

    def __iter__(self) -> Iterator[tuple[int, datetime]]:
        """Each as room and studio-local start."""
        for number in range(self.first, self.first + self.count):
            lap, room = divmod(number, self.rooms)
            day, hour = divmod(lap, len(FREE_HOURS))
            yield room + 1, datetime.combine(self.tomorrow + timedelta(days=day), time(FREE_HOURS[hour]))


@dataclass(slots=True)
class World:
    """Ids are 1, 2, 3 …: of rooms, of cities, and of customers, whose session has the customer's id."""

    rooms: int
    tokens: list[str]
    tomorrow: date
    _given: int = 0

    @property
    def customers(self) -> int:
        return len(self.tokens)

    def take_slots(self, count: int) -> Slots:
        slots = Slots(first=self._given, count=count, rooms=self.rooms, tomorrow=self.tomorrow)
        self._given += count
        if self._given > self.rooms * FREE_DAYS * len(FREE_HOURS):
            raise ValueError("no free time left: more rooms (BENCH_ROOMS) or fewer seconds (BENCH_SECONDS)")
        return slots
