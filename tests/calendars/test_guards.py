"""The constraint is the guarantee, the lock is what makes it quiet: what each of them does shows when it is gone.

Every insert is slowed down, so that the moment between looking and taking is wide enough to be hit each time.
"""

import asyncio
from datetime import UTC, datetime, timedelta

import asyncpg
from sqlalchemy import text

from src.calendars import service
from src.calendars.enums import OccupancyKind, ResourceKind
from src.calendars.exceptions import SlotTakenError
from src.calendars.service import Claim, Span, Wish
from src.core.database import Database
from tests.calendars.conftest import PARALLEL

SPAN = Span(datetime(2027, 3, 1, 12, tzinfo=UTC), datetime(2027, 3, 1, 14, tzinfo=UTC))

SLOW_INSERTS = (
    "CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.03); RETURN NEW; END'",
    "CREATE TRIGGER dawdle BEFORE INSERT ON occupancies FOR EACH ROW EXECUTE FUNCTION dawdle()",
)
NO_LOCK = (
    "CREATE OR REPLACE FUNCTION lock_resources(resource_ids bigint[]) RETURNS void LANGUAGE sql AS ''",
)
NO_CONSTRAINT = ("ALTER TABLE occupancies DROP CONSTRAINT ex_occupancies_resource_time",)

OVERLAPS = text("""
SELECT count(*) FROM occupancies AS one JOIN occupancies AS other
ON one.resource_id = other.resource_id AND one.id < other.id
AND one.starts_at < other.ends_at AND one.ends_at > other.starts_at
""")


async def race(
    database: Database, *changes: str, parallel: int = PARALLEL
) -> tuple[list[Claim | BaseException], int]:
    """Everybody wants the same room, and an engineer, at the same time: the outcomes and the overlaps."""
    async with database.transaction() as session:
        for statement in (*SLOW_INSERTS, *changes):
            await session.execute(text(statement))
        kinds = (ResourceKind.ROOM, ResourceKind.MEMBER)
        resources = [await service.create_resource(session, kind=kind) for kind in kinds]
    ready = asyncio.Barrier(parallel)

    async def take(number: int) -> Claim:
        wanted = resources if number % 2 else resources[::-1]
        async with database.transaction() as session:
            await session.connection()
            await ready.wait()
            return await service.claim(
                session,
                wishes=[Wish(resource, SPAN) for resource in wanted],
                kind=OccupancyKind.BOOKING,
                hold=timedelta(minutes=30),
            )

    outcomes = await asyncio.gather(*(take(number) for number in range(parallel)), return_exceptions=True)
    async with database.reading() as session:
        return outcomes, await session.scalar(OVERLAPS) or 0


def winners(outcomes: list[Claim | BaseException]) -> int:
    return sum(isinstance(outcome, Claim) for outcome in outcomes)


def losers(outcomes: list[Claim | BaseException]) -> set[type[BaseException]]:
    return {type(outcome) for outcome in outcomes if isinstance(outcome, BaseException)}


async def test_of_parallel_claims_one_wins_and_the_others_are_told_that_it_is_taken(
    committed: Database,
) -> None:
    outcomes, overlaps = await race(committed)
    assert winners(outcomes) == 1
    assert losers(outcomes) == {SlotTakenError}
    assert overlaps == 0


async def test_without_the_lock_the_constraint_still_guards_but_not_quietly(committed: Database) -> None:
    outcomes, overlaps = await race(committed, *NO_LOCK, parallel=3)  # each deadlock lasts a second
    assert overlaps == 0
    assert winners(outcomes) <= 1
    noise = losers(outcomes) - {SlotTakenError}
    assert noise
    assert noise <= {
        asyncpg.DeadlockDetectedError,
        asyncpg.ExclusionViolationError,
        asyncpg.LockNotAvailableError,
    }


async def test_without_the_constraint_whoever_claims_is_still_queued_by_the_lock(committed: Database) -> None:
    outcomes, overlaps = await race(committed, *NO_CONSTRAINT)
    assert overlaps == 0
    assert winners(outcomes) == 1
    assert losers(outcomes) == {SlotTakenError}


async def test_without_both_the_room_is_booked_twice(committed: Database) -> None:
    outcomes, overlaps = await race(committed, *NO_LOCK, *NO_CONSTRAINT)
    assert winners(outcomes) > 1
    assert overlaps > 0


async def test_parallel_claims_of_neighbouring_spans_all_win(committed: Database) -> None:
    async with committed.transaction() as session:
        room = await service.create_resource(session, kind=ResourceKind.ROOM)

    async def take(hour: int) -> Claim:
        async with committed.transaction() as session:
            start = SPAN.starts_at + timedelta(hours=hour)
            wanted = Wish(room, Span(start, start + timedelta(hours=1)))
            return await service.claim(session, wishes=[wanted], kind=OccupancyKind.BOOKING, hold=None)

    claims = await asyncio.gather(*(take(hour) for hour in range(PARALLEL)))
    assert len({won.id for won in claims}) == PARALLEL
