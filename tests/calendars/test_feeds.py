"""Private feeds, read back as a program that subscribes would: by a parser, again and again."""

from datetime import timedelta
from typing import Any

import httpx
from icalendar import Calendar
from sqlalchemy import text

from src.calendars import service as calendars
from src.calendars.enums import FeedKind, OccupancyKind, ResourceKind
from src.calendars.feeds import repository
from src.calendars.service import Span, Wish
from src.core.clock import utc_now
from src.core.database import Database
from src.core.signing import hash_token
from src.teams.enums import TeamRole
from src.teams.models import TeamMember
from tests.bookings.test_add_ons import engineer
from tests.events.support import host, seat
from tests.factories.world import Person, Studio, World, created, ok, problem, wish
from tests.support.ics_text import checked_lines

MINE = "/users/me/calendar-feed"


async def open_feed(person: Person, path: str = MINE) -> str:
    """The path of its address."""
    url = (await created(person.post(path)))["url"]
    assert url.startswith("http://test/api/v1/calendars/")
    return str(url)


async def read(client: httpx.AsyncClient, url: str, **headers: str) -> dict[str, Any]:
    answer = await client.get(url, headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    checked_lines(answer.content)
    calendar: Any = Calendar.from_ical(answer.content)
    events = calendar.events
    assert not any(event.errors for event in events)
    assert len({str(event["UID"]) for event in events}) == len(events)
    return {str(event["UID"]): event for event in events}


def uid(booking: dict[str, Any]) -> str:
    return f"booking-{booking['id']}@downbeat.example"


async def add_member(world: World, studio: Studio, person: Person, role: TeamRole) -> TeamMember:
    async with world.database.transaction() as session:
        resource_id = await calendars.create_resource(session, kind=ResourceKind.MEMBER)
        member = TeamMember(
            company_id=studio.company["id"], user_id=person.id, role=role, resource_id=resource_id
        )
        session.add(member)
    return member


async def take(database: Database, resource_id: int, kind: OccupancyKind, *, days: int = 1) -> None:
    start = utc_now().replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=50)
    pieces = [Span(start + timedelta(days=day), start + timedelta(days=day + 1)) for day in range(days)]
    async with database.transaction() as session:
        wishes = [Wish(resource_id, piece) for piece in pieces]
        await calendars.claim(session, wishes=wishes, kind=kind, hold=None)


async def resource_of(database: Database, studio: Studio) -> int:
    async with database.reading() as session:
        found = await session.scalar(
            text("SELECT resource_id FROM rooms WHERE id = :id"), {"id": studio.room_id}
        )
        assert isinstance(found, int)
        return found


async def test_a_customer_sees_what_they_have_booked(world: World, client: httpx.AsyncClient) -> None:
    studio, customer = await world.studio(), await world.person()
    booking = await world.paid_booking(studio, customer)
    await world.held_booking(studio, customer, hour=16)
    await world.paid_booking(studio, await world.person(), hour=18)
    events = await read(client, await open_feed(customer))
    assert list(events) == [uid(booking)], "no holds, and nothing of others"
    event = events[uid(booking)]
    assert event["SUMMARY"] == "Live Room A, Berwick Street"
    assert event["LOCATION"] == "Berwick Street, 12 Berwick Street"
    assert event["URL"] == f"http://localhost:3000/bookings/{booking['id']}"
    assert event.decoded("DTSTART").isoformat() == booking["starts_at"]
    assert event.decoded("DTEND").isoformat() == booking["ends_at"]
    assert event.decoded("DTSTART").tzinfo.key == "Europe/London"
    assert event["STATUS"] == "CONFIRMED"


async def test_a_cancelled_booking_stays_as_cancelled_for_a_while_with_a_higher_sequence(
    world: World, client: httpx.AsyncClient, database: Database
) -> None:
    studio, customer = await world.studio(), await world.person()
    booking = await world.paid_booking(studio, customer)
    unpaid = await world.held_booking(studio, customer, hour=16)
    url = await open_feed(customer)
    before = (await read(client, url))[uid(booking)]
    for one in (booking, unpaid):
        await ok(customer.post(f"/bookings/{one['id']}/cancel"))
    after = await read(client, url)
    assert list(after) == [uid(booking)]
    assert after[uid(booking)]["STATUS"] == "CANCELLED"
    assert after[uid(booking)]["SEQUENCE"] > before["SEQUENCE"]
    assert after[uid(booking)].decoded("LAST-MODIFIED") >= before.decoded("LAST-MODIFIED")
    assert after[uid(booking)].decoded("DTSTART") == before.decoded("DTSTART")
    async with database.transaction() as session:
        await session.execute(text("UPDATE booking_moves SET created_at = created_at - interval '31 days'"))
    assert await read(client, url) == {}


