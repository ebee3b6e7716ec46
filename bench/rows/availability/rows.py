"""B. When a room is free: of a day, and of a month."""

import random
from datetime import timedelta
from functools import partial

from bench.row import BARE, Goal, Row, http_request
from bench.world import World

VARIETY = 1_000
MONTH_DAYS = 30
# From tomorrow on: what is seeded lies no farther ahead.
FIRST_DAYS = 15


def _requests(days: int, world: World, _seconds: int) -> list[bytes]:
    requests = []
    for room in random.choices(range(1, world.rooms + 1), k=VARIETY):
        first = world.tomorrow + timedelta(days=random.randrange(FIRST_DAYS))
        period = f"from={first}&to={first + timedelta(days=days)}"
        requests.append(http_request("GET", f"/rooms/{room}/availability?{period}"))
    return requests


ROWS = [
    Row(
        name=f"B. availability, {name}",
        goals=[Goal(BARE, 0.45)],
        requests=partial(_requests, days),
        status=200,
    )
    for name, days in {"a day": 1, "a month": MONTH_DAYS}.items()
]
