"""What a room costs: peak and off-peak, tax and fee, quoted and frozen."""

from datetime import datetime

import pytest
from sqlalchemy import text

from src import invariants
from src.bookings.schemas import BookingRead, QuoteRead
from src.rooms.schemas import RoomRead
from tests.factories.world import created, ok, problem, wish
from tests.rooms.examples import assert_is

EVENING = {
    "name": "Evenings",
    "weekdays": [0, 1, 2, 3, 4, 5, 6],
    "starts": "18:00",
    "ends": "22:00",
    "first_date": None,
    "last_date": None,
    "percent": 150,
}


async def set_rules(studio, *rules):
    return await ok(studio.owner.put(f"/rooms/{studio.room_id}/price-rules", {"price_rules": rules}))


async def set_company(session, studio, **values):
    """Until the company's own routes know these."""
    assignments = ", ".join(f"{field} = :{field}" for field in values)
    changed = text(f"UPDATE companies SET {assignments} WHERE id = :id")
    await session.execute(changed, values | {"id": studio.company["id"]})


async def test_rules_are_replaced_and_read_in_their_order(world):
    studio = await world.studio()
    night = EVENING | {
        "name": "Nights", "starts": "22:00", "ends": "06:00", "weekdays": [4, 5], "percent": 80,
        "first_date": "2027-01-01", "last_date": "2027-12-31",
    }  # fmt: skip
    room = await set_rules(studio, night, EVENING)
    assert room["price_rules"] == [night, EVENING]
    assert_is(RoomRead, room)
    assert (await ok(studio.owner.get(f"/rooms/{studio.room_id}"))) == room
    assert (await set_rules(studio, EVENING))["price_rules"] == [EVENING]
    assert (await set_rules(studio))["price_rules"] == []


@pytest.mark.parametrize(
    "changes",
    [
        {"percent": 9},
        {"percent": 1001},
        {"percent": 150.5},
        {"percent": "150"},
        {"weekdays": []},
        {"weekdays": [7]},
        {"weekdays": [1, 1]},
        {"weekdays": ["monday"]},
        {"starts": "18:00:30"},
        {"starts": "18:00Z"},
        {"ends": "25:00"},
        {"ends": None},
        {"name": ""},
        {"first_date": "2027-03-02", "last_date": "2027-03-01"},
        {"first_date": "9999-01-01"},
        {"amount": 5000},
    ],
    ids=ascii,
)
async def test_a_rule_that_makes_no_sense_is_refused(world, changes):
    studio = await world.studio()
    path = f"/rooms/{studio.room_id}"
    answer = await studio.owner.put(f"{path}/price-rules", {"price_rules": [EVENING | changes]})
    problem(answer, 422, "validation_failed")
    problem(
        await studio.owner.put(f"{path}/price-rules", {"price_rules": [EVENING] * 21}),
        422,
        "validation_failed",
    )
    assert await ok(studio.owner.get(path)) == studio.room


async def test_a_booking_over_the_boundary_is_split(world):
    studio, customer = await world.studio(), await world.person()
    await set_rules(studio, EVENING)
    booking = await created(customer.post("/bookings", wish(studio, hour=17, hours=3)))
    assert [(item["description"], item["amount"]) for item in booking["items"]] == [
        ("Live Room A, 1 h", 5000),
        ("Live Room A, Evenings, 2 h", 15000),
    ]
    assert booking["total"] == {"amount": 20000, "currency": "GBP"}
    assert_is(BookingRead, booking)
    day = await ok(customer.post("/bookings/quote", wish(studio, hour=10, hours=2)))
    assert [(item["quantity"], item["amount"]) for item in day["items"]] == [(2, 10000)]


async def test_a_rule_for_one_date_prices_that_date_alone(world):
    studio, customer = await world.studio(), await world.person()
    day = datetime.fromisoformat(wish(studio)["starts_at"]).date()
    await set_rules(studio, EVENING | {"first_date": day.isoformat(), "last_date": day.isoformat()})
    for days_ahead, amount in ((29, 5000), (30, 7500), (31, 5000)):
        body = wish(studio, days_ahead=days_ahead, hour=19, hours=1)
        assert (await ok(customer.post("/bookings/quote", body)))["total"]["amount"] == amount


async def test_a_booking_keeps_its_price_when_the_owner_changes_hers(world, session):
    studio, customer = await world.studio(), await world.person()
    booking = await world.held_booking(studio, customer)
    await set_rules(studio, EVENING | {"starts": "00:00", "ends": "00:00"})
    await ok(studio.owner.put(f"/rooms/{studio.room_id}/prices", {"prices": []}))
    await set_company(session, studio, tax_rate_bp=2000, platform_fee_bp=0)
    assert await ok(customer.get(f"/bookings/{booking['id']}")) == booking


@pytest.mark.parametrize(
    ("includes", "total", "tax", "fee"), [(True, 10000, 1667, 833), (False, 12000, 2000, 1000)]
)
async def test_tax_and_our_share_are_frozen(world, session, includes, total, tax, fee):
    studio, customer = await world.studio(), await world.person()
    await set_company(session, studio, tax_rate_bp=2000, prices_include_tax=includes)
    quote = await ok(customer.post("/bookings/quote", wish(studio)))
    assert_is(QuoteRead, quote)
    assert (quote["total"]["amount"], quote["tax"]["amount"]) == (total, tax)
    assert sum(item["amount"] for item in quote["items"]) == total
    assert ("tax" in [item["kind"] for item in quote["items"]]) is not includes
    booking = await created(customer.post("/bookings", wish(studio)))
    assert (booking["items"], booking["tax"]) == (quote["items"], quote["tax"])
    assert "fee" not in str(quote | booking)
    stored = await session.execute(
        text("SELECT total_amount, tax_amount, platform_fee_amount FROM bookings WHERE id = :id"),
        {"id": booking["id"]},
    )
    assert stored.one() == (total, tax, fee)
    assert await ok(customer.get(f"/bookings/{booking['id']}")) == booking
    assert await invariants.check(session) == {}


async def test_a_quote_says_whether_the_time_is_free(world):
    studio, customer = await world.studio(buffer_after_minutes=60), await world.person()
    await world.held_booking(studio, customer, hour=14, hours=1)
    for hour, is_free in ((11, True), (12, False), (13, False), (14, False), (15, False), (16, True)):
        quote = await ok(customer.post("/bookings/quote", wish(studio, hour=hour)))
        assert quote["is_free"] is is_free, hour


async def test_only_who_may_sets_prices(world):
    studio, stranger = await world.studio(), await world.person()
    path = f"/rooms/{studio.room_id}/price-rules"
    problem(await stranger.put(path, {"price_rules": []}), 403, "permission_missing")
    draft = await world.studio(is_published=False)
    problem(
        await stranger.put(f"/rooms/{draft.room_id}/price-rules", {"price_rules": []}), 404, "room_not_found"
    )
