"""Looks that run at once, and beside bookings and removals, with real commits."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from src.calendars import service as calendars
from src.calendars.enums import OccupancyKind, ResourceKind
from src.calendars.exceptions import SlotTakenError
from src.calendars.imports import polling, service, settling
from src.calendars.imports.polling import Target
from src.calendars.schemas import CalendarImportCreate
from src.calendars.service import Span, Wish
from src.core.clock import utc_now
from src.core.config import Settings
from src.core.database import Database
from src.core.encryption import SecretBox
from src.core.identity import Principal, Role
from src.core.outbound import Outbound
from src.invariants import check
from src.users.models import User
from tests.support.ics_server import IcsServer

START = utc_now().replace(hour=12, minute=0, second=0, microsecond=0) + timedelta(days=30)


def event(number: int) -> str:
    starts = START + timedelta(hours=number)
    return (
        f"UID:{number}\nDTSTART:{starts:%Y%m%dT%H%M%SZ}\nDTEND:{starts + timedelta(hours=1):%Y%m%dT%H%M%SZ}"
        f"\nSUMMARY:{number}"
    )


@pytest.fixture
async def server() -> AsyncIterator[IcsServer]:
    async with IcsServer() as server:
        yield server


async def add(database: Database, settings: Settings, url: str) -> tuple[int, int]:
    """Resource and import."""
    async with database.transaction() as session:
        user = User(email="owner@example.com", firstname="Grace", lastname="W")
        session.add(user)
        await session.flush()
        resource_id = await calendars.create_resource(session, kind=ResourceKind.ROOM)
        added = await service.add_import(
            session,
            principal=Principal(user_id=user.id, session_id=1, role=Role.USER),
            resource_id=resource_id,
            body=CalendarImportCreate(name="Ours", url=url),
            outbound=Outbound(allows_loopback=True),
            box=SecretBox.of(settings),
        )
        return resource_id, added.id


async def find_target(session: AsyncSession, *, resource_id: int) -> Target:
    return Target((resource_id,), ZoneInfo("Europe/London"))


async def poll(database: Database, settings: Settings) -> int:
    lenient = settings.model_copy(update={"outbound_allows_loopback": True})
    return await polling.poll_due(database, settings=lenient, find_target=find_target)


async def book(database: Database, resource_id: int, number: int) -> bool:
    starts = START + timedelta(hours=number)
    try:
        async with database.transaction() as session:
            await calendars.claim(
                session,
                wishes=[Wish(resource_id, Span(starts, starts + timedelta(hours=1)))],
                kind=OccupancyKind.BLOCK,
                hold=None,
            )
    except SlotTakenError:
        return False
    return True


async def count(database: Database, query: str) -> int:
    async with database.reading() as session:
        assert await check(session) == {}
        return await session.scalar(text(f"SELECT count(*) FROM {query}")) or 0


async def test_of_looks_that_run_at_once_one_looks(
    committed: Database, settings: Settings, server: IcsServer
) -> None:
    server.shows(*map(event, range(20)))
    await add(committed, settings, server.url)
    looked = await asyncio.gather(*(poll(committed, settings) for _ in range(5)))
    assert sorted(looked) == [0, 0, 0, 0, 1]
    assert len(server.requests) == 1
    assert await count(committed, "occupancies") == 20


async def test_whoever_takes_time_meanwhile_keeps_it_and_it_is_a_conflict(
    committed: Database, settings: Settings, server: IcsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settling, "BATCH", 7)
    server.shows(*map(event, range(30)))
    resource_id, _ = await add(committed, settings, server.url)
    _, *won = await asyncio.gather(
        poll(committed, settings), *(book(committed, resource_id, number) for number in range(10))
    )
    async with committed.transaction() as session:
        await session.execute(text("UPDATE calendar_imports SET due_at = now()"))
    await poll(committed, settings)
    assert await count(committed, "occupancies") == 30, "each hour is somebody's, once"
    assert await count(committed, "imported_events WHERE conflict_since IS NOT NULL") == sum(won)


async def test_a_calendar_that_is_removed_while_it_is_read_takes_nothing(
    committed: Database, settings: Settings, server: IcsServer
) -> None:
    server.shows(*map(event, range(5)))
    resource_id, import_id = await add(committed, settings, server.url)
    looking = asyncio.create_task(poll(committed, settings))
    await server.was_asked.wait()
    async with committed.transaction() as session:
        await service.remove_import(session, resource_id=resource_id, import_id=import_id)
    assert await looking == 1
    assert await count(committed, "occupancies") == 0