async def test_what_has_not_changed_is_not_sent_again(world: World, client: httpx.AsyncClient) -> None:
    studio, customer = await world.studio(), await world.person()
    await world.paid_booking(studio, customer)
    url = await open_feed(customer)
    etag = (await client.get(url)).headers["ETag"]
    for known in (etag, f'W/{etag}, "other"'):
        answer = await client.get(url, headers={"If-None-Match": known})
        assert (answer.status_code, answer.content) == (304, b"")
        assert answer.headers["ETag"] == etag
    await world.paid_booking(studio, customer, hour=18)
    assert len(await read(client, url, **{"If-None-Match": etag})) == 2


async def test_the_address_is_known_to_nobody_can_be_replaced_and_be_taken_back(
    world: World, client: httpx.AsyncClient, database: Database
) -> None:
    person = await world.person()
    old = await open_feed(person)
    token = old.rpartition("/")[2].removesuffix(".ics")
    async with database.reading() as session:
        feed = await repository.find(session, hash_token(token))
        assert feed is not None
        assert (feed.user_id, feed.kind, feed.subject_id) == (person.id, FeedKind.CUSTOMER, person.id)
        dump = await session.scalar(text("SELECT calendar_feeds::text FROM calendar_feeds"))
    assert token not in str(dump)
    new = await open_feed(person)
    problem(await client.get(old), 404, "calendar_feed_not_found")
    assert await read(client, new) == {}
    for _ in range(2):
        assert (await person.client.delete(f"/api/v1{MINE}", headers=person.headers)).status_code == 204
    problem(await client.get(new), 404, "calendar_feed_not_found")
    for odd in ("x", "%00", "é", "a" * 99):
        problem(await client.get(f"/api/v1/calendars/{odd}.ics"), 404, "calendar_feed_not_found")
    problem(await client.get(f"/api/v1/calendars/{'a' * 101}.ics"), 422, "validation_failed")


async def test_a_feed_is_read_so_many_times_an_hour(world: World, client: httpx.AsyncClient) -> None:
    url, other = await open_feed(await world.person()), await open_feed(await world.person())
    for _ in range(60):
        assert (await client.get(url)).status_code == 200
    problem(await client.get(url), 429, "too_many_requests")
    assert (await client.get(other)).status_code == 200


async def test_the_studio_sees_what_takes_the_rooms_time_and_who_comes(
    world: World, client: httpx.AsyncClient, database: Database
) -> None:
    studio, customer = await world.studio(), await world.person()
    booking = await world.paid_booking(studio, customer)
    await world.held_booking(studio, customer, hour=16)
    resource_id = await resource_of(database, studio)
    await take(database, resource_id, OccupancyKind.BLOCK, days=40)
    await take(database, await resource_of(database, await world.studio()), OccupancyKind.BLOCK)
    events = await read(client, await open_feed(studio.owner, f"/rooms/{studio.room_id}/calendar-feed"))
    assert {str(event["SUMMARY"]) for event in events.values()} == {
        f"Live Room A: Mira ({booking['reference']})",
        "Blocked",
    }
    [block] = [event for event in events.values() if event["SUMMARY"] == "Blocked"]
    assert block.decoded("DTEND") - block.decoded("DTSTART") == timedelta(days=40), "in one piece"


async def test_what_is_imported_is_not_sent_back(
    world: World, client: httpx.AsyncClient, database: Database
) -> None:
    studio = await world.studio()
    await take(database, await resource_of(database, studio), OccupancyKind.IMPORTED)
    assert await read(client, await open_feed(studio.owner, f"/rooms/{studio.room_id}/calendar-feed")) == {}


async def test_a_rooms_feed_is_for_who_may_read_its_bookings_and_ends_with_that_right(
    world: World, client: httpx.AsyncClient
) -> None:
    studio, staff, stranger = await world.studio(), await world.person(), await world.person()
    path = f"/rooms/{studio.room_id}/calendar-feed"
    problem(await stranger.post(path), 403, "permission_missing")
    problem(
        await stranger.client.delete(f"/api/v1{path}", headers=stranger.headers), 403, "permission_missing"
    )
    problem(await stranger.post("/rooms/999999/calendar-feed"), 404, "room_not_found")
    await world.paid_booking(studio, stranger)
    await add_member(world, studio, staff, TeamRole.STAFF)
    theirs, owners = await open_feed(staff, path), await open_feed(studio.owner, path)
    assert len(await read(client, theirs)) == len(await read(client, owners)) == 1
    async with world.database.transaction() as session:
        await session.execute(text("UPDATE team_members SET role = 'professional'"))
    problem(await client.get(theirs), 404, "calendar_feed_not_found")
    assert len(await read(client, owners)) == 1, "each has their own"


