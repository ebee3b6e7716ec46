from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from src import calendars
from src.calendars import service
from src.calendars.enums import OccupancyKind, ResourceKind
from src.calendars.exceptions import SlotTakenError
from src.calendars.models import LONGEST_OCCUPANCY_DAYS, Occupancy
from src.calendars.service import Claim, Span, Wish
from src.core.database import driver, violated_constraint
from src.core.errors import ProblemError

NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)
HALF_AN_HOUR = timedelta(minutes=30)


def span(start: float, end: float) -> Span:
    """In hours after noon."""
    return Span(NOON + timedelta(hours=start), NOON + timedelta(hours=end))


async def claim(
    session: AsyncSession,
    *wishes: tuple[int, Span],
    hold: timedelta | None = None,
    kind: OccupancyKind = OccupancyKind.BOOKING,
) -> Claim:
    async with session.begin_nested():
        return await service.claim(
            session, wishes=[Wish(resource, wanted) for resource, wanted in wishes], kind=kind, hold=hold
        )


async def busy(session: AsyncSession, resource: int, wanted: Span) -> Sequence[Span]:
    return await service.list_busy(await driver(session), resource_ids=[resource], span=wanted)


async def let_expire(session: AsyncSession, claim_id: int) -> None:
    passed = func.clock_timestamp() - timedelta(milliseconds=1)
    await session.execute(update(Occupancy).where(Occupancy.claim_id == claim_id).values(expires_at=passed))


async def rows(session: AsyncSession, claim_id: int) -> int:
    return await session.scalar(select(func.count()).where(Occupancy.claim_id == claim_id)) or 0


@pytest.fixture
async def room(session: AsyncSession) -> int:
    return await service.create_resource(session, kind=ResourceKind.ROOM)


@pytest.fixture
async def engineer(session: AsyncSession) -> int:
    return await service.create_resource(session, kind=ResourceKind.MEMBER)


async def test_time_that_is_claimed_is_busy_and_lost_to_others(session: AsyncSession, room: int) -> None:
    won = await claim(session, (room, span(0, 2)))
    assert won.expires_at is None
    assert await busy(session, room, span(-5, 5)) == [span(0, 2)]
    with pytest.raises(SlotTakenError):
        await claim(session, (room, span(0, 2)))


@pytest.mark.parametrize(
    "wanted", [(-1, 1), (1, 3), (0.5, 1.5), (-1, 3), (0, 1), (1, 2), (-24, 0.001)], ids=str
)
async def test_every_overlap_is_taken(session: AsyncSession, room: int, wanted: tuple[float, float]) -> None:
    await claim(session, (room, span(0, 2)))
    with pytest.raises(SlotTakenError):
        await claim(session, (room, span(*wanted)))


async def test_spans_are_half_open_so_that_neighbours_touch(session: AsyncSession, room: int) -> None:
    for wanted in (span(0, 2), span(2, 4), span(-2, 0)):
        await claim(session, (room, wanted))
    assert await busy(session, room, span(0, 2)) == [span(0, 2)]
    assert await busy(session, room, span(-2, 4)) == [span(-2, 0), span(0, 2), span(2, 4)]


async def test_the_same_time_on_another_resource_is_free(
    session: AsyncSession, room: int, engineer: int
) -> None:
    await claim(session, (room, span(0, 2)))
    await claim(session, (engineer, span(0, 2)))
    assert await busy(session, engineer, span(0, 2)) == [span(0, 2)]


async def test_several_resources_are_one_claim_with_spans_of_their_own(
    session: AsyncSession, room: int, engineer: int
) -> None:
    won = await claim(session, (room, span(0, 2)), (engineer, span(1, 2)), kind=OccupancyKind.EVENT)
    assert await rows(session, won.id) == 2
    assert await busy(session, room, span(0, 4)) == [span(0, 2)]
    assert await busy(session, engineer, span(0, 4)) == [span(1, 2)]
    kinds = await session.scalars(select(Occupancy.kind).where(Occupancy.claim_id == won.id))
    assert set(kinds) == {OccupancyKind.EVENT}


async def test_when_one_of_several_resources_is_taken_none_is_claimed(
    session: AsyncSession, room: int, engineer: int
) -> None:
    await claim(session, (engineer, span(1, 3)))
    with pytest.raises(SlotTakenError):
        await claim(session, (room, span(0, 2)), (engineer, span(0, 2)))
    assert await busy(session, room, span(0, 2)) == []
    assert await busy(session, engineer, span(-9, 9)) == [span(1, 3)]


async def test_wishes_that_overlap_one_another_are_refused(session: AsyncSession, room: int) -> None:
    with pytest.raises(asyncpg.ExclusionViolationError) as refused:
        await claim(session, (room, span(0, 2)), (room, span(1, 3)))
    assert ProblemError.of_constraint(violated_constraint(refused.value)) is SlotTakenError
    assert await busy(session, room, span(0, 3)) == []


async def test_a_hold_ends_by_the_clock_of_the_database(session: AsyncSession, room: int) -> None:
    before = await session.scalar(select(func.clock_timestamp()))
    won = await claim(session, (room, span(0, 2)), hold=HALF_AN_HOUR)
    after = await session.scalar(select(func.clock_timestamp()))
    assert before is not None
    assert after is not None
    assert won.expires_at is not None
    assert before + HALF_AN_HOUR <= won.expires_at <= after + HALF_AN_HOUR
    with pytest.raises(SlotTakenError):
        await claim(session, (room, span(1, 3)))


