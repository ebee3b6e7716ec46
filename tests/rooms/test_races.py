"""An owner changes a room at the moment in which it is booked: each way round there is one right outcome."""

import asyncio
from collections import Counter
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from src.bookings import repository as bookings
from src.calendars import service as calendars
from src.core.limits import Limiter
from src.main import create_app
from tests.factories.world import World, created, ok, problem, wish
from tests.support import pictures
from tests.support.pause import Pause
from tests.support.services import create_extra_database


@pytest.fixture(scope="module")
async def real_app(settings):
    app = create_app(settings.model_copy(update={"database_url": create_extra_database("room_races")}))
    app.state.limiter = Limiter(settings.redis_url, prefix="limits:room_races")
    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture
async def real_world(real_app, settings):
    async with httpx.AsyncClient(transport=httpx.ASGITransport(real_app), base_url="http://test") as client:
        yield World(client=client, database=real_app.state.database, settings=settings)


@pytest.fixture
def before_claim(monkeypatch):
    """The booking has read and priced its offer, and taken nothing yet."""
    return Pause(monkeypatch, calendars, "claim")


@pytest.fixture
def after_claim(monkeypatch):
    """The booking has taken its time, and written nothing else yet."""
    return Pause(monkeypatch, bookings, "insert_hold")


CHANGES = {
    "a rule of length": ("PATCH", "", {"min_minutes": 180}),
    "a price": ("PUT", "/prices", {"prices": [{"duration_minutes": 60, "amount": 9000}]}),
    "a peak": ("PUT", "/price-rules", {"price_rules": [
        {"name": "Peak", "weekdays": list(range(7)), "starts": "00:00", "ends": "00:00", "percent": 200}]}),
    "the end": ("DELETE", "", None),
}  # fmt: skip
NEXT: dict[str, tuple[int, Any]] = {
    "a rule of length": (422, "too_short"),
    "a price": (201, 18000),
    "a peak": (201, 20000),
    "the end": (404, "room_not_found"),
}


async def change(studio, what):
    method, path, body = CHANGES[what]
    answer = await studio.owner._send(method, f"/rooms/{studio.room_id}{path}", {"json": body})
    assert answer.is_success, answer.text


@pytest.mark.parametrize("what", CHANGES)
async def test_a_booking_of_an_offer_that_has_changed_is_not_made(real_world, before_claim, what):
    studio, customer = await real_world.studio(), await real_world.person()
    key = {"Idempotency-Key": "mine"}
    booking = asyncio.create_task(customer.post("/bookings", wish(studio), headers=key))
    await before_claim.reached.wait()
    await change(studio, what)
    before_claim.go_on.set()
    problem(await booking, 409, "offer_changed")
    again = await customer.post("/bookings", wish(studio), headers=key)  # the same key acts again
    status, expected = NEXT[what]
    if status == 201:
        assert (await created(as_future(again)))["total"]["amount"] == expected
    else:
        problem(again, status, expected)


async def as_future(answer):
    return answer


@pytest.mark.parametrize("what", CHANGES)
async def test_a_booking_that_was_first_stands_at_its_price(real_world, after_claim, what):
    """Which of two is first is decided by the row of the booking: until it is there the change wins."""
    studio, customer = await real_world.studio(), await real_world.person()
    booking = await created(customer_books(customer, studio, after_claim))
    await change(studio, what)
    assert booking["total"]["amount"] == 10000
    assert await ok(customer.get(f"/bookings/{booking['id']}")) == booking


async def customer_books(customer, studio, pause):
    pause.go_on.set()
    return await customer.post("/bookings", wish(studio))


async def test_a_part_that_joins_waits_for_a_booking_in_the_making_and_is_refused(real_world, after_claim):
    """Otherwise the whole would be booked without its new part."""
    part, customer = await real_world.studio(), await real_world.person()
    whole = await real_world.room(part, name="Whole floor")
    booking = asyncio.create_task(customer.post("/bookings", wish(whole)))
    await after_claim.reached.wait()
    joining = asyncio.create_task(
        part.owner.put(f"/rooms/{whole.room_id}/parts", {"part_ids": [part.room_id]})
    )
    await asyncio.sleep(0.2)
    assert not joining.done()
    after_claim.go_on.set()
    await created(booking)
    problem(await joining, 409, "room_in_use")
    await created(customer.post("/bookings", wish(part)))


async def test_a_booking_that_does_not_know_the_new_part_is_not_made(real_world, before_claim):
    part, customer = await real_world.studio(), await real_world.person()
    whole = await real_world.room(part, name="Whole floor")
    house = await real_world.room(part, name="House")
    await ok(part.owner.put(f"/rooms/{house.room_id}/parts", {"part_ids": [whole.room_id]}))
    booking = asyncio.create_task(customer.post("/bookings", wish(house)))
    await before_claim.reached.wait()
    await ok(part.owner.put(f"/rooms/{whole.room_id}/parts", {"part_ids": [part.room_id]}))
    before_claim.go_on.set()
    problem(await booking, 409, "offer_changed")
    await created(customer.post("/bookings", wish(house)))
    problem(await customer.post("/bookings", wish(part)), 409, "slot_taken")


async def test_parts_that_would_make_a_circle_in_parallel_do_not(real_world):
    a = await real_world.studio()
    b = await real_world.room(a)
    answers = await asyncio.gather(
        a.owner.put(f"/rooms/{a.room_id}/parts", {"part_ids": [b.room_id]}),
        a.owner.put(f"/rooms/{b.room_id}/parts", {"part_ids": [a.room_id]}),
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]


async def test_photos_that_come_at_once_have_places_of_their_own(real_world):
    studio = await real_world.studio()
    path, content = f"/api/v1/rooms/{studio.room_id}/photos", pictures.jpeg((16, 16))
    answers = await asyncio.gather(
        *(
            studio.owner.client.post(path, headers=studio.owner.headers, files={"file": content})
            for _ in range(6)
        )
    )
    assert [answer.status_code for answer in answers] == [201] * 6
    async with real_world.database.reading() as session:
        positions = await session.scalars(
            text("SELECT position FROM room_photos WHERE room_id = :id"), {"id": studio.room_id}
        )
        assert sorted(positions) == list(range(6))


async def test_of_a_block_and_bookings_of_one_hour_one_wins(real_world):
    studio = await real_world.studio()
    people = [await real_world.person() for _ in range(5)]
    for number in range(10):
        body = wish(studio, days_ahead=30 + number)
        span = {field: body[field] for field in ("starts_at", "ends_at")}
        answers = await asyncio.gather(
            studio.owner.post(f"/rooms/{studio.room_id}/blocks", span),
            *(person.post("/bookings", body) for person in people),
        )
        assert Counter(answer.status_code for answer in answers) == {201: 1, 409: 5}
