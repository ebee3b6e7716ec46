"""A room again and again, at the same time by the studio's clock."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from tests.bookings.test_add_ons import rent_out
from tests.events.support import assert_invariants
from tests.factories.world import ALWAYS_OPEN, NEW_YORK, Studio, World, created, ok, problem, wish


def weekly(studio: Studio, count: int = 3, mode: str = "all", **more: Any) -> dict[str, Any]:
    return wish(studio) | {"rrule": f"FREQ=WEEKLY;COUNT={count}", "mode": mode} | more


def next_spring_forward() -> datetime:
    """02:00 in New York on the second Sunday of a March to come: the clock jumps to three."""
    year = datetime.now(UTC).year
    for candidate in (year, year + 1):
        first = datetime(candidate, 3, 1, 2)  # noqa: DTZ001 - on the wall
        sunday = first + timedelta(days=(6 - first.weekday()) % 7 + 7)
        if sunday - timedelta(days=20) > datetime.now(UTC).replace(tzinfo=None):
            return sunday
    raise AssertionError("unreachable")


async def test_all_are_held_as_bookings_of_their_own(world: World, session: AsyncSession) -> None:
    studio, customer = await world.studio(), await world.person()
    mic = await rent_out(studio)
    series = await created(customer.post("/bookings/series", weekly(studio, 10, equipment_ids=[mic])))
    assert series["total"] == {"amount": 110_000, "currency": "GBP"}
    assert len({one["booking_id"] for one in series["occurrences"]}) == 10
    page = await ok(customer.get(f"/bookings?series_id={series['id']}"))
    assert page["total"] == 10
    held = datetime.fromisoformat(page["items"][0]["expires_at"]) - datetime.now(UTC)
    assert timedelta(hours=23) < held <= timedelta(hours=24)
    await world.pay(customer, page["items"][0])
    await assert_invariants(session)


async def test_all_or_nothing(world: World) -> None:
    studio, customer, other = await world.studio(), await world.person(), await world.person()
    await world.held_booking(studio, other, days_ahead=37)
    refusal = problem(await customer.post("/bookings/series", weekly(studio)), 409, "series_not_free")
    assert [one["code"] for one in refusal["occurrences"]] == [None, "slot_taken", None]
    assert (await ok(customer.get("/bookings")))["total"] == 0
    series = await created(customer.post("/bookings/series", weekly(studio, mode="free")))
    assert [one["code"] for one in series["occurrences"]] == [None, "slot_taken", None]
    assert [one["booking_id"] is None for one in series["occurrences"]] == [False, True, False]
    problem(await other.post("/bookings/series", weekly(studio, mode="free")), 409, "series_not_free")


async def test_the_time_on_the_wall_stays_and_a_skipped_one_is_told(
    world: World, session: AsyncSession
) -> None:
    studio = await world.studio(city_id=NEW_YORK, currency="USD", hours=ALWAYS_OPEN)
    customer, jump = await world.person(), next_spring_forward()
    start = jump - timedelta(weeks=1)
    body = {"room_id": studio.room_id, "mode": "free", "rrule": "FREQ=WEEKLY;COUNT=3",
            "starts_at": start.isoformat(), "ends_at": (start + timedelta(hours=2)).isoformat()}  # fmt: skip
    series = await created(customer.post("/bookings/series", body))
    assert [one["code"] for one in series["occurrences"]] == [None, "local_time_skipped", None]
    assert [one["local_start"][11:] for one in series["occurrences"]] == ["02:00:00"] * 3
    assert series["occurrences"][1]["starts_at"] is None
    assert [one["starts_at"][11:] for one in series["occurrences"] if one["starts_at"]] == [
        "02:00:00-05:00", "02:00:00-04:00"]  # fmt: skip
    await assert_invariants(session)


async def test_a_series_counts_as_one_hold(world: World) -> None:
    studio, customer = await world.studio(), await world.person()
    for hour in (10, 14, 16, 18):
        await world.held_booking(studio, customer, hour=hour)
    await created(customer.post("/bookings/series", weekly(studio, 8)))
    problem(await customer.post("/bookings", wish(studio, hour=20)), 409, "too_many_holds")


async def test_what_has_not_begun_is_cancelled_together(world: World, session: AsyncSession) -> None:
    studio, customer, other = await world.studio(), await world.person(), await world.person()
    series = await created(customer.post("/bookings/series", weekly(studio)))
    ids = [one["booking_id"] for one in series["occurrences"]]
    await world.pay(customer, await ok(customer.get(f"/bookings/{ids[0]}")))
    await ok(customer.post(f"/bookings/{ids[1]}/cancel"))
    path = f"/bookings/series/{series['id']}/cancel"
    problem(await other.post(path), 404, "series_not_found")
    outcome = await ok(customer.post(path, {"reason": "the band has split"}))
    assert outcome == {"booking_ids": [ids[0], ids[2]], "refund": {"amount": 10_000, "currency": "GBP"}}
    assert await ok(customer.post(path)) == {"booking_ids": [], "refund": None}
    await created(other.post("/bookings/series", weekly(studio)))


async def test_bad_rules_and_rooms_are_refused(world: World) -> None:
    studio, customer = await world.studio(), await world.person()
    bad = weekly(studio) | {"rrule": "FREQ=SECONDLY;COUNT=2"}
    problem(await customer.post("/bookings/series", bad), 422, "rrule_not_understood")
    problem(await customer.post("/bookings/series", weekly(studio, 53)), 422, "too_many_occurrences")
    problem(
        await customer.post("/bookings/series", weekly(studio) | {"room_id": 999_999}), 404, "room_not_found"
    )
    backwards = weekly(studio) | {"ends_at": wish(studio, hour=11)["starts_at"]}
    problem(await customer.post("/bookings/series", backwards), 422, "ends_before_start")
