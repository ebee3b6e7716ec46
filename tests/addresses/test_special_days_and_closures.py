"""Exceptions to the weekly plan, as a customer meets them: in availability, quotes and bookings."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from tests.factories.world import ALWAYS_OPEN, NEW_YORK, Studio, World, created, ok, problem, wish

AHEAD = 30
CLOSED = [{"mode": "closed"}]


def day(ahead: int = AHEAD) -> str:
    return str(date.fromisoformat(wish_day(ahead)))


def wish_day(ahead: int) -> str:
    return str(datetime.now(ZoneInfo("UTC")).date() + timedelta(days=ahead))


def path(studio: Studio, what: str) -> str:
    return f"/addresses/{studio.address['id']}/{what}"


def special(first: str, hours: list[dict[str, Any]], last: str | None = None) -> dict[str, Any]:
    return {"first_date": first, "last_date": last or first, "label": "A holiday", "hours": hours}


async def free(world: World, studio: Studio, ahead: int = AHEAD) -> list[tuple[str, str]]:
    answer = await world.client.get(
        f"/api/v1/rooms/{studio.room_id}/availability", params={"from": day(ahead), "to": day(ahead + 1)}
    )
    (only,) = answer.json()["days"]
    return [(span["starts_at"][11:16], span["ends_at"][11:16]) for span in only["free"]]


async def test_a_special_day_is_what_can_be_booked_on_it(world: World) -> None:
    studio, customer = await world.studio(), await world.person()
    short = [{"mode": "open", "opens": "10:00", "closes": "14:00"}]
    changed = await ok(
        studio.owner.put(path(studio, "special-days"), {"special_days": [special(day(), short)]})
    )
    assert changed["special_days"] == [special(day(), short)]
    assert await free(world, studio) == [("10:00", "14:00")]
    assert await free(world, studio, AHEAD + 1) == [("10:00", "22:00")]
    for route in ("/bookings/quote", "/bookings"):
        answer = await customer.post(route, wish(studio, hour=15))
        problem(answer, 422, "outside_opening_hours")
    await created(customer.post("/bookings", wish(studio, hour=12)))


async def test_special_days_are_replaced_as_a_whole_and_stay_with_the_weekly_plan(world: World) -> None:
    studio = await world.studio()
    put = path(studio, "special-days")
    await ok(studio.owner.put(put, {"special_days": [special(day(), CLOSED)]}))
    assert await free(world, studio) == []
    open_all_day = special(day(), [{"mode": "around_the_clock"}])
    later = special(day(AHEAD + 5), CLOSED, day(AHEAD + 9))
    changed = await ok(studio.owner.put(put, {"special_days": [later, open_all_day]}))
    assert [entry["first_date"] for entry in changed["special_days"]] == [day(), day(AHEAD + 5)]
    assert changed["operating_hours"] == studio.address["operating_hours"]
    assert await free(world, studio) == [("00:00", "00:00")]
    assert (await ok(studio.owner.put(put, {"special_days": []})))["special_days"] == []
    assert await free(world, studio) == [("10:00", "22:00")]


@pytest.mark.parametrize(
    ("days", "code"),
    [
        ([special(day(), CLOSED), special(day(), CLOSED)], "overlapping_special_days"),
        ([special(day(), CLOSED, day(33)), special(day(33), CLOSED)], "overlapping_special_days"),
        ([special(day(), [*CLOSED, {"mode": "around_the_clock"}])], "contradictory_hours"),
        ([special(day(), [{"mode": "around_the_clock"}] * 2)], "overlapping_hours"),
        ([special(day(), [])], "validation_failed"),
        ([special(day(), CLOSED, day(29))], "validation_failed"),
        ([special("1999-12-31", CLOSED)], "validation_failed"),
        ([special(day(), CLOSED, "2199-01-01")], "validation_failed"),
        ([special(day(), CLOSED) | {"label": " "}], "validation_failed"),
        ([special(day(), CLOSED) | {"label": "a\0b"}], "validation_failed"),
        ([special(day(), [{"mode": "open", "opens": "10:00"}])], "validation_failed"),
        ([special(day(), [{"mode": "open", "weekday": 1}])], "validation_failed"),
        ([special(day(n), CLOSED) for n in range(201)], "validation_failed"),
    ],
    ids=range(13),
)
async def test_special_days_that_make_no_sense(world: World, days: list[Any], code: str) -> None:
    studio = await world.studio()
    put = path(studio, "special-days")
    kept = await ok(studio.owner.put(put, {"special_days": [special(day(50), CLOSED)]}))
    problem(await studio.owner.put(put, {"special_days": days}), 422, code)
    assert (await ok(studio.owner.get(f"/addresses/{studio.address['id']}"))) == kept


async def test_special_days_that_touch_are_fine_and_those_of_others_don_t_matter(world: World) -> None:
    for _ in range(2):
        studio = await world.studio()
        days = [special(day(), CLOSED, day(31)), special(day(32), CLOSED)]
        assert (
            len(
                (await ok(studio.owner.put(path(studio, "special-days"), {"special_days": days})))[
                    "special_days"
                ]
            )
            == 2
        )


async def test_a_closure_of_dates_takes_them_off_and_gives_them_back(world: World) -> None:
    studio, customer = await world.studio(), await world.person()
    booked = await world.held_booking(studio, customer, hour=12)
    body = {"first_date": day(), "last_date": day(31), "reason": "New floor"}
    closure = await created(studio.owner.post(path(studio, "closures"), body))
    assert {name: closure[name] for name in body} == body
    assert closure["starts_at"][:16] == f"{day()}T00:00"
    assert closure["ends_at"][:16] == f"{day(32)}T00:00"
    assert await free(world, studio) == []
    problem(await customer.post("/bookings", wish(studio, hour=15)), 422, "outside_opening_hours")
    assert (await ok(customer.get(f"/bookings/{booked['id']}")))["status"] == "pending"
    listed = await ok(customer.get(path(studio, "closures")))
    assert (listed["items"], listed["total"]) == ([closure], 1)

    one = path(studio, f"closures/{closure['id']}")
    assert (await studio.owner.delete(one)).status_code == 204
    assert await free(world, studio) == [("10:00", "12:00"), ("14:00", "22:00")]
    problem(await studio.owner.delete(one), 404, "closure_not_found")


async def test_a_closure_of_times_is_studio_local_and_cuts_only_them(world: World) -> None:
    studio = await world.studio(city_id=NEW_YORK, currency="USD", hours=ALWAYS_OPEN)
    body = {"starts_at": f"{day()}T12:00", "ends_at": f"{day()}T13:30", "reason": "Piano tuner"}
    closure = await created(studio.owner.post(path(studio, "closures"), body))
    assert closure["first_date"] is None
    starts_at = datetime.fromisoformat(closure["starts_at"])
    assert starts_at == datetime.fromisoformat(body["starts_at"]).replace(tzinfo=ZoneInfo("America/New_York"))
    assert await free(world, studio) == [("00:00", "12:00"), ("13:30", "00:00")]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "validation_failed"),
        ({"first_date": day()}, "validation_failed"),
        ({"first_date": day(), "ends_at": f"{day()}T12:00"}, "validation_failed"),
        ({"first_date": day(), "last_date": day(), "starts_at": f"{day()}T12:00"}, "validation_failed"),
        ({"first_date": "0001-01-01", "last_date": day()}, "validation_failed"),
        ({"first_date": day(), "last_date": day(29)}, "closure_empty"),
        ({"first_date": day(), "last_date": day(1000)}, "closure_empty"),
        ({"first_date": day(-5), "last_date": day(-3)}, "closure_empty"),
        ({"starts_at": f"{day()}T12:00", "ends_at": f"{day()}T12:00"}, "closure_empty"),
        ({"starts_at": "2027-03-28T01:30", "ends_at": "2027-03-28T03:00"}, "local_time_skipped"),
    ],
    ids=range(10),
)
async def test_closures_that_make_no_sense(world: World, body: dict[str, Any], code: str) -> None:
    studio = await world.studio()
    problem(await studio.owner.post(path(studio, "closures"), {"reason": "x"} | body), 422, code)
    assert (await ok(studio.owner.get(path(studio, "closures"))))["total"] == 0


async def test_closures_are_listed_in_order_until_they_are_over(world: World, session: AsyncSession) -> None:
    studio = await world.studio()
    for first, last in ((40, 41), (35, 50), (0, 0)):
        body = {"first_date": day(first), "last_date": day(last), "reason": "x"}
        await created(studio.owner.post(path(studio, "closures"), body))
    await session.execute(
        text(
            "INSERT INTO address_closures (address_id, starts_at, ends_at, reason)"
            " VALUES (:id, now() - interval '2 days', now() - interval '1 day', 'over')"
        ),
        {"id": studio.address["id"]},
    )
    listed = await ok(studio.owner.get(path(studio, "closures")))
    assert [item["first_date"] for item in listed["items"]] == [day(0), day(35), day(40)]
    second = await ok(studio.owner.get(path(studio, "closures"), params={"size": 1, "page": 2}))
    assert [item["first_date"] for item in second["items"]] == [day(35)]


async def test_a_studio_says_whether_it_is_open(world: World) -> None:
    studio = await world.studio(hours=ALWAYS_OPEN)
    read = f"/addresses/{studio.address['id']}"
    assert (await ok(studio.owner.get(read)))["open_state"] == {"is_open": True, "changes_at": None}
    body = {"first_date": day(-1), "last_date": day(1), "reason": "New floor"}
    closure = await created(studio.owner.post(path(studio, "closures"), body))
    expected = {"is_open": False, "changes_at": closure["ends_at"]}
    assert (await ok(studio.owner.get(read)))["open_state"] == expected


async def test_every_change_is_written_down(world: World, session: AsyncSession) -> None:
    studio = await world.studio()
    await ok(studio.owner.put(path(studio, "special-days"), {"special_days": [special(day(), CLOSED)]}))
    body = {"first_date": day(), "last_date": day(), "reason": "New floor"}
    closure = await created(studio.owner.post(path(studio, "closures"), body))
    await studio.owner.delete(path(studio, f"closures/{closure['id']}"))
    actions = await session.execute(
        text("SELECT action, changes FROM audit_entries WHERE actor_id = :id ORDER BY id"),
        {"id": studio.owner.id},
    )
    written = {row.action: row.changes for row in actions}
    assert written["address.hours_replaced"]["operating_hours"][0] == []
    assert written["address.special_days_replaced"]["special_days"][1][0]["first"] == day()
    assert written["address.closure_added"]["reason"] == [None, "New floor"]
    assert written["address.closure_removed"]["reason"] == ["New floor", None]
