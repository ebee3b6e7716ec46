"""Calendars elsewhere, over real HTTP: what they take, what they can't, and what their servers do wrong."""

import gzip
from collections.abc import AsyncIterator
from datetime import datetime, time, timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import text

from src.calendars.imports import polling
from src.core.clock import utc_now
from src.core.config import Settings
from src.core.database import Database
from src.invariants import check
from src.rooms.calendars import service as rooms
from tests.factories.world import Studio, World, created, ok, problem, wish
from tests.support.ics_server import IcsServer
from tests.support.worker import Worker

# Thirty days from now, where `wish` books too; London is on GMT or BST, so hours stand in UTC.
DAY = (utc_now() + timedelta(days=30)).date()


def event(start: int, end: int, summary: str = "Band practice") -> str:
    """In hours of UTC."""
    times = [datetime.combine(DAY, time(hour)).strftime("%Y%m%dT%H%M%SZ") for hour in (start, end)]
    return f"UID:{summary}-{start}\nDTSTART:{times[0]}\nDTEND:{times[1]}\nSUMMARY:{summary}"


class Importer:
    """A studio that imports the calendar of a server, and the beat that looks at it."""

    def __init__(self, world: World, studio: Studio, server: IcsServer, settings: Settings) -> None:
        self.world, self.studio, self.server = world, studio, server
        self.settings = settings
        self.path = f"/rooms/{studio.room_id}/calendar-imports"

    async def add(self, name: str = "Ours") -> dict[str, Any]:
        return await created(self.studio.owner.post(self.path, {"name": name, "url": self.server.url}))

    async def look(self) -> int:
        """As if its time had come."""
        async with self.world.database.transaction() as session:
            await session.execute(text("UPDATE calendar_imports SET due_at = now() - interval '1 second'"))
        return await self.look_if_due()

    async def look_if_due(self) -> int:
        return await polling.poll_due(
            self.world.database, settings=self.settings, find_target=rooms.find_target
        )

    async def shown(self) -> dict[str, Any]:
        answer = await self.studio.owner.get(self.path)
        assert answer.status_code == 200, answer.text
        [only] = answer.json()
        return dict(only)

    async def taken(self) -> list[tuple[int, int]]:
        """Hours in UTC that imports take on the day."""
        async with self.world.database.reading() as session:
            rows = await session.execute(
                text("SELECT starts_at, ends_at FROM occupancies WHERE kind = 'imported' ORDER BY starts_at")
            )
            assert await check(session) == {}
            return [(row.starts_at.hour, row.ends_at.hour) for row in rows]

    async def claims(self) -> list[int]:
        async with self.world.database.reading() as session:
            found = await session.scalars(
                text("SELECT claim_id FROM occupancies WHERE kind = 'imported' ORDER BY 1")
            )
            return list(found)


@pytest.fixture
async def server() -> AsyncIterator[IcsServer]:
    async with IcsServer() as server:
        yield server


@pytest.fixture
async def importer(
    world: World, server: IcsServer, settings: Settings, app: FastAPI
) -> AsyncIterator[Importer]:
    lenient = app.state.settings = settings.model_copy(update={"outbound_allows_loopback": True})
    yield Importer(world, await world.studio(), server, lenient)
    app.state.settings = settings


async def test_busy_time_is_taken_and_nobody_can_book_it(importer: Importer) -> None:
    importer.server.shows(event(12, 14), event(16, 18))
    added = await importer.add()
    assert (added["events"], added["fetched_at"], added["host"]) == (0, None, "127.0.0.1")
    assert "studio.ics" not in str(added), "the address may hold a secret"
    assert await importer.look_if_due() == 1
    assert await importer.look_if_due() == 0, "it has its pause now"
    assert await importer.taken() == [(12, 14), (16, 18)]
    shown = await importer.shown()
    assert (shown["events"], shown["conflicts"], shown["problem"]) == (2, [], None)
    assert shown["fetched_at"] is not None
    customer = await importer.world.person()
    problem(await customer.post("/bookings", wish(importer.studio, hour=12)), 409, "slot_taken")