async def test_a_hold_that_has_expired_is_free_at_once_and_makes_room(
    session: AsyncSession, room: int
) -> None:
    lapsed = await claim(session, (room, span(0, 2)), hold=HALF_AN_HOUR)
    await let_expire(session, lapsed.id)
    assert await busy(session, room, span(0, 2)) == []
    assert await rows(session, lapsed.id) == 1
    await claim(session, (room, span(1, 3)))
    assert await rows(session, lapsed.id) == 0
    assert await busy(session, room, span(0, 4)) == [span(1, 3)]


async def test_a_hold_may_expire_within_the_transaction_that_waits_for_it(
    session: AsyncSession, room: int
) -> None:
    """`now()` stands still in a transaction; a decision by it would still see this hold."""
    await claim(session, (room, span(0, 2)), hold=timedelta(milliseconds=20))
    await session.execute(select(func.pg_sleep(0.025)))
    await claim(session, (room, span(0, 2)))


async def test_making_room_leaves_the_rest_of_what_has_expired_alone(
    session: AsyncSession, room: int
) -> None:
    here, elsewhere = [
        await claim(session, (room, wanted), hold=HALF_AN_HOUR) for wanted in (span(0, 2), span(4, 6))
    ]
    for lapsed in (here, elsewhere):
        await let_expire(session, lapsed.id)
    await claim(session, (room, span(0, 1)))
    assert await rows(session, elsewhere.id) == 1


async def test_a_hold_that_is_kept_lasts_for_good(session: AsyncSession, room: int, engineer: int) -> None:
    won = await claim(session, (room, span(0, 2)), (engineer, span(0, 2)), hold=HALF_AN_HOUR)
    assert await service.keep(session, claim_id=won.id)
    expiries = await session.scalars(select(Occupancy.expires_at).where(Occupancy.claim_id == won.id))
    assert expiries.all() == [None, None]
    assert await service.keep(session, claim_id=won.id)


async def test_a_hold_that_has_expired_cannot_be_kept(session: AsyncSession, room: int) -> None:
    won = await claim(session, (room, span(0, 2)), hold=HALF_AN_HOUR)
    await let_expire(session, won.id)
    assert not await service.keep(session, claim_id=won.id)
    await claim(session, (room, span(0, 2)))
    assert not await service.keep(session, claim_id=won.id)


async def test_time_that_is_released_is_free_at_once(session: AsyncSession, room: int, engineer: int) -> None:
    won = await claim(session, (room, span(0, 2)), (engineer, span(0, 2)))
    other = await claim(session, (room, span(2, 3)))
    await service.release(session, claim_id=won.id)
    await service.release(session, claim_id=won.id)
    assert await busy(session, room, span(0, 3)) == [span(2, 3)]
    assert await rows(session, other.id) == 1
    await claim(session, (engineer, span(0, 2)))


async def test_an_occupancy_may_last_as_long_as_the_bound(session: AsyncSession, room: int) -> None:
    hours = 24 * LONGEST_OCCUPANCY_DAYS
    await claim(session, (room, span(0, hours)))
    assert await busy(session, room, span(hours - 1, hours)) == [span(0, hours)]
    with pytest.raises(SlotTakenError):
        await claim(session, (room, span(hours - 1, hours + hours - 2)))
    await claim(session, (room, span(hours, hours + 1)))


@pytest.mark.parametrize(
    ("wanted", "constraint"),
    [
        ((0, 24 * LONGEST_OCCUPANCY_DAYS + 0.001), "ck_occupancies_bounded"),
        ((2, 2), "ck_occupancies_not_empty"),
        ((2, 1), "ck_occupancies_not_empty"),
    ],
)
async def test_the_database_refuses_spans_that_no_occupancy_can_have(
    session: AsyncSession, room: int, wanted: tuple[float, float], constraint: str
) -> None:
    with pytest.raises(asyncpg.CheckViolationError) as refused:
        await claim(session, (room, span(*wanted)))
    assert violated_constraint(refused.value) == constraint


async def test_two_rows_for_one_time_break_the_constraint_that_is_slot_taken(
    session: AsyncSession, room: int
) -> None:
    await claim(session, (room, span(0, 2)))
    taken = Occupancy(
        resource_id=room, claim_id=1, kind=OccupancyKind.BLOCK, starts_at=NOON, ends_at=NOON + HALF_AN_HOUR
    )
    session.add(taken)
    with pytest.raises(DBAPIError) as refused:
        await session.flush()
    assert ProblemError.of_constraint(violated_constraint(refused.value)) is SlotTakenError


async def test_the_database_has_the_functions_of_the_sources(session: AsyncSession) -> None:
    functions = text("""
        SELECT oid::regprocedure::text, prosrc, provolatile, prolang FROM pg_proc
        WHERE pronamespace = 'public'::regnamespace
          AND proname IN ('claim_time', 'is_time_taken', 'lock_resources') ORDER BY 1
    """)
    migrated = (await session.execute(functions)).all()
    assert len(migrated) == 3
    source = Path(calendars.__path__[0]) / "claim_time.sql"
    await (await driver(session)).execute(source.read_text())
    assert (await session.execute(functions)).all() == migrated
