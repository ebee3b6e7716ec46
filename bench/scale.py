"""`python -m bench.scale`: search as data grows, by its own statements through bare asyncpg.

Prints the least time, p50 and p95, how many times they are those of the first scale, and each plan in short
(BENCH_EXPLAIN=0: none). On a machine that others use too the least is the steadiest.
BENCH_SCALES says how many rooms and bookings; the default takes some minutes and 4 GB. BENCH_KEEP=1 leaves the loaded
databases for the next run of the same day and migrations. Availability of a room is asked over HTTP, of this API and
of the bare endpoint, with the CPU of its server for each request. A city has up to 5,000 rooms;
a sixth of them is taken at any open hour, and one day of one city is booked out. The exclusion constraint is left
out: it guards writes, no search reads it, and it takes minutes to build.
"""

import asyncio
import hashlib
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from statistics import quantiles
from time import perf_counter
from typing import Any

import asyncpg
from sqlalchemy.engine import make_url

from bench import scale_availability, seed
from bench.environment import FOLDER
from bench.scale_availability import Costs
from bench.servers import PROJECT
from bench.world import ROOMS_PER_STUDIO
from src.calendars.service import Span
from src.cli.embedded import EmbeddedPostgres
from src.rooms.search import repository
from src.rooms.search.conditions import Arguments
from src.rooms.search.filters import RoomFilter, SearchFilter
from src.rooms.search.free_time import Window

DEFAULT_SCALES = "200:10000,1000:10000000,100000:10000000"
CITY_ROOMS = 5_000
RUNS = 300
DAYS_AHEAD = 50
ORDINARY_DAY, BOOKED_DAY = 7, 21

_PLACES = """
UPDATE addresses SET city_id = 1 + id %% %(cities)s,
    latitude = 51.5 - (id %% %(cities)s) + (id * 7919 %% 400 - 200) / 1000.0,
    longitude = -0.1 + (id * 104729 %% 400 - 200) / 1000.0;
UPDATE rooms SET capacity = 2 + id * 31 %% 20;
UPDATE room_prices SET amount = amount + room_id * 7919 %% 5000;
"""

# A booking of two hours a room and day, the latest days first; every two open hours of the booked-out day in city 1.
_TIME = f"""
INSERT INTO occupancies (resource_id, claim_id, kind, starts_at, ends_at)
SELECT room, 1 + n, 'booking', starts_at, starts_at + interval '2 hours'
FROM (SELECT n, 1 + n %% %(rooms)s AS room,
             (current_date + {DAYS_AHEAD} - (n / %(rooms)s)::int
              + make_interval(hours => 10 + 2 * ((n * 7919 + n / %(rooms)s) %% 6)::int)
             ) AT TIME ZONE 'UTC' AS starts_at
      FROM generate_series(0::bigint, %(bookings)s - 1) AS n) AS made
WHERE NOT (starts_at::date = current_date + {BOOKED_DAY}
           AND EXISTS (SELECT FROM rooms JOIN addresses ON addresses.id = address_id
                       WHERE rooms.id = room AND city_id = 1));
INSERT INTO occupancies (resource_id, claim_id, kind, starts_at, ends_at)
SELECT rooms.id, 0, 'booking', starts_at, starts_at + interval '2 hours'
FROM rooms JOIN addresses ON addresses.id = address_id,
     generate_series((current_date + {BOOKED_DAY} + time '10:00') AT TIME ZONE 'UTC',
                     (current_date + {BOOKED_DAY} + time '20:00') AT TIME ZONE 'UTC', interval '2 hours') AS starts_at
WHERE city_id = 1;
"""


@dataclass(frozen=True, slots=True)
class Question:
    name: str
    statement: Callable[[], tuple[str, Arguments]]


Milliseconds = tuple[float, float, float]  # the least, p50, p95
Times = dict[Question, Milliseconds]


def _window(days_ahead: int, *, duration: timedelta | None = None) -> Window:
    now = datetime.now(UTC)
    day = now.date() + timedelta(days=days_ahead)
    starts = datetime.combine(day, time(14), UTC)
    return Window(
        Span(starts, starts + (timedelta(hours=6) if duration else timedelta(hours=2))), duration, now
    )


def _rooms(window: Window | None = None, **wanted: Any) -> Callable[[], tuple[str, Arguments]]:
    return lambda: repository.rooms_statement(RoomFilter(**{"sort": "price"} | wanted), window)


QUESTIONS = [
    Question("rooms of a city, cheapest first", _rooms(city_id=1)),
    Question("… free between", _rooms(_window(ORDINARY_DAY), city_id=1)),
    Question("… free between, booked out", _rooms(_window(BOOKED_DAY), city_id=1)),
    Question("… 2 h somewhere in 6", _rooms(_window(ORDINARY_DAY, duration=timedelta(hours=2)), city_id=1)),
    Question("… booked out", _rooms(_window(BOOKED_DAY, duration=timedelta(hours=2)), city_id=1)),
    *(
        question
        for radius_km in (5, 10, 50)
        for question in (
            Question(
                f"rooms within {radius_km} km, free between",
                _rooms(_window(ORDINARY_DAY), near="51.5,-0.1", radius_km=radius_km),
            ),
            Question("… booked out", _rooms(_window(BOOKED_DAY), near="51.5,-0.1", radius_km=radius_km)),
        )
    ),
    Question("text, the last word unfinished", _rooms(q="studio 17", sort="relevance")),
    Question("text that all have, mistyped", _rooms(q="studoi", sort="relevance")),
    Question(
        "studios with facets, free between",
        lambda: repository.search_statement(SearchFilter(city_id=1, sort="price"), _window(ORDINARY_DAY)),
    ),
]


