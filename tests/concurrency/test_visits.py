"""One desk, one visitor at a time; two people who act on one visit: one outcome, the other is told. With commits.

Where a guard is off the race is led by the hand, so that it always shows.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator

import httpx
import pytest
from sqlalchemy import select, text

from src import invariants
from src.addresses.models import Address
from src.appointments import repository
from src.appointments.models import Appointment
from src.appointments.service import moves
from src.core.limits import Limiter
from src.main import create_app
from tests.appointments.support import book, receive, reschedule, set_status, visit
from tests.factories.world import World
from tests.support.pause import Pause
from tests.support.services import create_extra_database

PEOPLE = 50
ROUNDS = 3

TAKE_GUARD_AWAY = (
    "ALTER TABLE occupancies DROP CONSTRAINT ex_occupancies_resource_time",
    "CREATE OR REPLACE FUNCTION lock_resources(resource_ids bigint[]) RETURNS void LANGUAGE sql AS 'SELECT'",
)


async def stage(settings, name) -> AsyncIterator[World]:
    # However busy the machine is, nobody gives up waiting: this is about who wins, not about how soon.
    patient = {
        "database_url": create_extra_database(name),
        "database_pool_size": 20,
        "database_pool_timeout_seconds": 60,
        "database_lock_timeout_ms": 60_000,
        "database_statement_timeout_ms": 60_000,
    }
    app = create_app(settings.model_copy(update=patient))
    app.state.limiter = Limiter(settings.redis_url, prefix=f"limits:{name}")
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            yield World(client=client, database=app.state.database, settings=settings)
        await app.state.limiter.close()


@pytest.fixture(scope="module")
async def real(settings) -> AsyncIterator[World]:
    async for world in stage(settings, "visit_races"):
        yield world


@pytest.fixture
async def unguarded(settings) -> AsyncIterator[World]:
    async for world in stage(settings, "unguarded_visits"):
        async with world.database.transaction() as session:
            for statement in TAKE_GUARD_AWAY:
                await session.execute(text(statement))
        yield world


async def broken(world):
    async with world.database.transaction() as session:
        return await invariants.check(session)


def outcomes(answers):
    return Counter("ok" if answer.is_success else answer.json()["code"] for answer in answers)


async def test_of_fifty_people_exactly_one_visits_at_a_time(real):
    studio = await real.studio()
    await receive(studio)
    people = [await real.person() for _ in range(PEOPLE)]
    answers = await asyncio.gather(*(person.post("/appointments", visit(studio)) for person in people))
    assert outcomes(answers) == {"ok": 1, "slot_taken": PEOPLE - 1}
    assert await broken(real) == {}


async def test_without_lock_and_constraint_two_people_visit_at_once(unguarded, monkeypatch):
    """The negative control: the first has looked and stops before it is seen; the second comes by."""
    studio = await unguarded.studio()
    await receive(studio)
    one, other = await unguarded.person(), await unguarded.person()
    before_it_is_seen = Pause(monkeypatch, repository, "add")
    first = asyncio.create_task(one.post("/appointments", visit(studio)))
    await before_it_is_seen.reached_by(first)
    second = await other.post("/appointments", visit(studio))
    before_it_is_seen.go_on.set()
    assert outcomes([await first, second]) == {"ok": 2}
    assert "no two occupancies of a resource overlap" in await broken(unguarded)


async def test_a_visit_that_moves_against_one_that_is_booked(real):
    studio = await real.studio()
    await receive(studio)
    for number in range(ROUNDS):
        customer, rival = await real.person(), await real.person()
        moving = await book(studio, customer, days_ahead=25 + number)
        to = visit(studio, days_ahead=25 + number, hour=14)
        answers = await asyncio.gather(reschedule(customer, moving, to), rival.post("/appointments", to))
        assert outcomes(answers) == {"ok": 1, "slot_taken": 1}
    assert await broken(real) == {}


async def test_two_visits_that_want_each_others_time_keep_their_own(real):
    studio = await real.studio()
    await receive(studio)
    customers = [await real.person() for _ in range(2)]
    wishes = [visit(studio, days_ahead=40, hour=hour) for hour in (10, 14)]
    booked = [
        await book(studio, who, days_ahead=40, hour=hour)
        for who, hour in zip(customers, (10, 14), strict=True)
    ]
    answers = await asyncio.gather(
        reschedule(customers[0], booked[0], wishes[1]), reschedule(customers[1], booked[1], wishes[0])
    )
    assert outcomes(answers) == {"slot_taken": 2}
    assert await broken(real) == {}


RIVALS = {
    "declined": lambda studio, _, asked, __: set_status(studio.owner, asked, "declined", version=1),
    "cancelled": lambda _, customer, asked, __: set_status(customer, asked, "cancelled", version=1),
    "moved": lambda _, customer, asked, to: reschedule(customer, asked, to, version=1),
}


@pytest.mark.parametrize("rival", RIVALS)
async def test_of_a_yes_and_its_rival_one_wins(real, rival):
    studio = await real.studio()
    await receive(studio)
    for number in range(ROUNDS):
        customer = await real.person()
        asked = await book(studio, customer, days_ahead=30 + number)
        to = visit(studio, days_ahead=30 + number, hour=15)
        answers = await asyncio.gather(
            set_status(studio.owner, asked, "confirmed", version=1),
            RIVALS[rival](studio, customer, asked, to),
        )
        assert outcomes(answers) == {"ok": 1, "appointment_changed": 1}
    assert await broken(real) == {}


async def read_without_lock(session, appointment_id):
    found = select(Appointment, Address.company_id).join(Address, Address.id == Appointment.address_id)
    row = (await session.execute(found.where(Appointment.id == appointment_id))).one()
    return row[0], row[1]


@pytest.mark.parametrize("is_locked", [True, False])
async def test_without_the_rows_lock_both_would_get_their_way(real, monkeypatch, is_locked):
    """The negative control beside the same with the lock: one has checked and stops, the other comes by."""
    studio, customer = await real.studio(), await real.person()
    await receive(studio)
    asked = await book(studio, customer)
    if not is_locked:
        monkeypatch.setattr(repository, "find_locked", read_without_lock)
    after_the_check = Pause(monkeypatch, moves, "move")
    first = asyncio.create_task(set_status(studio.owner, asked, "confirmed"))
    await after_the_check.reached_by(first)
    second = asyncio.create_task(set_status(studio.owner, asked, "declined"))
    if not is_locked:
        await second
    after_the_check.go_on.set()
    expected = {"ok": 1, "illegal_move": 1} if is_locked else {"ok": 2}
    assert outcomes([await first, await second]) == expected


@pytest.mark.parametrize("is_locked", [True, False])
async def test_one_cannot_have_more_visits_by_asking_for_many_at_once(real, monkeypatch, is_locked):
    studio, customer = await real.studio(), await real.person()
    await receive(studio)
    await book(studio, customer, hour=10)
    if not is_locked:
        monkeypatch.setattr(repository, "lock_customer", lambda *_: asyncio.sleep(0))
    after_the_count = Pause(monkeypatch, repository, "count_open", after=True)
    first = asyncio.create_task(customer.post("/appointments", visit(studio, hour=12)))
    await after_the_count.reached_by(first)
    second = asyncio.create_task(customer.post("/appointments", visit(studio, hour=14)))
    if not is_locked:
        await second
    after_the_count.go_on.set()
    expected = {"ok": 1, "too_many_visits": 1} if is_locked else {"ok": 2}
    assert outcomes([await first, await second]) == expected
