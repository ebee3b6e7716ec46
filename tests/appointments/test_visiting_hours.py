"""What a studio says about its visits, and the times that are free by it."""

from datetime import timedelta

from sqlalchemy import text

from src.core.clock import utc_now
from src.teams.enums import TeamRole
from tests.appointments.support import DAILY, book, free_starts, receive, visit
from tests.factories.world import NEW_YORK, created, ok, problem

ALL_DAY = [f"{hour}:{minute:02}" for hour in range(10, 16) for minute in (0, 30)]


def hours_of(studio):
    return f"/addresses/{studio.address['id']}/visiting-hours"


async def test_a_studio_that_has_said_nothing_offers_no_visits(world):
    studio, customer = await world.studio(), await world.person()
    said = await ok(customer.get(hours_of(studio)))
    assert (said["is_offered"], said["hours"], said["timezone"]) == (False, [], "Europe/London")
    period = {"from": "2027-03-01", "to": "2027-03-02"}
    times = await customer.get(f"/addresses/{studio.address['id']}/visiting-times", params=period)
    problem(times, 409, "visits_not_offered")
    problem(await customer.post("/appointments", visit(studio)), 409, "visits_not_offered")


async def test_what_was_said_is_read_back_and_stands_in_the_audit_trail(world):
    studio = await world.studio()
    hours = [
        {"weekday": 5, "opens": "10:00", "closes": "13:00"},
        {"weekday": 0, "opens": "14:00", "closes": "18:00"},
    ]
    body = {
        "is_offered": True,
        "is_confirmed_at_once": True,
        "visit_minutes": 45,
        "buffer_minutes": 15,
        "notice_minutes": 120,
        "horizon_days": 30,
        "hours": hours,
    }
    said = await ok(studio.owner.put(hours_of(studio), body))
    assert said == {**body, "timezone": "Europe/London", "hours": hours[::-1]}
    assert (await world.client.get(f"/api/v1{hours_of(studio)}")).json() == said
    trail = await ok(studio.owner.get(f"/companies/{studio.company['id']}/audit"))
    [entry] = [entry for entry in trail["items"] if entry["action"] == "address.visiting_hours_replaced"]
    assert entry["changes"]["visit_minutes"] == {"before": 30, "after": 45}
    assert "timezone" not in entry["changes"]


async def test_saying_it_again_keeps_the_desk(world, session):
    studio, customer = await world.studio(), await world.person()
    await receive(studio)
    await book(studio, customer)
    await receive(studio, visit_minutes=60)
    assert await session.scalar(text("SELECT count(*) FROM resources WHERE kind = 'tour_desk'")) == 1
    day = visit(studio)["starts_at"][:10]
    assert "12:00" not in await free_starts(customer, studio, day), "it is still taken"


async def test_nonsense_is_refused(world):
    studio = await world.studio()
    path = hours_of(studio)
    overlapping = [DAILY[0], {"weekday": 0, "opens": "15:00", "closes": "17:00"}]
    problem(await studio.owner.put(path, {"hours": overlapping}), 422, "overlapping_hours")
    for span in (
        {"weekday": 7, "opens": "10:00", "closes": "11:00"},
        {"weekday": 0, "opens": "22:00", "closes": "02:00"},
        {"weekday": 0, "opens": "10:00:30", "closes": "11:00"},
        {"weekday": 0, "opens": "10:00Z", "closes": "11:00Z"},
        {"weekday": 0, "opens": "10:00"},
    ):
        problem(await studio.owner.put(path, {"hours": [span]}), 422, "validation_failed")
    for terms in ({"visit_minutes": 9}, {"buffer_minutes": -1}, {"horizon_days": 366}, {"colour": "red"}):
        problem(await studio.owner.put(path, {"hours": [], **terms}), 422, "validation_failed")


async def test_staff_does_not_set_them(world):
    studio = await world.studio()
    staff, _ = await world.member(studio, TeamRole.STAFF)
    problem(await staff.put(hours_of(studio), {"hours": DAILY}), 403, "permission_missing")


async def test_free_times_are_those_of_the_studios_clock(world):
    studio, customer = await world.studio(city_id=NEW_YORK), await world.person()
    await receive(studio)
    day = visit(studio)["starts_at"][:10]
    assert await free_starts(customer, studio, day) == ALL_DAY
    await book(studio, customer)
    assert await free_starts(customer, studio, day) == [start for start in ALL_DAY if start != "12:00"]


async def test_closures_and_special_days_close_the_desk_too(world):
    studio, customer = await world.studio(), await world.person()
    await receive(studio)
    day = visit(studio)["starts_at"][:10]
    at = f"/addresses/{studio.address['id']}"
    short = {"first_date": day, "last_date": day, "label": "Short", "hours": [
        {"mode": "by_appointment", "opens": "11:00", "closes": "13:00"}]}  # fmt: skip
    await ok(studio.owner.put(f"{at}/special-days", {"special_days": [short]}))
    assert await free_starts(customer, studio, day) == ["11:00", "11:30", "12:00", "12:30"]
    refused = await customer.post("/appointments", visit(studio, hour=14))
    assert problem(refused, 422, "not_a_visiting_time")["reason"] == "closed"
    await created(
        studio.owner.post(f"{at}/closures", {"first_date": day, "last_date": day, "reason": "Works"})
    )
    assert await free_starts(customer, studio, day) == []
    problem(await customer.post("/appointments", visit(studio)), 422, "not_a_visiting_time")


async def test_every_day_of_the_period_is_there_and_it_has_an_end(world):
    studio, customer = await world.studio(), await world.person()
    await receive(studio, horizon_days=365, hours=DAILY[:5])
    path = f"/addresses/{studio.address['id']}/visiting-times"
    today = utc_now().date()
    monday = today + timedelta(days=28 - today.weekday())

    def period(days):
        return {"from": monday.isoformat(), "to": (monday + timedelta(days=days)).isoformat()}

    week = await ok(customer.get(path, params=period(7)))
    assert [(day["date"], len(day["starts"])) for day in week["days"]] == [
        ((monday + timedelta(days=day)).isoformat(), 12 if day < 5 else 0) for day in range(7)
    ]
    assert week["visit_minutes"] == 30
    assert len((await ok(customer.get(path, params=period(31))))["days"]) == 31
    for days in (0, -1, 32):
        problem(await customer.get(path, params=period(days)), 422, "period_too_long")


async def test_a_draft_shows_nothing_to_others(world):
    studio, customer = await world.studio(is_published=False), await world.person()
    await receive(studio)
    at = f"/addresses/{studio.address['id']}"
    period = {"from": "2027-03-01", "to": "2027-03-02"}
    for path in (f"{at}/visiting-hours", f"{at}/visiting-times"):
        problem(await customer.get(path, params=period), 404, "address_not_found")
    problem(await customer.post("/appointments", visit(studio)), 404, "address_not_found")
