"""C. Rooms of a city that are free, the cheapest first. D. Read a room; a list of 20 rooms of a city."""

import random
from datetime import timedelta

from bench.pgbench import statement
from bench.row import BARE, Goal, Row, http_request
from bench.rows.rooms.statements import ONE
from bench.world import CITIES, World

SIZE = 20
VARIETY = 1_000
MEDIA = "'http://127.0.0.1/media'"


def _one(world: World, _seconds: int) -> list[bytes]:
    rooms = random.choices(range(1, world.rooms + 1), k=VARIETY)
    return [http_request("GET", f"/rooms/{room}") for room in rooms]


def _one_script(world: World, _seconds: int) -> str:
    return f"\\set room random(1, {world.rooms})\n" + statement(ONE, ":room", MEDIA)


def _list(world: World, _seconds: int) -> list[bytes]:
    pages = [(city, page) for city in range(1, CITIES + 1) for page in range(1, _pages(world) + 1)]
    return [
        http_request("GET", f"/rooms?city_id={city}&page={page}&size={SIZE}")
        for city, page in random.choices(pages, k=VARIETY)
    ]


def _free(world: World, _seconds: int) -> list[bytes]:
    """Hours that nobody has taken, and that everybody has, by turns."""
    requests = []
    for number in range(VARIETY):
        day = world.tomorrow + timedelta(days=random.randrange(30))
        hour = (14, 18, 10, 11)[number % 4]
        city = random.randint(1, CITIES)
        span = f"free_from={day}T{hour}:00Z&free_to={day}T{hour + 1}:00Z"
        requests.append(http_request("GET", f"/rooms?city_id={city}&{span}&sort=price&page=1&size={SIZE}"))
    return requests


def _pages(world: World) -> int:
    """Full pages of a city."""
    return max(1, world.rooms // CITIES // SIZE)


ROWS = [
    Row(name="D. read one room", goals=[Goal(BARE, 0.45)], requests=_one, status=200, script=_one_script),
    Row(name="D. list 20 rooms", goals=[Goal(BARE, 0.9)], requests=_list, status=200),
    Row(name="C. search: free rooms of a city", goals=[Goal(BARE, 0.8)], requests=_free, status=200),
]
