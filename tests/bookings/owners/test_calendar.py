"""The calendar of a studio: all rooms, all that takes time, in one statement."""

from datetime import datetime, timedelta

import pytest

from src.calendars import service as calendars
from src.calendars.enums import OccupancyKind
from src.calendars.service import Span, Wish
from src.rooms.models import Room
from tests.bookings.owners.support import employ, rename
from tests.factories.world import NEW_YORK, created, ok, problem


def days(booking, before=0, after=1):
    day = datetime.fromisoformat(booking["starts_at"]).date()
    return {
        "from": (day - timedelta(days=before)).isoformat(),
        "to": (day + timedelta(days=after)).isoformat(),
    }


async def calendar(person, studio, period):
    return await ok(person.get(f"/addresses/{studio.address['id']}/calendar", params=period))


async def another_room(studio, **room):
    body = {
        "address_id": studio.address["id"],
        "name": "Live Room B",
        "capacity": 2,
        "slot_minutes": 60,
        "min_minutes": 60,
        "max_minutes": 720,
    }
    return await created(studio.owner.post("/rooms", body | room))


async def take(world, room_id, kind, starts_at, ends_at):
    async with world.database.transaction() as session:
        room = await session.get_one(Room, room_id)
        wishes = [Wish(room.resource_id, Span(starts_at, ends_at))]
        await calendars.claim(session, wishes=wishes, kind=kind, hold=None)


async def test_bookings_holds_and_blocks_of_all_rooms(world):
    studio = await world.studio(city_id=NEW_YORK, currency="USD", buffer_after_minutes=15)
    room_b = await another_room(studio)
    customer = await world.person()
    await rename(world, customer, "Mira", "Kaplan")
    paid = await world.paid_booking(studio, customer, hour=12)
    held = await world.held_booking(studio, customer, hour=16)
    cancelled = await world.paid_booking(studio, customer, hour=19)
    await ok(customer.post(f"/bookings/{cancelled['id']}/cancel"))
    starts_at = datetime.fromisoformat(paid["starts_at"])
    await take(world, room_b["id"], OccupancyKind.BLOCK, starts_at, starts_at + timedelta(hours=1))
    document = await calendar(studio.owner, studio, days(paid))
    assert document["timezone"] == "America/New_York"
    first, second = document["rooms"]
    assert [room["room_name"] for room in (first, second)] == ["Live Room A", "Live Room B"]
    one, two = first["entries"]
    assert one["kind"] == "booking"
    assert one["ends_at"] == (datetime.fromisoformat(paid["ends_at"]) + timedelta(minutes=15)).isoformat()
    assert one["booking"] == {
        "id": paid["id"],
        "reference": paid["reference"],
        "status": "confirmed",
        "room_id": studio.room_id,
        "starts_at": paid["starts_at"],
        "ends_at": paid["ends_at"],
        "customer_id": customer.id,
        "customer_name": "Mira Kaplan",
    }
    assert (two["booking"]["id"], two["booking"]["status"]) == (held["id"], "pending")
    assert second["entries"] == [
        {
            "kind": "block",
            "starts_at": starts_at.isoformat(),
            "ends_at": (starts_at + timedelta(hours=1)).isoformat(),
            "booking": None,
        }
    ]


async def test_a_hold_that_has_ended_takes_no_time(world):
    studio, customer = await world.studio(), await world.person()
    held = await world.held_booking(studio, customer)
    await world.let_hold_end(held)
    assert (await calendar(studio.owner, studio, days(held)))["rooms"][0]["entries"] == []


async def test_what_reaches_into_the_period_is_there_and_what_touches_it_is_not(world):
    studio, customer = await world.studio(), await world.person()
    booking = await world.held_booking(studio, customer)
    day = datetime.fromisoformat(booking["starts_at"]).replace(hour=0)
    for first, last in ((-30, 2), (-3, 0), (24, 26)):
        room = await another_room(studio, name=f"{first} to {last}")
        await take(
            world, room["id"], OccupancyKind.BLOCK, day + timedelta(hours=first), day + timedelta(hours=last)
        )
    rooms = (await calendar(studio.owner, studio, days(booking)))["rooms"]
    assert {room["room_name"]: len(room["entries"]) for room in rooms} == {
        "Live Room A": 1,
        "-30 to 2": 1,
        "-3 to 0": 0,
        "24 to 26": 0,
    }


async def test_who_may_not_read_bookings_sees_times_but_no_names(world):
    studio, customer = await world.studio(), await world.person()
    booking = await world.held_booking(studio, customer)
    professional = await employ(world, studio, "professional")
    shown = (await calendar(professional, studio, days(booking)))["rooms"][0]["entries"][0]["booking"]
    assert (shown["customer_id"], shown["customer_name"]) == (None, None)
    assert shown["starts_at"] == booking["starts_at"]


async def test_a_draft_is_not_there_for_others(world):
    studio = await world.studio(is_published=False)
    path = f"/addresses/{studio.address['id']}/calendar"
    period = {"from": "2027-03-01", "to": "2027-03-08"}
    problem(await (await world.person()).get(path, params=period), 404, "address_not_found")
    assert (await studio.owner.get(path, params=period)).status_code == 200


@pytest.mark.parametrize("to", ["2027-03-01", "2027-02-01", "2027-05-03"])
async def test_a_period_has_1_to_62_days(world, to):
    studio = await world.studio()
    path = f"/addresses/{studio.address['id']}/calendar"
    problem(await studio.owner.get(path, params={"from": "2027-03-01", "to": to}), 422, "period_too_long")
