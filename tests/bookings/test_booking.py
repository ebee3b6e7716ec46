from datetime import datetime, timedelta

import pytest
from sqlalchemy import text

from src.bookings import reference
from src.bookings.schemas import BookingRead
from tests.factories.world import NEW_YORK, World, created, ok, problem, wish

KEY_HEADER = "Idempotency-Key"


async def test_paid_hold_becomes_confirmed_and_mails_go_out(world: World, worker) -> None:
    studio = await world.studio()
    customer = await world.person()
    booking = await created(customer.post("/bookings", wish(studio)))
    assert booking["status"] == "pending"
    assert booking["total"] == {"amount": 10000, "currency": "GBP"}
    await world.pay(customer, booking)
    booking = await ok(customer.get(f"/bookings/{booking['id']}"))
    assert booking["status"] == "confirmed"
    assert booking["paid"] == booking["total"]
    assert booking["expires_at"] is None
    await worker.run()
    assert len(worker.mailbox.to(customer.email)) == 1
    assert len(worker.mailbox.to(studio.owner.email)) == 1


async def test_slot_is_taken(world: World) -> None:
    studio = await world.studio()
    await world.held_booking(studio, await world.person())
    other = await world.person()
    problem(await other.post("/bookings", wish(studio)), 409, "slot_taken")


@pytest.mark.parametrize(("hour", "hours"), [(11, 2), (13, 2), (12, 1), (10, 12), (13, 1)])
async def test_whatever_overlaps_is_taken(world: World, hour, hours) -> None:
    studio, customer = await world.studio(), await world.person()
    await world.held_booking(studio, customer, hour=12, hours=2)
    problem(await customer.post("/bookings", wish(studio, hour=hour, hours=hours)), 409, "slot_taken")


@pytest.mark.parametrize(("hour", "hours"), [(10, 2), (14, 2)])
async def test_what_touches_is_free(world: World, hour, hours) -> None:
    studio, customer = await world.studio(), await world.person()
    await world.held_booking(studio, customer, hour=12, hours=2)
    await created(customer.post("/bookings", wish(studio, hour=hour, hours=hours)))


async def test_two_rooms_do_not_disturb_one_another(world: World) -> None:
    studio, customer = await world.studio(), await world.person()
    fields = {
        field: studio.room[field] for field in ("slot_minutes", "min_minutes", "max_minutes", "capacity")
    }
    body = fields | {"address_id": studio.address["id"], "name": "B"}
    other = await created(studio.owner.post("/rooms", body))
    await ok(studio.owner.put(f"/rooms/{other['id']}/prices", {"prices": studio.room["prices"]}))
    await created(customer.post("/bookings", wish(studio)))
    await created(customer.post("/bookings", wish(studio) | {"room_id": other["id"]}))


@pytest.mark.parametrize(
    ("hour", "status"), [(10, 201), (11, 409), (12, 409), (13, 409), (14, 409), (15, 409), (16, 201)]
)
async def test_buffers_keep_bookings_apart(world: World, hour, status) -> None:
    """Held from 13 to 14 with an hour before and half an hour after; an hour's booking wants the same."""
    studio = await world.studio(buffer_before_minutes=60, buffer_after_minutes=30)
    customer = await world.person()
    await world.held_booking(studio, customer, hour=13, hours=1)
    answer = await customer.post("/bookings", wish(studio, hour=hour, hours=1))
    assert answer.status_code == status, answer.text


async def test_a_buffer_may_reach_over_the_opening_hours(world: World) -> None:
    studio = await world.studio(buffer_before_minutes=120, buffer_after_minutes=120)
    await world.held_booking(studio, await world.person(), hour=10, hours=12)


@pytest.mark.parametrize("hours", [1, 3, 4, 5, 7, 12])
async def test_the_quote_is_what_the_booking_costs(world: World, hours) -> None:
    tiers = [(60, 5000), (240, 16000), (480, 28000)]
    studio = await world.studio(
        prices=[{"duration_minutes": length, "amount": cost} for length, cost in tiers]
    )
    customer = await world.person()
    quote = await ok(customer.post("/bookings/quote", wish(studio, hour=10, hours=hours)))
    booking = await created(customer.post("/bookings", wish(studio, hour=10, hours=hours)))
    assert quote.pop("is_free") is True
    assert {field: booking[field] for field in quote} == quote
    assert sum(item["amount"] for item in quote["items"]) == quote["total"]["amount"]
    assert all(item["amount"] == item["quantity"] * item["unit_amount"] for item in quote["items"])