async def test_what_stays_is_left_alone_what_goes_is_free_and_what_moves_moves(importer: Importer) -> None:
    importer.server.shows(event(11, 12), event(13, 14))
    await importer.add()
    await importer.look()
    stays, moves = await importer.claims()
    importer.server.shows(event(11, 12, "Renamed"), event(15, 16))
    await importer.look()
    assert await importer.taken() == [(11, 12), (15, 16)]
    assert stays in await importer.claims()
    assert moves not in await importer.claims()
    importer.server.shows()
    await importer.look()
    assert await importer.taken() == []


async def test_a_calendar_that_has_not_changed_is_asked_for_and_not_sent(
    importer: Importer, database: Database
) -> None:
    importer.server.shows(event(12, 14), etag='"one"')
    await importer.add()
    for _ in range(2):
        await importer.look()
    assert [headers.get("if-none-match") for _, headers in importer.server.requests] == [None, '"one"']
    assert await importer.taken() == [(12, 14)]
    async with database.transaction() as session:  # after a day repeated events may have come into the window
        await session.execute(text("UPDATE calendar_imports SET read_at = read_at - interval '25 hours'"))
    await importer.look()
    assert "if-none-match" not in importer.server.requests[-1][1]


async def test_an_event_over_a_booking_takes_what_is_free_and_is_reported_once(
    importer: Importer, worker: Worker
) -> None:
    customer, owner = await importer.world.person(), importer.studio.owner
    await importer.world.paid_booking(importer.studio, customer, hour=12)  # until 14, studio-local
    [booking] = (await customer.get("/bookings")).json()["items"]
    booked = datetime.fromisoformat(booking["starts_at"]).astimezone().utctimetuple().tm_hour
    importer.server.shows(event(booked - 1, booked + 3), event(booked + 5, booked + 6, "Free"))
    await importer.add()
    for _ in range(3):
        await importer.look()
        await worker.run()
    assert await importer.taken() == [
        (booked - 1, booked),
        (booked + 2, booked + 3),
        (booked + 5, booked + 6),
    ]
    [conflict] = (await importer.shown())["conflicts"]
    assert conflict["summary"] == "Band practice"
    subjects = worker.mailbox.subjects(owner.email)
    assert subjects.count("Ours overlaps with bookings of Live Room A") == 1
    await ok(customer.post(f"/bookings/{booking['id']}/cancel"))
    await importer.look()
    assert (booked - 1, booked + 3) in await importer.taken()
    assert (await importer.shown())["conflicts"] == []


async def test_a_hold_is_no_conflict_yet_and_its_time_is_taken_when_it_has_lapsed(
    importer: Importer, worker: Worker
) -> None:
    customer = await importer.world.person()
    booking = await importer.world.held_booking(importer.studio, customer, hour=12)
    importer.server.shows(event(8, 20))
    await importer.add()
    await importer.look()
    assert (await importer.shown())["conflicts"] == []
    assert len(await importer.taken()) == 2
    await importer.world.let_hold_end(booking)
    await worker.expire_holds()
    await importer.look()
    assert await importer.taken() == [(8, 20)]


async def test_events_over_one_another_take_their_time_once(importer: Importer) -> None:
    importer.server.shows(event(10, 13, "A"), event(12, 14, "B"), event(11, 12, "C"))
    await importer.add()
    await importer.look()
    assert await importer.taken() == [(10, 13), (13, 14)]
    assert (await importer.shown())["conflicts"] == []
    importer.server.shows(event(12, 14, "B"), event(11, 12, "C"))
    await importer.look()
    await importer.look()
    assert await importer.taken() == [(11, 12), (12, 14)]


async def test_our_own_feed_does_not_take_its_own_time(importer: Importer) -> None:
    customer = await importer.world.person()
    await importer.world.paid_booking(importer.studio, customer)
    feed = await created(importer.studio.owner.post(f"/rooms/{importer.studio.room_id}/calendar-feed"))
    content = (await importer.world.client.get(feed["url"])).content
    importer.server.answers_with(content)
    await importer.add()
    await importer.look()
    shown = await importer.shown()
    assert (shown["events"], shown["conflicts"], shown["problem"]) == (0, [], None)


