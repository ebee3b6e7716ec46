"""D. Read a room with its prices; a list of 20 rooms of a city."""

import random

from bench.pgbench import statement
from bench.row import BARE, Goal, Row, http_request
from bench.rows.rooms.statements import LIST, ONE
from bench.world import CITIES, World

SIZE = 20
VARIETY = 1_000


def _one(world: World, _seconds: int) -> list[bytes]:
    rooms = random.choices(range(1, world.rooms + 1), k=VARIETY)
    return [http_request("GET", f"/rooms/{room}") for room in rooms]


def _one_script(world: World, _seconds: int) -> str:
    return f"\\set room random(1, {world.rooms})\n" + statement(ONE, ":room")


def _list(world: World, _seconds: int) -> list[bytes]:
    pages = [(city, page) for city in range(1, CITIES + 1) for page in range(1, _pages(world) + 1)]
    return [
        http_request("GET", f"/rooms?city_id={city}&page={page}&size={SIZE}")
        for city, page in random.choices(pages, k=VARIETY)
    ]


def _list_script(world: World, _seconds: int) -> str:
    return (
        f"\\set city random(1, {CITIES})\n"
        f"\\set page random(1, {_pages(world)})\n"
        f"\\set skipped {SIZE} * (:page - 1)\n"
        + statement(LIST, "null", ":city::bigint", f"{SIZE}", ":skipped::bigint", ":page")
    )


def _pages(world: World) -> int:
    """Full pages of a city."""
    return max(1, world.rooms // CITIES // SIZE)


ROWS = [
    Row(name="D. read one room", goals=[Goal(BARE, 0.45)], requests=_one, status=200, script=_one_script),
    Row(name="D. list 20 rooms", goals=[Goal(BARE, 0.9)], requests=_list, status=200, script=_list_script),
]
