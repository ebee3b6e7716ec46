from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from src.core.clock import utc_now
from tests.factories.world import ALWAYS_OPEN, NEW_YORK, created, ok, problem, wish

DAY = timedelta(days=1)
NIGHTS = [{"weekday": day, "mode": "open", "opens": "20:00", "closes": "02:00"} for day in range(7)]
AHEAD = 30


def day_of(days_ahead=AHEAD):
    return (utc_now() + timedelta(days=days_ahead)).date()


async def availability(world, studio, first, last=None, **query):
    """As anybody sees it."""
    period = {"from": first.isoformat(), "to": (last or first + DAY).isoformat()}
    path = f"/api/v1/rooms/{studio.room_id}/availability"
    return await world.client.get(path, params=period | query)


async def free(world, studio, first=None, **query):
    """Free spans and starts of one day, in hours of the studio's clock."""
    answer = await availability(world, studio, first or day_of(), **query)
    assert answer.status_code == 200, answer.text
    (day,) = answer.json()["days"]
    return [(clock(span["starts_at"]), clock(span["ends_at"])) for span in day["free"]], [
        clock(start) for start in day["starts"]
    ]


def clock(text):
    return datetime.fromisoformat(text).strftime("%H:%M")


async def test_an_empty_day_is_free_within_its_hours(world):
    studio = await world.studio()
    spans, starts = await free(world, studio, duration=120)
    assert spans == [("10:00", "22:00")]
    assert starts == [f"{hour}:00" for hour in range(10, 21)]


async def test_every_day_of_the_period_is_there_but_the_last(world):
    studio = await world.studio()
    answer = (await availability(world, studio, day_of(), day_of(AHEAD + 7))).json()
    assert answer["timezone"] == "Europe/London"
    assert [day["date"] for day in answer["days"]] == [day_of(AHEAD + n).isoformat() for n in range(7)]


async def test_held_and_paid_time_vanishes_and_cancelled_time_comes_back(world):
    studio, customer = await world.studio(), await world.person()
    booking = await world.held_booking(studio, customer, hour=12)
    taken = [("10:00", "12:00"), ("14:00", "22:00")]
    assert (await free(world, studio, duration=180))[0] == taken
    assert (await free(world, studio, duration=180))[1] == [f"{hour}:00" for hour in range(14, 20)]
    await world.pay(customer, booking)
    assert (await free(world, studio))[0] == taken
    await ok(customer.post(f"/bookings/{booking['id']}/cancel"))
    assert (await free(world, studio))[0] == [("10:00", "22:00")]


async def test_an_ended_hold_counts_as_free_though_nobody_has_swept_it(world):
    studio, customer = await world.studio(), await world.person()
    booking = await world.held_booking(studio, customer, hour=12)
    await world.let_hold_end(booking)
    assert (await free(world, studio))[0] == [("10:00", "22:00")]


async def test_every_start_that_is_shown_can_be_booked_and_no_other(world):
    studio, customer = await world.studio(buffer_after_minutes=30), await world.person()
    await world.held_booking(studio, customer, hour=14, hours=1)
    _, starts = await free(world, studio, duration=120)
    for hour in range(24):
        body = wish(studio, hour=hour, hours=2)
        answer = await customer.post("/bookings", body)
        assert (answer.status_code == 201) is (f"{hour:02}:00" in starts), (hour, answer.text)
        if answer.status_code == 201:
            await ok(customer.post(f"/bookings/{answer.json()['id']}/cancel"))


async def test_a_length_is_the_rooms_shortest_unless_said(world):
    studio = await world.studio(min_minutes=180)
    assert (await free(world, studio))[1][-1] == "19:00"
    assert (await free(world, studio, duration=240))[1][-1] == "18:00"
    assert (await free(world, studio, duration=60)) == ([("10:00", "22:00")], [])


