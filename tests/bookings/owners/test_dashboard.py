"""The figures of a company, by room and ISO week in studio time."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from src.addresses.localtime import midnight
from src.bookings.figures import minutes_by_week, name_of, weeks_of
from src.calendars.service import Span
from src.core.clock import utc_now
from tests.bookings.owners.support import employ
from tests.events.support import host, seat
from tests.factories.world import ALWAYS_OPEN, NEW_YORK, ok, problem


def week_of(booking):
    day = datetime.fromisoformat(booking["starts_at"]).date()
    return day - timedelta(days=day.weekday())


async def dashboard(person, studio, first, last):
    return await ok(
        person.get(
            f"/companies/{studio.company['id']}/dashboard",
            params={"from": first.isoformat(), "to": last.isoformat()},
        )
    )


async def at(world, booking, starts_at, ends_at):
    """Puts a booking to a time, as a reschedule would."""
    async with world.database.transaction() as session:
        await session.execute(
            text("UPDATE bookings SET starts_at = :first, ends_at = :last WHERE id = :id"),
            {"id": booking["id"], "first": starts_at, "last": ends_at},
        )


async def test_a_week_of_a_room(world):
    studio, customer = await world.studio(city_id=NEW_YORK, currency="USD"), await world.person()
    kept = await world.paid_booking(studio, customer, days_ahead=30, hour=12, hours=3)
    await world.held_booking(studio, customer, days_ahead=30, hour=16)
    gone = await world.paid_booking(studio, customer, days_ahead=30, hour=19, hours=2)
    await ok(customer.post(f"/bookings/{gone['id']}/cancel"))
    monday = week_of(kept)
    document = await dashboard(studio.owner, studio, monday, monday + timedelta(days=7))
    figures = {
        "bookings": 1,
        "cancellations": 1,
        "booked_minutes": 180,
        "open_minutes": 7 * 12 * 60,
        "occupancy_rate": 0.0357,
        "revenue": [{"amount": 15000, "currency": "USD"}],  # the cancelled one was paid back
    }
    assert document["total"] == figures
    week = {"week": name_of(monday), "starts_on": monday.isoformat(), **figures}
    assert document["weeks"] == [week]
    (room,) = document["rooms"]
    assert room == {
        "room_id": studio.room_id,
        "room_name": "Live Room A",
        "address_id": studio.address["id"],
        "address_name": "Berwick Street",
        **figures,
        "weeks": [week],
    }


async def test_what_a_late_cancellation_keeps_is_revenue(world):
    studio, customer = await world.studio(policy="moderate"), await world.person()
    booking = await world.paid_booking(studio, customer, days_ahead=2, hour=12, hours=2)
    await at(world, booking, utc_now() + timedelta(hours=47), utc_now() + timedelta(hours=49))
    booking = await ok(customer.get(f"/bookings/{booking['id']}"))
    await ok(customer.post(f"/bookings/{booking['id']}/cancel"))
    monday = week_of(booking)
    total = (await dashboard(studio.owner, studio, monday, monday + timedelta(days=7)))["total"]
    assert (total["bookings"], total["cancellations"], total["booked_minutes"]) == (0, 1, 0)
    assert total["revenue"] == [{"amount": 5000, "currency": "GBP"}]


async def test_a_booking_over_the_turn_of_the_week_is_shared_by_minutes_and_counted_once(world):
    studio, customer = await world.studio(hours=ALWAYS_OPEN), await world.person()
    booking = await world.paid_booking(studio, customer)
    zone, monday = ZoneInfo("Europe/London"), date(2027, 3, 29)  # the clocks went forward on the 28th
    turn = midnight(monday, zone)
    await at(world, booking, turn - timedelta(hours=3), turn + timedelta(hours=1))
    document = await dashboard(studio.owner, studio, date(2027, 3, 22), date(2027, 4, 5))
    first, second = document["weeks"]
    assert (first["week"], first["booked_minutes"], first["bookings"]) == ("2027-W12", 180, 1)
    assert (second["week"], second["booked_minutes"], second["bookings"]) == ("2027-W13", 60, 0)
    assert first["revenue"] == [{"amount": 10000, "currency": "GBP"}]
    assert second["revenue"] == []
    assert (first["open_minutes"], second["open_minutes"]) == (7 * 1440 - 60, 7 * 1440)
    only_second = await dashboard(studio.owner, studio, date(2027, 3, 29), date(2027, 4, 5))
    assert (only_second["total"]["booked_minutes"], only_second["total"]["bookings"]) == (60, 0)


async def test_an_event_takes_its_time_whether_or_not_a_seat_is_sold(world):
    studio, customer = await world.studio(), await world.person()
    event = await host(studio, hour=18)
    gone = await host(studio, hour=14)
    await ok(studio.owner.post(f"/events/{gone['id']}/cancel"))
    monday = week_of(event)

    async def total():
        found = (await dashboard(studio.owner, studio, monday, monday + timedelta(days=7)))["total"]
        return found["booked_minutes"], found["bookings"], found["cancellations"]

    assert await total() == (120, 0, 0)
    for _ in range(2):
        await world.pay(customer, await seat(customer, event))
    assert await total() == (120, 2, 0)


async def test_members_see_the_rooms_of_their_studios_and_staff_no_money(world):
    studio = await world.studio()
    here = await employ(world, studio, "manager", address_ids=[studio.address["id"]])
    elsewhere = await employ(world, studio, "manager", address_ids=[studio.address["id"] + 1])
    staff = await employ(world, studio, "staff")
    first, last = date(2027, 3, 1), date(2027, 3, 8)
    assert len((await dashboard(here, studio, first, last))["rooms"]) == 1
    assert (await dashboard(elsewhere, studio, first, last))["rooms"] == []
    answer = await staff.get(
        f"/companies/{studio.company['id']}/dashboard", params={"from": "2027-03-01", "to": "2027-03-08"}
    )
    assert problem(answer, 403, "permission_missing")["permission"] == "payments.read"


async def test_a_company_without_rooms_has_figures_too(world):
    owner = await world.person()
    company = (await owner.post("/companies", {"name": "Soho Sound", "currency": "GBP"})).json()
    answer = await owner.get(
        f"/companies/{company['id']}/dashboard", params={"from": "2027-03-03", "to": "2027-03-10"}
    )
    document = answer.json()
    assert document["total"]["occupancy_rate"] is None
    assert [week["week"] for week in document["weeks"]] == ["2027-W09", "2027-W10"]


@pytest.mark.parametrize("to", ["2027-03-01", "2026-03-01", "2028-03-08"])
async def test_a_period_has_at_most_371_days(world, to):
    studio = await world.studio()
    path = f"/companies/{studio.company['id']}/dashboard"
    problem(await studio.owner.get(path, params={"from": "2027-03-01", "to": to}), 422, "period_too_long")


@given(
    st.integers(0, 60 * 24 * 60),
    st.integers(0, 60 * 24 * 60),
    st.integers(1, 60),
    st.sampled_from(["Europe/London", "Asia/Kathmandu", "America/St_Johns", "Pacific/Apia"]),
)
def test_no_minute_is_lost_or_counted_twice(start, length, days, name):
    zone = ZoneInfo(name)
    first = date(2027, 3, 1)
    last = first + timedelta(days=days)
    starts_at = datetime(2027, 2, 20, tzinfo=UTC) + timedelta(minutes=start)
    span = Span(starts_at, starts_at + timedelta(minutes=length))
    minutes = minutes_by_week([span], zone, first, last)
    inside = min(span.ends_at, midnight(last, zone)) - max(span.starts_at, midnight(first, zone))
    assert sum(minutes.values()) == max(0, inside // timedelta(minutes=1))
    assert set(minutes) <= set(weeks_of(first, last))
    assert all(monday.weekday() == 0 for monday in minutes)


def test_weeks_have_the_names_of_their_own_year():
    assert [name_of(monday) for monday in weeks_of(date(2026, 12, 31), date(2027, 1, 5))] == [
        "2026-W53",
        "2027-W01",
    ]