async def test_anybody_may_ask_for_the_price_and_it_takes_no_time(world: World) -> None:
    studio = await world.studio()
    for _ in range(2):
        quote = await ok(world.client.post("/api/v1/bookings/quote", json=wish(studio)))
    assert quote["items"] == [
        {
            "kind": "room",
            "description": "Live Room A, 1 h",
            "quantity": 2,
            "unit_amount": 5000,
            "amount": 10000,
        }
    ]
    assert quote["cancellation_policy"] == [
        {"hours_before": 72, "refund_percent": 100, "within_minutes": None},
        {"hours_before": 24, "refund_percent": 50, "within_minutes": None},
        {"hours_before": 48, "refund_percent": 100, "within_minutes": 60},
    ]
    await world.held_booking(studio, await world.person())


async def test_price_and_policy_are_frozen_when_the_booking_is_made(world: World) -> None:
    studio, customer = await world.studio(), await world.person()
    booking = await world.held_booking(studio, customer)
    room = f"/rooms/{studio.room_id}"
    await ok(studio.owner.put(f"{room}/prices", {"prices": [{"duration_minutes": 60, "amount": 9900}]}))
    await ok(studio.owner.patch(room, {"cancellation_policy": "strict", "slot_minutes": 30}))
    later = await ok(customer.get(f"/bookings/{booking['id']}"))
    assert BookingRead.model_validate(later) == BookingRead.model_validate(booking)


async def test_a_hold_lasts_for_half_an_hour(world: World) -> None:
    studio = await world.studio()
    booking = await world.held_booking(studio, await world.person())
    left = datetime.fromisoformat(booking["expires_at"]) - datetime.now().astimezone()
    assert timedelta(minutes=29) < left <= timedelta(minutes=30)


async def test_a_booking_has_a_reference_that_leads_back_to_it(world: World) -> None:
    studio = await world.studio()
    booking = await world.held_booking(studio, await world.person())
    assert reference.decode(booking["reference"]) == booking["id"]


async def test_times_carry_the_studios_offset(world: World) -> None:
    studio, customer = await world.studio(city_id=NEW_YORK, currency="USD"), await world.person()
    booking = await world.held_booking(studio, customer, hour=12)
    assert booking["timezone"] == "America/New_York"
    assert booking["starts_at"][10:] in {"T12:00:00-05:00", "T12:00:00-04:00"}
    assert (await ok(customer.get(f"/bookings/{booking['id']}")))["starts_at"] == booking["starts_at"]


async def test_the_same_key_makes_one_booking(world: World, session) -> None:
    studio, customer = await world.studio(), await world.person()
    key = {KEY_HEADER: "a-uuid"}
    first = await customer.post("/bookings", wish(studio), headers=key)
    again = await customer.post("/bookings", wish(studio), headers=key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert again.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers
    assert await session.scalar(text("SELECT count(*) FROM bookings")) == 1


async def test_the_same_key_for_another_body_is_refused(world: World) -> None:
    studio, customer = await world.studio(), await world.person()
    key = {KEY_HEADER: "a-uuid"}
    await created(customer.post("/bookings", wish(studio), headers=key))
    answer = await customer.post("/bookings", wish(studio, hour=15), headers=key)
    problem(answer, 422, "idempotency_key_reused")


async def test_a_refusal_is_repeated_for_its_key(world: World) -> None:
    studio, customer = await world.studio(), await world.person()
    booking = await world.held_booking(studio, customer)
    key = {KEY_HEADER: "a-uuid"}
    problem(await customer.post("/bookings", wish(studio), headers=key), 409, "slot_taken")
    await ok(customer.post(f"/bookings/{booking['id']}/cancel"))
    problem(await customer.post("/bookings", wish(studio), headers=key), 409, "slot_taken")
    await created(customer.post("/bookings", wish(studio), headers={KEY_HEADER: "another"}))


async def test_a_key_is_its_users_alone(world: World) -> None:
    studio, customer, other = await world.studio(), await world.person(), await world.person()
    key = {KEY_HEADER: "a-uuid"}
    await created(customer.post("/bookings", wish(studio), headers=key))
    problem(await other.post("/bookings", wish(studio), headers=key), 409, "slot_taken")


@pytest.mark.parametrize(("key", "status"), [("x" * 255, 201), ("x" * 256, 400), ("", 400)])
async def test_a_key_has_1_to_255_characters(world: World, key, status) -> None:
    studio, customer = await world.studio(), await world.person()
    answer = await customer.post("/bookings", wish(studio), headers={KEY_HEADER: key})
    assert answer.status_code == status
    if status == 400:
        problem(answer, 400, "idempotency_key_too_long")