async def test_hours_past_midnight_show_on_both_days_and_start_on_the_first(world):
    studio, customer = await world.studio(hours=NIGHTS), await world.person()
    spans, starts = await free(world, studio, duration=180)
    assert spans == [("00:00", "02:00"), ("20:00", "00:00")]
    assert starts == ["20:00", "21:00", "22:00", "23:00"]
    await created(customer.post("/bookings", wish(studio, hour=23, hours=3)))
    assert (await free(world, studio))[0] == [("00:00", "02:00"), ("20:00", "23:00")]
    assert (await free(world, studio, day_of(AHEAD + 1)))[0] == [("20:00", "00:00")]


async def test_nothing_is_free_before_the_notice_or_behind_the_horizon(world):
    studio = await world.studio(hours=ALWAYS_OPEN, notice_minutes=2880, horizon_days=4)
    days = (await availability(world, studio, day_of(0), day_of(7))).json()["days"]
    spans = [span for day in days for span in day["free"]]
    first, last = (datetime.fromisoformat(text) for text in (spans[0]["starts_at"], spans[-1]["ends_at"]))
    minute = timedelta(minutes=2)
    assert timedelta(0) <= first - (utc_now() + 2 * DAY) + minute < 2 * minute
    assert timedelta(0) <= utc_now() + 4 * DAY - last < 2 * minute


async def test_the_past_is_not_free(world):
    studio = await world.studio(hours=ALWAYS_OPEN)
    days = (await availability(world, studio, day_of(-7), day_of(-2))).json()["days"]
    assert len(days) == 5
    assert not any(day["free"] or day["starts"] for day in days)


def next_odd_day(zone, hours):
    """The next local day that has that many hours."""
    day = datetime.now(zone).date() + 2 * DAY
    while length_of(day, zone) != timedelta(hours=hours):
        day += DAY
    return day


def length_of(day, zone):
    start, end = (datetime(at.year, at.month, at.day, tzinfo=zone).astimezone(UTC) for at in (day, day + DAY))
    return end - start


@pytest.mark.parametrize("hours", [23, 25])
async def test_a_day_of_changing_clocks_has_its_real_length(world, hours):
    studio = await world.studio(city_id=NEW_YORK, currency="USD", hours=ALWAYS_OPEN, horizon_days=400)
    day = next_odd_day(ZoneInfo("America/New_York"), hours)
    (found,) = (await availability(world, studio, day)).json()["days"]
    (span,) = found["free"]
    length = datetime.fromisoformat(span["ends_at"]) - datetime.fromisoformat(span["starts_at"])
    assert length == timedelta(hours=hours)
    assert len(found["starts"]) == len(set(found["starts"])) == hours


@pytest.mark.parametrize(("days", "status"), [(62, 200), (63, 422), (0, 422), (-1, 422)])
async def test_a_period_has_one_to_sixty_two_days(world, days, status):
    studio = await world.studio()
    answer = await availability(world, studio, day_of(), day_of() + days * DAY)
    assert answer.status_code == status
    if status == 422:
        problem(answer, 422, "period_too_long")


@pytest.mark.parametrize(
    "query",
    [
        {"to": "2027-03-08"},
        {"from": "2027-03-01"},
        {"from": "0001-01-01", "to": "0001-01-02"},
        {"from": "9999-12-30", "to": "9999-12-31"},
        {"from": "2027-02-30", "to": "2027-03-08"},
        {"from": "x", "to": "2027-03-08"},
        {"from": "2027-03-01", "to": "2027-03-08", "duration": "0"},
        {"from": "2027-03-01", "to": "2027-03-08", "duration": str(10**30)},
        {"from": "2027-03-01", "to": "2027-03-08", "length": "60"},
    ],
    ids=ascii,
)
async def test_a_question_that_makes_no_sense_is_refused(world, query):
    answer = await world.client.get("/api/v1/rooms/1/availability", params=query)
    problem(answer, 422, "validation_failed")


async def test_a_room_off_the_market_has_no_availability(world):
    draft = await world.studio(is_published=False)
    problem(await availability(world, draft, date(2027, 3, 1)), 404, "room_not_found")
    answer = await world.client.get(
        "/api/v1/rooms/999999999/availability", params={"from": "2027-03-01", "to": "2027-03-02"}
    )
    problem(answer, 404, "room_not_found")