def main() -> None:
    first: Times = {}
    first_costs: Costs = {}
    for scale in os.environ.get("BENCH_SCALES", DEFAULT_SCALES).split(","):
        rooms, bookings = (int(number) for number in scale.split(":"))
        with _loaded(rooms, bookings) as url:
            times = asyncio.run(_measure(url, rooms, bookings, first))
            costs = scale_availability.measure(url, rooms, first_costs)
            first, first_costs = first or times, first_costs or costs


@contextmanager
def _loaded(rooms: int, bookings: int) -> Iterator[str]:
    """The address of a database of that size; one that was kept, when it is of today and of these migrations."""
    folder = FOLDER / f"scale-{rooms}-{bookings}"
    server, mark = EmbeddedPostgres(folder, durable=False), folder / "loaded"
    of_today = f"{datetime.now(UTC).date()} {_migrations()}"
    is_loaded = mark.exists() and mark.read_text() == of_today
    if not is_loaded:
        server.erase()
    try:
        server.start()
        url = server.ensure_database("scale")
        if not is_loaded:
            _migrate(url)
            started = perf_counter()
            asyncio.run(_fill(url, rooms, bookings))
            print(f"\nLoaded in {perf_counter() - started:.0f} s", flush=True)
            mark.write_text(of_today)
        yield url
    finally:
        if os.environ.get("BENCH_KEEP") == "1":
            server.stop()
        else:
            server.erase()


def _migrations() -> str:
    """Of what the database is made."""
    sources = sorted((PROJECT / "alembic" / "versions").glob("*.py"))
    return hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()


def _migrate(url: str) -> None:
    command = [sys.executable, "-m", "alembic", "upgrade", "head"]
    subprocess.run(
        command, env=os.environ | {"DATABASE_URL": url}, cwd=PROJECT, check=True, capture_output=True
    )


async def _measure(url: str, rooms: int, bookings: int, first: Times) -> Times:
    async with _connected(url) as connection:
        size = await connection.fetchval("SELECT pg_size_pretty(pg_database_size(current_database()))")
        print(f"\n{rooms:,} rooms, {bookings:,} bookings, {size}", flush=True)
        return {question: await _ask(connection, question, first.get(question)) for question in QUESTIONS}


@asynccontextmanager
async def _connected(url: str) -> AsyncIterator[asyncpg.Connection]:
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    connection = await asyncpg.connect(plain, server_settings={"jit": "off"})
    try:
        yield connection
    finally:
        await connection.close()


async def _fill(url: str, rooms: int, bookings: int) -> None:
    numbers = {
        "rooms": rooms,
        "studios": -(-rooms // ROOMS_PER_STUDIO),
        "bookings": bookings,
        "cities": -(-rooms // CITY_ROOMS),
    }
    async with _connected(url) as connection:
        await connection.execute("SET session_replication_role = replica")
        await connection.execute("ALTER TABLE occupancies DROP CONSTRAINT ex_occupancies_resource_time")
        indexes = await connection.fetch(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'occupancies' AND indexname LIKE 'ix_%'"
        )
        for index in indexes:
            await connection.execute(f"DROP INDEX {index['indexname']}")
        scripts = (
            seed.PLACES % numbers,
            seed.STUDIOS % numbers,
            seed.ROOMS % numbers,
            _PLACES % numbers,
            _TIME % numbers,
        )
        for script in scripts:
            await connection.execute(script)
        for index in indexes:
            await connection.execute(index["indexdef"])
        await seed.derive(connection)
        await connection.execute("VACUUM ANALYZE")
        # Or it would begin in the middle of a measurement.
        await connection.execute("ALTER SYSTEM SET autovacuum = off")
        await connection.execute("SELECT pg_reload_conf()")


async def _ask(
    connection: asyncpg.Connection, question: Question, first: Milliseconds | None
) -> Milliseconds:
    statement, arguments = question.statement()
    times = []
    for number in range(RUNS + 20):
        started = perf_counter()
        await connection.fetchval(statement, *arguments)
        if number >= 20:
            times.append((perf_counter() - started) * 1000)
    percentiles = quantiles(times, n=100)
    took = min(times), percentiles[49], percentiles[94]
    least, p50, p95 = took
    compared = [f"{time / before:.1f}" for time, before in zip(took, first or (), strict=False)]
    print(
        f"{question.name:36} least {least:7.2f}   p50 {p50:7.2f}   p95 {p95:7.2f} ms"
        + (f"   {compared[0]}, {compared[1]} and {compared[2]} times" if compared else ""),
        flush=True,
    )
    if os.environ.get("BENCH_EXPLAIN") != "0":
        plan = await connection.fetch(
            f"EXPLAIN (ANALYZE, COSTS OFF, BUFFERS OFF, TIMING OFF) {statement}", *arguments
        )
        print("\n".join(_in_short([row[0] for row in plan])), flush=True)
    return took


def _in_short(plan: list[str]) -> list[str]:
    """Which tables are read, how, and how many rows that gives; and the two times at the end."""
    return [
        f"    {line.strip().removeprefix('->  ')}"
        for line in plan
        if (" Scan " in line and "never executed" not in line and "CTE Scan" not in line) or " Time: " in line
    ]


if __name__ == "__main__":
    main()
