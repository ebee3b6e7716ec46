"""Why time can't be booked, and what could be instead."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.calendars.service import Span
from src.core.clock import utc_now
from src.rooms.availability.free_time import availability
from src.rooms.availability.schemas import AlternativesRead, AvailabilityRead
from src.rooms.enums import Reason
from tests.factories.world import ALWAYS_OPEN, created, ok, problem, wish
from tests.rooms.examples import AROUND_THE_CLOCK, assert_is, daily, offer

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
NOW = datetime(2027, 5, 1, 12, tzinfo=UTC)


def explained(room, busy=(), day=date(2027, 6, 2), duration=60, now=NOW):
    """Of one day in UTC: (from, to, reason)."""
    (found,) = availability(
        room, busy=busy, first=day, last=day + DAY, duration_minutes=duration, now=now, explain=True
    )
    assert found.unavailable is not None
    return [(clock(part.span.starts_at), clock(part.span.ends_at), part.reason) for part in found.unavailable]


def clock(instant):
    return instant.strftime("%H:%M")


def taken(start, end, day="2027-06-02"):
    return Span(*(datetime.fromisoformat(f"{day}T{at}").replace(tzinfo=UTC) for at in (start, end)))


def test_a_day_says_when_it_is_closed_and_taken():
    assert explained(offer("UTC"), [taken("12:00", "14:00")]) == [
        ("00:00", "10:00", Reason.CLOSED),
        ("12:00", "14:00", Reason.TAKEN),
        ("22:00", "00:00", Reason.CLOSED),
    ]


def test_buffers_beside_what_is_taken_are_told_apart():
    room = offer("UTC", buffer_before_minutes=15, buffer_after_minutes=30)
    assert explained(room, [taken("11:00", "12:00"), taken("11:30", "14:00")]) == [
        ("00:00", "10:00", Reason.CLOSED),
        ("10:00", "10:30", Reason.TOO_SHORT),
        ("10:30", "11:00", Reason.BUFFER),
        ("11:00", "14:00", Reason.TAKEN),
        ("14:00", "14:15", Reason.BUFFER),
        ("22:00", "00:00", Reason.CLOSED),
    ]


def test_a_gap_that_is_shorter_than_the_wish_is_too_short():
    busy = [taken("12:00", "13:00"), taken("14:00", "15:00")]
    assert ("13:00", "14:00", Reason.TOO_SHORT) in explained(offer("UTC"), busy, duration=120)
    assert Reason.TOO_SHORT not in {reason for *_, reason in explained(offer("UTC"), busy, duration=60)}


def test_the_past_the_notice_and_the_horizon():
    room = offer("UTC", hours=AROUND_THE_CLOCK, notice_minutes=180, horizon_days=1)
    assert explained(room, day=date(2027, 5, 1)) == [
        ("00:00", "12:00", Reason.PAST),
        ("12:00", "15:00", Reason.NOTICE),
    ]
    assert explained(room, day=date(2027, 5, 2)) == [("12:00", "00:00", Reason.HORIZON)]


instants = st.integers(-48 * 4, 72 * 4).map(lambda n: datetime(2027, 6, 2, tzinfo=UTC) + n * 15 * MINUTE)
busy_spans = st.lists(
    st.builds(lambda start, length: Span(start, start + length * 15 * MINUTE), instants, st.integers(1, 40)),
    max_size=6,
).map(lambda spans: sorted(spans, key=lambda span: span.starts_at))


@given(
    busy_spans,
    st.sampled_from((0, 15, 45)),
    st.sampled_from((0, 30)),
    st.sampled_from((60, 120, 300)),
    st.sampled_from(("10:00", "20:00")),
    instants,
)
def test_free_and_unavailable_make_the_whole_day_and_share_only_what_is_too_short(
    busy, before, after, duration, opens, now
):
    room = offer(
        "Europe/London",
        hours=daily(opens, "03:00"),
        buffer_before_minutes=before,
        buffer_after_minutes=after,
        notice_minutes=90,
        horizon_days=2,
    )
    days = availability(
        room,
        busy=busy,
        first=date(2027, 6, 1),
        last=date(2027, 6, 4),
        duration_minutes=duration,
        now=now,
        explain=True,
    )
    for day in days:
        assert day.unavailable is not None
        reasons = [(part.span.starts_at, part.span.ends_at) for part in day.unavailable]
        lasting = [
            (part.span.starts_at, part.span.ends_at)
            for part in day.unavailable
            if part.reason is not Reason.TOO_SHORT
        ]
        free = [(span.starts_at, span.ends_at) for span in day.free]
        whole = sorted(lasting + free)
        assert sum((end - start for start, end in whole), timedelta()) == DAY
        assert all(left[1] <= right[0] for left, right in pairwise(whole))
        assert all(left[1] <= right[0] for left, right in pairwise(reasons))
        assert not any(start <= at < end for start, end in reasons for at in day.starts)


# Over HTTP.


async def test_a_day_is_explained_when_asked_and_nobody_learns_who_has_it(world):
    studio, customer = await world.studio(), await world.person()
    await world.held_booking(studio, customer, hour=12)
    blocked = wish(studio, hour=16)
    del blocked["room_id"]
    await created(studio.owner.post(f"/rooms/{studio.room_id}/blocks", blocked))
    day = datetime.fromisoformat(blocked["starts_at"]).date()
    period = {"from": day.isoformat(), "to": (day + DAY).isoformat(), "duration": 180}
    path = f"/api/v1/rooms/{studio.room_id}/availability"
    document = (await world.client.get(path, params=period | {"explain": "true"})).json()
    assert_is(AvailabilityRead, document)
    unavailable = document["days"][0]["unavailable"]
    assert [(part["starts_at"][11:16], part["reason"]) for part in unavailable] == [
        ("00:00", "closed"), ("10:00", "too_short"), ("12:00", "taken"),
        ("14:00", "too_short"), ("16:00", "taken"), ("22:00", "closed"),
    ]  # fmt: skip
    plain = (await world.client.get(path, params=period)).json()
    assert plain["days"][0].pop("unavailable") is None
    assert plain["days"][0].items() <= document["days"][0].items()


async def alternatives(world, studio, **changes):
    body = wish(studio, **changes)
    hours = datetime.fromisoformat(body["ends_at"]) - datetime.fromisoformat(body["starts_at"])
    query = {"starts_at": body["starts_at"], "duration": hours // MINUTE}
    path = f"/api/v1/rooms/{studio.room_id}/availability/alternatives"
    answer = await world.client.get(path, params=query)
    assert answer.status_code == 200, answer.text
    assert_is(AlternativesRead, answer.json())
    return answer.json()


async def test_the_nearest_starts_and_the_other_rooms_are_offered(world):
    studio, customer = await world.studio(), await world.person()
    other = await world.room(studio)
    unpriced = await world.room(studio, name="C", min_minutes=240, max_minutes=240)
    await world.held_booking(studio, customer, hour=13, hours=3)
    found = await alternatives(world, studio, hour=14)
    assert not found["is_free"]
    assert (found["before"][11:16], found["after"][11:16]) == ("11:00", "16:00")
    assert found["rooms"] == [{"room_id": other.room_id, "name": "Live Room B"}]
    assert unpriced.room_id != other.room_id
    await world.held_booking(other, customer, hour=15)
    assert (await alternatives(world, studio, hour=14))["rooms"] == []
    free = await alternatives(world, studio, hour=17)
    assert free["is_free"]
    for start in (found["before"], found["after"]):
        body = {"room_id": studio.room_id, "starts_at": start}
        ends_at = datetime.fromisoformat(start) + 2 * HOUR
        await created(customer.post("/bookings", body | {"ends_at": ends_at.isoformat()}))


async def test_a_wish_outside_the_hours_has_its_nearest_on_other_days(world):
    studio = await world.studio()
    found = await alternatives(world, studio, hour=23)
    assert not found["is_free"]
    wished = datetime.fromisoformat(wish(studio, hour=23)["starts_at"]).date().isoformat()
    assert found["before"][:16] == f"{wished}T20:00"
    assert found["after"][11:16] == "10:00"


async def test_where_nothing_is_free_nothing_is_offered(world):
    studio = await world.studio(hours=ALWAYS_OPEN, notice_minutes=90 * 1440)
    found = await alternatives(world, studio)
    assert (found["is_free"], found["before"], found["after"], found["rooms"]) == (False, None, None, [])
    short = await alternatives(world, await world.studio(min_minutes=180))
    assert (short["before"], short["after"]) == (None, None)


@pytest.mark.parametrize(
    "query",
    [{}, {"starts_at": "2027-03-01T18:00:00"}, {"starts_at": "soon", "duration": 60},
     {"starts_at": "2027-03-01T18:00:00", "duration": 0}, {"starts_at": "9999-03-01T18:00:00", "duration": 60}],
    ids=ascii,
)  # fmt: skip
async def test_a_question_that_makes_no_sense_is_refused(world, query):
    answer = await world.client.get("/api/v1/rooms/1/availability/alternatives", params=query)
    problem(answer, 422, "validation_failed")


async def test_a_room_off_the_market_has_no_alternatives(world):
    studio = await world.studio()
    await ok(studio.owner.patch(f"/rooms/{studio.room_id}", {"status": "inactive"}))
    query = {"starts_at": "2027-03-01T18:00:00", "duration": 60}
    path = f"/api/v1/rooms/{studio.room_id}/availability/alternatives"
    problem(await world.client.get(path, params=query), 404, "room_not_found")


async def test_the_number_of_statements_does_not_grow(world, connection):
    """Neither with rooms and days, nor with bookings, photos or rules."""
    studio = await world.studio()
    path = f"/api/v1/rooms/{studio.room_id}"
    day = utc_now().date()
    questions = {
        path: (None, 1),
        f"{path}/availability": (
            {"from": day.isoformat(), "to": (day + 62 * DAY).isoformat(), "explain": "true"}, 2,
        ),
        f"{path}/availability/alternatives": (
            {"starts_at": wish(studio)["starts_at"], "duration": 60}, 2,
        ),
    }  # fmt: skip
    for lap in range(2):
        for question, (query, most) in questions.items():
            assert await statements(connection, world.client.get(question, params=query)) == most
        for number in range(3):
            other, customer = await world.room(studio, name=f"Room {number}"), await world.person()
            await world.held_booking(other, customer, hour=10 + 2 * number)
            await world.held_booking(studio, customer, days_ahead=30 + lap, hour=10 + 2 * number)


async def statements(connection, question):
    """How many the question causes, of those that are written by hand."""
    issued: list[object] = []
    driver = (await connection.get_raw_connection()).driver_connection
    with driver.query_logger(issued.append):
        answer = await question
        await asyncio.sleep(0)  # loggers are told a moment later
    assert answer.status_code == 200, answer.text
    return len(issued)