async def test_an_event_of_months_is_taken_in_pieces(importer: Importer) -> None:
    start, end = DAY.strftime("%Y%m%d"), (DAY + timedelta(days=75)).strftime("%Y%m%d")
    importer.server.shows(f"UID:1\nDTSTART;VALUE=DATE:{start}\nDTEND;VALUE=DATE:{end}\nSUMMARY:Works")
    await importer.add()
    await importer.look()
    assert len(await importer.taken()) == 3
    assert len(set(await importer.claims())) == 1


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"status": 500}, "http_error"),
        ({"status": 404}, "http_error"),
        ({"body": b"<html>log in</html>"}, "not_a_calendar"),
        ({"body": b"x" * (5 * 1024 * 1024 + 1)}, "too_large"),
        ({"body": gzip.compress(b"x" * 50_000_000), "Content_Encoding": "gzip"}, "too_large"),
        ({"status": 302, "Location": "http://169.254.169.254/"}, "address_refused"),
        ({"status": 302, "Location": "http://127.0.0.1:1/"}, "unreachable"),
    ],
)
async def test_a_look_that_fails_keeps_what_was_imported_before(
    importer: Importer, answer: dict[str, Any], expected: str
) -> None:
    importer.server.shows(event(12, 14))
    await importer.add()
    await importer.look()
    importer.server.answers_with(**answer)
    await importer.look()
    shown = await importer.shown()
    assert (shown["problem"], shown["failures"], shown["events"]) == (expected, 1, 1)
    assert await importer.taken() == [(12, 14)]
    importer.server.shows(event(15, 16))
    await importer.look()
    shown = await importer.shown()
    assert (shown["problem"], shown["failures"]) == (None, 0)
    assert await importer.taken() == [(15, 16)]


async def test_failures_are_tried_again_ever_later_and_told_once(
    importer: Importer, worker: Worker, database: Database
) -> None:
    await importer.add()
    pauses = []
    for _ in range(9):
        await importer.look()
        await worker.run()
        async with database.reading() as session:
            pauses.append(await session.scalar(text("SELECT due_at - now() FROM calendar_imports")))
    assert pauses == sorted(pauses)
    assert timedelta(hours=5) < pauses[-1] < timedelta(hours=7)
    subjects = worker.mailbox.subjects(importer.studio.owner.email)
    assert subjects.count("Ours can't be read any more") == 1


async def test_a_calendar_that_is_removed_frees_its_time_at_once(importer: Importer) -> None:
    importer.server.shows(event(12, 14))
    added = await importer.add()
    await importer.look()
    owner, path = importer.studio.owner, f"/api/v1{importer.path}/{added['id']}"
    stranger = await importer.world.studio()
    theirs = f"/api/v1/rooms/{stranger.room_id}/calendar-imports/{added['id']}"
    answer = await owner.client.delete(theirs, headers=stranger.owner.headers)
    problem(answer, 404, "calendar_import_not_found")
    assert (await owner.client.delete(path, headers=owner.headers)).status_code == 204
    assert await importer.taken() == []
    problem(await owner.client.delete(path, headers=owner.headers), 404, "calendar_import_not_found")
    assert (await owner.get(importer.path)).json() == []


async def test_what_can_not_be_imported_is_said_at_once(
    importer: Importer, settings: Settings, app: FastAPI
) -> None:
    owner = importer.studio.owner
    await importer.add()
    again = await owner.post(importer.path, {"name": "Again", "url": importer.server.url})
    problem(again, 409, "calendar_imported_already")
    app.state.settings = settings
    for url in (
        "http://127.0.0.1/a.ics",
        "ftp://calendar.example/a",
        "https://a:b@calendar.example/",
        "nonsense",
    ):
        answer = await owner.post(importer.path, {"name": "Odd", "url": url})
        problem(answer, 422, "calendar_address_refused")
    for number in range(9):
        await created(
            owner.post(importer.path, {"name": "More", "url": f"webcal://calendar.example/{number}"})
        )
    answer = await owner.post(importer.path, {"name": "Eleventh", "url": "https://calendar.example/eleven"})
    problem(answer, 409, "too_many_calendar_imports")


async def test_in_production_a_look_never_reaches_this_machine(
    importer: Importer, settings: Settings
) -> None:
    importer.server.shows(event(12, 14))
    await importer.add()
    await polling.poll_due(importer.world.database, settings=settings, find_target=rooms.find_target)
    assert (await importer.shown())["problem"] == "address_refused"
    assert importer.server.requests == []


async def test_the_address_rests_sealed(importer: Importer, database: Database) -> None:
    await importer.add()
    async with database.reading() as session:
        assert "studio.ics" not in str(
            await session.scalar(text("SELECT calendar_imports::text FROM calendar_imports"))
        )
