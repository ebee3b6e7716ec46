"""Answers that are built past their response model have exactly its fields."""

from datetime import timedelta

from src.bookings.schemas import BookingRead, QuoteRead
from src.core.clock import utc_now
from src.rooms.availability.schemas import AvailabilityRead
from src.rooms.schemas import RoomRead
from src.rooms.search.schemas import RoomsFound
from tests.factories.world import SAO_PAULO, created, ok, wish
from tests.rooms.examples import assert_is


async def test_rooms_are_what_the_documentation_says(world):
    studio = await world.studio(
        buffer_before_minutes=15,
        cancellation_policy="strict",
        description='Two "big" pianos,\n\\ and 5 m² · até já',
        prices=[{"duration_minutes": 60, "amount": 5000}, {"duration_minutes": 240, "amount": 10**12}],
    )
    path = f"/rooms/{studio.room_id}"
    await world.room(studio)
    assert_is(RoomRead, studio.room)
    assert_is(RoomRead, await ok(studio.owner.get(path)))
    assert_is(RoomRead, await ok(studio.owner.patch(path, {"capacity": 7})))
    assert_is(RoomRead, await ok(studio.owner.put(f"{path}/prices", {"prices": []})))
    fields = {"name": "B", "capacity": 1, "slot_minutes": 5, "min_minutes": 5, "max_minutes": 5}
    body = fields | {"address_id": studio.address["id"]}
    assert_is(RoomRead, await created(studio.owner.post("/rooms", body)))
    listed = await ok(studio.owner.get("/rooms", params={"address_id": studio.address["id"]}))
    assert len(listed["items"]) == 3
    assert_is(RoomsFound, listed)
    assert_is(RoomsFound, await ok(studio.owner.get("/rooms", params={"address_id": 999_999_999})))


async def test_availability_is_what_the_documentation_says(world):
    studio = await world.studio(city_id=SAO_PAULO, currency="BRL")
    today = utc_now().date()
    period = {"from": today.isoformat(), "to": (today + timedelta(days=3)).isoformat()}
    found = await ok(studio.owner.get(f"/rooms/{studio.room_id}/availability", params=period))
    assert found["days"][2]["starts"]
    assert_is(AvailabilityRead, found)
    assert all(start.endswith("-03:00") for day in found["days"] for start in day["starts"])


async def test_quotes_and_bookings_are_what_the_documentation_says(world):
    studio, customer = await world.studio(), await world.person()
    assert_is(QuoteRead, await ok(customer.post("/bookings/quote", wish(studio))))
    made = await created(customer.post("/bookings", wish(studio)))
    assert_is(BookingRead, made)
    read = await ok(customer.get(f"/bookings/{made['id']}"))
    assert_is(BookingRead, read)
    assert BookingRead.model_validate(read) == BookingRead.model_validate(made)