async def test_a_professional_sees_when_they_work_and_when_they_are_off(
    world: World, client: httpx.AsyncClient, database: Database
) -> None:
    studio, customer = await world.studio(), await world.person()
    person, named = await engineer(world, studio)
    booking = await created(customer.post("/bookings", wish(studio) | {"professional": named}))
    await world.pay(customer, booking)
    await world.paid_booking(studio, customer, hour=16)
    async with database.reading() as session:
        resource_id = await session.scalar(
            text("SELECT resource_id FROM team_members WHERE id = :id"), {"id": named["member_id"]}
        )
        assert isinstance(resource_id, int)
    await take(database, resource_id, OccupancyKind.BLOCK)
    path = f"/team/{named['member_id']}/calendar-feed"
    url = await open_feed(person, path)
    events = await read(client, url)
    assert {str(event["SUMMARY"]) for event in events.values()} == {
        f"Live Room A, Berwick Street ({booking['reference']})",
        "Time off",
    }
    await ok(customer.post(f"/bookings/{booking['id']}/cancel"))
    cancelled = (await read(client, url))[uid(booking)]
    assert cancelled["STATUS"] == "CANCELLED", "and not gone: they read what has become of it"
    assert cancelled["SEQUENCE"] > events[uid(booking)]["SEQUENCE"]
    problem(await studio.owner.post(path), 403, "permission_missing")
    problem(await customer.post(path), 403, "permission_missing")
    problem(await person.post("/team/999999/calendar-feed"), 404, "member_not_found")


async def test_seats_are_called_by_their_event(world: World, client: httpx.AsyncClient) -> None:
    studio, customer = await world.studio(), await world.person()
    booking = await seat(customer, await host(studio, seat_amount=0), seats=2)
    events = await read(client, await open_feed(customer))
    assert events[uid(booking)]["SUMMARY"] == "Drum clinic, 2 seats (Live Room A), Berwick Street"


async def test_whoever_is_deactivated_or_deletes_their_account_has_no_feed(
    world: World, client: httpx.AsyncClient, worker: Any, database: Database
) -> None:
    person, leaving = await world.person(), await world.person()
    url, left = await open_feed(person), await open_feed(leaving)
    async with database.transaction() as session:
        await session.execute(
            text("UPDATE users SET deactivated_at = now() WHERE id = :id"), {"id": person.id}
        )
    problem(await client.get(url), 404, "calendar_feed_not_found")
    answer = await client.delete("/api/v1/users/me", headers=leaving.headers)
    assert answer.status_code == 204, answer.text
    await worker.run()
    problem(await client.get(left), 404, "calendar_feed_not_found")
    async with database.reading() as session:
        assert await session.scalar(text("SELECT count(*) FROM calendar_feeds")) == 1


async def test_each_reads_their_calendars_in_their_own_language(
    world: World, client: httpx.AsyncClient, database: Database
) -> None:
    studio, customer = await world.studio(), await world.person()
    await take(database, await resource_of(database, studio), OccupancyKind.BLOCK)
    seats = [await seat(customer, await host(studio, seat_amount=0, hour=hour), seats=2) for hour in (12, 18)]
    mine, rooms = (
        await open_feed(customer),
        await open_feed(studio.owner, f"/rooms/{studio.room_id}/calendar-feed"),
    )
    etag = (await client.get(mine)).headers["ETag"]
    await ok(customer.patch("/users/me", {"locale": "de-AT"}))
    await ok(studio.owner.patch("/users/me", {"locale": "es"}))
    assert (await client.get(mine, headers={"If-None-Match": etag})).status_code == 200
    for one in seats:
        summary = (await read(client, mine))[uid(one)]["SUMMARY"]
        assert summary == "Drum clinic, 2 Plätze (Live Room A), Berwick Street"
    assert "X-WR-CALNAME:Meine Buchungen" in (await client.get(mine)).text
    blocks = {str(event["SUMMARY"]) for event in (await read(client, rooms)).values()}
    assert blocks == {"Bloqueado", "Evento"}


async def test_what_moves_to_another_room_leaves_the_calendar_of_the_old_one(
    world: World, client: httpx.AsyncClient
) -> None:
    studio, customer = await world.studio(), await world.person()
    other = (await world.room(studio)).room_id
    booking = await world.paid_booking(studio, customer)
    old = await open_feed(studio.owner, f"/rooms/{studio.room_id}/calendar-feed")
    new = await open_feed(studio.owner, f"/rooms/{other}/calendar-feed")
    before = (await read(client, old))[uid(booking)]
    times = {name: booking[name] for name in ("starts_at", "ends_at")}
    await ok(customer.post(f"/bookings/{booking['id']}/reschedule", times | {"room_id": other}))
    assert await read(client, old) == {}
    after = (await read(client, new))[uid(booking)]
    assert (after["STATUS"], after["SEQUENCE"]) == ("CONFIRMED", before["SEQUENCE"] + 1)
